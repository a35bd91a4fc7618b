// Webhooks: where events go, and whether they arrive.

import { AllOrOne } from "/console/all-or-one.js";
import { badge, button, el, empty, icon, table, timeAt } from "/console/dom.js";
import { makeWebhook, showSecret } from "/console/webhooks/form.js";
import { One } from "/console/webhooks/one.js";
import { STATUS } from "/console/webhooks/words.js";

export const title = "Webhooks";

/** Deliveries are told by no event: they are looked at again so often, while the page is seen. */
const LOOK = 4000;

export function open(root, parameters, context) {
  return new Webhooks(root, parameters, context);
}

class Webhooks extends AllOrOne {
  constructor(root, parameters, context) {
    super(root, parameters, context, { title, one: "webhook", all: "webhooks", One,
      tool: button([icon("plus"), "New webhook"], () => this.make(), "primary") });
    this.timer = setInterval(() => { if (this.one && !document.hidden) this.read(); }, LOOK);
  }

  close() {
    clearInterval(this.timer);
  }

  heard(event) {
    if (/^webhook\.|^stream\./.test(event.type)) this.read();
  }

  /** What looks the same stays, with whatever is focused in it. */
  show(shown) {
    const told = (nodes) => [...nodes].map((node) => node.textContent).join("\n");
    if (told(shown) !== told(this.body.children)) super.show(shown);
  }

  async all() {
    const { data } = await this.call("GET", "/webhooks?limit=200");
    const rows = data.map((one) => {
      const [label, kind] = STATUS[one.status];
      return [el("a", { href: `#/webhooks/${one.id}` }, one.description || one.url), el("span", { class: "mono" }, one.url), one.events.join(", "), badge(label, kind),
        one.failing_since ? timeAt(one.failing_since) : ""];
    });
    return [el("section", { class: "card stack", "aria-label": "All webhooks" },
      rows.length ? table("Webhooks", ["What", "Address", "Events", "Stands", "Failing since"], rows)
        : empty("Nobody is told yet", "A webhook brings every event to a program of yours: at least once, signed, in the order of each conversation."))];
  }

  async make() {
    const made = await makeWebhook(this.context);
    if (!made) return;
    await showSecret(this.context, made.secret, "Requests to it are signed with this secret (Standard Webhooks). Keep it now, it is not shown again.");
    this.go(`/webhooks/${made.id}`);
  }
}
