// Consent: what a customer agreed to and what not any more, the proof of it, and the ledger as a whole.

import { badge, button, capital, channelName, count, el, empty, failed, field, heading, icon, skeleton, table, timeAt, when, who } from "/console/dom.js";
import { Ledger } from "/console/consent/ledger.js";
import { receiptCard } from "/console/consent/receipt.js";
import { knownSince, Record } from "/console/consent/record.js";
import { addressOf, placeName, purposeName, stateKind, stateName } from "/console/consent/words.js";

export const title = "Consent";

export const shortcuts = [["/", "Look somebody up"]];

const NUMBERS = ["phone", "whatsapp", "rcs"];
const NEWEST = 10;
/** So many identities of one customer, and so many of their conversations, are asked about. */
const MOST = 8;

export function open(root, parameters, context) {
  return new Consent(root, parameters, context);
}

class Consent {
  constructor(root, parameters, context) {
    Object.assign(this, context, { context });
    this.turn = 0;
    this.records = new Map();
    this.wanted = el("input", { type: "search", id: "look", placeholder: "+number, name, words or id", autocomplete: "off", "aria-label": "Look somebody up", title: "/" });
    this.form = el("form", { class: "look", role: "search", onsubmit: (event) => { event.preventDefault(); this.look(); } },
      el("div", { class: "search" }, icon("search"), this.wanted), el("button", { class: "button" }, "Look up"));
    this.body = el("div", { class: "sections" });
    root.append(heading("Consent", this.form), this.body);
    this.moved(parameters);
  }

  close() {
    clearTimeout(this.waiting);
  }

  moved([id]) {
    this.id = id ?? null;
    this.body.replaceChildren(el("div", { class: "card" }, skeleton(1, "title"), skeleton(6, "line")), el("div", { class: "card" }, skeleton(1, "tall")));
    this.read();
  }

  heard(event) {
    if (this.waiting || !this.isAbout(event)) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.read();
    }, 1500);
  }

  /** On a customer's page, what is told of that customer; else what is told of anybody, their sealing aside. */
  isAbout(event) {
    if (event.type === "stream.resumed") return false;
    if (!event.type.startsWith("consent.") || event.type === "consent.sealed" && !this.id) return false;
    return !this.id || (this.ids ?? []).some((id) => JSON.stringify([event.subject, event.data]).includes(id));
  }

  keys(event) {
    if (event.key !== "/" || event.target.closest?.("input, textarea, select")) return false;
    event.preventDefault();
    this.wanted.focus();
    return true;
  }

  async read() {
    const turn = ++this.turn;
    try {
      const shown = await this.shown();
      if (turn === this.turn) this.body.replaceChildren(...shown.filter(Boolean));
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return;
      this.body.replaceChildren(error.status === 404 ? this.unknown() : failed(error, () => this.read()));
    }
  }

  shown() {
    if (!this.id) return this.begin();
    if (this.id.startsWith("cus_")) return this.customer(this.id);
    if (this.id.startsWith("idn_")) return this.identity(this.id);
    if (this.id.startsWith("cns_")) return this.consent(this.id);
    return this.search(this.id);
  }

  unknown() {
    return el("div", { class: "card" }, empty("Nobody is known by that", "It may be of another workspace, or mistyped.", el("a", { class: "button", href: "#/consent" }, "Back to the newest")));
  }

  look() {
    const text = this.wanted.value.trim();
    this.go(text ? `/consent/${encodeURIComponent(text)}` : "/consent");
  }

  // The beginning: the newest records, the ledger, and a receipt to check.

  async begin() {
    this.ids = [];
    const ledger = new Ledger(this.context);
    const [{ data }] = await Promise.all([this.call("GET", `/consents?limit=${NEWEST}`), ledger.renew()]);
    const people = await this.people(data.map((consent) => consent.identity_id));
    const cells = (consent) => [el("a", { href: `#/consent/${consent.identity_id}` }, who(people.get(consent.identity_id))), purposeName(consent),
      badge(stateName(consent.state), stateKind(consent.state)), timeAt(consent.ended_at ?? consent.granted_at ?? consent.requested_at ?? consent.created_at)];
    const newest = el("section", { class: "card stack", "aria-labelledby": "newest" }, el("h2", { id: "newest" }, "The newest"),
      data.length ? table("The newest consents", ["Who", "What for", "Stands", "Since"], data.map(cells))
        : empty("Nobody was asked yet", "A consent is asked for on the way to a private conversation: invite a customer in the inbox.", el("a", { class: "button primary", href: "#/inbox" }, "To the inbox")));
    return [newest, ledger.root, receiptCard(this.context)];
  }

  async people(ids) {
    const read = async (id) => [id, named(await this.call("GET", `/identities/${id}`))];
    return new Map(await Promise.all([...new Set(ids)].map(read)));
  }

  // Who is meant.

  async search(text) {
    const number = text.replace(/[\s().-]/g, "");
    if (/^\+\d{7,15}$/.test(number)) {
      const asked = NUMBERS.map((namespace) => this.call("GET", `/identities?${new URLSearchParams({ namespace, external_id: number })}`));
      const found = (await Promise.all(asked)).flatMap((page) => page.data);
      return found.length ? this.customer(found[0].customer_id, found[0].id) : [this.unknown()];
    }
    const query = new URLSearchParams({ q: text, limit: 50 });
    const pages = await Promise.all(["complaints", "conversations"].map((list) => this.call("GET", `/${list}?${query}`)));
    const found = new Map(pages.flatMap((page) => page.data).map((one) => [one.identity.id, one]));
    if (!found.size) return [this.unknown()];
    if (found.size === 1) return this.identity([...found.keys()][0]);
    return [el("section", { class: "card stack", "aria-labelledby": "found" }, el("h2", { id: "found" }, `${count(found.size, "person", "people")} fit “${text}”`),
      table("Who fits", ["Who", "Channel", "First met"], [...found].map(([id, one]) =>
        [el("a", { href: `#/consent/${id}` }, who(one.identity)), channelName(one.channel), timeAt(one.posted_at ?? one.created_at)])))];
  }

  async identity(id) {
    const { customer_id } = await this.call("GET", `/identities/${id}`);
    return this.customer(customer_id, id);
  }

  async consent(id) {
    const { identity_id } = await this.call("GET", `/consents/${id}`);
    return this.identity(identity_id);
  }

  // One customer: who it is, whether they may be written to, and each record.

  async customer(id, first) {
    const customer = await this.call("GET", `/customers/${id}`);
    const identities = customer.identities.slice(0, MOST).sort((one, other) => (other.id === first) - (one.id === first));
    this.ids = identities.map((identity) => identity.id);
    const [pages, sending] = await Promise.all([
      Promise.all(identities.map((identity) => this.call("GET", `/consents?identity_id=${identity.id}&limit=50`))),
      this.sending(customer)]);
    const consents = pages.flatMap((page) => page.data);
    const stories = await this.stories(consents, identities);
    return [this.person(customer, identities), sending, el("h2", {}, count(consents.length, "consent")),
      ...(consents.length ? this.recordsOf(stories)
        : [el("div", { class: "card" }, empty("Nothing was asked, nothing was agreed", "Answering in public needs no consent. A way to a private conversation asks for it by itself."))])];
  }

  /** A record of which nothing changed stays as it is on the page, with what was verified and opened in it. */
  recordsOf(stories) {
    const before = this.records;
    this.records = new Map(stories.map((story) => {
      const told = JSON.stringify([story.consent, story.identity]);
      const known = before.get(story.consent.id);
      return [story.consent.id, known?.told === told ? known : { told, root: new Record(this.context, story).root }];
    }));
    return [...this.records.values()].map((record) => record.root);
  }

  person(customer, identities) {
    const best = identities.find((identity) => identity.name || identity.handle) ?? identities[0];
    return el("section", { class: "card stack", "aria-label": "Who it is" },
      el("div", { class: "page-head" }, el("h2", { class: "person" }, icon("person"), who(named(best))), el("a", { class: "button quiet", href: "#/consent" }, icon("back"), "The newest")),
      table("Where the customer is known", ["Where", "As", "Since"], identities.map((identity) =>
        [placeName(identity.namespace), el("span", { class: "mono" }, addressOf(identity)), capital(knownSince(identity))])),
      customer.identities.length > MOST ? el("p", { class: "hint" }, `${MOST} of ${customer.identities.length} are shown; the API has them all.`) : null,
      customer.identities.length > 1 ? el("p", { class: "hint" }, "These are linked as one person. A consent holds for the one that gave it and never spreads to the others.") : null,
      el("p", { class: "hint" }, "A customer gets a copy of their own by writing RECEIPT: the link in the answer works once, for 24 hours."));
  }

  /** Whether something may be sent, on each of their conversations; opt-outs stand first among the reasons. */
  async sending(customer) {
    const talks = customer.conversations.slice(0, MOST);
    if (!talks.length) return null;
    const rulings = await Promise.all(talks.map((talk) => this.call("GET", `/conversations/${talk.id}/policy`)));
    const names = { allowed: ["May be written to", "good"], never: ["Not to be written to", "bad"] };
    const cells = talks.map((talk, index) => {
      const { verdict, reasons, until } = rulings[index];
      const [label, kind] = names[verdict] ?? [`Not before ${until ? when(until) : "something changes"}`, "warn"];
      return [el("a", { href: `#/inbox/${talk.id}` }, channelName(talk.channel)), badge(label, kind), reasons.map((reason) => el("p", {}, reason.detail))];
    });
    return el("section", { class: "card stack", "aria-labelledby": "sending" }, el("h2", { id: "sending" }, "May they be written to?"),
      table("On each channel", ["Channel", "Now", "Why"], cells.map(([one, two, three]) => [one, two, three.length ? three : "Nothing speaks against it."])));
  }

  /** Each consent with its identity, its handoff and what was written by those who agreed. */
  async stories(consents, identities) {
    const ids = [...new Set(consents.map((consent) => consent.handoff_id).filter(Boolean))].slice(0, MOST);
    const handoffs = new Map((await Promise.all(ids.map((id) => this.call("GET", `/handoffs/${id}`)))).map((one) => [one.id, one]));
    const talks = [...new Set([...handoffs.values()].flatMap((one) => [one.dm_conversation_id, one.conversation_id]).filter(Boolean))].slice(0, MOST);
    const messages = (await Promise.all(talks.map((id) => this.call("GET", `/conversations/${id}/messages?limit=200`)))).flatMap((page) => page.data);
    return consents.map((consent) => ({ consent, messages, handoff: handoffs.get(consent.handoff_id),
      identity: named(identities.find((identity) => identity.id === consent.identity_id)) }));
  }
}

/** An identity that is called by its number where it has no name. */
const named = (identity) => ({ ...identity, name: identity?.name ?? (identity?.handle ? null : identity?.masked ? capital(identity.masked) : null) });
