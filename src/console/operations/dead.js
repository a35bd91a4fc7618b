// Dead letters: deliveries to webhooks that were given up.

import { whyNot } from "/console/api.js";
import { button, el, empty, table, timeAgo } from "/console/dom.js";
import { lastTry } from "/console/webhooks/words.js";

/** So many webhooks are looked at, and so many letters of each. */
const MOST_WEBHOOKS = 20;
const MOST = 10;

export async function deadLetters({ call, say }, changed) {
  const { data: webhooks } = await call("GET", `/webhooks?limit=${MOST_WEBHOOKS}`);
  const pages = await Promise.all(webhooks.map(({ id }) => call("GET", `/webhooks/${id}/deliveries?state=dead&limit=${MOST}`)));
  const letters = pages.flatMap(({ data }) => data).sort((one, other) => other.created_at.localeCompare(one.created_at));
  const names = new Map(webhooks.map((one) => [one.id, one.description || one.url]));
  const retry = async (letter) => {
    try {
      await call("POST", `/deliveries/${letter.id}/retry`, {});
      say("It is sent again, under the same webhook-id.");
      changed();
    } catch (error) {
      say(whyNot(error, "admin"), "bad");
    }
  };
  const rows = letters.map((letter) => [timeAgo(letter.created_at), el("a", { href: `#/webhooks/${letter.webhook_id}` }, names.get(letter.webhook_id)), letter.event_type, lastTry(letter), button("Retry", () => retry(letter))]);
  return el("section", { class: "card stack", "aria-labelledby": "dead" }, el("h2", { id: "dead" }, "Given up"),
    rows.length ? table("Deliveries that were given up", ["When", "To", "Event", "Tries", "To do"], rows)
      : empty("Nothing was given up", "Events that a webhook did not take for days stand here. They can be sent again, one by one, or all of a time on the webhook’s own page."));
}
