// What the kinds of tasks and figures mean, and what to do about them.

/** [what it is, what to do] of a task. */
const TASKS = {
  unknown_send: ["A message whose end nobody saw", "It was handed to the provider and no answer came. Look at the provider’s own log, then say what became of it."],
  opt_out_review: ["This may be an opt-out", "Read what the customer wrote. Nothing is sent to them on that channel until somebody has said what it means."],
  data_deletion: ["Somebody asked the platform to delete their data", "Erase the customer if you hold anything of theirs, then close this."],
  deauthorized: ["Somebody removed the app at the platform", "Nothing can be sent to them there any more. Close this when you have taken note."],
  authorization_lost: ["The platform refused to renew our access", "Authorize the account anew and set its secrets at the connection."],
  handoff_suspended: ["A handoff is held", "Open its story: something contradicts what was proven. Have it proven again, or call it off."],
  link_review: ["A customer that hardly is one person", "Look at its identities under Consent, end the link that is wrong by the API, then close this."],
};

export const taskName = (kind) => TASKS[kind]?.[0] ?? kind.replaceAll("_", " ");
export const taskAdvice = (kind) => TASKS[kind]?.[1] ?? "";

/** [key of the figure, label, what it means]. */
export const FIGURES = [
  ["callbacks", "Callbacks to decide", "what came in and is not in the inbox yet"],
  ["sends", "Messages to send", "what is not with the provider yet"],
  ["unknown_sends", "Unknown ends", "sends nobody saw the end of"],
  ["webhook_deliveries", "Events to deliver", "on their way to your webhooks"],
  ["consents", "Consents to seal", "accepted, not in the ledger yet"],
  ["quarantined", "Set aside", "parts of callbacks that were not understood"],
];

/** How old something may be before a person should look. */
const PATIENCE = { callbacks: 10_000, sends: 60_000, webhook_deliveries: 60_000, consents: 10_000, events: 10_000 };

/** What is wrong, the worst first: [sentence, where to]. Nothing where all is well. */
export function troubles(figures, now) {
  const late = (key, sentence) => {
    const { oldest_at: oldest } = figures[key];
    return oldest && now - new Date(oldest) > PATIENCE[key] ? [[sentence, null]] : [];
  };
  const many = (number, one, several, href) => (number ? [[number === 1 ? one : several.replace("{n}", number), href]] : []);
  const tasks = Object.values(figures.tasks).reduce((sum, number) => sum + number, 0);
  return [
    ...many(figures.failing_connections, "A connection refuses most of its callbacks.", "{n} connections refuse most of their callbacks.", "#/connections"),
    ...late("callbacks", "Callbacks are not decided in time: the worker is behind or stands still."),
    ...late("events", "Events get no place in the list: the sequencer stands still."),
    ...late("consents", "Consents are not sealed: look in the log for what the signer refuses."),
    ...late("sends", "Messages have been waiting for over a minute: the provider is away, slow or throttles."),
    ...many(figures.failing_webhooks, "A webhook does not take what it is sent.", "{n} webhooks do not take what they are sent.", "#/webhooks"),
    ...many(figures.disabled_webhooks, "A webhook is switched off.", "{n} webhooks are switched off.", "#/webhooks"),
    ...many(figures.unknown_sends.count, "The end of a message is unknown: see the tasks below.", "The ends of {n} messages are unknown: see the tasks below.", null),
    ...many(figures.quarantined.count, "Part of a callback was not understood and set aside: see its connection.", "{n} parts of callbacks were not understood and set aside: see their connections.", "#/connections"),
    ...many(tasks, "One task waits for a person.", "{n} tasks wait for a person.", null),
  ];
}
