// What waits for a person, with what to do about each kind.

import { whyNot } from "/console/api.js";
import { badge, button, confirm, el, empty, timeAgo, timeAt } from "/console/dom.js";
import { taskAdvice, taskName } from "/console/operations/words.js";

const MOST = 50;

/** What a task is about: the way into its story where there is one. */
const about = (subject) => (/^(conv|cmp)_/.test(subject) ? el("a", { href: `#/inbox/${subject}`, class: "mono" }, subject) : el("span", { class: "mono" }, subject));

export class Tasks {
  /** `changed` is called after something was done. */
  constructor(context, changed) {
    Object.assign(this, context, { changed });
  }

  async read() {
    const { data } = await this.call("GET", `/tasks?state=open&limit=${MOST}`);
    return el("section", { class: "card stack", "aria-labelledby": "tasks" }, el("h2", { id: "tasks" }, "For a person to do"),
      data.length ? el("ul", { class: "tasks" }, data.map((task) => this.task(task))) : empty("Nothing waits for a person", "What the service cannot decide by itself stands here, with what to do."));
  }

  task(task) {
    return el("li", { class: "task", "data-task": task.id },
      el("div", { class: "page-head" }, el("strong", {}, taskName(task.kind)), task.due_at ? badge(["By ", timeAt(task.due_at)], "warn") : timeAgo(task.created_at)),
      el("p", {}, taskAdvice(task.kind) || task.detail), el("p", { class: "hint" }, "About ", about(task.subject)),
      task.person ? el("p", { class: "hint" }, "The platform’s id of the person: ", el("span", { class: "mono" }, task.person)) : null,
      el("div", { class: "toolbar" }, this.ways(task)));
  }

  ways(task) {
    const { id, kind, subject } = task;
    if (kind === "unknown_send") {
      const settle = (as) => () => this.settle(subject, as);
      return [button("It arrived", settle("sent")), button("It did not", settle("failed")), button("Send it again", settle("resend"), "danger")];
    }
    if (kind === "opt_out_review") {
      const mean = (as, told) => () => this.act(() => this.call("POST", `/tasks/${id}/resolve`, { as }), told);
      return [button("It is an opt-out", mean("opt_out", "It counts as an opt-out.")), button("It is none", mean("no_opt_out", "They may be written to again."))];
    }
    return [button("Done", () => this.act(() => this.call("POST", `/tasks/${id}/close`, {}), "The task is closed."))];
  }

  async settle(message, as) {
    const told = { sent: "It stands as sent.", failed: "It stands as failed; nothing more is tried.", resend: "It is sent once more." };
    const sure = as !== "resend" || await confirm({ title: "Send it again?", verb: "Send it again", danger: true, text: "If the first one arrived after all, the customer gets it twice." });
    if (sure) await this.act(() => this.call("POST", `/messages/${message}/resolve`, { as }), told[as]);
  }

  async act(deed, told) {
    try {
      await deed();
      this.say(told);
      this.changed();
    } catch (error) {
      this.say(whyNot(error, "write"), "bad");
    }
  }
}
