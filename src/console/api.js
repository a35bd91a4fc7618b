// The public API with the key of this tab, and the event stream read by fetch.

const KEY = "segue-key";
const SANDBOX = "segue-sandbox";

/** Takes key and sandbox token out of the address, so that they are neither shown nor kept in the history. */
export function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.get("key")) keepKey(given.get("key"));
  if (given.get("sandbox")) sessionStorage.setItem(SANDBOX, given.get("sandbox"));
  if (given.get("key") || given.get("sandbox")) history.replaceState(null, "", `${location.pathname}#/inbox`);
  return sessionStorage.getItem(KEY);
}

export const keepKey = (key) => sessionStorage.setItem(KEY, key);

/** The token of the sandbox that plays the customers; null where there is none. */
export const sandboxToken = () => sessionStorage.getItem(SANDBOX);

export function forgetKey() {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(SANDBOX);
}

/** An error of the API: its sentence for people, its status, its code, and the whole problem. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The service answered ${status}.`);
    this.status = status;
    this.code = problem.code;
    this.problem = problem;
  }

  /** Whether what was read has changed since. */
  get stale() {
    return this.status === 409 || this.status === 412;
  }
}

/** Why something was not done, where a key with that scope may do it. */
export const whyNot = (error, scope) => (error.status === 403 ? `That needs a key with the scope ${scope}.` : error.message);

/** One request; `version` is the one that was read, and refuses what is not that any more. What is plain text is given as it is. */
export async function call(method, path, body, version, signal) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
  if (body) headers["content-type"] = "application/json";
  if (method === "POST") headers["idempotency-key"] = crypto.getRandomValues(new Uint32Array(4)).join("-");
  if (version) headers["if-match"] = `"v${version}"`;
  const answer = await reach(`/v1${path}`, { method, headers, body: body && JSON.stringify(body), signal });
  if (answer.ok && answer.headers.get("content-type")?.startsWith("text/plain")) return answer.text();
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, json);
  return json;
}

async function reach(address, request) {
  try {
    return await fetch(address, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached. Nothing was changed; try again when it is back.", { cause: error });
  }
}

const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

/** Calls `heard` for every event and goes on after the last one when the line breaks; ends when the key is refused. */
export async function listen(heard, standing) {
  let last = null;
  for (;;) {
    try {
      const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
      if (last) headers["last-event-id"] = last;
      const answer = await fetch("/v1/events/stream", { headers });
      if (answer.status === 401 || answer.status === 403) return standing("refused");
      // The position is not kept any more: begin at the present.
      if (answer.status === 410) last = null;
      if (!answer.ok) throw new Error("no stream");
      standing("live");
      for await (const frame of frames(answer.body)) {
        if (frame.id) last = frame.id;
        if (frame.data) heard(JSON.parse(frame.data));
      }
    } catch {
      // Said below: the line is down and is tried again.
    }
    standing("reconnecting");
    await pause(2000);
  }
}

async function* frames(body) {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n\n");
    rest = whole.pop();
    for (const frame of whole) {
      yield { id: /^id: ?(.+)$/m.exec(frame)?.[1], data: /^data: ?(.+)$/m.exec(frame)?.[1] };
    }
  }
}
