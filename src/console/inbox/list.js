// The list on the left: complaints or conversations, filtered and searched by the service, kept live.

import { badge, button, capital, channelName, count, el, empty, failed, field, icon, skeleton, timeAgo, who, words } from "/console/dom.js";
import { stateName, statusKind } from "/console/inbox/words.js";

const VIEWS = {
  complaints: { label: "Complaints", statuses: ["open", "waiting", "private", "resolved", "ignored"],
    none: ["No complaints yet", "They appear here as soon as a connection brings one."] },
  conversations: { label: "Conversations", statuses: ["open", "closed"],
    none: ["No private conversations yet", "One begins when a customer accepts an invitation, or writes first."] },
};

const PAGE = 50;

export class List {
  /** `open(id)` is told what was chosen. */
  constructor({ call, signal, agent, say }, open) {
    Object.assign(this, { call, signal, agent, say, open });
    this.view = "complaints";
    this.rows = null;
    this.next = null;
    this.turn = 0;
    this.current = null;
    this.unread = new Map();
    this.channels = new Set();
    this.build();
  }

  build() {
    const change = () => this.load();
    this.search = el("input", { type: "search", id: "search", "aria-label": "Search", placeholder: "Name, words or +number", title: "/", autocomplete: "off",
      oninput: () => { clearTimeout(this.typing); this.typing = setTimeout(change, 250); } });
    this.status = el("select", { id: "status", onchange: change });
    this.channel = el("select", { id: "channel", onchange: change });
    this.mine = el("input", { type: "checkbox", id: "mine", onchange: () => this.askMine() });
    this.tabs = el("div", { class: "segments", role: "group", "aria-label": "What is listed" }, Object.entries(VIEWS).map(([name, { label }]) =>
      button(label, () => this.show(name), "", { "data-view": name })));
    this.sum = el("p", { class: "hidden", role: "status" });
    this.body = el("div", { class: "list-body" }, skeleton(7, "row"));
    this.more = button("Load more", () => this.load(this.next), "list-more", { id: "more-rows", hidden: true });
    this.root = el("section", { class: "list", "aria-label": "List" },
      el("div", { class: "list-head" },
        el("h1", {}, "Inbox"), this.tabs,
        el("div", { class: "search" }, icon("search"), this.search),
        el("div", { class: "list-filters" }, field("Status", this.status), field("Channel", this.channel),
          el("label", { class: "check" }, this.mine, "Mine"))),
      el("div", { class: "list-scroll" }, this.body, this.more), this.sum);
    this.drawFilters();
  }

  drawFilters() {
    const option = (value, label) => el("option", { value }, label);
    for (const node of this.tabs.children) node.setAttribute("aria-pressed", String(node.dataset.view === this.view));
    this.status.replaceChildren(option("", "All"), ...VIEWS[this.view].statuses.map((status) => option(status, capital(status))));
    this.drawChannels();
  }

  drawChannels() {
    const kept = this.channel.value;
    const all = [...new Set([...this.channels, ...(kept ? [kept] : [])])].sort();
    this.channel.replaceChildren(el("option", { value: "" }, "All"), ...all.map((name) => el("option", { value: name }, channelName(name))));
    this.channel.value = kept;
  }

  show(view) {
    if (view === this.view) return;
    this.view = view;
    this.channels.clear();
    this.channel.value = "";
    this.drawFilters();
    this.rows = null;
    this.draw();
    return this.load();
  }

  askMine() {
    if (this.mine.checked && !this.agent().agent) {
      this.mine.checked = false;
      this.say("Say first who you are: “Who signs?” in the navigation.", "bad");
      return;
    }
    this.load();
  }

  query(after) {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.status.value) query.set("status", this.status.value);
    if (this.channel.value) query.set("channel", this.channel.value);
    if (this.mine.checked) query.set("assignee", this.agent().agent.name);
    if (this.search.value.trim()) query.set("q", this.search.value.trim());
    if (after) query.set("after", after);
    return query;
  }

  get isFiltered() {
    return Boolean(this.status.value || this.channel.value || this.mine.checked || this.search.value.trim());
  }

  /** The first page, or the one after; whoever asked last is shown. */
  async load(after) {
    const turn = ++this.turn;
    try {
      const [page] = await Promise.all([this.call("GET", `/${this.view}?${this.query(after)}`), this.readUnread()]);
      if (turn !== this.turn) return;
      this.rows = after ? [...(this.rows ?? []), ...page.data] : page.data;
      this.next = page.next;
      this.draw();
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return;
      if (this.rows) this.say(error.message, "bad");
      else this.body.replaceChildren(failed(error, () => this.load()));
    }
  }

  /** Reads the first page again; what was loaded further down stays. */
  async renew() {
    const [rest, next] = [this.rows ?? [], this.next];
    await this.load();
    const known = new Set(this.rows?.map((row) => row.id));
    if (rest.length <= PAGE || !this.rows) return;
    this.rows.push(...rest.filter((row) => !known.has(row.id)));
    this.next = next;
    this.draw();
  }

  /** Which complaints have something unanswered in private. */
  async readUnread() {
    if (this.view !== "complaints") return;
    const { data } = await this.call("GET", "/conversations?status=open&limit=100");
    this.unread = new Map(data.flatMap((talk) => talk.complaint_ids.map((id) => [id, talk.unread])));
  }

  draw() {
    if (!this.rows) {
      this.body.replaceChildren(skeleton(7, "row"));
      this.more.hidden = true;
      return;
    }
    for (const row of this.rows) this.channels.add(row.channel);
    this.drawChannels();
    const focused = document.activeElement?.dataset?.id;
    if (this.rows.length) this.body.replaceChildren(el("ul", {}, this.rows.map((row) => el("li", {}, this.row(row)))));
    else this.body.replaceChildren(this.nothing());
    this.more.hidden = !this.next;
    this.more.textContent = this.search.value.trim() ? "Look further back" : "Load more";
    this.sum.textContent = count(this.rows.length, VIEWS[this.view].label.slice(0, -1).toLowerCase());
    this.mark(this.current);
    if (focused) this.body.querySelector(`[data-id="${focused}"]`)?.focus({ preventScroll: true });
  }

  nothing() {
    if (this.next) return empty("Nothing among the newest thousand", "Look further back, or with other words.");
    if (this.isFiltered) return empty("Nothing fits", "No other status, channel or word is looked for.", button("Show all", () => this.clear()));
    return empty(...VIEWS[this.view].none);
  }

  clear() {
    this.search.value = this.status.value = this.channel.value = "";
    this.mine.checked = false;
    this.load();
  }

  row(one) {
    const conversation = this.view === "conversations";
    const unread = conversation ? one.unread : this.unread.get(one.id) ?? 0;
    const waits = unread > 0 || (!conversation && one.status === "open");
    const text = conversation ? talkText(one) : one.text ?? "(erased)";
    return el("a", { class: `row${waits ? " waits" : ""}`, href: `#/inbox/${one.id}`, "data-id": one.id,
      onclick: (event) => { event.preventDefault(); this.open(one.id); } },
    el("span", { class: "row-head" }, el("strong", {}, who(one.identity)), timeAgo((conversation && one.last_message_at) || one.posted_at || one.created_at)),
    el("span", { class: "row-text" }, text),
    el("span", { class: "row-foot" }, badge(capital(words(one.status)), statusKind(one.status)),
      el("span", {}, channelName(one.channel)),
      one.handoff && !conversation ? el("span", {}, `· ${stateName(one.handoff.state)}`) : null,
      one.assignee ? el("span", {}, `· ${one.assignee}`) : null,
      unread ? el("span", { class: "unread", title: count(unread, "unanswered message") }, String(unread), el("span", { class: "hidden" }, " unanswered")) : null));
  }

  mark(id) {
    this.current = id;
    for (const node of this.body.querySelectorAll(".row")) {
      if (node.dataset.id === id) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
  }

  /** One further down or up, from the focused row, else from the open one. */
  step(by) {
    const rows = [...this.body.querySelectorAll(".row")];
    if (!rows.length) return;
    const focused = rows.indexOf(document.activeElement);
    const from = focused >= 0 ? focused : rows.findIndex((row) => row.dataset.id === this.current);
    const to = rows[Math.min(Math.max(from + by, 0), rows.length - 1)];
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  }
}

function talkText(talk) {
  const from = talk.complaint_ids.length ? `From ${count(talk.complaint_ids.length, "complaint")}` : "The customer wrote first";
  return talk.hold ? `${from}. Held: ${words(talk.hold)}` : from;
}
