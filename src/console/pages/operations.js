// Operations: whether all is well, what waits and since when, what was given up, and what a person has to do.

import { ago, button, el, failed, heading, icon, skeleton, table, timeAt } from "/console/dom.js";
import { deadLetters } from "/console/operations/dead.js";
import { Tasks } from "/console/operations/tasks.js";
import { FIGURES, troubles } from "/console/operations/words.js";

export const title = "Operations";

/** The figures are read so often while the page is seen, the rest when something was told. */
const LOOK = 4000;

export function open(root, parameters, context) {
  return new Operations(root, context);
}

class Operations {
  constructor(root, context) {
    Object.assign(this, context, { context });
    this.before = null;
    this.tasks = new Tasks(context, () => this.read());
    this.verdict = el("section", { class: "card stack", "aria-label": "Whether all is well" }, skeleton(1, "title"));
    this.figures = el("section", { class: "stack", "aria-labelledby": "figures" }, skeleton(1, "figure-row"));
    this.rest = el("div", { class: "sections" }, el("div", { class: "card" }, skeleton(4, "line")));
    root.append(heading("Operations", button([icon("refresh"), "Read anew"], () => this.read())), this.verdict, this.figures, this.rest);
    this.read();
    this.timer = setInterval(() => { if (!document.hidden) this.look(); }, LOOK);
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.waiting);
  }

  heard(event) {
    if (!/^(task|webhook|connection|stream)\.|^message\.unknown/.test(event.type) || this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.read();
    }, 1000);
  }

  async read() {
    this.look();
    const read = (part) => part().catch((error) => {
      if (error.name === "AbortError") throw error;
      return el("div", { class: "card" }, failed(error));
    });
    try {
      const shown = await Promise.all([read(() => this.tasks.read()), read(() => deadLetters(this.context, () => this.read())), read(() => this.audit())]);
      this.rest.replaceChildren(...shown.filter(Boolean));
    } catch {
      // The page was left.
    }
  }

  async look() {
    try {
      const figures = await this.call("GET", "/figures/operations");
      this.drawVerdict(troubles(figures, Date.now()));
      this.drawFigures(figures);
      this.before = figures;
    } catch (error) {
      if (error.name !== "AbortError") this.verdict.replaceChildren(failed(error, () => this.look()));
    }
  }

  drawVerdict(all) {
    const told = JSON.stringify(all);
    if (told === this.told) return;
    this.told = told;
    this.verdict.replaceChildren(...(all.length
      ? [el("h2", {}, all.length === 1 ? "One thing to look at" : `${all.length} things to look at`),
        el("ol", { class: "checks" }, all.map(([sentence, href]) => el("li", { class: "check-line open" }, icon("warn"), href ? el("a", { href }, sentence) : el("p", {}, sentence))))]
      : [el("p", { class: "all-well", role: "status" }, icon("check"), "All is well. Nothing waits longer than it should.")]));
  }

  drawFigures(figures) {
    const cells = FIGURES.map(([key, label, meaning]) => {
      const { count, oldest_at: oldest } = figures[key];
      const before = this.before?.[key].count;
      const moves = before === undefined || before === count ? "" : count > before ? "growing" : "shrinking";
      const age = oldest ? `oldest ${ago(oldest)}` : "nothing waits";
      return el("div", {}, el("dt", {}, label), el("dd", {}, count.toLocaleString()), el("dd", { class: "note" }, [age, moves].filter(Boolean).join(", ")), el("dd", { class: "note" }, meaning));
    });
    this.figures.replaceChildren(el("h2", { id: "figures" }, "What waits"), el("dl", { class: "figures" }, cells));
  }

  /** Who changed what; for administrators alone. */
  async audit() {
    try {
      const { data } = await this.call("GET", "/audit?limit=20");
      const rows = data.map((one) => [timeAt(one.at), one.action, el("span", { class: "mono" }, one.subject), one.key_id ? el("span", { class: "mono" }, one.key_id) : "the service itself"]);
      return rows.length ? el("section", { class: "card stack", "aria-labelledby": "audit" }, el("h2", { id: "audit" }, "What was changed"),
        table("The newest changes", ["When", "What", "Of", "By the key"], rows)) : null;
    } catch (error) {
      if (error.status !== 403) throw error;
      return el("p", { class: "soft" }, "Only a key with the scope admin reads who changed what.");
    }
  }
}
