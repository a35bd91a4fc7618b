// One connection: where it is called, whether its callbacks pass, what was rejected, its secrets and its test.

import { badge, button, confirm, copy, count, el, empty, icon, table, timeAgo, timeAt } from "/console/dom.js";
import { renewSecrets } from "/console/connections/form.js";
import { checkAdvice, checkName, fieldName, providerName, testName } from "/console/connections/words.js";

const MOST = 20;

export class One {
  constructor(context, id) {
    Object.assign(this, context, { context, id });
    this.tested = el("div", {});
  }

  /** Everything that is shown. */
  async read() {
    const own = `/connections/${this.id}`;
    const [connection, heard, rejected, quarantined] = await Promise.all([
      this.call("GET", own), this.call("GET", `${own}/callbacks`), this.asAdmin(`${own}/rejected?limit=${MOST}`), this.asAdmin(`${own}/quarantined?limit=${MOST}`)]);
    this.connection = connection;
    return [this.head(), this.standing(heard), this.rejected(rejected), quarantined?.data.length ? this.quarantined(quarantined) : null, this.secrets()];
  }

  /** What only an administrator reads; null for others. */
  async asAdmin(path) {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (error.status === 403) return null;
      throw error;
    }
  }

  head() {
    const { connection } = this;
    const { report_only, report_only_until: until, sandbox } = connection.settings;
    return el("section", { class: "card stack", "aria-label": "The connection" },
      el("div", { class: "page-head" },
        el("h2", {}, connection.name, " ", badge(providerName(connection.provider)), sandbox ? [" ", badge("Sandbox")] : null),
        el("a", { class: "button quiet", href: "#/connections" }, icon("back"), "All connections")),
      el("dl", { class: "facts" }, Object.entries(connection.account).map(([name, value]) => [el("dt", {}, fieldName(name)), el("dd", { class: "mono" }, String(value))]),
        el("dt", {}, "Called at"), el("dd", {}, el("span", { class: "mono" }, connection.callback_url), " ",
          button([icon("copy"), "Copy"], () => this.copy(connection.callback_url), "quiet"))),
      el("p", { class: "hint" }, `Give this address to ${providerName(connection.provider)} as the one for its callbacks.`),
      report_only ? el("p", { class: "ruling warn" }, icon("warn"), `Callbacks are let in without a valid signature${until ? " until " : ""}`, until ? timeAt(until) : null,
        ": nothing they say changes a consent, and strangers can write. Switch report_only off as soon as signatures fit.") : null);
  }

  standing({ accepted, rejected, seconds }) {
    const { connection } = this;
    const failing = connection.health === "failing";
    const reasons = Object.entries(rejected).sort(([, one], [, other]) => other - one);
    const worst = reasons[0]?.[0];
    return el("section", { class: "card stack", "aria-labelledby": "standing" },
      el("div", { class: "page-head" }, el("h2", { id: "standing" }, "Callbacks"), badge(failing ? "Failing" : "Live", failing ? "bad" : "good")),
      failing ? el("p", { class: "refused", role: "status" }, `Most callbacks are refused. ${worst ? checkAdvice(worst) : "See below what was rejected."} Then replay what is listed below.`) : null,
      el("dl", { class: "facts" },
        el("dt", {}, `Last ${Math.round(seconds / 60)} minutes`), el("dd", {}, `${count(accepted, "accepted", "accepted")}, ${count(reasons.reduce((sum, [, times]) => sum + times, 0), "rejected", "rejected")}`),
        reasons.map(([check, times]) => [el("dt", {}, checkName(check)), el("dd", {}, String(times))]),
        el("dt", {}, "Last verified"), el("dd", {}, connection.last_callback_at ? timeAgo(connection.last_callback_at) : "never yet"),
        connection.last_challenge_at ? [el("dt", {}, "Last challenge"), el("dd", {}, timeAgo(connection.last_challenge_at))] : null),
      el("div", { class: "toolbar" }, button("Test the connection", () => this.test())), this.tested);
  }

  async test() {
    try {
      const { checks } = await this.call("POST", `/connections/${this.id}/test`, {});
      this.tested.replaceChildren(el("ul", { class: "checks" }, checks.map(({ name, ok, detail }) =>
        el("li", { class: `check-line ${ok ? "held" : "broken"}` }, icon(ok ? "check" : "close"),
          el("div", {}, el("strong", {}, testName(name), el("span", { class: "hidden" }, ok ? ": in order" : ": not in order")), el("p", {}, detail))))));
    } catch (error) {
      this.say(error.status === 403 ? "Testing needs a key with the scope admin." : error.message, "bad");
    }
  }

  rejected(page) {
    const body = !page ? el("p", { class: "soft" }, "Only a key with the scope admin reads what was rejected.")
      : !page.data.length ? empty("Nothing was rejected", "Callbacks that do not verify are listed here, and can be replayed once the cause is mended.")
        : table("Rejected callbacks", ["When", "Why", "Size", "To do"], page.data.map((one) => [timeAt(one.received_at),
          el("div", {}, el("strong", {}, checkName(one.failed_check)), el("p", { class: "hint" }, checkAdvice(one.failed_check))),
          `${one.size.toLocaleString()} bytes`, this.replaying(one)]));
    return el("section", { class: "card stack", "aria-labelledby": "rejected" }, el("h2", { id: "rejected" }, "Rejected"), body);
  }

  replaying(one) {
    if (one.replayed_at) return badge("Replayed", "good");
    return one.replayable ? button("Replay", () => this.replay(one)) : "Too large to keep";
  }

  async replay(one) {
    try {
      const { events, duplicates, quarantined } = await this.call("POST", `/connections/${this.id}/rejected/${one.id}/replay`, {});
      this.say(`It verifies now: ${count(events, "fact")} taken in, ${duplicates} there already, ${quarantined} not understood.`);
      this.changed();
    } catch (error) {
      const still = error.code === "still_unverified" ? "It still does not verify. Mend the cause first: the secrets here, or the address the provider signs." : error.message;
      this.say(still, "bad");
    }
  }

  quarantined({ data }) {
    return el("section", { class: "card stack", "aria-labelledby": "aside" }, el("h2", { id: "aside" }, "Set aside"),
      el("p", { class: "hint" }, "Parts of verified callbacks that could not be understood. The rest of each callback went on."),
      table("Set aside", ["When", "Why"], data.map((one) => [timeAt(one.received_at), one.reason])));
  }

  secrets() {
    const { connection } = this;
    return el("section", { class: "card stack", "aria-labelledby": "secrets" }, el("h2", { id: "secrets" }, "Secrets"),
      table("Secrets", ["Which", "Set"], Object.entries(connection.secrets).map(([name, at]) => [fieldName(name), timeAt(at)])),
      el("div", { class: "toolbar" }, button("Set new ones", () => this.renew()), button("Remove the connection", () => this.remove(), "danger")));
  }

  async renew() {
    const { data } = await this.call("GET", "/providers");
    const done = await renewSecrets(this.context, this.connection, data.find((one) => one.name === this.connection.provider));
    if (!done) return;
    this.say("The new secrets count from now on.");
    this.changed();
  }

  async remove() {
    const sure = await confirm({ title: "Remove this connection?", verb: "Remove it", danger: true,
      text: "Its callbacks are not taken any more and nothing is sent through it. What was said stays on record." });
    if (!sure) return;
    try {
      await this.call("DELETE", `/connections/${this.id}`);
      this.say(`${this.connection.name} is removed.`);
      this.go("/connections");
    } catch (error) {
      this.say(error.message, "bad");
    }
  }

  async copy(text) {
    if (await copy(text)) this.say("Copied.");
    else this.say("The browser does not let this page copy; select the address and copy it.", "bad");
  }
}
