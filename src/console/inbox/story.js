// One story: the public thread, the private one, and the handoff between them.

import { badge, button, capital, channelName, confirm, count, el, empty, icon, onDay, skeleton, when, who, words } from "/console/dom.js";
import { Draft, newsSince, seen } from "/console/inbox/draft.js";
import { atEnd, Composer, said, TRIES } from "/console/inbox/thread.js";
import { drawWay, drawWays, keyOf, leftOut } from "/console/inbox/way.js";
import { consentSentence, isOver, permits, proof, standing, statusKind } from "/console/inbox/words.js";

/** Reads all of a story; `id` is a complaint or a conversation. */
export async function readStory(call, id) {
  const talked = id.startsWith("conv_") ? await call("GET", `/conversations/${id}`) : null;
  const complaint = talked ? await complaintOf(call, talked) : await call("GET", `/complaints/${id}`);
  const handoff = complaint?.handoff && (await call("GET", `/handoffs/${complaint.handoff.id}`));
  // Before the customer has joined elsewhere, what they write on the platform is the private side.
  const talk = talked?.id ?? complaint.conversation_id ?? handoff?.dm_conversation_id;
  const [whole, messages, policy, asked, ways] = await Promise.all([
    talked ?? (talk && call("GET", `/conversations/${talk}`)),
    talk && call("GET", `/conversations/${talk}/messages?sort=desc&limit=100`),
    talk && call("GET", `/conversations/${talk}/policy`),
    handoff && call("GET", `/consents?handoff_id=${handoff.id}`),
    complaint && call("GET", `/complaints/${complaint.id}/ways`).catch(() => null),
  ]);
  const sorted = [...(messages?.data ?? [])].reverse();
  const consents = asked?.data.length ? asked.data : whole?.consents ?? [];
  return { id, complaint, whole: whole ?? null, messages: sorted, policy: policy ?? null, handoff: handoff ?? null, consents, ways };
}

/** The newest complaint a conversation is about. */
async function complaintOf(call, talk) {
  if (talk.complaints.length) return talk.complaints.at(-1);
  const id = talk.handoffs[0]?.complaint_id;
  return id ? call("GET", `/complaints/${id}`) : null;
}

export class Story {
  /** `context` of the page, `changed()` reads the story anew, `back()` leads to the list. */
  constructor(context, changed, back) {
    Object.assign(this, context, { changed, back });
    this.root = el("section", { class: "story", "aria-label": "Story" });
    this.story = null;
    this.nothing();
  }

  nothing() {
    this.story = null;
    this.root.replaceChildren(empty("Choose a complaint", "Its public thread stands beside the private one, and between them the way the customer takes. j and k move, Enter opens, ? shows all keys."));
  }

  loading() {
    this.story = null;
    this.root.replaceChildren(el("div", { class: "story-loading", "aria-busy": "true" }, skeleton(1, "title"), skeleton(1, "block"), el("div", { class: "threads" }, skeleton(1, "tall"), skeleton(1, "tall"))));
  }

  get name() {
    return who((this.story.complaint ?? this.story.whole).identity);
  }

  /** Whether an event tells of what is shown; while nothing is, of anything. */
  isAbout(event) {
    if (!this.story) return true;
    const { complaint, whole, handoff } = this.story;
    const own = [complaint?.id, whole?.id, handoff?.id, (complaint ?? whole).identity.id].filter(Boolean);
    const told = JSON.stringify([event.subject, event.data]);
    return own.some((id) => told.includes(id));
  }

  show(story) {
    const same = this.story?.id === story.id && this.story.whole?.id === story.whole?.id;
    this.story = story;
    if (!same) this.build();
    this.draw();
  }

  build() {
    const { complaint, whole } = this.story;
    this.chosen = null;
    this.all = false;
    this.offering = false;
    this.waySum = null;
    this.head = el("header", { class: "story-head" });
    this.bridge = el("section", { class: "bridge", "aria-label": "Handoff" });
    this.open = this.side("public", "In public", "globe");
    this.shut = this.side("private", "In private", "lock");
    this.reply = complaint && this.composer("public", complaint.id, "reply", "Answer in public", "Answer in public",
      (text, version) => this.call("POST", `/complaints/${complaint.id}/replies`, { text, ...this.agent() }, version));
    this.message = whole && this.composer("private", whole.id, "message", "Answer in private", "Send",
      (text, version) => this.call("POST", `/conversations/${whole.id}/messages`, { text, ...about(complaint), ...this.agent() }, version));
    if (this.reply) this.open.root.append(this.reply.form);
    if (this.message) this.shut.root.append(this.message.form);
    this.sides = el("div", { class: "segments sides", role: "group", "aria-label": "Which side" },
      button("In public", () => this.turn("public"), "", { "data-side": "public" }), button("In private", () => this.turn("private"), "", { "data-side": "private" }));
    this.root.replaceChildren(this.head, this.bridge, this.sides, el("div", { class: "threads" }, this.open.root, this.shut.root));
    this.turn(whole ? "private" : "public");
  }

  /** Which side a narrow screen shows. */
  turn(side) {
    this.root.dataset.side = side;
    for (const node of this.sides?.children ?? []) node.setAttribute("aria-pressed", String(node.dataset.side === side));
  }

  side(kind, title, sign) {
    const note = el("span", { class: "side-note" });
    const list = el("ol", { class: "thread" });
    const scroll = el("div", { class: "thread-scroll", tabindex: "0", role: "group", "aria-label": title }, list);
    const state = el("div", { class: "side-state" });
    const root = el("section", { class: `side ${kind}`, "aria-label": title },
      el("div", { class: "side-head" }, icon(sign), el("h2", {}, title), note), state, scroll);
    return { root, list, scroll, note, state };
  }

  composer(side, id, field, label, verb, send) {
    const signer = () => {
      const { agent } = this.agent();
      return agent ? `Signed ${agent.initials}` : "Signed by the key's own agent";
    };
    return new Composer({ id: field, label, verb, draft: Draft.of(side, id), story: () => this.story, signer,
      send: async (text, version) => {
        this.say("");
        await send(text, version);
        await this.changed();
      },
      failed: async (error) => {
        if (error.stale) await this.changed();
        else this.say(error.message, "bad");
      } });
  }

  /** Does something, says what went wrong, and shows what is now. */
  async act(work, done) {
    try {
      this.say("");
      const answer = await this.unlessNew(work);
      const text = typeof done === "function" ? done(answer) : done;
      if (text) this.say(text);
    } catch (error) {
      this.say(error.message, "bad");
    }
    await this.changed();
  }

  /** Where only the version moved and nothing a person would see is new, it is done all the same. */
  async unlessNew(work) {
    const side = this.story.complaint ? "public" : "private";
    const basis = seen(this.story, side);
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!error.stale || tries === TRIES) throw error;
        await this.changed();
        const news = newsSince(basis, this.story, side);
        if (news.length) throw new Error(`Nothing was done, somebody was faster. ${news.join(" ")}`, { cause: error });
      }
    }
  }

  draw() {
    // Whoever stood at the end of a thread stays there, whatever is drawn around it.
    const ends = [this.open, this.shut].filter((side) => atEnd(side.scroll));
    this.drawHead();
    this.drawBridge();
    this.drawPublic();
    this.drawPrivate();
    for (const { scroll } of ends) scroll.scrollTop = scroll.scrollHeight;
  }

  drawHead() {
    const { complaint, whole } = this.story;
    const own = complaint ?? whole;
    const focused = document.activeElement?.dataset?.act;
    this.head.replaceChildren(
      el("a", { class: "button quiet icon-only back", href: "#/inbox", "aria-label": "Back to the list", onclick: (event) => { event.preventDefault(); this.back(); } }, icon("back")),
      el("div", { class: "story-title" },
        el("h1", { tabindex: "-1", id: "story-title" }, this.name),
        el("p", { class: "story-sub" }, badge(capital(words(own.status)), statusKind(own.status)), el("span", {}, channelName(own.channel)),
          own.identity.handle && own.identity.handle !== own.identity.name ? el("span", {}, `@${own.identity.handle}`) : null,
          el("span", {}, own.assignee ? `With ${own.assignee}` : "With nobody yet"))),
      el("div", { class: "toolbar" }, this.headActs(own)));
    if (focused) this.head.querySelector(`[data-act="${focused}"]`)?.focus();
  }

  headActs(own) {
    const { complaint, whole } = this.story;
    const name = this.agent().agent?.name;
    const path = complaint ? `/complaints/${complaint.id}` : `/conversations/${whole.id}`;
    const version = () => (this.story.complaint ?? this.story.whole).version;
    const patch = (body, done) => () => this.act(() => this.call("PATCH", path, body, version()), done);
    const acts = [];
    if (name && own.assignee !== name) acts.push(button("Take it", patch({ assignee: name }, "It is yours."), "quiet", { "data-act": "take" }));
    if (complaint?.permalink) acts.push(el("a", { class: "button quiet", href: complaint.permalink, target: "_blank", rel: "noreferrer noopener" }, icon("outside"), el("span", { class: "label" }, "See it there")));
    if (whole?.status === "open") acts.push(button("Close", () => this.close(), "", { id: "close", "data-act": "close", title: "e" }));
    else if (complaint && complaint.status !== "resolved" && complaint.status !== "ignored") {
      acts.push(button("Resolved", patch({ status: "resolved" }, "Marked as resolved."), "", { "data-act": "resolve" }));
    }
    return acts;
  }

  async close() {
    const { whole } = this.story;
    if (whole?.status !== "open") return;
    const sure = await confirm({ title: "Close this conversation?", verb: "Close it",
      text: `The case is over and its consent ends. When ${this.name} writes again, it opens again.` });
    if (sure) await this.act(() => this.call("POST", `/conversations/${whole.id}/close`, undefined, this.story.whole.version), "The conversation is closed.");
  }

  // The bridge: what the way was, or what it can be.

  drawBridge() {
    const { complaint, handoff, ways } = this.story;
    // Drawn again only when it is another: who chooses a way is not disturbed.
    const sum = JSON.stringify([complaint?.id, handoff, ways, this.chosen, this.all, this.offering, this.agent()]);
    if (sum === this.waySum) return;
    this.waySum = sum;
    const focused = this.bridge.contains(document.activeElement) ? document.activeElement.id || document.activeElement.value : null;
    this.bridge.hidden = !complaint;
    if (!complaint) return;
    const offers = !handoff || (isOver(handoff.state) && this.offering);
    this.bridge.replaceChildren(...(handoff ? this.underWay(handoff) : []), ...(offers ? this.offer() : []));
    if (focused) [...this.bridge.querySelectorAll("input, button")].find((node) => (node.id || node.value) === focused)?.focus();
  }

  underWay(handoff) {
    const until = handoff.expires_at && !isOver(handoff.state) ? ` ${runsOut(handoff)}` : "";
    return [drawWay(handoff), el("div", { class: "bridge-foot" },
      el("p", {}, badge(handoff.path, isOver(handoff.state) ? "quiet" : "private"), ` ${standing(handoff, this.name)}${until}`),
      el("div", { class: "toolbar" }, this.wayActs(handoff)))];
  }

  wayActs(handoff) {
    const path = `/handoffs/${handoff.id}`;
    if (handoff.state === "active") return this.moves(handoff);
    if (isOver(handoff.state)) {
      const again = () => { this.offering = !this.offering; this.drawBridge(); };
      return [button("Invite again", again, "", { id: "again", "aria-expanded": String(this.offering) })];
    }
    const acts = [];
    if (handoff.state === "suspended") acts.push(button("Have it proven again", () => this.act(() => this.call("POST", `${path}/prove`), "A new code word is on its way.")));
    acts.push(button("Call it off", () => this.act(() => this.call("POST", `${path}/cancel`), "The invitation is called off."), "quiet", { id: "cancel" }));
    return acts;
  }

  /** Other channels with a number, to which an active conversation can go on. */
  moves(handoff) {
    const others = (this.story.ways?.possible ?? []).filter((way) => way.path === "P5" && way.channel !== handoff.channel);
    return others.map((way) => button(`Move to ${channelName(way.channel)}`, () => this.act(
      () => this.call("POST", `/handoffs/${handoff.id}/move`, { to: [way.channel], connection_id: way.connection_id, ...this.agent() }),
      (answer) => answer.invitation ?? `${this.name} is asked to go on by ${channelName(way.channel)}.`), "", { id: `move-${way.channel}` }));
  }

  offer() {
    const { ways } = this.story;
    if (!ways) return [el("p", { class: "soft" }, "Which ways are open could not be read.")];
    if (!ways.possible.length && !ways.not_possible.length) {
      return [empty("No private channel yet", "Connect a number or an account with private messages, and customers can be invited there.", el("a", { class: "button", href: "#/connections" }, "Connections"))];
    }
    this.chosen = ways.possible.some((way) => keyOf(way) === this.chosen) ? this.chosen : ways.possible[0] && keyOf(ways.possible[0]);
    const choose = (key) => { this.chosen = key; this.drawBridge(); };
    const again = ways.not_offered;
    const foot = el("div", { class: "bridge-foot" },
      el("p", { class: again ? "soft" : "" }, again ? again.detail : `Invite ${this.name} to go on in private.`),
      el("div", { class: "toolbar" }, this.moreWays(ways), this.inviteButton(again)));
    const drawn = drawWays(ways, this, choose);
    drawn.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.type === "radio" && !again) this.invite(false);
    });
    return [drawn, foot];
  }

  moreWays(ways) {
    const more = leftOut(ways, this.chosen);
    if (!this.all && !more) return null;
    const turn = () => { this.all = !this.all; this.drawBridge(); };
    return button(this.all ? "Fewer ways" : count(more, "other way"), turn, "quiet", { id: "all-ways", "aria-expanded": String(this.all) });
  }

  inviteButton(again) {
    const { ways } = this.story;
    if (!ways.possible.length) return [];
    if (!again) return [button([icon("handoffs"), "Invite"], () => this.invite(false), "primary", { id: "invite", title: "i" })];
    return [button("They asked for it, invite again", () => this.invite(true), "", { id: "invite" })];
  }

  invite(asked) {
    const { complaint, ways } = this.story;
    const way = ways.possible.find((one) => keyOf(one) === this.chosen);
    const body = { to: [way.channel], path: way.path, connection_id: way.connection_id, asked_by_customer: asked, ...this.agent() };
    return this.act(() => this.call("POST", `/complaints/${complaint.id}/handoffs`, body, this.story.complaint.version),
      (answer) => (answer.invitation ? `Tell ${this.name}: ${answer.invitation}` : `${this.name} is invited.`));
  }

  // The two threads.

  drawPublic() {
    const { complaint, whole } = this.story;
    const { list, note } = this.open;
    if (!complaint) {
      list.replaceChildren(el("li", {}, empty("Nothing in public", `${this.name} wrote in private first.`)));
      return;
    }
    note.textContent = channelName(complaint.channel);
    const others = (whole?.complaints ?? []).filter((one) => one.id !== complaint.id);
    this.open.state.replaceChildren(...(others.length ? [el("p", { class: "small" }, `${count(others.length, "other complaint")} of the same conversation: `,
      others.map((one) => el("a", { href: `#/inbox/${one.id}` }, `${(one.text ?? "(erased)").slice(0, 30)}…`)))] : []));
    list.replaceChildren(...complaint.posts.map((post) => said({ own: post.by !== "customer", by: post.by === "customer" ? this.name : post.agent?.name ?? "The brand",
      text: post.text, at: post.at, status: post.status, failure: post.failure, edited: post.edited_at, deleted: post.deleted_at, hidden: post.hidden_at })));
    const gone = complaint.posts.some((post) => post.by === "customer" && !post.deleted_at) ? null : "Every post was deleted.";
    this.reply.draw(gone);
  }

  drawPrivate() {
    const { complaint, whole, messages } = this.story;
    const { list, note, state } = this.shut;
    if (!whole) {
      list.replaceChildren(el("li", {}, empty("Not in private yet", complaint?.handoff && !isOver(complaint.handoff.state)
        ? `${this.name} is invited; what they write in private appears here.` : `Choose a way above and invite ${this.name}.`)));
      return;
    }
    note.textContent = channelName(whole.channel);
    state.replaceChildren(...this.consents(), ...this.rulings(), ...this.elsewhere());
    const lines = messages.map((message) => said({ own: message.direction === "out", by: this.author(message), text: message.text, at: message.created_at,
      status: message.status, failure: message.failure, automatic: message.automatic, media: message.media }));
    list.replaceChildren(...(lines.length ? lines : [el("li", {}, empty("No messages yet", "What is written in private appears here."))]));
    const { policy } = this.story;
    this.message.draw(policy.verdict === "allowed" ? null : policy.reasons[0]?.detail ?? "Nothing may be sent now.");
  }

  author(message) {
    if (message.direction === "in") return this.name;
    return message.agent?.name ?? (message.automatic ? "Segue" : "The desk");
  }

  consents() {
    const { consents, handoff, messages } = this.story;
    const consent = consents.find((one) => one.purpose === "handoff.relay") ?? consents[0];
    if (!consent) {
      const none = handoff ? "No consent was asked for yet." : "No consent was asked for: the customer wrote first.";
      return [el("p", { class: "ruling" }, icon("consent"), el("span", {}, none))];
    }
    const kind = permits(consent) ? "good" : { requested: "warn", refused: "bad", withdrawn: "bad", invalidated: "bad" }[consent.state] ?? "";
    return [el("p", { class: `ruling ${kind}` }, icon("consent"), el("span", {}, consentSentence(consent, this.name, messages), " ",
      el("a", { href: `#/consent/${consent.identity_id}` }, capital(proof(consent.ledger))), "."))];
  }

  /** What was written on the platform before the customer joined elsewhere. */
  elsewhere() {
    const { handoff, whole } = this.story;
    const before = handoff?.dm_conversation_id;
    if (!before || before === whole.id) return [];
    return [el("p", { class: "ruling" }, icon("inbox"), el("span", {}, "Earlier, on the platform itself: ", el("a", { href: `#/inbox/${before}` }, "their private messages"), "."))];
  }

  rulings() {
    const { policy } = this.story;
    if (policy.verdict === "allowed") return [];
    const until = (reason) => (reason.until ? ` Until ${when(reason.until)}.` : "");
    const [first, ...rest] = policy.reasons.map((reason) => el("p", { class: `ruling ${policy.verdict === "never" ? "bad" : "warn"}` },
      icon(reason.until ? "clock" : "warn"), el("span", {}, reason.detail, until(reason))));
    return rest.length ? [first, el("details", { class: "rulings" }, el("summary", {}, count(rest.length, "more reason")), rest)] : [first];
  }
}

/** When a state ends by itself. */
const runsOut = (handoff) =>
  (handoff.state === "active" ? `Ends on ${onDay(handoff.expires_at)} if nobody writes.` : `Until ${when(handoff.expires_at)}.`);

const about = (complaint) => (complaint ? { complaint_id: complaint.id } : {});
