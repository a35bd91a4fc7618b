// Small things every page is made of. Text is only ever set as text.

import { icon, svg } from "/console/icons.js";

export { icon, svg };

/**
 * An element. A function among the attributes is a listener (`onclick`); true is an empty attribute; null, undefined
 * and false are none. Children may be lists; null, undefined and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** "handoff_suspended" as a person says it. */
export const words = (name) => String(name ?? "").replaceAll("_", " ");

/** The same at the beginning of a sentence. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const CHANNELS = { sms: "SMS", mms: "MMS", whatsapp: "WhatsApp", rcs: "RCS", x_post: "X", x_dm: "X messages", facebook_comment: "Facebook",
  messenger: "Messenger", custom_post: "Custom", custom_dm: "Custom messages" };

/** The name of a channel. */
export const channelName = (channel) => CHANNELS[channel] ?? capital(words(channel));

/** What to call somebody. */
export const who = (identity) => identity?.name || (identity?.handle && `@${identity.handle.replace(/^@/, "")}`) || "Unnamed customer";

/** "1 message", "2 messages". */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric" });

/** Day and hour; the day is left out when it is today, the year when it is this one. */
export function when(time) {
  const at = new Date(time);
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  const date = at.getFullYear() === now.getFullYear() ? day : dayOfYear;
  return `${date.format(at)}, ${clock.format(at)}`;
}

/** The day alone. */
export const onDay = (time) => (new Date(time).getFullYear() === new Date().getFullYear() ? day : dayOfYear).format(new Date(time));

/** The same in a sentence: "on 25 Nov, 10:14", "today at 10:14". */
export const on = (time) =>
  (new Date(time).toDateString() === new Date().toDateString() ? `today at ${when(time)}` : `on ${when(time)}`);

const STEPS = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [7 * 86400, 86400, "d"]];

/** How long ago, short: "now", "4 min", "2 h", "3 d", then the day. */
export function ago(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  if (seconds < 45) return "now";
  for (const [below, unit, name] of STEPS) {
    if (seconds < below) return `${Math.max(1, Math.round(seconds / unit))} ${name}`;
  }
  return day.format(new Date(time));
}

/** The same as an element that stays true while it is looked at; its title is the exact time. */
export const timeAgo = (time) =>
  el("time", { datetime: time, title: new Date(time).toLocaleString(), "data-ago": true }, ago(time));

/** A time of day as an element; its title is the exact time. */
export const timeAt = (time) => el("time", { datetime: time, title: new Date(time).toLocaleString() }, when(time));

/** Brings all `timeAgo` up to date. */
export function renewTimes(root = document) {
  for (const node of root.querySelectorAll("time[data-ago]")) {
    const text = ago(node.dateTime);
    if (node.textContent !== text) node.textContent = text;
  }
}

/** The head of a page: its name, and what can be done at once. */
export const heading = (title, ...tools) =>
  el("div", { class: "page-head" }, el("h1", {}, title), tools.length ? el("div", { class: "toolbar" }, tools) : null);

/** A badge; kind is "good", "warn", "bad" or "quiet". */
export const badge = (text, kind = "quiet") => el("span", { class: `badge ${kind}` }, text);

/** A button; kind is "primary", "quiet", "danger" or nothing. */
export const button = (label, act, kind = "", attributes = {}) =>
  el("button", { type: "button", class: `button ${kind}`.trim(), onclick: act, ...attributes }, label);

/** A labelled field: `input` is the element that is filled in. */
let fields = 0;
export function field(label, input, hint) {
  if (!input.id) input.id = `field-${++fields}`;
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return el("div", { class: "field" }, el("label", { for: input.id }, label), input,
    hint ? el("p", { class: "hint", id: `${input.id}-hint` }, hint) : null);
}

/** What stands where nothing is: what that means, and what to do. */
export const empty = (title, text, ...tools) =>
  el("div", { class: "empty" }, el("p", { class: "empty-title" }, title), text ? el("p", {}, text) : null, tools);

/** Grey lines of the final size while something is read. */
export const skeleton = (rows = 5, kind = "line") =>
  el("div", { class: "skeletons", "aria-hidden": "true" }, Array.from({ length: rows }, () => el("div", { class: `skeleton ${kind}` })));

/** What went wrong, with the way to try again. */
export const failed = (error, again) =>
  el("div", { class: "empty bad", role: "alert" }, el("p", { class: "empty-title" }, "This could not be read."),
    el("p", {}, error.message), again ? button("Try again", again) : null);

/**
 * A table that becomes cards at phone width. `columns` are names; `rows` are lists of cells (text or elements), each as
 * long as `columns`. `caption` says to a screen reader what it is.
 */
export function table(caption, columns, rows) {
  const head = el("tr", {}, columns.map((name) => el("th", { scope: "col" }, name)));
  const line = (cells) => el("tr", {}, cells.map((cell, index) => el("td", { "data-label": columns[index] }, cell)));
  return el("table", { class: "table" }, el("caption", { class: "hidden" }, caption),
    el("thead", {}, head), el("tbody", {}, rows.map(line)));
}

/** A row of big numbers: `[label, number, note]` each. */
export const figures = (list) =>
  el("dl", { class: "figures" }, list.map(([label, number, note]) =>
    el("div", {}, el("dt", {}, label), el("dd", {}, String(number)), note ? el("dd", { class: "note" }, note) : null)));

/** A window over the page; resolves with what `close(value)` was given, null when it was left. */
export function dialog(title, fill, attributes = {}) {
  return new Promise((done) => {
    const before = document.activeElement;
    const box = el("dialog", { class: "dialog", "aria-labelledby": "dialog-title", ...attributes });
    let result = null;
    const close = (value) => { result = value; box.close(); };
    const leave = el("button", { type: "button", class: "button quiet icon-only", "aria-label": "Close", onclick: () => close(null) }, icon("close"));
    box.append(el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title" }, title), leave));
    box.append(...[fill(close)].flat());
    box.addEventListener("click", (event) => { if (event.target === box) close(null); });
    box.addEventListener("close", () => { box.remove(); before?.focus?.(); done(result); });
    document.body.append(box);
    box.showModal();
    (box.querySelector("[autofocus]") ?? leave).focus();
  });
}

/**
 * A form in a window: `deed` sends it, and what it gives closes the window; `said(error)` is why it did not, and stands
 * above the buttons.
 */
export function dialogForm(close, verb, deed, fields, said = (error) => error.message) {
  const wrong = el("div", {});
  const send = async (event) => {
    event.preventDefault();
    try {
      close(await deed());
    } catch (error) {
      wrong.replaceChildren(el("p", { class: "refused", role: "alert" }, said(error)));
    }
  };
  return el("form", { class: "stack", onsubmit: send }, fields, wrong,
    el("div", { class: "toolbar end" }, button("Cancel", () => close(null)), el("button", { class: "button primary" }, verb)));
}

/** Puts a text where the person can paste it from; whether the browser let us. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Asks before something that cannot be taken back; true when the person wants it. */
export const confirm = ({ title, text, verb, danger = false }) =>
  dialog(title, (close) => [
    el("p", {}, text),
    el("div", { class: "toolbar end" }, button("Cancel", () => close(false)),
      button(verb, () => close(true), danger ? "danger" : "primary", { autofocus: true })),
  ]).then(Boolean);
