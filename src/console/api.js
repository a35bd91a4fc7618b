// The public API with the key of this tab, and the event stream read by fetch.

const KEY = "segue-key";

/** Takes the key out of the address, so that it is neither shown nor kept in the history. */
export function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY);
}

export const keepKey = (key) => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);

/** An error of the API, with its sentence for people. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The service answered ${status}.`);
    this.status = status;
  }
}

export async function call(method, path, body, version) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
  if (body) headers["content-type"] = "application/json";
  if (method === "POST") headers["idempotency-key"] = crypto.getRandomValues(new Uint32Array(4)).join("-");
  if (version) headers["if-match"] = `"v${version}"`;
  const answer = await fetch(`/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, json);
  return json;
}

/** Calls `heard` for every event and goes on after the last one when the line breaks. */
export async function listen(heard, standing) {
  let last = null;
  for (;;) {
    try {
      const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
      if (last) headers["last-event-id"] = last;
      const answer = await fetch("/v1/events/stream", { headers });
      // The position is not kept any more: begin at the present.
      if (answer.status === 410) last = null;
      if (!answer.ok) throw new Error("no stream");
      standing("Live");
      let rest = "";
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const frames = (rest + value).split("\n\n");
        rest = frames.pop();
        for (const frame of frames) {
          const id = /^id: ?(.+)$/m.exec(frame);
          const data = /^data: ?(.+)$/m.exec(frame);
          if (id) last = id[1];
          if (data) heard(JSON.parse(data[1]));
        }
      }
    } catch {
      // Said below: the line is down and is tried again.
    }
    standing("Reconnecting");
    await new Promise((wake) => setTimeout(wake, 2000));
  }
}
