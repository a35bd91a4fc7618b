// A receipt that somebody brings: checked with the ledger's key, whoever it is from.

import { button, el, field } from "/console/dom.js";
import { checked, RECEIPT } from "/console/consent/checks.js";
import { checkReceipt } from "/console/verify.js";

/** The receipts in what was given: one as text, or those of a customer's copy. */
function receiptsIn(text) {
  if (!text.trimStart().startsWith("{")) return [text.replace(/\r\n/g, "\n").replace(/\s*$/, "\n").trimStart()];
  const copy = JSON.parse(text);
  if (copy.format !== "segue-evidence/1" || !copy.entries?.length) throw new Error("The file is no receipt and no customer's copy.");
  return copy.entries.map((entry) => entry.receipt);
}

export function receiptCard({ call, say }) {
  const given = el("textarea", { id: "receipt", rows: "5", spellcheck: "false", class: "mono", placeholder: "c2sp.org/tlog-proof@v1 …" });
  const said = el("div", { class: "stack" });
  const file = el("input", { type: "file", accept: ".txt,.json,text/plain,application/json", onchange: async () => {
    given.value = (await file.files[0]?.text()) ?? "";
    check();
  } });
  const check = async () => {
    if (!given.value.trim()) return say("Paste a receipt first, or choose a file.", "bad");
    try {
      const { vkey } = await call("GET", "/ledger/checkpoint");
      const results = [];
      for (const receipt of receiptsIn(given.value)) results.push(checked(await checkReceipt(receipt, vkey), RECEIPT));
      said.replaceChildren(...results);
    } catch (error) {
      if (error.name === "AbortError") return;
      const text = error instanceof SyntaxError ? "This is no receipt and no customer's copy." : error.message;
      said.replaceChildren(el("p", { class: "refused", role: "alert" }, text));
    }
  };
  return el("section", { class: "card stack", "aria-labelledby": "bring" },
    el("div", {}, el("h2", { id: "bring" }, "Check a receipt"),
      el("p", { class: "hint" }, "One that a customer, a colleague or a court brings. It is checked in this browser with the ledger's key; nothing of it is sent.")),
    field("Receipt, or a customer's copy", given),
    field("Or a file", file), el("div", { class: "toolbar" }, button("Check it", check)), said);
}
