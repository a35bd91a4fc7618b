// The public side: what customers wrote where everybody reads it, and the field in which one writes as a customer.

import { badge, button, el, empty, field, icon, timeAgo } from "/console/dom.js";
import { act, nameOf } from "/console/sandbox/client.js";

const PLACES = [["x", "X"], ["facebook", "Facebook"]];
const HANDLE = "@SandboxBrand";

export class Feed {
  /** `context` holds say and go; `changed` is called after something was done. */
  constructor(context, changed) {
    Object.assign(this, context, { changed });
    this.aim = null;
    this.place = el("select", { onchange: () => this.drawAim() }, PLACES.map(([name, label]) => el("option", { value: name }, label)));
    this.author = el("input", { value: "ana", autocomplete: "off", spellcheck: "false", required: true });
    this.text = el("textarea", { id: "post", rows: "3", required: true, placeholder: "My card was charged twice, and nobody answers." });
    this.note = el("div", { class: "aim" });
    this.send = el("button", { class: "button primary" }, icon("send"), "Post");
    this.threads = el("ol", { class: "feed", "aria-label": "Public posts" });
    const form = el("form", { class: "card stack", "aria-label": "Write in public", onsubmit: (event) => { event.preventDefault(); this.post(); } },
      el("div", { class: "split even" }, field("Where", this.place), field("As", this.author)),
      field("What the customer writes", this.text), this.note,
      el("div", { class: "toolbar end" }, this.send));
    this.root = el("section", { class: "stack", "aria-labelledby": "public" },
      el("h2", { id: "public", class: "side-title public" }, icon("globe"), "In public"), form, this.threads);
    this.drawAim();
  }

  draw(threads) {
    const told = JSON.stringify(threads);
    if (told === this.told) return;
    this.told = told;
    this.threads.replaceChildren(...(threads.length ? threads.map((thread) => this.thread(thread))
      : [el("li", { class: "card" }, empty("Nobody has complained yet", "Write the first complaint above, or let somebody complain."))]));
  }

  thread({ provider, id, posts }) {
    const [first] = posts;
    if (!first) return el("li", {});
    const lines = posts.map((post) => this.line(provider, post, first));
    return el("li", { class: "card feed-thread", "data-thread": id },
      el("p", { class: "said-foot" }, badge(provider === "x" ? "X" : "Facebook"), timeAgo(first.at)),
      el("ol", { class: "thread" }, lines),
      el("div", { class: "toolbar" },
        button("Write below it", () => this.take("post", provider, first), "quiet"),
        button("Edit", () => this.take("edit", provider, first), "quiet"),
        button("Delete", () => this.remove(provider, first), "quiet"),
        button([icon("phone"), "Private side"], () => this.go(`/sandbox/${provider}/${encodeURIComponent(first.author)}`), "quiet")));
  }

  line(provider, post, first) {
    const own = post.by === "brand";
    return el("li", { class: `said${own ? " own" : ""}` },
      el("p", { class: "said-head" }, el("strong", {}, own ? "The brand" : nameOf(provider, post.author)), timeAgo(post.at)),
      el("p", { class: "said-text" }, post.text),
      post.edits ? el("p", { class: "said-foot" }, "edited") : null,
      post.button ? button("Send a private message", () => this.go(`/sandbox/${provider}/${encodeURIComponent(first.author)}`)) : null);
  }

  /** What is written next is about that post. */
  take(deed, provider, post) {
    this.aim = { deed, post };
    this.place.value = provider;
    this.author.value = post.author;
    this.text.value = deed === "edit" ? post.text : "";
    this.drawAim();
    this.text.focus();
  }

  drawAim() {
    const { aim } = this;
    const onX = this.place.value === "x";
    this.place.disabled = this.author.readOnly = Boolean(aim);
    this.send.replaceChildren(icon("send"), aim?.deed === "edit" ? "Save the edit" : "Post");
    const hint = onX ? `On X the brand hears of what names it: ${HANDLE} is put before it.` : "Under the Page's newest post.";
    this.note.replaceChildren(aim
      ? el("p", { class: "hint" }, aim.deed === "edit" ? "This takes the place of what stands there. " : `Below “${aim.post.text.slice(0, 60)}”. `,
        button("Something new instead", () => { this.aim = null; this.text.value = ""; this.drawAim(); }, "quiet"))
      : el("p", { class: "hint" }, hint));
  }

  async post() {
    const { aim } = this;
    const provider = this.place.value;
    const words = this.text.value.trim();
    const text = provider === "x" && !words.includes(HANDLE) ? `${HANDLE} ${words}` : words;
    await this.done(() => act(provider, { act: aim?.deed ?? "post", from: this.author.value.trim().replace(/^@/, ""), text, post: aim?.post.id }), () => {
      this.aim = null;
      this.text.value = "";
      this.drawAim();
    });
  }

  async remove(provider, post) {
    await this.done(() => act(provider, { act: "delete", from: post.author, post: post.id }));
  }

  async done(deed, after) {
    try {
      await deed();
      after?.();
      await this.changed();
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.message, "bad");
    }
  }
}
