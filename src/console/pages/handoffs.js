// Handoffs: how many customers came how far, how long it took, and the handoffs themselves.

import { among, Columns, funnel, share, took } from "/console/chart.js";
import { badge, button, channelName, count, el, empty, failed, field, figures, heading, skeleton, table, timeAt } from "/console/dom.js";
import { isOver, stateName, wayName } from "/console/inbox/words.js";

export const title = "Handoffs";

export const shortcuts = [["1 2 3", "The last 7, 30, 90 days"]];

const SPANS = [7, 30, 90];
const DAY = 86_400_000;
const PAGE = 50;

const SERIES = [
  { key: "active", label: "In private", look: "look-private" },
  { key: "waiting", label: "On the way", look: "look-waiting" },
  { key: "lost", label: "Lost", look: "look-lost" },
];

const STATES = ["invited", "account_proven", "claimed", "token_sent", "phrase_sent", "code_sent", "consent_pending", "bound", "active",
  "suspended", "refused", "expired", "withdrawn", "unlinked", "ended", "cancelled"];

export function open(root, [days], context) {
  return new Handoffs(root, SPANS.includes(Number(days)) ? Number(days) : 30, context);
}

class Handoffs {
  constructor(root, days, context) {
    Object.assign(this, context);
    this.turn = 0;
    this.rows = [];
    this.chart = new Columns("Invitations by day", SERIES);
    this.spans = el("div", { class: "segments", role: "group", "aria-label": "Time" }, SPANS.map((span) =>
      button(`${span} days`, () => this.go(`/handoffs/${span}`), "", { "data-span": span })));
    this.figures = el("div", { class: "sections" }, skeleton(1, "figure-row"), skeleton(1, "tall"));
    this.build();
    root.append(heading("Handoffs", this.spans), this.figures, this.list);
    this.moved([days]);
  }

  build() {
    const change = () => this.readList();
    const option = ([value, label]) => el("option", { value }, label);
    this.state = el("select", { id: "state", onchange: change }, [["", "All"], ...STATES.map((state) => [state, stateName(state)])].map(option));
    this.channel = el("select", { id: "channel", onchange: change }, option(["", "All"]));
    this.body = el("div", { class: "list-of-handoffs" }, skeleton(6, "line"));
    this.more = button("Load more", () => this.readList(this.next), "", { hidden: true });
    this.list = el("section", { class: "card stack", "aria-labelledby": "each" },
      el("div", { class: "page-head" }, el("h2", { id: "each" }, "Each of them"),
        el("div", { class: "toolbar filters" }, field("Where it stands", this.state), field("Channel", this.channel))),
      this.body, el("div", { class: "toolbar" }, this.more));
  }

  close() {
    clearTimeout(this.waiting);
    this.chart.close();
  }

  moved([days]) {
    this.days = SPANS.includes(Number(days)) ? Number(days) : 30;
    for (const node of this.spans.children) node.setAttribute("aria-pressed", String(node.dataset.span === String(this.days)));
    this.read();
    this.readList();
  }

  /** A handoff goes on: soon after, and not again for a while; where there is much to count, for a longer one. */
  heard(event) {
    if (!/^handoff\.|^stream\./.test(event.type) || this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.read();
      if (this.rows.length <= PAGE) this.readList();
    }, Math.max(2000, 10 * (this.took ?? 0)));
  }

  keys(event) {
    const span = SPANS[Number(event.key) - 1];
    if (!span || event.target.closest?.("input, select") || event.ctrlKey || event.metaKey || event.altKey) return false;
    this.go(`/handoffs/${span}`);
    return true;
  }

  /** The first moment of the span: days are those of UTC, as they are counted. */
  get from() {
    return new Date((Math.floor(Date.now() / DAY) - this.days + 1) * DAY).toISOString();
  }

  async read() {
    const turn = ++this.turn;
    const began = performance.now();
    try {
      const all = await this.call("GET", `/figures/handoffs?from=${this.from}`);
      this.took = performance.now() - began;
      if (turn === this.turn) this.show(all);
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return;
      this.figures.replaceChildren(failed(error, () => this.read()));
    }
  }

  show(all) {
    this.offer(all.ways.map((way) => way.channel));
    if (!all.total.invited) {
      this.figures.replaceChildren(el("div", { class: "card" }, empty(`Nobody was invited in the last ${this.days} days`,
        "A complaint in the inbox shows which ways to a private conversation are open.", el("a", { class: "button primary", href: "#/inbox" }, "To the inbox"))));
      return;
    }
    this.chart.show(all.days.map((day) => ({ ...day, lost: day.refused + day.expired + day.cancelled })));
    const parts = [this.sums(all), el("div", { class: "split even" }, this.funnel(all.total), this.times(all.times)),
      card("Day by day", "Each invitation stands on the day it was made (UTC), with what has become of it by now.", this.chart.root),
      this.ways(all.ways)];
    // The chart stays where it is, so that whoever goes through it with the keyboard is not thrown out.
    if (this.chart.root.isConnected) {
      const [sums, two, , ways] = parts;
      this.figures.children[0].replaceWith(sums);
      this.figures.children[1].replaceWith(two);
      this.figures.children[3].replaceWith(ways);
    } else this.figures.replaceChildren(...parts);
  }

  sums({ total, times }) {
    return figures([
      ["Invited", total.invited.toLocaleString(), `in ${this.days} days`],
      ["In private", share(total.active, total.invited), `${total.active.toLocaleString()} of ${total.invited.toLocaleString()}`],
      ["Time to private", times.whole ? took(times.whole.median_ms) : "–", "half took no longer"],
      ["On the way", total.waiting.toLocaleString(), "now"],
    ]);
  }

  funnel(total) {
    const lost = [["said no", total.refused], ["ran out of time", total.expired], ["called off", total.cancelled], ["on the way", total.waiting]];
    return card("How far they came", null,
      funnel("How far they came", [["Invited", total.invited], ["Proven", total.proven], ["Agreed", total.agreed], ["In private", total.active]]),
      el("dl", { class: "outcomes" }, lost.map(([label, number]) => el("div", {}, el("dt", {}, label), el("dd", {}, number.toLocaleString())))));
  }

  times(times) {
    const rows = [["Invited to proven", times.proven], ["Proven to agreed", times.agreed], ["Agreed to private", times.active], ["All the way", times.whole]];
    const cells = ([label, one]) => [label, one ? took(one.median_ms) : "–", one ? took(one.p90_ms) : "–", one ? one.count.toLocaleString() : "0"];
    return card("How long it took", null, table("How long each step took", ["Step", "Half", "Nine of ten", "Handoffs"], rows.map(cells)),
      el("p", { class: "hint" }, "“Half” is the median, “nine of ten” the 90th percentile. Only steps that were taken are timed."));
  }

  ways(ways) {
    const cells = (way) => [el("span", {}, el("strong", {}, way.path), ` ${wayName(way.path, way.channel)}`), way.invited.toLocaleString(),
      `${way.active.toLocaleString()} (${share(way.active, way.invited)})`, way.took ? took(way.took.median_ms) : "–", way.took ? took(way.took.p90_ms) : "–"];
    return card("Way by way", null, table("By way and channel", ["Way", "Invited", "In private", "Half", "Nine of ten"], ways.map(cells)));
  }

  /** Channels that are there can be chosen; what is chosen stays. */
  offer(channels) {
    const kept = this.channel.value;
    const all = [...new Set([...channels, ...(kept ? [kept] : [])])].sort();
    this.channel.replaceChildren(el("option", { value: "" }, "All"), ...all.map((name) => el("option", { value: name }, channelName(name))));
    this.channel.value = kept;
  }

  async readList(after) {
    const turn = (this.listTurn = (this.listTurn ?? 0) + 1);
    const query = new URLSearchParams({ limit: PAGE, since: this.from });
    if (this.state.value) query.set("state", this.state.value);
    if (this.channel.value) query.set("channel", this.channel.value);
    if (after) query.set("after", after);
    try {
      const page = await this.call("GET", `/handoffs?${query}`);
      if (turn !== this.listTurn) return;
      this.rows = after ? [...this.rows, ...page.data] : page.data;
      this.next = page.next;
      this.drawList();
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.listTurn) return;
      this.body.replaceChildren(failed(error, () => this.readList()));
    }
  }

  drawList() {
    this.more.hidden = !this.next;
    if (!this.rows.length) {
      const filtered = this.state.value || this.channel.value;
      this.body.replaceChildren(filtered ? empty("Nothing fits", "No handoff stands there, or on that channel, in this time.", button("Show all", () => this.clear()))
        : empty("No handoffs in this time", "They appear here with the first invitation."));
      return;
    }
    const cells = (one) => [
      el("a", { href: `#/inbox/${one.complaint_id}`, "aria-label": `Case ${one.case_ref}, to its story` }, one.case_ref),
      badge(stateName(one.state), kind(one.state)),
      el("span", {}, el("strong", {}, one.path), ` ${channelName(one.channel)}`),
      one.agent?.name ?? el("span", { class: "soft" }, "–"),
      timeAt(one.created_at),
      one.ended_at ? timeAt(one.ended_at) : el("span", { class: "soft" }, "–")];
    this.body.replaceChildren(table(count(this.rows.length, "handoff"), ["Case", "Stands", "Way", "Invited by", "Invited", "Ended"], this.rows.map(cells)));
  }

  clear() {
    this.state.value = this.channel.value = "";
    this.readList();
  }
}

const card = (name, hint, ...content) =>
  el("section", { class: "card stack", "aria-label": name }, el("div", {}, el("h2", {}, name), hint ? el("p", { class: "hint" }, hint) : null), content);

function kind(state) {
  if (state === "active") return "private";
  if (state === "suspended" || state === "refused" || state === "withdrawn") return "bad";
  return isOver(state) ? "quiet" : "public";
}
