// A webhook as it is made, and a secret as it is shown: once.

import { button, dialog, el, field, icon } from "/console/dom.js";

const FAMILIES = [["*", "Everything"], ["complaint.*", "Complaints"], ["reply.*", "Public replies"], ["message.*", "Private messages"], ["conversation.*", "Conversations"],
  ["handoff.*", "Handoffs"], ["consent.*", "Consents"], ["identity.*", "Identities"], ["task.*", "Tasks"], ["connection.*", "Connections"], ["webhook.*", "Webhooks"]];

/** Asks where events go; resolves with the webhook as it was made, with its secret, or null when it was left. */
export function makeWebhook({ call }) {
  return dialog("A new webhook", (close) => {
    const url = el("input", { type: "url", required: true, autocomplete: "off", placeholder: "https://desk.example.com/segue", autofocus: true });
    const description = el("input", { autocomplete: "off", placeholder: "The ticket system" });
    const families = FAMILIES.map(([value, label]) => [value, el("input", { type: "checkbox", checked: value === "*" }), label]);
    const wrong = el("div", {});
    return el("form", { class: "stack", onsubmit: async (event) => {
      event.preventDefault();
      const events = families.filter(([, box]) => box.checked).map(([value]) => value);
      try {
        close(await call("POST", "/webhooks", { url: url.value.trim(), events, description: description.value.trim() || null }));
      } catch (error) {
        wrong.replaceChildren(el("p", { class: "refused", role: "alert" }, error.message));
      }
    } }, field("Address", url, "https; inside the networks the operator allows, http too."), field("What it is", description),
    el("fieldset", { class: "families" }, el("legend", {}, "Which events"), families.map(([, box, label]) => el("label", { class: "check" }, box, label))),
    wrong, el("div", { class: "toolbar end" }, button("Cancel", () => close(null)), el("button", { class: "button primary" }, "Make it")));
  });
}

/** Shows a secret this once. */
export function showSecret({ say }, secret, told) {
  return dialog("The signing secret", (close) => {
    const value = el("input", { value: secret, readonly: true, class: "mono", "aria-label": "The signing secret" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(secret);
        say("Copied.");
      } catch {
        value.select();
      }
    };
    return [el("p", {}, told), value, el("div", { class: "toolbar end" }, button([icon("copy"), "Copy"], copy), button("I have it", () => close(true), "primary"))];
  });
}
