// A webhook as it is made, and a secret as it is shown: once.

import { button, copy, dialog, dialogForm, el, field, icon } from "/console/dom.js";

const FAMILIES = [["*", "Everything"], ["complaint.*", "Complaints"], ["reply.*", "Public replies"], ["message.*", "Private messages"], ["conversation.*", "Conversations"],
  ["handoff.*", "Handoffs"], ["consent.*", "Consents"], ["identity.*", "Identities"], ["task.*", "Tasks"], ["connection.*", "Connections"], ["webhook.*", "Webhooks"]];

/** Asks where events go; resolves with the webhook as it was made, with its secret, or null when it was left. */
export function makeWebhook({ call }) {
  return dialog("A new webhook", (close) => {
    const url = el("input", { type: "url", required: true, autocomplete: "off", placeholder: "https://desk.example.com/segue", autofocus: true });
    const description = el("input", { autocomplete: "off", placeholder: "The ticket system" });
    const families = FAMILIES.map(([value, label]) => [value, el("input", { type: "checkbox", checked: value === "*" }), label]);
    const send = () => {
      const events = families.filter(([, box]) => box.checked).map(([value]) => value);
      return call("POST", "/webhooks", { url: url.value.trim(), events, description: description.value.trim() || null });
    };
    return dialogForm(close, "Make it", send, [
      field("Address", url, "https; inside the networks the operator allows, http too."), field("What it is", description),
      el("fieldset", { class: "families" }, el("legend", {}, "Which events"), families.map(([, box, label]) => el("label", { class: "check" }, box, label)))]);
  });
}

/** Shows a secret this once. */
export function showSecret({ say }, secret, told) {
  return dialog("The signing secret", (close) => {
    const value = el("input", { value: secret, readonly: true, class: "mono", "aria-label": "The signing secret" });
    const take = async () => ((await copy(secret)) ? say("Copied.") : value.select());
    return [el("p", {}, told), value, el("div", { class: "toolbar end" }, button([icon("copy"), "Copy"], take), button("I have it", () => close(true), "primary"))];
  });
}
