// What was said on one side, and the field in which an answer is written.

import { badge, button, capital, el, icon, timeAt, words } from "/console/dom.js";

/** So often is tried again what was refused although nothing a person would see is new. */
export const TRIES = 4;

const FAR = { queued: "quiet", sending: "quiet", sent: "quiet", delivered: "good", read: "good", unknown: "warn", failed: "bad" };

/** One text of the customer, of a person at the desk, or of the service. */
export function said({ own, by, text, at, status, failure, edited, deleted, hidden, automatic, media = [] }) {
  const notes = [
    own && status ? badge(words(status), FAR[status] ?? "quiet") : null,
    edited ? el("span", {}, "edited") : null,
    deleted ? badge("deleted", "warn") : null,
    hidden ? badge("hidden", "warn") : null,
  ];
  return el("li", { class: `said${own ? " own" : ""}${automatic ? " automatic" : ""}` },
    el("p", { class: "said-head" }, el("strong", {}, by), timeAt(at)),
    text === null ? el("p", { class: "said-text soft" }, "(erased)") : el("p", { class: "said-text" }, text),
    media.length ? el("p", { class: "said-foot" }, media.map((one) => el("span", {}, `Attachment: ${one.content_type ?? one.type ?? "file"}`))) : null,
    notes.some(Boolean) ? el("p", { class: "said-foot" }, notes) : null,
    failure ? el("p", { class: "said-why" }, failure.detail) : null);
}

/** Whether the end of what can be scrolled is seen. */
export const atEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

/**
 * A field and its button. `send(text, version)` sends, `failed(error)` tells why it did not and reads what is now;
 * `story()` is what is shown. What came since the writing began stands above the field, and is taken note of before
 * it is sent.
 */
export class Composer {
  constructor({ id, label, verb, draft, story, send, failed, signer }) {
    Object.assign(this, { draft, story, send, failed, signer });
    this.news = el("div", { class: "news", hidden: true });
    this.field = el("textarea", { id, "aria-label": label, placeholder: label, rows: 3,
      oninput: () => { draft.write(this.field.value, story()); this.draw(); },
      onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.submit(); } } });
    this.button = el("button", { class: "button primary", title: "Ctrl+Enter" }, icon("send"), verb);
    this.hint = el("p", { class: "composer-hint" });
    this.form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.news, this.field, el("div", { class: "composer-foot" }, this.hint, this.button));
    this.field.value = draft.text;
    this.busy = false;
    this.closed = null;
    this.draw();
  }

  /** `closed` says why nothing may be sent; the draft stays all the same. */
  draw(closed = this.closed) {
    this.closed = closed;
    const news = this.draft.news(this.story());
    this.news.hidden = !news.length;
    this.news.className = `news${this.draft.refused ? " refused" : ""}`;
    const key = news.join("\n") + this.draft.refused;
    if (key !== this.shown) {
      this.shown = key;
      this.news.replaceChildren(...(news.length ? this.told(news) : []));
    }
    this.button.disabled = this.busy || Boolean(closed);
    this.hint.textContent = this.signer();
  }

  told(news) {
    const title = this.draft.refused ? "Nothing was sent: this changed while you wrote." : "New since you began to write";
    const go = this.draft.refused
      ? button("I have read it, send", () => { this.draft.accept(this.story()); this.submit(); }, "", { class: "button send-knowing" })
      : button("I have read it", () => { this.draft.accept(this.story()); this.draw(); this.field.focus(); });
    return [el("p", { class: "news-title", role: this.draft.refused ? "alert" : "status" }, icon("warn"), title),
      el("ul", {}, news.map((line) => el("li", {}, capital(line)))), go];
  }

  async submit() {
    const text = this.field.value;
    if (this.busy || this.closed) return;
    if (!text.trim()) return this.field.focus();
    this.busy = true;
    this.draw();
    let sent = false;
    for (let tries = 0; tries < TRIES && !sent && (tries === 0 || this.draft.moved); tries++) sent = await this.attempt(text);
    if (sent) {
      this.draft.sent();
      this.field.value = "";
    }
    this.busy = false;
    this.draw();
  }

  async attempt(text) {
    this.draft.moved = false;
    try {
      await this.send(text, this.draft.version(this.story()));
      return true;
    } catch (error) {
      await this.failed(error);
      // Where only the version moved and nothing a person would see is new, it is sent against the new one.
      this.draft.moved = Boolean(error.stale) && !this.draft.news(this.story()).length;
      this.draft.refused = Boolean(error.stale) && !this.draft.moved;
      return false;
    }
  }
}
