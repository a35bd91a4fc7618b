// Charts, drawn as they are wide: columns over days, and a funnel. What they show stands beside them as a table.

import { count, el, svg, table } from "/console/dom.js";

const dayName = new Intl.DateTimeFormat([], { day: "numeric", month: "short", timeZone: "UTC" });
const dayWhole = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** "22 Nov" of "2026-11-22". */
export const shortDay = (day) => dayName.format(new Date(`${day}T00:00:00Z`));
const wholeDay = (day) => dayWhole.format(new Date(`${day}T00:00:00Z`));

/** "38 %", or a dash where there is nothing to divide by. */
export const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : "–");

const HEIGHT = 220;
const ROOM = { left: 34, right: 4, top: 10, bottom: 26 };

/** A step for about four lines: 1, 2 or 5 times a power of ten. */
function scale(most) {
  const rough = Math.max(1, most / 4);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  return { step, top: Math.max(step, Math.ceil(most / step) * step) };
}

/**
 * Columns over days. `rows` are `{ day, <key>: number … }`; `series` are `{ key, label, look }`, stacked from below. The
 * arrows go from day to day; what the day holds is said below.
 */
export class Columns {
  constructor(title, series) {
    Object.assign(this, { title, series, rows: [], at: null });
    this.field = el("div", { class: "chart-field", tabindex: "0", role: "group", "aria-roledescription": "chart",
      "aria-label": `${title}. Left and right go from day to day.`, onkeydown: (event) => this.key(event),
      onblur: () => this.choose(null), onpointerleave: () => this.choose(null) });
    this.said = el("p", { class: "chart-said", role: "status" });
    this.legend = el("ul", { class: "chart-legend" }, series.map(({ label, look }) =>
      el("li", {}, el("span", { class: `swatch ${look}`, "aria-hidden": "true" }), label)));
    this.beside = el("details", { class: "chart-table" });
    this.root = el("figure", { class: "chart" }, this.legend, this.field, this.said, this.beside);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.field);
  }

  close() {
    this.watch.disconnect();
  }

  show(rows) {
    this.rows = rows;
    this.at = null;
    const cells = (row) => [shortDay(row.day), ...this.series.map(({ key }) => row[key].toLocaleString())];
    this.beside.replaceChildren(el("summary", {}, "As a table"),
      table(this.title, ["Day (UTC)", ...this.series.map(({ label }) => label)], rows.map(cells)));
    this.draw();
    this.tell();
  }

  draw() {
    const width = Math.round(this.field.clientWidth);
    if (!width || !this.rows.length) return;
    const total = (row) => this.series.reduce((sum, { key }) => sum + row[key], 0);
    const { step, top } = scale(Math.max(...this.rows.map(total)));
    const inner = { width: width - ROOM.left - ROOM.right, height: HEIGHT - ROOM.top - ROOM.bottom };
    const y = (value) => ROOM.top + inner.height * (1 - value / top);
    const slot = inner.width / this.rows.length;
    const bar = Math.min(40, Math.max(2, slot * 0.7));
    const drawing = svg("svg", { class: "chart-drawing", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true", focusable: "false" });
    for (let value = 0; value <= top; value += step) {
      drawing.append(svg("line", { class: value ? "chart-line" : "chart-base", x1: ROOM.left, x2: width - ROOM.right, y1: y(value), y2: y(value) }),
        text("end", ROOM.left - 8, y(value) + 4, value.toLocaleString()));
    }
    const every = Math.ceil(this.rows.length / Math.max(2, Math.floor(inner.width / 72)));
    this.slots = this.rows.map((row, index) => {
      const left = ROOM.left + slot * index;
      const column = svg("g", { class: "chart-day" },
        svg("rect", { class: "chart-hit", x: left, y: ROOM.top, width: slot, height: inner.height }));
      let below = 0;
      for (const { key, look } of this.series) {
        if (!row[key]) continue;
        column.append(svg("rect", { class: `chart-bar ${look}`, x: left + (slot - bar) / 2, y: y(below + row[key]), width: bar, height: y(below) - y(below + row[key]) }));
        below += row[key];
      }
      column.addEventListener("pointerenter", () => this.choose(index));
      column.addEventListener("click", () => this.choose(index));
      if ((this.rows.length - 1 - index) % every === 0) drawing.append(text(index === this.rows.length - 1 && slot < 60 ? "end" : "middle", Math.min(left + slot / 2 + (slot < 60 && index === this.rows.length - 1 ? slot / 2 : 0), width), HEIGHT - 6, shortDay(row.day)));
      drawing.append(column);
      return column;
    });
    this.field.replaceChildren(drawing);
    this.mark();
  }

  mark() {
    this.slots?.forEach((node, index) => node.classList.toggle("on", index === this.at));
  }

  choose(at) {
    if (at === this.at) return;
    this.at = at;
    this.mark();
    this.tell();
  }

  tell() {
    const row = this.rows[this.at];
    const parts = (one) => this.series.map(({ key, label }) => `${one[key].toLocaleString()} ${label.toLowerCase()}`).join(", ");
    this.said.textContent = row ? `${wholeDay(row.day)}: ${parts(row)}.` : "Point at a day, or go through them with the arrows.";
  }

  key(event) {
    const last = this.rows.length - 1;
    const to = { ArrowLeft: Math.max(0, (this.at ?? last + 1) - 1), ArrowRight: Math.min(last, (this.at ?? -1) + 1), Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.choose(to);
  }
}

const text = (anchor, x, y, words) => svg("text", { class: "chart-text", "text-anchor": anchor, x, y }, document.createTextNode(words));

/**
 * A funnel: bars under one another, each as long as its part of the first, with what was lost on the way.
 * `stages` are `[label, number, what the lost ones did]`.
 */
export function funnel(title, stages) {
  const whole = stages[0][1];
  const part = (number) => (whole ? (100 * number) / whole : 0);
  return el("ol", { class: "funnel", "aria-label": title }, stages.map(([label, number, note], index) => {
    const before = index ? stages[index - 1][1] : number;
    const bar = svg("svg", { class: "funnel-bar", width: "100%", height: 22, "aria-hidden": "true", focusable: "false" },
      svg("rect", { class: "funnel-bed", width: "100%", height: 22, rx: 5 }),
      svg("rect", { class: "funnel-lost", width: `${part(before)}%`, height: 22, rx: 5 }),
      svg("rect", { class: `funnel-part stage-${index}`, width: `${part(number)}%`, height: 22, rx: 5 }));
    return el("li", {},
      el("span", { class: "funnel-label" }, label),
      el("span", { class: "funnel-number" }, el("strong", {}, number.toLocaleString()), el("span", { class: "soft" }, index ? ` ${share(number, whole)}` : "")),
      bar, note ? el("span", { class: "funnel-note" }, note) : null);
  }));
}

const UNITS = [[60, "s", 1], [3600, "min", 60], [86400, "h", 3600], [Infinity, "d", 86400]];

/** A length of time: "8 s", "1.5 min", "3 d". */
export function took(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return "< 1 s";
  const [, name, unit] = UNITS.find(([below]) => seconds < below);
  const number = seconds / unit;
  return `${number < 10 && unit > 1 ? Math.round(number * 10) / 10 : Math.round(number)} ${name}`;
}

/** "of 12 handoffs". */
export const among = (times) => `of ${count(times.count, "handoff")}`;
