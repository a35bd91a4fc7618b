// The ledger as a whole: its sealed head, and whether it goes on from the one this browser kept.

import { ago, el, empty, failed, figures, on, skeleton } from "/console/dom.js";
import { checked } from "/console/consent/checks.js";
import { checkCourse, checkHead, verdict } from "/console/verify.js";

const KEPT = "segue-ledger-heads";

function allKept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

/** The head this browser kept of a ledger. */
export const keptHead = (origin) => allKept()[origin] ?? null;

const keep = ({ origin, vkey, size, root }) =>
  localStorage.setItem(KEPT, JSON.stringify({ ...allKept(), [origin]: { vkey, size, root, at: new Date().toISOString() } }));

const SENTENCES = {
  held: "The ledger holds: signed, and nothing in it was changed since this browser first saw it.",
  broken: "The ledger does not hold. Keep what you have, and look at it with whoever runs the service.",
  open: "Not all of it could be checked in this browser.",
};

/** Reads and checks the head; null before the first entry. What did not hold is not kept, so that it shows again. */
async function judge(call) {
  if (!(await call("GET", "/ledger/entries?limit=1")).data.length) return null;
  const head = await call("GET", "/ledger/checkpoint");
  const kept = keptHead(head.origin);
  const checks = await checkHead(head);
  if (kept) checks.push(await checkCourse(kept, head, (from, to) => call("GET", `/ledger/consistency?from=${from}&to=${to}`)));
  else checks.push({ name: "Since your last visit", state: "held", text: "This is the first visit of this browser: it keeps this head, and says the next time whether the ledger went on from it." });
  if (verdict(checks) === "held") keep(head);
  return { head, kept, checks };
}

/** A card with the state of the ledger; `renew` reads it again. */
export class Ledger {
  constructor({ call }) {
    this.call = call;
    this.body = el("div", { class: "stack" }, skeleton(1, "figure-row"), skeleton(3, "line"));
    this.root = el("section", { class: "card stack", "aria-labelledby": "ledger" }, el("h2", { id: "ledger" }, "The ledger"), this.body);
  }

  async renew() {
    try {
      this.draw(await judge(this.call));
    } catch (error) {
      if (error.name !== "AbortError") this.body.replaceChildren(failed(error, () => this.renew()));
    }
  }

  draw(judged) {
    if (!judged) {
      this.body.replaceChildren(empty("Nothing is sealed yet", "Every consent that is asked for, given or taken back leaves an entry here, as a rule within a second."));
      return;
    }
    const { head, kept, checks } = judged;
    this.body.replaceChildren(
      figures([["Entries", head.size.toLocaleString(), "sealed"], ["Last sealed", ago(head.sealed_at), on(head.sealed_at)],
        ["Kept here", kept ? kept.size.toLocaleString() : "–", kept ? `entries at the last visit, ${on(kept.at)}` : "first visit of this browser"]]),
      checked(checks, SENTENCES),
      el("details", {}, el("summary", {}, "Root and key"), el("dl", { class: "facts" },
        el("dt", {}, "Root"), el("dd", { class: "mono" }, head.root), el("dt", {}, "Key"), el("dd", { class: "mono" }, head.vkey)),
      el("p", { class: "hint" }, "Keep a copy of the key somewhere else: whoever holds it can check every receipt without this service.")));
  }
}
