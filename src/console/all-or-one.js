// A page that shows all of something, or one of them by its id.

import { el, empty, failed, heading, skeleton } from "/console/dom.js";

/** `One` reads one by its id; a page that extends this reads `all()` and says what one is called, and all of them. */
export class AllOrOne {
  constructor(root, parameters, context, { title, one, all, tool, One }) {
    Object.assign(this, context, { context, one: null, One, names: { one, all } });
    this.turn = 0;
    this.body = el("div", { class: "sections" });
    root.append(heading(title, tool), this.body);
    this.moved(parameters);
  }

  moved([id]) {
    this.one = id ? Object.assign(new this.One(this.context, id), { changed: () => this.read() }) : null;
    this.body.replaceChildren(el("div", { class: "card" }, skeleton(6, "line")));
    this.read();
  }

  async read() {
    const turn = ++this.turn;
    try {
      const shown = (this.one ? await this.one.read() : await this.all()).filter(Boolean);
      if (turn === this.turn) this.show(shown);
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.turn) return;
      this.body.replaceChildren(error.status === 404 ? this.missing() : failed(error, () => this.read()));
    }
  }

  show(shown) {
    this.body.replaceChildren(...shown);
  }

  missing() {
    const { one, all } = this.names;
    return el("div", { class: "card" }, empty(`There is no such ${one}`, "It may have been removed.", el("a", { class: "button", href: `#/${all}` }, `All ${all}`)));
  }
}
