// The private side: one customer's phone, with what the brand wrote to them and the field in which they answer.

import { button, el, empty, icon, timeAgo } from "/console/dom.js";
import { act, ask, nameOf, placeOf } from "/console/sandbox/client.js";
import { atEnd } from "/console/inbox/thread.js";

/** A code word as it stands in a message, to be texted from a phone. */
const CODE = /\bJOIN ([A-Z0-9]{8})\b/;

/** Words with one meaning, offered so that nobody has to know them. */
const WORDS = ["AGREE", "NO", "STOP", "START", "HELP"];

const key = (provider, customer) => `${provider}/${customer}`;

/** The number of a customer who has none yet: the same one each time. */
function numberOf(customer) {
  let sum = 0;
  for (const letter of customer) sum = (sum * 31 + letter.codePointAt(0)) % 10_000;
  return `+120255${String(10_000 + sum).slice(-5)}`;
}

export class Phone {
  /** `context` holds say and go. */
  constructor(context) {
    Object.assign(this, context);
    this.who = null;
    this.choice = el("select", { id: "whose", onchange: () => this.open(this.choice.value) });
    this.head = el("p", { class: "phone-place" });
    this.letters = el("ol", { class: "thread" });
    this.scroll = el("div", { class: "phone-scroll", tabindex: "0", role: "region", "aria-label": "Private messages" }, this.letters);
    this.code = el("div", {});
    this.text = el("textarea", { id: "letter", rows: "2", "aria-label": "What the customer writes in private", placeholder: "Write as the customer" });
    this.form = el("form", { class: "phone-write", onsubmit: (event) => { event.preventDefault(); this.write(this.text.value); } },
      this.code,
      el("div", { class: "phone-words" }, WORDS.map((word) => button(word, () => this.write(word), "quiet"))),
      this.text, el("div", { class: "toolbar end" }, el("button", { class: "button primary" }, icon("send"), "Send")));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.write(this.text.value);
    });
    this.root = el("section", { class: "stack", "aria-labelledby": "private" },
      el("h2", { id: "private", class: "side-title private" }, icon("lock"), "In private"),
      el("div", { class: "field" }, el("label", { for: "whose" }, "Whose phone"), this.choice),
      el("div", { class: "phone" }, this.head, this.scroll, this.form));
  }

  /** Whose phone is shown: `[provider, customer]` of the address, or nobody's. */
  show([provider, customer]) {
    this.who = provider && customer ? { provider, customer } : null;
    this.told = null;
    this.text.value = "";
  }

  open(value) {
    const at = value.indexOf("/");
    this.go(`/sandbox/${value.slice(0, at)}/${encodeURIComponent(value.slice(at + 1))}`);
  }

  /** `inboxes` are those with messages, `threads` tell who else is there. */
  async draw(inboxes, threads, signal) {
    this.drawChoice(inboxes, threads);
    if (!this.who) return this.drawNobody();
    const { provider, customer } = this.who;
    const { messages } = await ask("GET", `/${provider}/inboxes/${encodeURIComponent(customer)}`, null, signal);
    const told = JSON.stringify([this.who, messages]);
    if (told === this.told || this.who.customer !== customer) return;
    const stays = this.told !== null && !atEnd(this.scroll);
    this.told = told;
    this.form.hidden = false;
    this.head.replaceChildren(icon("phone"), `${nameOf(provider, customer)} · ${placeOf(provider, customer)}`);
    this.letters.replaceChildren(...messages.map((letter) => this.letter(letter)));
    if (!messages.length) this.letters.append(el("li", {}, empty("Nothing here yet", "Write first, or wait until the desk does.")));
    this.drawCode(messages);
    if (!stays) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  drawNobody() {
    if (this.told === "nobody") return;
    this.told = "nobody";
    this.form.hidden = true;
    this.head.replaceChildren(icon("phone"), "Nobody’s phone");
    this.letters.replaceChildren(el("li", {}, empty("Choose whose phone this is", "Everybody who complained has one. When the desk invites them, the message arrives here.")));
  }

  drawChoice(inboxes, threads) {
    const people = new Map();
    if (this.who) people.set(key(this.who.provider, this.who.customer), this.who);
    for (const { provider, customer } of inboxes) people.set(key(provider, customer), { provider, customer });
    for (const { provider, posts } of threads) {
      if (posts[0]) people.set(key(provider, posts[0].author), { provider, customer: posts[0].author });
    }
    const values = [...people.keys()];
    if (JSON.stringify(values) !== this.people) {
      this.people = JSON.stringify(values);
      this.choice.replaceChildren(el("option", { value: "", disabled: true }, "Nobody yet"),
        ...[...people].map(([value, { provider, customer }]) => el("option", { value }, `${nameOf(provider, customer)} (${placeOf(provider, customer)})`)));
    }
    this.choice.value = this.who ? key(this.who.provider, this.who.customer) : "";
  }

  letter({ by, text, at, media }) {
    const own = by === "customer";
    const name = by === "brand" ? "The brand" : by === "provider" ? "The platform" : "Customer";
    return el("li", { class: `said${own ? " own" : ""}${by === "provider" ? " automatic" : ""}` },
      el("p", { class: "said-head" }, el("strong", {}, name), timeAgo(at)),
      el("p", { class: "said-text" }, text),
      media.length ? el("p", { class: "said-foot" }, `${media.length} attached`) : null);
  }

  /** A code word that has come is one press away from being texted. */
  drawCode(messages) {
    const { provider, customer } = this.who;
    const code = provider === "twilio" ? null : messages.filter((letter) => letter.by === "brand").map(({ text }) => CODE.exec(text)?.[0]).filter(Boolean).pop();
    const number = numberOf(customer);
    this.code.replaceChildren(...(code ? [button([icon("phone"), `Text “${code}” from ${number}`], () => this.join(number, code), "primary")] : []));
  }

  async join(number, code) {
    if (await this.tell("twilio", number, code)) this.go(`/sandbox/twilio/${encodeURIComponent(number)}`);
  }

  async write(text) {
    if (!this.who || !text.trim()) return;
    if (await this.tell(this.who.provider, this.who.customer, text.trim())) {
      this.text.value = "";
      await this.changed();
    }
  }

  async tell(provider, from, text) {
    try {
      await act(provider, { act: "message", from, text });
      return true;
    } catch (error) {
      this.say(error.message, "bad");
      return false;
    }
  }
}
