// The handoff as a drawing: the way gone from public to private, and before that the ways that are open.

import { channelName, el, svg, timeAt, when } from "/console/dom.js";
import { because, isOver, stateName, toCome, wayName } from "/console/inbox/words.js";

/** So many steps fit; of more, some in the middle are told as a number. */
const MOST = 7;

function stops(handoff) {
  const gone = handoff.timeline.map((step) => ({ ...step, kind: "gone" }));
  const last = gone.at(-1);
  if (last) last.kind = isOver(last.state) ? "over" : "now";
  const rest = toCome(handoff.path, handoff.state).map((state) => ({ state, kind: "next" }));
  const room = Math.max(3, MOST - rest.length);
  if (gone.length > room) {
    const hidden = gone.length - room + 1;
    gone.splice(1, hidden, { kind: "gap", hidden });
  }
  return [...gone, ...rest];
}

/** What the drawing says, for who does not see it. */
function told(handoff) {
  const gone = handoff.timeline.map((step) => `${stateName(step.state)} ${when(step.at)}`).join(", ");
  const rest = toCome(handoff.path, handoff.state).map(stateName).join(", ");
  return `The way from public to ${channelName(handoff.channel)}: ${gone}.${rest ? ` To come: ${rest}.` : ""}`;
}

/** The way of a handoff; lies on a wide screen, stands on a narrow one. */
export function drawWay(handoff) {
  const list = stops(handoff);
  return el("div", { class: "way", role: "img", "aria-label": told(handoff) }, lying(list, handoff), standing(list));
}

const HIGH = 134;
const smooth = (t) => t * t * (3 - 2 * t);

function lying(list, handoff) {
  const wide = 880;
  const at = (index) => {
    const t = (index + 0.5) / list.length;
    return [t * wide, 22 + 58 * smooth(t)];
  };
  const here = Math.max(0, list.findLastIndex((stop) => stop.kind === "now" || stop.kind === "over"));
  const curve = (from, to) => {
    const points = [];
    for (let step = 0; step <= 48; step++) {
      const index = from + ((to - from) * step) / 48;
      points.push(at(index).map((value) => value.toFixed(1)).join(" "));
    }
    return `M${points.join("L")}`;
  };
  const drawing = svg("svg", { class: "way-lying", viewBox: `0 0 ${wide} ${HIGH}`, "aria-hidden": "true", focusable: "false" },
    svg("defs", {}, gradient("way-tint", wide)),
    svg("path", { d: curve(-0.5, list.length - 0.5), class: "way-bed" }),
    here < list.length - 1 ? svg("path", { d: curve(here, list.length - 0.5), class: "way-next" }) : null,
    svg("path", { d: curve(-0.5, here), class: "way-gone", stroke: "url(#way-tint)" }));
  list.forEach((stop, index) => drawing.append(stopOf(stop, at(index), index / Math.max(1, list.length - 1))));
  drawing.append(svg("title", {}, told(handoff)));
  return drawing;
}

/** From the colour of the public side to that of the private one. */
function gradient(id, wide) {
  return svg("linearGradient", { id, gradientUnits: "userSpaceOnUse", x1: 0, x2: wide, y1: 0, y2: 0 },
    svg("stop", { offset: "15%", class: "tint-public" }), svg("stop", { offset: "85%", class: "tint-private" }));
}

function stopOf(stop, [x, y], share) {
  const group = svg("g", { class: `stop ${stop.kind} ${share < 0.5 ? "on-public" : "on-private"}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
  if (stop.kind === "gap") {
    group.append(svg("circle", { r: 9 }), svg("text", { y: 32, class: "stop-name" }, `${stop.hidden} more`));
    return group;
  }
  if (stop.kind === "now") group.append(svg("circle", { r: 15, class: "halo" }));
  group.append(svg("circle", { r: stop.kind === "now" ? 8.5 : 7 }));
  if (stop.kind === "gone") group.append(svg("path", { d: "M-3 .2l2.2 2.2 4-4.3", class: "tick" }));
  if (stop.kind === "over") group.append(svg("path", { d: "M-2.6-2.600l5.2 5.200M2.6-2.600l-5.2 5.2", class: "tick" }));
  group.append(svg("text", { y: 32, class: "stop-name" }, stateName(stop.state)));
  if (stop.at) group.append(svg("text", { y: 49, class: "stop-time" }, when(stop.at)));
  return group;
}

function standing(list) {
  return el("ol", { class: "way-standing", "aria-hidden": "true" }, list.map((stop) =>
    el("li", { class: `stop ${stop.kind}` }, el("span", { class: "stop-dot" }),
      el("span", { class: "stop-name" }, stop.kind === "gap" ? `${stop.hidden} more steps` : stateName(stop.state)),
      stop.at ? timeAt(stop.at) : null)));
}

/**
 * The ways that are open, to choose from, and those that are not, with why: of each channel the best one, or all.
 * `choose` hears which one is taken.
 */
export function drawWays(ways, { chosen, all }, choose) {
  const rows = all ? every(ways) : best(ways, chosen);
  return el("div", { class: "ways" }, fan(rows, chosen),
    el("fieldset", { class: "ways-list" }, el("legend", { class: "hidden" }, "The ways to a private conversation"),
      rows.map((way, index) => row(way, index, chosen, choose))));
}

const every = (ways) => [
  ...ways.possible.map((way) => ({ ...way, open: true })),
  ...ways.not_possible.map((way) => ({ ...way, open: false })),
];

function best(ways, chosen) {
  const channels = new Set();
  return every(ways).filter((way) => {
    const first = !channels.has(way.channel);
    channels.add(way.channel);
    return first || (way.open && keyOf(way) === chosen);
  });
}

/** How many ways `drawWays` leaves out unless all are wanted. */
export const leftOut = (ways, chosen) => every(ways).length - best(ways, chosen).length;

export const keyOf = (way) => `${way.path} ${way.channel}`;

function row(way, index, chosen, choose) {
  const name = [el("span", { class: "way-name" }, wayName(way.path, way.channel)), " ", el("span", { class: "badge quiet" }, way.path)];
  if (!way.open) {
    return el("div", { class: "way-row closed" }, el("span", { class: "way-words" }, name, el("span", { class: "way-why" }, `Not open: ${because(way.reason)}.`)));
  }
  const radio = el("input", { type: "radio", name: "way", value: keyOf(way), id: index === 0 ? "way-first" : null, checked: keyOf(way) === chosen,
    onchange: () => choose(keyOf(way)) });
  return el("label", { class: "way-row" }, radio, el("span", { class: "way-words" }, name));
}

const ROW = 44;

/** One point in public, and from there a curve to each way. */
function fan(rows, chosen) {
  const high = Math.max(1, rows.length) * ROW;
  const middle = high / 2;
  const drawing = svg("svg", { class: "fan", viewBox: `0 0 150 ${high}`, width: 150, height: high, "aria-hidden": "true", focusable: "false" },
    svg("defs", {}, gradient("fan-tint", 150)));
  rows.forEach((way, index) => {
    const y = (index + 0.5) * ROW;
    const reach = way.open ? 140 : 96;
    const end = way.open ? y : middle + (y - middle) * 0.72;
    // A curve that is straight to the eye would have no box for its gradient.
    const d = `M22 ${middle}C74 ${middle} 70 ${end + 0.01} ${reach} ${end + 0.01}`;
    const kind = !way.open ? "shut" : keyOf(way) === chosen ? "taken" : "open";
    drawing.append(svg("path", { d, class: `fan-way ${kind}`, ...(kind === "taken" ? { stroke: "url(#fan-tint)" } : {}) }));
    drawing.append(way.open
      ? svg("circle", { cx: 142, cy: y, r: kind === "taken" ? 6 : 4.5, class: `fan-end ${kind}` })
      : svg("path", { d: `M${reach} ${end - 6}v12`, class: "fan-bar" }));
  });
  drawing.append(svg("circle", { cx: 14, cy: middle, r: 8, class: "fan-from" }));
  return drawing;
}
