// What was checked, one line each, with a sentence over them.

import { el, icon } from "/console/dom.js";
import { verdict } from "/console/verify.js";

const ICONS = { held: "check", broken: "close", open: "help" };
const NAMES = { held: "Holds", broken: "Does not hold", open: "Not checked" };

/** The list of checks. */
export const checkList = (checks) =>
  el("ol", { class: "checks" }, checks.map(({ name, state, text }) =>
    el("li", { class: `check-line ${state}` }, el("span", { class: "check-mark" }, icon(ICONS[state]), el("span", { class: "hidden" }, `${NAMES[state]}: `)),
      el("div", {}, el("strong", {}, name), el("p", {}, text)))));

/** The list with its verdict; `sentences` are what each verdict means here. */
export function checked(checks, sentences) {
  const state = verdict(checks);
  return el("div", { class: `checked ${state}`, role: state === "broken" ? "alert" : "status" },
    el("p", { class: "checked-title" }, icon(ICONS[state]), sentences[state]), checkList(checks));
}

export const RECEIPT = {
  held: "Verified in this browser. This stands in the ledger, unchanged.",
  broken: "This does not hold. Something was changed.",
  open: "Not all of it could be checked in this browser.",
};
