// The customers' side, where a demo plays it: a public feed and a phone, so that one person plays both sides.

import { button, el, failed, heading, icon } from "/console/dom.js";
import { ask } from "/console/sandbox/client.js";
import { faults } from "/console/sandbox/faults.js";
import { Feed } from "/console/sandbox/feed.js";
import { Phone } from "/console/sandbox/phone.js";

export const title = "Sandbox";

export const shortcuts = [["p", "Write in public"], ["m", "Write in private"], ["Ctrl Enter", "Send"]];

const LOOK = 1200;

/** So many come in a storm, within so many seconds. */
const STORM = { customers: 40, seconds: 20, topic: "outage" };

export function open(root, parameters, context) {
  return new Sandbox(root, parameters, context);
}

class Sandbox {
  constructor(root, parameters, context) {
    Object.assign(this, context);
    const changed = () => this.look();
    this.feed = new Feed(context, changed);
    this.phone = Object.assign(new Phone(context), { changed });
    this.faults = faults(context);
    this.trouble = el("div", {});
    root.append(
      heading("Sandbox", button([icon("person"), "Somebody complains"], () => this.gather({}, "Somebody is about to complain.")),
        button([icon("warn"), "A storm"], () => this.gather(STORM, `An outage: ${STORM.customers} people write within ${STORM.seconds} seconds.`))),
      el("p", { class: "soft" }, "The other side of the inbox: simulated customers on X, Facebook and the telephone. Write as one of them, and see in the inbox what the desk sees."),
      this.faults.root, this.trouble,
      el("div", { class: "split even sandbox" }, this.feed.root, this.phone.root));
    this.faults.read(context.signal).catch(() => {});
    this.moved(parameters);
    this.timer = setInterval(() => { if (!document.hidden) this.look(); }, LOOK);
  }

  close() {
    clearInterval(this.timer);
  }

  moved(parameters) {
    this.phone.show(parameters);
    this.look();
    if (parameters.length && this.phone.root.getBoundingClientRect().top > innerHeight / 2) this.phone.root.scrollIntoView();
  }

  keys(event) {
    const field = { p: this.feed.text, m: this.phone.text }[event.key];
    if (!field || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select")) return false;
    event.preventDefault();
    field.focus();
    return true;
  }

  async look() {
    try {
      const [{ data: threads }, { data: inboxes }] = await Promise.all(["/feed", "/inboxes"].map((path) => ask("GET", path, null, this.signal)));
      this.feed.draw(threads);
      await this.phone.draw(inboxes, threads, this.signal);
      this.trouble.replaceChildren();
    } catch (error) {
      if (error.name !== "AbortError") this.trouble.replaceChildren(failed(error, () => this.look()));
    }
  }

  async gather(wanted, told) {
    try {
      await ask("POST", "/crowd", wanted);
      this.say(told);
    } catch (error) {
      this.say(error.message, "bad");
    }
  }
}
