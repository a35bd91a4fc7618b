// Connections: our accounts at providers, whether their callbacks pass, and one of them in detail.

import { AllOrOne } from "/console/all-or-one.js";
import { badge, button, el, empty, icon, table, timeAgo } from "/console/dom.js";
import { makeConnection } from "/console/connections/form.js";
import { One } from "/console/connections/one.js";
import { providerName } from "/console/connections/words.js";

export const title = "Connections";

export function open(root, parameters, context) {
  return new Connections(root, parameters, context);
}

class Connections extends AllOrOne {
  constructor(root, parameters, context) {
    super(root, parameters, context, { title, one: "connection", all: "connections", One,
      tool: button([icon("plus"), "Connect an account"], () => this.make(), "primary") });
  }

  close() {
    clearTimeout(this.waiting);
  }

  /** How a connection stands changes seldom and is told at once. */
  heard(event) {
    if (!/^connection\.|^stream\./.test(event.type) || this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.read();
    }, 1000);
  }

  async all() {
    const { data } = await this.call("GET", "/connections?limit=200");
    const rows = data.map((one) => [
      el("a", { href: `#/connections/${one.id}` }, one.name), el("span", {}, providerName(one.provider), one.settings.sandbox ? [" ", badge("Sandbox")] : null),
      el("span", { class: "mono" }, String(Object.values(one.account)[0] ?? "")),
      one.health === "failing" ? badge("Failing", "bad") : one.settings.report_only ? badge("Lets everything in", "warn") : badge("Live", "good"),
      one.last_callback_at ? timeAgo(one.last_callback_at) : "never yet"]);
    return [el("section", { class: "card stack", "aria-label": "All connections" },
      rows.length ? table("Connections", ["Name", "Provider", "Account", "Callbacks", "Last one"], rows)
        : empty("Nothing is connected yet", "Connect an account with a provider: a telephone number at Twilio, a Page at Facebook, an account on X. Complaints and messages come in through it."))];
  }

  async make() {
    try {
      const { data } = await this.call("GET", "/providers");
      const made = await makeConnection(this.context, data);
      if (!made) return;
      this.say("It is connected. Give the provider the address below for its callbacks.");
      this.go(`/connections/${made.id}`);
    } catch (error) {
      this.say(error.message, "bad");
    }
  }
}
