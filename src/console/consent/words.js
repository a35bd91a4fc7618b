// Consent in plain words.

import { capital, channelName, words } from "/console/dom.js";

const PURPOSES = {
  "handoff.relay": (there) => `To go on with the case on ${there}`,
  "identity.link": (there) => `To be taken for the same person on ${there}`,
  "transcript.replay": (there) => `To be shown on ${there} what was written elsewhere`,
  "case.updates": (there) => `To be told on ${there} how the case goes`,
  marketing: (there) => `To be advertised to on ${there}`,
};

/** What somebody agreed to. */
export const purposeName = ({ purpose, channel }) => (PURPOSES[purpose] ? PURPOSES[purpose](channelName(channel)) : capital(words(purpose)));

const KINDS = { granted: "good", renewed: "good", requested: "warn", refused: "bad", withdrawn: "bad", invalidated: "bad" };
export const stateKind = (state) => KINDS[state] ?? "quiet";

const STATES = { requested: "Asked", granted: "Agreed", renewed: "Agreed again", refused: "Said no", withdrawn: "Taken back",
  expired: "Ran out", terminated: "Over with the case", invalidated: "Never theirs" };
export const stateName = (state) => STATES[state] ?? capital(words(state));

const EVENTS = {
  requested: ["Asked", "The question was put"],
  granted: ["Agreed", "The customer agreed"],
  renewed: ["Agreed again", "The customer came back and agreed again"],
  refused: ["Said no", "The customer said no"],
  withdrawn: ["Taken back", "The customer took it back"],
  expired: ["Ran out", "Nobody answered in time, or its time was over"],
  terminated: ["Over", "The case it was for was closed"],
  invalidated: ["Never theirs", "The link was ended, so it holds no more from the beginning"],
  erased: ["Erased", "The person was erased; the entry stays, what it stood for cannot be opened any more"],
};

/** An event of the ledger: its name, and what it means. */
export const eventWords = (event) => EVENTS[String(event).replace(/^(consent|subject)\./, "")] ?? [capital(words(event)), ""];

const KINDS_OF_ID = { phone: "Telephone", whatsapp: "WhatsApp", rcs: "RCS", x: "X", facebook: "Facebook", psid: "Messenger" };

/** Where an identity is known. */
export const placeName = (namespace) => KINDS_OF_ID[namespace] ?? capital(words(namespace));

/** How an identity is named there: its number, its handle, its id. */
export const addressOf = (identity) => {
  if (identity.erased_at) return "erased";
  if (identity.masked) return identity.external_id;
  return identity.handle ? `@${identity.handle.replace(/^@/, "")}` : identity.external_id ?? identity.id;
};
