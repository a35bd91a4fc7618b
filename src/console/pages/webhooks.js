// Webhooks: where events go, and whether they arrive.

import { badge, button, el, empty, failed, heading, icon, skeleton, table, timeAt } from "/console/dom.js";
import { makeWebhook, showSecret } from "/console/webhooks/form.js";
import { One } from "/console/webhooks/one.js";
import { STATUS } from "/console/webhooks/words.js";

export const title = "Webhooks";

/** Deliveries are told by no event: they are looked at again so often, while the page is seen. */
const LOOK = 4000;

export function open(root, parameters, context) {
  return new Webhooks(root, parameters, context);
}

class Webhooks {
  constructor(root, parameters, context) {
    Object.assign(this, context, { context });
    this.turn = 0;
    this.body = el("div", { class: "sections" });
    root.append(heading("Webhooks", button([icon("plus"), "New webhook"], () => this.make(), "primary")), this.body);
    this.moved(parameters);
    this.timer = setInterval(() => { if (this.one && !document.hidden) this.read(); }, LOOK);
  }

  close() {
    clearInterval(this.timer);
  }

  moved([id]) {
    this.one = id ? Object.assign(new One(this.context, id), { changed: () => this.read() }) : null;
    this.told = null;
    this.body.replaceChildren(el("div", { class: "card" }, skeleton(6, "line")));
    this.read();
  }

  heard(event) {
    if (/^webhook\.|^stream\./.test(event.type)) this.read();
  }

  async read() {
    const turn = ++this.turn;
    try {
      const shown = (this.one ? await this.one.read() : await this.all()).filter(Boolean);
      // What looks the same stays, with whatever is focused in it.
      const told = shown.map((node) => node.textContent).join("\n");
      if (turn !== this.turn || told === this.told) return;
      this.told = told;
      this.body.replaceChildren(...shown);
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return;
      this.told = null;
      this.body.replaceChildren(error.status === 404
        ? el("div", { class: "card" }, empty("There is no such webhook", "It may have been removed.", el("a", { class: "button", href: "#/webhooks" }, "All webhooks")))
        : failed(error, () => this.read()));
    }
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
