// What the desk is told in plain words: ways, states, consent, and what may be sent.

import { capital, channelName, on, words } from "/console/dom.js";

const STATES = {
  invited: "Invited",
  account_proven: "Wrote in private",
  claimed: "Named the case",
  token_sent: "Got a code word",
  phrase_sent: "Got a phrase",
  code_sent: "Got a code",
  consent_pending: "Asked to agree",
  bound: "Joined",
  active: "In private",
  suspended: "Held",
  refused: "Said no",
  expired: "Ran out",
  withdrawn: "Took it back",
  unlinked: "Link ended",
  ended: "Closed",
  cancelled: "Called off",
};

/** A state of a handoff, short. */
export const stateName = (state) => STATES[state] ?? capital(words(state));

/** States after which nothing follows. */
const OVER = new Set(["refused", "expired", "withdrawn", "unlinked", "ended", "cancelled"]);
export const isOver = (state) => OVER.has(state);

/** What each way passes when all goes well. */
const COURSES = {
  P1: ["invited", "account_proven", "bound", "active"],
  P2: ["invited", "account_proven", "token_sent", "bound", "active"],
  P3: ["invited", "claimed", "phrase_sent", "bound", "active"],
  P4: ["invited", "account_proven", "code_sent", "bound", "active"],
  P5: ["invited", "claimed", "consent_pending", "bound", "active"],
};

/** What is still to come on a way, after where it stands. */
export function toCome(path, state) {
  if (isOver(state)) return [];
  const course = COURSES[path] ?? [];
  const at = course.indexOf(state === "suspended" ? "account_proven" : state);
  return at < 0 ? ["active"].filter((last) => last !== state) : course.slice(at + 1);
}

/** What the handoff waits for, as a sentence. */
export function standing(handoff, name) {
  const there = channelName(handoff.channel);
  const sentences = {
    invited: handoff.path === "P5" ? `Tell ${name} how to reach you; the invitation is for you to bring.`
      : handoff.path === "P3" ? `Waits for ${name} to text case ${handoff.case_ref}.` : `Waits for ${name} to write in private.`,
    account_proven: `${name} wrote in private and is asked to go on.`,
    claimed: `Somebody named case ${handoff.case_ref} and gets a phrase to post.`,
    token_sent: `Waits for ${name} to text the code word from a phone.`,
    phrase_sent: `Waits for ${name} to post the phrase in the thread.`,
    code_sent: `Waits for ${name} to type the code back.`,
    consent_pending: `Waits for ${name} to agree.`,
    bound: `${name} has joined; the confirming text is on its way.`,
    active: `You and ${name} talk on ${there}.`,
    suspended: "Something speaks against the two sides being one person. Have it proven again, or end the link.",
    refused: `${name} said no.`,
    expired: `${name} did not answer in time.`,
    withdrawn: `${name} took the consent back.`,
    unlinked: "The link between the two sides was ended.",
    ended: "The private conversation was closed.",
    cancelled: "The invitation was called off.",
  };
  return sentences[handoff.state] ?? stateName(handoff.state);
}

const WAYS = {
  P1: (there) => `${there}, on the platform itself`,
  P2: (there) => `${there}, by a code word from their private messages`,
  P3: (there) => `${there}, by a phrase they post in the thread`,
  P4: (there) => `${there}, by a number they give in private`,
  P5: (there) => `${there}, by your own invitation; nothing is proven`,
};

/** What a way is. */
export const wayName = (path, channel) => (WAYS[path] ? WAYS[path](channelName(channel)) : path);

const BECAUSE = {
  no_connection: "no connection has that channel",
  no_private_messages: "the platform has no private messages here",
  no_public_reply: "nothing can be answered in public",
  reply_window_closed: "the platform takes a private reply within seven days only",
  replied_already: "the post was replied to in private already",
  other_path: "another way was taken",
  needs_number: "only the customer can begin it, by giving a number in private",
};

/** Why a way is closed. */
export const because = (reason) => BECAUSE[reason] ?? words(reason);

const METHODS = {
  keyword_sms: "by texting",
  dm_button: "by a button in the private messages",
  dm_text: "by writing",
  oauth_page: "on a page of the platform",
  agent_recorded: "in the record of an agent",
  written: "in writing",
};

/** What the customer wrote to agree; a secret in it is not shown, its keyword is. */
function said(consent, messages) {
  const text = messages.find((message) => message.id === consent.evidence_message_id)?.text;
  if (!text) return "";
  const short = consent.method === "keyword_sms" ? text.trim().split(/\s+/)[0] : text.trim();
  return short.length <= 24 ? ` “${short}”` : "";
}

/** Where a consent stands, as a sentence. */
export function consentSentence(consent, name, messages) {
  const how = consent.method ? ` ${METHODS[consent.method] ?? words(consent.method)}${said(consent, messages)}` : "";
  const ended = consent.ended_at ? ` ${on(consent.ended_at)}` : "";
  switch (consent.state) {
    case "requested": return `${name} was asked ${on(consent.requested_at ?? consent.created_at)} and has not answered yet.`;
    case "granted": return `${name} agreed ${on(consent.granted_at)}${how}.`;
    case "renewed": return `${name} came back and agreed again ${on(consent.granted_at)}${how}.`;
    case "refused": return `${name} said no${ended}.`;
    case "withdrawn": return `${name} took the consent back${ended}.`;
    case "expired": return `The consent ran out${ended}.`;
    case "terminated": return `${name} had agreed ${on(consent.granted_at ?? consent.created_at)}${how}; it ended with the case${ended}.`;
    default: return `The consent holds no more${ended}.`;
  }
}

/** Whether a consent permits now. */
export const permits = (consent) => consent.state === "granted" || consent.state === "renewed";

/** Its place in the ledger. */
export const proof = (ledger) =>
  ledger?.index === null || ledger?.index === undefined ? "its place in the ledger follows" : `proof no. ${ledger.index} in the ledger`;

const KINDS = { open: "public", waiting: "quiet", private: "private", resolved: "good", ignored: "quiet", closed: "quiet" };

/** The kind of badge a status has. */
export const statusKind = (status) => KINDS[status] ?? "quiet";
