// What goes wrong on purpose, in sentences instead of numbers.

import { el, field } from "/console/dom.js";
import { ask } from "/console/sandbox/client.js";

const PRESETS = [
  ["none", "Nothing", "The providers work as they should.", {}],
  ["double", "Callbacks come twice, in any order", "A third of them are repeated or late. Nothing may be doubled in the inbox.", { duplicate_percent: 35, reorder_percent: 35, batch: 10 }],
  ["broken", "Providers fail and throttle", "A third of what is sent is refused for now. Every message goes out all the same, once.", { error_percent: 25, throttle_percent: 10 }],
  ["slow", "Providers are slow", "Half of what is sent is answered after three seconds. The inbox stays quick.", { slow_percent: 50, slow_ms: 3000 }],
  ["silent", "Answers get lost", "A quarter of what is sent is done and never answered. It is unknown until the provider's report settles it, and never sent again blindly.", { timeout_percent: 25 }],
  ["late", "Statuses come late", "Deliveries are told up to 20 seconds after they happened.", { late_report_ms: 20_000 }],
  ["proxy", "A proxy rewrites callbacks", "No signature fits any more: callbacks are refused, and Connections says so.", { proxy: "body" }],
];

export function faults({ say }) {
  const meaning = el("p", { class: "hint", "aria-live": "polite" });
  const choice = el("select", { onchange: () => set(choice.value) }, PRESETS.map(([name, label]) => el("option", { value: name }, label)));
  const tell = (name) => {
    choice.value = name;
    meaning.textContent = PRESETS.find((preset) => preset[0] === name)?.[2] ?? "Faults that were set elsewhere.";
  };
  async function set(name) {
    const [, , , wanted] = PRESETS.find((preset) => preset[0] === name);
    try {
      await ask("PUT", "/faults", { seed: 1, ...wanted });
      tell(name);
    } catch (error) {
      say(error.message, "bad");
    }
  }
  /** Which of them holds already. */
  async function read(signal) {
    const now = await ask("GET", "/faults", null, signal);
    const plain = (name) => (name in PLAIN ? PLAIN[name] : 0);
    const stands = ([, , , wanted]) => Object.entries(now).every(([name, value]) => name === "seed" || (wanted[name] ?? plain(name)) === value);
    tell(PRESETS.find(stands)?.[0] ?? "");
  }
  return { root: el("div", { class: "faults" }, field("What goes wrong", choice), meaning), read };
}

/** What a fault is when it is not there, where that is not 0. */
const PLAIN = { proxy: "none", sends: null };
