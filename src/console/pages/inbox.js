// The inbox: what customers say, live, and one story beside the list.

import { el, failed } from "/console/dom.js";
import { List } from "/console/inbox/list.js";
import { readStory, Story } from "/console/inbox/story.js";

export const title = "Inbox";

export const shortcuts = [
  ["j k", "Next, previous"],
  ["Enter", "Open"],
  ["/", "Search"],
  ["r", "Answer in public"],
  ["i", "Invite"],
  ["m", "Answer in private"],
  ["e", "Close the conversation"],
  ["Ctrl Enter", "Send"],
];

/** Events that can change what the list shows. */
const LISTED = /^(complaint|conversation|handoff)\.|^message\.received$|^stream\./;

/**
 * Work that is asked for often and done seldom: soon after the first time, and then not again for a while. A team on one
 * key must not spend its requests on a busy day's events.
 */
class Paced {
  constructor(work, rest) {
    Object.assign(this, { work, rest, last: 0, waiting: null });
  }

  ask() {
    const wait = Math.max(120, this.last + this.rest - Date.now());
    this.waiting ??= setTimeout(async () => {
      this.waiting = null;
      this.last = Date.now();
      await this.work();
    }, wait);
  }

  stop() {
    this.renewList.stop();
    this.renewStory.stop();
  }
}

export function open(root, parameters, context) {
  const page = new Inbox(root, context);
  page.moved(parameters);
  if (parameters[0]?.startsWith("conv_")) page.list.show("conversations");
  else page.list.load();
  return page;
}

class Inbox {
  constructor(root, context) {
    Object.assign(this, context);
    this.turn = 0;
    this.id = null;
    this.list = new List(context, (id) => this.choose(id));
    this.story = new Story(context, () => this.read(), () => this.leave());
    this.renewList = new Paced(() => this.list.renew(), 1500);
    this.renewStory = new Paced(() => this.read(), 500);
    this.root = root;
    root.classList.add("inbox");
    root.append(this.list.root, this.story.root);
  }

  close() {
    clearTimeout(this.waiting);
    clearTimeout(this.list.typing);
    clearTimeout(this.waking);
  }

  choose(id) {
    if (id === this.id) this.focusStory();
    else this.go(`/inbox/${id}`);
  }

  leave() {
    const id = this.id;
    this.go("/inbox");
    requestAnimationFrame(() => this.list.body.querySelector(`[data-id="${id}"]`)?.focus());
  }

  async moved([id]) {
    this.id = id ?? null;
    this.root.classList.toggle("reading", Boolean(id));
    this.list.mark(this.id);
    if (!id) return this.story.nothing();
    this.story.loading();
    if (await this.read()) this.focusStory();
  }

  focusStory() {
    document.getElementById("story-title")?.focus({ preventScroll: true });
  }

  /** Reads the open story again; true when it is shown. */
  async read() {
    const turn = ++this.turn;
    const id = this.id;
    if (!id) return false;
    try {
      const story = await readStory(this.call, id);
      if (turn !== this.turn || id !== this.id) return false;
      this.story.show(story);
      this.wake(story.policy?.until);
      return true;
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return false;
      if (this.story.story) this.say(error.message, "bad");
      else this.story.root.replaceChildren(failed(error, () => this.moved([id])));
      return false;
    }
  }

  /** When waiting was the reason, what may be sent is asked again as soon as it is over. */
  wake(until) {
    clearTimeout(this.waking);
    const wait = until ? new Date(until) - Date.now() : 0;
    if (wait > 0 && wait < 2 ** 31) this.waking = setTimeout(() => this.read(), wait + 500);
  }

  heard(event) {
    if (LISTED.test(event.type)) this.renewList.ask();
    if (this.id && (event.type === "stream.resumed" || this.story.isAbout(event))) this.renewStory.ask();
  }

  keys(event) {
    if (event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return false;
    const act = {
      j: () => this.list.step(1),
      k: () => this.list.step(-1),
      "/": () => this.list.search.focus(),
      r: () => this.write("reply", "public"),
      m: () => this.write("message", "private"),
      i: () => this.focus("way-first") || this.focus("again") || this.focus("cancel"),
      e: () => this.story.story && this.story.close(),
      Escape: () => this.id && this.leave(),
    }[event.key];
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }

  write(id, side) {
    this.story.turn(side);
    this.focus(id);
  }

  focus(id) {
    const node = document.getElementById(id);
    node?.focus();
    node?.scrollIntoView({ block: "nearest" });
    return Boolean(node);
  }
}
