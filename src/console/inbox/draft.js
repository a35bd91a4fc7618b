// What is being written, and what was read when the writing began. A draft is sent against that state and no newer
// one, until the person has seen what came since and sends knowingly.

import { capital, channelName, when, who, words } from "/console/dom.js";
import { stateName } from "/console/inbox/words.js";

const drafts = new Map();

/** What of a story a person can see, to tell afterwards what is new. */
export function seen(story, side) {
  const { complaint, whole, messages, handoff } = story;
  const own = side === "public" ? complaint : whole;
  return {
    version: own.version,
    posts: new Set(complaint?.posts.map((post) => post.id)),
    messages: new Set(messages.map((message) => message.id)),
    marks: {
      status: own.status,
      handoff: handoff?.state ?? null,
      hold: whole?.hold ?? null,
      assignee: own.assignee ?? null,
    },
  };
}

export class Draft {
  constructor(side) {
    this.side = side;
    this.text = "";
    this.basis = null;
    this.refused = false;
  }

  /** The one for a side of a complaint or a conversation. */
  static of(side, id) {
    const key = `${side} ${id}`;
    if (!drafts.has(key)) drafts.set(key, new Draft(side));
    return drafts.get(key);
  }

  /** The person types; an empty field is no draft. */
  write(text, story) {
    this.text = text;
    if (!text.trim()) this.basis = null;
    else this.basis ??= seen(story, this.side);
  }

  /** The version it may be sent against. */
  version(story) {
    return (this.basis ?? seen(story, this.side)).version;
  }

  /** What came since the writing began, as sentences. Where nothing did that a person would see, it moves along. */
  news(story) {
    if (!this.basis) return [];
    const news = newsSince(this.basis, story, this.side);
    if (!news.length) this.basis = seen(story, this.side);
    return news;
  }

  /** The person has seen what is new and goes on. */
  accept(story) {
    this.basis = seen(story, this.side);
    this.refused = false;
  }

  sent() {
    Object.assign(this, { text: "", basis: null, refused: false });
  }
}

/** What a person would see that was not there before, as sentences. */
export const newsSince = (basis, story, side) =>
  [...saidSince(basis, story), ...changedSince(basis.marks, seen(story, side).marks)];

function saidSince(basis, { complaint, whole, messages }) {
  const name = who((complaint ?? whole).identity);
  const line = (author, text, at) => `${author}, ${when(at)}: ${text ?? "(erased)"}`;
  const posts = (complaint?.posts ?? []).filter((post) => !basis.posts.has(post.id));
  const written = messages.filter((message) => !basis.messages.has(message.id));
  return [
    ...posts.map((post) => line(post.by === "customer" ? name : post.agent?.name ?? "The desk", post.text, post.at)),
    ...written.sort((one, other) => one.created_at.localeCompare(other.created_at)).map((message) =>
      line(message.direction === "in" ? `${name} on ${channelName(whole.channel)}` : message.agent?.name ?? "Segue", message.text, message.created_at)),
  ];
}

/** What a status follows from is told by itself: an answer, a handoff. */
const FOLLOWS = new Set(["waiting", "private"]);

function changedSince(before, now) {
  const news = [];
  if (before.status !== now.status && !FOLLOWS.has(now.status)) news.push(`It is ${words(now.status)} now.`);
  if (before.handoff !== now.handoff && now.handoff) news.push(`The handoff: ${stateName(now.handoff).toLowerCase()}.`);
  if (before.hold !== now.hold) news.push(now.hold ? `Nothing may be sent: ${words(now.hold)}.` : "It is held no more.");
  if (before.assignee !== now.assignee) news.push(now.assignee ? `${capital(now.assignee)} has it now.` : "Nobody has it now.");
  return news;
}
