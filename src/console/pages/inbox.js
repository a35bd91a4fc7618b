// The inbox: complaints live, the public thread beside the private one, and the handoff between them.
import { call, forgetKey, keepKey, listen, Refused, takeKey } from "/console/api.js";

const at = (id) => document.getElementById(id);
const state = { rows: [], next: null, open: null, chosen: 0, asked: 0 };

/** An element; text is only ever set as text. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

const when = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
const words = (name) => name.replaceAll("_", " ");
const who = (identity) => identity.name || identity.handle || "Unnamed customer";

function say(text) {
  at("note").textContent = text;
  at("note").hidden = !text;
}

async function attempt(work, quiet = false) {
  try {
    if (!quiet) say("");
    await work();
  } catch (error) {
    const stale = error instanceof Refused && (error.status === 409 || error.status === 412);
    say(stale ? `${error.message} Nothing was sent. Look at what changed and try again.` : error.message);
    if (stale && !quiet && state.open) await attempt(() => open(state.open), true);
    if (error.status === 401) { forgetKey(); enter(); }
  }
}

async function load(after) {
  const query = new URLSearchParams({ limit: "50" });
  if (at("status").value) query.set("status", at("status").value);
  if (after) query.set("after", after);
  const page = await call("GET", `/complaints?${query}`);
  state.rows = after ? [...state.rows, ...page.data] : page.data;
  state.next = page.next;
  drawList();
}

/** Reads the first page again; what was loaded further down stays. */
async function renew() {
  const [rest, next] = [state.rows, state.next];
  await load();
  const known = new Set(state.rows.map((row) => row.id));
  if (rest.length > 50) {
    state.rows.push(...rest.filter((row) => !known.has(row.id)));
    state.next = next;
    drawList();
  }
}

function shown() {
  const sought = at("search").value.toLowerCase();
  return state.rows.filter((row) => `${who(row.identity)} ${row.text ?? ""}`.toLowerCase().includes(sought));
}

function drawList() {
  const focused = document.activeElement?.dataset?.id;
  const rows = shown();
  at("list").replaceChildren(...rows.map((row) => {
    const text = row.text ?? "(erased)";
    const button = el("button", { class: "row", type: "button", "data-id": row.id,
      "aria-current": String(row.id === state.open) },
    el("strong", {}, who(row.identity)), text.slice(0, 120),
    el("span", {}, `${words(row.status)} · ${words(row.channel)} · ${when(row.posted_at)}`));
    button.addEventListener("click", () => attempt(() => open(row.id)));
    return el("li", {}, button);
  }));
  if (!rows.length) at("list").append(el("li", { class: "empty card" }, state.rows.length
    ? "Nothing loaded fits this search." : "No complaints here. They appear as soon as a connection brings one."));
  at("more").hidden = !state.next;
  if (focused) at("list").querySelector(`[data-id="${focused}"]`)?.focus();
}

async function open(id) {
  const turn = ++state.asked;
  const changed = state.open !== id;
  state.open = id;
  const complaint = await call("GET", `/complaints/${id}`);
  const [whole, messages, policy, handoff] = await Promise.all([
    complaint.conversation_id && call("GET", `/conversations/${complaint.conversation_id}`),
    complaint.conversation_id && call("GET", `/conversations/${complaint.conversation_id}/messages?sort=desc&limit=100`),
    complaint.conversation_id && call("GET", `/conversations/${complaint.conversation_id}/policy`),
    complaint.handoff && call("GET", `/handoffs/${complaint.handoff.id}`),
  ]);
  // Another one was opened meanwhile.
  if (turn !== state.asked) return;
  drawStory({ complaint, whole, messages: messages?.data ?? [], policy, handoff }, changed);
  drawList();
}

function said(own, text, note) {
  return el("div", { class: own ? "said own" : "said" }, text ?? "(erased)", el("span", { class: "soft" }, note));
}

/** A text and a button; what is being written stays when the story is drawn again. */
function writer(id, label, verb, send) {
  const field = el("textarea", { id, "aria-label": label, placeholder: label, required: "" });
  const form = el("form", {}, field, el("button", {}, verb));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => { await send(field.value); field.value = ""; await open(state.open); });
  });
  return form;
}

function act(id, label, work) {
  const button = el("button", { id, type: "button" }, label);
  button.addEventListener("click", () => attempt(async () => { await work(); await open(state.open); }));
  return button;
}

function drawStory(story, changed) {
  const drafts = changed ? [] : [...at("story").querySelectorAll("textarea")].map((field) => [field.id, field.value]);
  const focused = changed ? null : document.activeElement?.id;
  at("story").replaceChildren(drawHandoff(story), el("div", { class: "threads" }, drawPublic(story), drawPrivate(story)));
  for (const [id, text] of drafts) if (at(id)) at(id).value = text;
  if (focused) at(focused)?.focus();
}

const SVG = "http://www.w3.org/2000/svg";
function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** The way gone, a dot for each step; the last one is filled. */
function drawWay(steps) {
  const wide = 130;
  const way = svg("svg", { class: "way", viewBox: `0 0 ${steps.length * wide} 58`, width: steps.length * wide, height: 58,
    role: "img", "aria-label": `The way so far: ${steps.map((step) => words(step.state)).join(", ")}` });
  way.append(svg("line", { x1: wide / 2, x2: (steps.length - 0.5) * wide, y1: 12, y2: 12 }));
  steps.forEach((step, index) => {
    const x = (index + 0.5) * wide;
    way.append(svg("circle", { cx: x, cy: 12, r: 7, class: index === steps.length - 1 ? "now" : "gone" }),
      svg("text", { x, y: 36, class: "name" }, words(step.state)), svg("text", { x, y: 53 }, when(step.at)));
  });
  return way;
}

/** Who signs: what the two fields say; else the key's own agent. */
function agent() {
  const [name, initials] = [at("name").value.trim(), at("initials").value.trim()];
  return name && initials ? { agent: { name, initials } } : {};
}

function drawHandoff({ complaint, handoff }) {
  const box = el("section", {}, el("h2", {}, "Handoff"));
  if (handoff) box.append(el("div", { class: "scroll", tabindex: "0" }, drawWay(handoff.timeline)));
  const live = handoff && !handoff.ended_at;
  const where = () => (at("channel").value ? { to: [at("channel").value] } : {});
  const offered = (answer) => {
    if (answer.invitation) say(`Tell the customer: ${answer.invitation}`);
  };
  if (!live || handoff.state === "active") {
    box.append(el("label", {}, "Channel ", el("input", { id: "channel", placeholder: "the first that is open", size: "20" })), " ");
  }
  if (!live) {
    box.append(act("invite", "Invite", async () => offered(
      await call("POST", `/complaints/${complaint.id}/handoffs`, { ...where(), ...agent() }, complaint.version))));
  } else if (handoff.state === "active") {
    box.append(act("move", "Move", async () => offered(
      await call("POST", `/handoffs/${handoff.id}/move`, { ...where(), ...agent() }))));
  }
  if (live && handoff.state !== "active") {
    box.append(act("cancel", "Cancel the invitation", () => call("POST", `/handoffs/${handoff.id}/cancel`)));
  }
  return box;
}

function drawPublic({ complaint }) {
  return el("section", { class: "card" }, el("h2", {}, `In public: ${who(complaint.identity)}`),
    ...complaint.posts.map((post) => said(post.by !== "customer", post.text, when(post.at))),
    writer("reply", "Answer in public", "Answer in public", (text) =>
      call("POST", `/complaints/${complaint.id}/replies`, { text, ...agent() }, complaint.version)));
}

function drawPrivate({ whole, messages, policy }) {
  const box = el("section", { class: "card" }, el("h2", {}, "In private"));
  if (!whole) {
    box.append(el("p", { class: "empty" }, "No private conversation yet. Invite the customer to begin one."));
    return box;
  }
  const consent = whole.consent ? `Consent to ${words(whole.consent.purpose)}: ${words(whole.consent.state)}.` : "No consent was asked for.";
  box.append(el("p", { class: "soft" }, consent));
  const ordered = [...messages].sort((one, other) => one.created_at.localeCompare(other.created_at));
  box.append(...ordered.map((message) => said(message.direction === "out", message.text,
    `${when(message.created_at)} · ${words(message.status)}`)));
  if (whole.hold) box.append(el("p", {}, `Nothing may be sent: ${words(whole.hold)}.`));
  for (const reason of policy.verdict === "allowed" ? [] : policy.reasons) box.append(el("p", {}, reason.detail));
  box.append(writer("message", "Answer in private", "Send", (text) =>
    call("POST", `/conversations/${whole.id}/messages`, { text, ...agent() }, whole.version)));
  if (whole.status === "open") box.append(act("close", "Close the conversation", () =>
    call("POST", `/conversations/${whole.id}/close`, undefined, whole.version)));
  return box;
}

let waiting = null;
/** Many events in a moment are one reading. */
function refresh() {
  waiting ??= setTimeout(() => {
    waiting = null;
    attempt(async () => {
      await renew();
      if (state.open) await open(state.open);
    }, true);
  }, 250);
}

function keys(event) {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...at("list").querySelectorAll(".row")];
  const step = { j: 1, k: -1 }[event.key];
  const target = { "/": "search", r: "reply", i: "invite", m: "message" }[event.key];
  if (step && rows.length) {
    state.chosen = Math.min(Math.max(rows.indexOf(document.activeElement) + step, 0), rows.length - 1);
    rows[state.chosen].focus();
  } else if (target && at(target)) {
    event.preventDefault();
    at(target).focus();
  } else if (event.key === "?") {
    say("j, k: move · Enter: open · r: answer in public · i: invite · m: answer in private · /: search");
  }
}

function enter() {
  at("desk").hidden = at("leave").hidden = true;
  at("enter").hidden = false;
  at("key").focus();
}

function start() {
  at("enter").hidden = true;
  at("desk").hidden = at("leave").hidden = false;
  attempt(() => load());
  listen(refresh, (text) => {
    at("live").textContent = text;
    // What happened while the line was down.
    if (text === "Live") refresh();
  });
}

at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey(at("key").value.trim());
  location.reload();
});
at("leave").addEventListener("click", () => { forgetKey(); location.reload(); });
at("status").addEventListener("change", () => attempt(() => load()));
at("search").addEventListener("input", drawList);
at("more").addEventListener("click", () => attempt(() => load(state.next)));
document.addEventListener("keydown", keys);
if (takeKey()) start(); else enter();
