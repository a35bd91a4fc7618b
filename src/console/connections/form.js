// A connection as it is made, and its secrets as they are renewed: fields as the service says a provider takes them.

import { dialog, dialogForm, el, field } from "/console/dom.js";
import { fieldName, providerName } from "/console/connections/words.js";

/** Inputs for fields of a provider: the element to show, and what was filled in. */
function inputs(fields, { secret = false, optional = false } = {}) {
  const all = fields.map(({ name, required, one_of, help }) => {
    // No password of a person: browsers offer to keep those.
    const input = el("input", { name, autocomplete: "off", spellcheck: "false", class: secret ? "masked" : "", required: required && !optional });
    const which = required && !optional ? "" : one_of ? " One of these is needed." : "";
    return [name, input, field(fieldName(name), input, `${help}${which}`)];
  });
  const values = () => Object.fromEntries(all.map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value));
  return { nodes: all.map(([, , node]) => node), values };
}

/** Asks for everything a new connection needs; resolves with it as it was made, null when it was left. */
export function makeConnection({ call }, providers) {
  return dialog("A new connection", (close) => {
    const which = el("select", { onchange: () => draw() }, providers.map(({ name }) => el("option", { value: name }, providerName(name))));
    const name = el("input", { required: true, autocomplete: "off", placeholder: "Support SMS" });
    const body = el("div", { class: "stack" });
    let account;
    let secrets;
    const draw = () => {
      const provider = providers.find((one) => one.name === which.value);
      [account, secrets] = [inputs(provider.account), inputs(provider.secrets, { secret: true })];
      body.replaceChildren(el("h3", {}, "Who we are there"), ...account.nodes, el("h3", {}, "Secrets, kept encrypted and never shown again"), ...secrets.nodes);
    };
    draw();
    const send = () => call("POST", "/connections", { provider: which.value, name: name.value.trim(), account: account.values(), secrets: secrets.values() });
    return dialogForm(close, "Connect", send, [field("Provider", which), field("Name", name, "What the desk calls it."), body], said);
  });
}

/** Asks for new secrets; resolves with the connection as it is then, null when it was left. */
export function renewSecrets({ call }, connection, provider) {
  return dialog("New secrets", (close) => {
    const secrets = inputs(provider.secrets, { secret: true, optional: true });
    const overlap = el("select", {}, [[86_400, "a day"], [3_600, "an hour"], [604_800, "seven days"], [0, "not at all: they leaked"]].map(([value, label]) => el("option", { value }, label)));
    const send = () => call("POST", `/connections/${connection.id}/secrets`, { secrets: secrets.values(), overlap_seconds: Number(overlap.value) });
    return dialogForm(close, "Set them", send, [el("p", {}, "Fill in what has changed; the rest stays as it is. New values count at once."), ...secrets.nodes,
      field("The old ones go on verifying for", overlap, "So that no callback is lost while the provider changes over.")], said);
  });
}

/** A refusal with what it names field by field. */
function said(error) {
  const fields = (error.problem?.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
  return [error.message, ...fields].join(" ");
}
