// One consent: who agreed to what, when, by which words, and the proof of it.

import { badge, button, channelName, el, icon, on, onDay, skeleton, timeAt, who } from "/console/dom.js";
import { consentSentence } from "/console/inbox/words.js";
import { checked, RECEIPT } from "/console/consent/checks.js";
import { eventWords, purposeName, stateKind, stateName } from "/console/consent/words.js";
import { checkReceipt, readLeaf } from "/console/verify.js";

const fact = (label, ...value) => [el("dt", {}, label), el("dd", {}, value)];

export class Record {
  /** `story` holds { consent, identity, handoff, messages }. */
  constructor(context, story) {
    Object.assign(this, context, story);
    this.way = el("ol", { class: "timeline", "aria-label": "What happened" }, skeleton(2, "line"));
    this.said = el("div", {});
    this.notice = el("div", { class: "notice-text" });
    this.root = this.build();
    this.read();
  }

  build() {
    const { consent, identity, messages } = this;
    return el("article", { class: "card stack record", "data-id": consent.id, "aria-label": purposeName(consent) },
      el("div", { class: "page-head" }, el("h3", { class: "record-title" }, purposeName(consent)), badge(stateName(consent.state), stateKind(consent.state))),
      el("p", {}, consentSentence(consent, who(identity), messages)),
      el("div", { class: "split even" }, this.facts(), this.way),
      this.words(), this.proof());
  }

  facts() {
    const { consent, handoff, messages } = this;
    const written = messages.find((message) => message.id === consent.evidence_message_id);
    return el("dl", { class: "facts" },
      fact("Channel", channelName(consent.channel)),
      fact("Language", consent.language),
      written ? fact("Their words", sayable(consent, written), ", ", timeAt(written.created_at)) : [],
      consent.imported ? fact("Source", "brought in from another system’s records") : [],
      fact("Holds", consent.valid_until ? `until ${onDay(consent.valid_until)}` : "with no end set"),
      handoff ? fact("Case", el("a", { href: `#/inbox/${handoff.complaint_id}` }, handoff.case_ref)) : [],
      fact("Record", el("span", { class: "mono" }, consent.id)));
  }

  words() {
    const { notice } = this.consent;
    if (!notice) return el("p", { class: "soft" }, "No words of ours are on record for it.");
    return el("details", { class: "notice", ontoggle: () => this.readNotice() },
      el("summary", {}, "The words they were shown"), this.notice,
      el("p", { class: "hint" }, "Fingerprint (SHA-256) ", el("span", { class: "mono" }, notice.sha256)));
  }

  proof() {
    const { ledger } = this.consent;
    const sealed = ledger.state === "sealed";
    const place = sealed ? `Proof no. ${ledger.index} in the ledger.` : "Its place in the ledger follows, as a rule within a second.";
    return el("div", { class: "stack tight" },
      el("div", { class: "toolbar" }, el("span", { class: "proof-place" }, icon("consent"), place),
        button("Verify here", () => this.verify(), "", { disabled: !sealed }), button("Save the receipt", () => this.save(), "quiet", { disabled: !sealed })),
      this.said);
  }

  /** What stands in the ledger about it, in order. */
  async read() {
    const { consent } = this;
    try {
      const { data } = await this.call("GET", `/ledger/entries?record_id=${consent.id}&limit=200`);
      const lines = data.map(({ index, leaf }) => ({ index, ...readLeaf(leaf) }));
      this.way.replaceChildren(...lines.map((line) => this.line(line)),
        ...(consent.ledger.state === "sealed" ? [] : [el("li", { class: "soft" }, el("strong", {}, stateName(consent.state)), el("p", { class: "hint" }, "not sealed yet"))]));
    } catch (error) {
      if (error.name !== "AbortError") this.way.replaceChildren(el("li", { class: "soft" }, error.message));
    }
  }

  line({ event, at, index }) {
    const [name, meaning] = eventWords(event);
    return el("li", {}, el("div", { class: "timeline-head" }, el("strong", {}, name), timeAt(at)), el("p", { class: "hint" }, `${meaning}. Entry no. ${index}.`));
  }

  async readNotice() {
    const { notice } = this.consent;
    if (!notice) return undefined;
    this.asked ??= this.call("GET", `/notices/${notice.sha256}`).then(({ text }) => text, (error) => {
      if (error.status === 404) return null;
      this.asked = null;
      throw error;
    });
    try {
      const text = await this.asked;
      this.notice.replaceChildren(text === null ? el("p", { class: "soft" }, "The words are not kept here.") : el("blockquote", {}, text));
      return text;
    } catch (error) {
      this.notice.replaceChildren(el("p", { class: "refused" }, error.message));
      return null;
    }
  }

  async verify() {
    this.said.replaceChildren(skeleton(5, "line"));
    try {
      const [{ vkey }, receipt, notice, fresh] = await Promise.all([this.call("GET", "/ledger/checkpoint"), this.receipt(), this.readNotice(), this.call("GET", `/consents/${this.consent.id}`)]);
      const checks = await checkReceipt(receipt, vkey, { consent: fresh, notice });
      this.said.replaceChildren(checked(checks, RECEIPT));
    } catch (error) {
      if (error.name !== "AbortError") this.said.replaceChildren(el("p", { class: "refused", role: "alert" }, error.message));
    }
  }

  receipt() {
    return this.call("GET", `/consents/${this.consent.id}/receipt`);
  }

  async save() {
    try {
      const address = URL.createObjectURL(new Blob([await this.receipt()], { type: "text/plain" }));
      const link = el("a", { href: address, download: `receipt-${this.consent.id}.txt` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      this.say(`The receipt is saved. Anybody can check it: segue ledger verify receipt-${this.consent.id}.txt --vkey …`);
    } catch (error) {
      this.say(error.message, "bad");
    }
  }
}

/** What the customer wrote; a secret in it is not shown, its keyword is. */
function sayable(consent, message) {
  const text = (message.text ?? "(erased)").trim();
  return consent.method === "keyword_sms" ? `“${text.split(/\s+/)[0]}” and the code word` : `“${text}”`;
}

/** Since when an identity is known, as a sentence. */
export const knownSince = (identity) => `known since ${on(identity.created_at).replace(/^on /, "")}`;
