// One webhook: what it gets, whether it takes it, and each delivery.

import { whyNot } from "/console/api.js";
import { badge, button, confirm, count, dialog, el, empty, field, icon, table, timeAgo, timeAt } from "/console/dom.js";
import { showSecret } from "/console/webhooks/form.js";
import { lastTry, stands, STATUS } from "/console/webhooks/words.js";

const MOST = 50;
const STATES = [["", "All"], ["pending", "Waiting"], ["dead", "Given up"], ["settled", "Delivered"]];

export class One {
  constructor(context, id) {
    Object.assign(this, context, { context, id, which: "" });
  }

  async read() {
    const state = this.which ? `&state=${this.which}` : "";
    const [webhook, deliveries] = await Promise.all([this.call("GET", `/webhooks/${this.id}`), this.call("GET", `/webhooks/${this.id}/deliveries?limit=${MOST}${state}`)]);
    this.webhook = webhook;
    return [this.head(), this.deliveries(deliveries)];
  }

  head() {
    const { webhook } = this;
    const [label, kind] = STATUS[webhook.status];
    const off = webhook.status === "disabled";
    return el("section", { class: "card stack", "aria-label": "The webhook" },
      el("div", { class: "page-head" }, el("h2", {}, webhook.description || "Webhook", " ", badge(label, kind)),
        el("a", { class: "button quiet", href: "#/webhooks" }, icon("back"), "All webhooks")),
      webhook.failing_since ? el("p", { class: "refused", role: "status" }, "It does not take what it is sent since ", timeAt(webhook.failing_since),
        ". Events wait and are tried again, ever more rarely. Mend the receiver; then everything goes on by itself.") : null,
      off ? el("p", { class: "refused", role: "status" }, "It gets nothing. Switch it on, then send again what was given up meanwhile.") : null,
      el("dl", { class: "facts" }, el("dt", {}, "Address"), el("dd", { class: "mono" }, webhook.url), el("dt", {}, "Events"), el("dd", {}, webhook.events.join(", ")),
        el("dt", {}, "Made"), el("dd", {}, timeAt(webhook.created_at))),
      el("div", { class: "toolbar" },
        button("Send a test", () => this.test()),
        button(off ? "Switch it on" : "Switch it off", () => this.turn(off ? "enabled" : "disabled")),
        button("Send again …", () => this.recover()),
        button("New secret", () => this.rotate()),
        button("Remove", () => this.remove(), "danger")));
  }

  deliveries({ data }) {
    const rows = data.map((one) => {
      const [label, kind] = stands(one);
      const over = one.state === "settled" || one.state === "dead";
      return [timeAgo(one.created_at), el("div", {}, el("strong", {}, one.event_type), el("p", { class: "hint mono" }, one.event_id)), badge(label, kind),
        el("div", {}, el("p", {}, lastTry(one)), one.last_error ? el("p", { class: "hint" }, one.last_error) : null, one.next_attempt_at ? el("p", { class: "hint" }, "Next ", timeAt(one.next_attempt_at)) : null),
        over ? button(one.state === "dead" ? "Retry" : "Send again", () => this.retry(one)) : ""];
    });
    const choose = el("select", { onchange: () => { this.which = choose.value; this.changed(); } }, STATES.map(([value, label]) => el("option", { value, selected: value === this.which }, label)));
    return el("section", { class: "card stack", "aria-labelledby": "deliveries" },
      el("div", { class: "page-head" }, el("h2", { id: "deliveries" }, "Deliveries"), el("div", { class: "toolbar filters" }, field("Which", choose))),
      rows.length ? table("Deliveries, newest first", ["When", "Event", "Stands", "Tries", "To do"], rows) : empty("Nothing here", "Deliveries stand here once something happens that this webhook wants to hear of."));
  }

  /** Does something, says what came of it, and shows what is now. */
  async act(deed, told) {
    try {
      const done = await deed();
      this.say(typeof told === "function" ? told(done) : told);
      this.changed();
      return done;
    } catch (error) {
      this.say(whyNot(error, "admin"), "bad");
      return null;
    }
  }

  test() {
    return this.act(() => this.call("POST", `/webhooks/${this.id}/test`, {}), "A test is on its way; it stands below in a moment.");
  }

  turn(status) {
    return this.act(() => this.call("PATCH", `/webhooks/${this.id}`, { status }), status === "enabled" ? "It gets events again." : "It gets nothing from now on. What it missed can be sent again later.");
  }

  retry(one) {
    return this.act(() => this.call("POST", `/deliveries/${one.id}/retry`, {}), "It is sent again, under the same webhook-id.");
  }

  async recover() {
    const since = await dialog("Send again what was given up", (close) => {
      const hours = el("select", {}, [[1, "the last hour"], [24, "the last day"], [168, "the last week"]].map(([value, label]) => el("option", { value }, label)));
      return el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); close(new Date(Date.now() - hours.value * 3_600_000).toISOString()); } },
        el("p", {}, "Every delivery to this webhook that was given up is put back in line, with its old webhook-id."), field("Of", hours),
        el("div", { class: "toolbar end" }, button("Cancel", () => close(null)), el("button", { class: "button primary" }, "Send again")));
    });
    if (since) await this.act(() => this.call("POST", `/webhooks/${this.id}/recover`, { since }), ({ recovering }) => `${count(recovering, "delivery", "deliveries")} back in line.`);
  }

  async rotate() {
    const sure = await confirm({ title: "A new secret?", verb: "Make it", text: "For 24 hours requests carry two signatures, so that the receiver may hold either secret." });
    if (!sure) return;
    const made = await this.act(() => this.call("POST", `/webhooks/${this.id}/rotate`, {}), "The new secret signs from now on, beside the old one for 24 hours.");
    if (made) await showSecret(this.context, made.secret, "Give it to the receiver within 24 hours. It is not shown again.");
  }

  async remove() {
    const sure = await confirm({ title: "Remove this webhook?", verb: "Remove it", danger: true, text: "It gets nothing any more, and what waits for it is dropped." });
    if (sure && await this.act(async () => { await this.call("DELETE", `/webhooks/${this.id}`); return true; }, "It is removed.")) this.go("/webhooks");
  }
}
