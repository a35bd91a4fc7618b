// The sandbox's own API, beside the service's where a demo serves both.

import { sandboxToken } from "/console/api.js";

/** One request; an error is a sentence. */
export async function ask(method, path, body, signal) {
  const headers = { authorization: `Bearer ${sandboxToken()}` };
  let answer;
  try {
    answer = await fetch(`/sandbox${path}`, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The sandbox cannot be reached. Is the demo still running?", { cause: error });
  }
  const json = await answer.json().catch(() => ({}));
  if (answer.status === 401) throw new Error("This tab belongs to a demo that has ended. Open the address that the running one printed.");
  if (!answer.ok) throw new Error(json.detail || `The sandbox answered ${answer.status}.`);
  return json;
}

/** A customer does something; the id of what came of it. */
export const act = async (provider, deed) => (await ask("POST", `/${provider}/acts`, deed)).id;

/** Where somebody writes in private, as a person calls it. */
export function placeOf(provider, customer) {
  if (provider === "x") return "X messages";
  if (provider === "facebook") return "Messenger";
  return customer.startsWith("whatsapp:") ? "WhatsApp" : "SMS";
}

/** A customer as a person calls them. */
export const nameOf = (provider, customer) => (provider === "x" ? `@${customer}` : customer.replace(/^whatsapp:/, ""));
