// The frame around the pages: navigation, the key, who signs, the event stream, notes and the keyboard.
//
// A page is a module in pages/ that exports
//   title                               what it is called
//   open(root, parameters, context)     fills `root`; returns { close(), heard(event)?, keys(event)?, moved(parameters)? }
//   shortcuts                           (optional) [keys, what they do] for the help
// `parameters` is what stands in the address after the page's name. `moved` takes new ones without opening anew. `keys`
// says true when it took the key. `heard` gets every event, and { type: "stream.resumed" } after the line was down.
// `context` is { call, say, go, signal, agent }:
//   call(method, path, body, version)   the API; reads end when the page is closed
//   say(text, kind)                     tells what happened ("good") or what went wrong ("bad"); no text takes it back
//   go(hash)                            another page
//   agent()                             { agent: { name, initials } } to spread into a body, or {} for the key's own

import { call, forgetKey, keepKey, listen, Refused, sandboxToken, takeKey } from "/console/api.js";
import { button, dialog, el, failed, field, heading, icon, renewTimes } from "/console/dom.js";
import { mark } from "/console/icons.js";

const ALL = [
  { name: "inbox", label: "Inbox", letter: "i" },
  { name: "handoffs", label: "Handoffs", letter: "h" },
  { name: "consent", label: "Consent", letter: "c" },
  { name: "connections", label: "Connections", letter: "n" },
  { name: "webhooks", label: "Webhooks", letter: "w" },
  { name: "operations", label: "Operations", letter: "o" },
  { name: "sandbox", label: "Sandbox", letter: "s" },
];
const signedIn = takeKey();
/** The customers' side is offered where it is played. */
const PAGES = ALL.filter((page) => page.name !== "sandbox" || sandboxToken());
/** What the bar of a phone has room for; the rest is under "More". */
const AT_HAND = ["inbox", "handoffs", "consent"];

const at = (id) => document.getElementById(id);
const current = { name: null, page: null, abort: null, turn: 0, shortcuts: [] };

// Who signs.

const SIGNER = "segue-signer";

function signer() {
  try {
    return JSON.parse(localStorage.getItem(SIGNER)) ?? {};
  } catch {
    return {};
  }
}

function agent() {
  const { name, initials } = signer();
  return name && initials ? { agent: { name, initials } } : {};
}

async function askSigner() {
  const kept = signer();
  const name = el("input", { value: kept.name ?? "", autocomplete: "name", autofocus: true });
  const initials = el("input", { value: kept.initials ?? "", maxlength: "4", autocomplete: "off", class: "short" });
  const fill = (close) => {
    const form = el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); close(true); } },
      field("Name", name, "The desk sees who wrote."),
      field("Initials", initials, "Each text you send ends in them. Without them the key's own agent signs."),
      el("div", { class: "toolbar end" }, el("button", { class: "button primary" }, "Keep")));
    return form;
  };
  if (!(await dialog("Who signs", fill))) return;
  localStorage.setItem(SIGNER, JSON.stringify({ name: name.value.trim(), initials: initials.value.trim() }));
  drawSigner();
}

function drawSigner() {
  const { name, initials } = signer();
  const known = name && initials;
  at("signer").replaceChildren(el("span", { class: "avatar" }, known ? initials : icon("person")),
    el("span", { class: "label" }, known ? name : "Who signs?"));
}

// Notes.

/** Good news goes by itself, bad news stays until the next act. */
function say(text, kind = "good") {
  at("notes").replaceChildren();
  if (!text) return;
  const note = el("div", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "status" },
    icon(kind === "bad" ? "warn" : "check"), el("p", {}, text),
    button(icon("close"), () => note.remove(), "quiet icon-only", { "aria-label": "Dismiss" }));
  at("notes").append(note);
  if (kind !== "bad") setTimeout(() => note.remove(), 8000);
}

// The address and its page.

function address() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const found = PAGES.find((page) => page.name === name);
  return { name: found?.name ?? "inbox", parameters: found ? rest.map(decodeURIComponent) : [] };
}

const go = (hash) => { location.hash = hash.startsWith("#") ? hash : `#${hash}`; };

async function follow() {
  const { name, parameters } = address();
  if (name === current.name && current.page?.moved) return current.page.moved(parameters);
  const turn = ++current.turn;
  const root = leavePage();
  Object.assign(current, { name, page: null, abort: new AbortController(), shortcuts: [] });
  drawNavigation();
  try {
    const module = await import(`/console/pages/${name}.js`);
    if (turn !== current.turn) return;
    document.title = `${module.title} · Segue`;
    const page = await module.open(root, parameters, context(current.abort.signal));
    if (turn !== current.turn) return page?.close();
    current.page = page;
    current.shortcuts = module.shortcuts ?? [];
  } catch (error) {
    if (turn === current.turn && error.name !== "AbortError") {
      const { label } = PAGES.find((page) => page.name === name);
      root.replaceChildren(heading(label), failed(error, () => location.reload()));
    }
    left(error);
  }
}

/** Closes the page that is open; a fresh root for the next one. */
function leavePage() {
  current.abort?.abort();
  current.page?.close();
  const moved = current.name !== null;
  const root = el("div", { class: "page-root" });
  at("page").replaceChildren(root);
  if (moved) at("page").focus();
  return root;
}

function context(signal) {
  const request = async (method, path, body, version) => {
    try {
      return await call(method, path, body, version, method === "GET" ? signal : undefined);
    } catch (error) {
      left(error);
      throw error;
    }
  };
  return { call: request, say, go, signal, agent };
}

/** A key that is not taken any more is asked for again. */
function left(error) {
  if (!(error instanceof Refused) || error.status !== 401) return;
  forgetKey();
  enter("This key is not valid, or not any more.");
}

// The frame.

function link(page, ...more) {
  return el("a", { href: `#/${page.name}`, class: "rail-link", "data-page": page.name, title: `${page.label} (g ${page.letter})` },
    icon(page.name), el("span", { class: "label" }, page.label), more);
}

function drawRail() {
  const more = el("button", { type: "button", class: "rail-link rail-more", id: "more", "aria-haspopup": "dialog", onclick: openMore },
    icon("more"), el("span", { class: "label" }, "More"));
  const items = PAGES.map((page) => el("li", { class: AT_HAND.includes(page.name) ? "" : "under-more" }, link(page)));
  at("rail").replaceChildren(
    el("a", { class: "brand", href: "#/inbox", "aria-label": "Segue, to the inbox" }, mark(), el("span", { class: "label" }, "Segue")),
    el("nav", { "aria-label": "Pages" }, el("ul", {}, items, el("li", { class: "only-phone" }, more))),
    el("div", { class: "rail-foot" },
      el("p", { id: "live", class: "live", role: "status" }, el("span", { class: "label" }, "Connecting")),
      el("button", { type: "button", id: "signer", class: "rail-link", title: "Who signs", onclick: askSigner }),
      el("button", { type: "button", class: "rail-link", title: "Keyboard (?)", onclick: openHelp }, icon("help"), el("span", { class: "label" }, "Keyboard")),
      el("button", { type: "button", class: "rail-link", id: "leave", title: "Forget key", onclick: leave }, icon("leave"), el("span", { class: "label" }, "Forget key"))));
  drawSigner();
}

function drawNavigation() {
  for (const node of document.querySelectorAll("[data-page]")) {
    if (node.dataset.page === current.name) node.setAttribute("aria-current", "page");
    else node.removeAttribute("aria-current");
  }
  at("more")?.classList.toggle("here", !AT_HAND.includes(current.name));
}

function openMore() {
  const fill = (close) => {
    const choose = (act) => () => { close(null); act?.(); };
    const rest = PAGES.filter((page) => !AT_HAND.includes(page.name));
    return el("ul", { class: "menu" },
      rest.map((page) => el("li", {}, el("a", { href: `#/${page.name}`, class: "rail-link", onclick: choose() }, icon(page.name), page.label))),
      el("li", {}, el("button", { type: "button", class: "rail-link", onclick: choose(askSigner) }, icon("person"), "Who signs")),
      el("li", {}, el("button", { type: "button", class: "rail-link", onclick: choose(leave) }, icon("leave"), "Forget key")));
  };
  dialog("More", fill);
}

function leave() {
  forgetKey();
  history.replaceState(null, "", location.pathname);
  location.reload();
}

// The keyboard.

const shell = () => [
  ["?", "These keys"],
  ["Esc", "Leave a field, or a window"],
  ...PAGES.map((page) => [`g ${page.letter}`, `To ${page.label}`]),
];

function openHelp() {
  const list = (rows) => el("dl", { class: "keys" }, rows.map(([keys, meaning]) =>
    el("div", {}, el("dt", {}, keys.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, meaning))));
  const own = current.shortcuts;
  dialog("Keyboard", () => [
    own.length ? [el("h3", {}, "On this page"), list(own)] : [],
    el("h3", {}, "Everywhere"), list(shell()),
  ].flat());
}

let going = 0;
function keys(event) {
  const typing = event.target.closest?.("input, textarea, select");
  if (document.querySelector("dialog[open]")) return;
  if (current.page?.keys?.(event)) return;
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Date.now() - going < 1500 && PAGES.find((one) => one.letter === event.key);
  going = event.key === "g" ? Date.now() : 0;
  if (page) {
    event.preventDefault();
    go(`/${page.name}`);
  } else if (event.key === "?") openHelp();
}

// Begin.

const STANDING = { live: ["on", "Live"], reconnecting: ["trying", "Reconnecting"], refused: ["off", "No live events"] };

function standing(state) {
  const [look, label] = STANDING[state];
  at("live").className = `live ${look}`;
  at("live").replaceChildren(el("span", { class: "label" }, label));
  // What happened while the line was down.
  if (state === "live") current.page?.heard?.({ type: "stream.resumed" });
}

function enter(reason) {
  at("frame").hidden = true;
  at("enter")?.remove();
  const key = el("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, placeholder: "sk_…" });
  const form = el("form", { class: "card enter", onsubmit: (event) => {
    event.preventDefault();
    keepKey(key.value.trim());
    location.reload();
  } }, mark(), el("h1", {}, "Segue"), el("p", { class: "soft" }, "From a public complaint to a private conversation."),
  reason ? el("p", { class: "refused", role: "alert" }, reason) : null,
  field("API key", key, "It stays in this tab and is forgotten when you close it."),
  el("button", { class: "button primary" }, "Open the console"));
  document.body.append(el("main", { id: "enter" }, form));
  document.title = "Segue";
  key.focus();
}

function start() {
  at("frame").hidden = false;
  drawRail();
  follow();
  window.addEventListener("hashchange", () => {
    // The skip link is no page.
    if (location.hash === "#page") return;
    follow();
  });
  listen((event) => current.page?.heard?.(event), standing);
  setInterval(renewTimes, 20_000);
}

at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("page").focus();
});
document.addEventListener("keydown", keys);
if (signedIn) start();
else enter();
