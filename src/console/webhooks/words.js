// What the words of a webhook and of its deliveries mean.

export const STATUS = { enabled: ["Takes events", "good"], failing: ["Failing", "bad"], disabled: ["Switched off", "warn"] };

const STATES = { pending: ["Waits", "quiet"], leased: ["Is being sent", "quiet"], sending: ["Is being sent", "quiet"], unknown: ["Unknown", "warn"], settled: ["Delivered", "good"], dead: ["Given up", "bad"] };

/** How a delivery stands: [label, kind of badge]. */
export const stands = ({ state, outcome }) =>
  state === "settled" && outcome && outcome !== "delivered" ? [outcome.replaceAll("_", " "), "quiet"] : STATES[state] ?? [state, "quiet"];

/** What came of the last try, in a sentence. */
export function lastTry({ attempts, last_status: status, last_error: error, last_ms: took }) {
  if (!attempts) return "Not tried yet.";
  const tried = `${attempts} ${attempts === 1 ? "try" : "tries"}`;
  const answer = status ? `answered ${status}${took !== null ? ` after ${took} ms` : ""}` : error ?? "nobody answered";
  return `${tried}, the last one ${answer}.`;
}
