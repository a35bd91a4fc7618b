// The consent ledger checked in this browser, by nothing but the receipt and the key: docs/ledger.md says what is
// calculated here. Every check is { name, state, text }; state is "held", "broken", or "open" where this browser cannot say.

const encoder = new TextEncoder();
const bytesOf = (text) => encoder.encode(text);

const held = (name, text) => ({ name, state: "held", text });
const broken = (name, text) => ({ name, state: "broken", text });
const open = (name, text) => ({ name, state: "open", text });

/** Browsers calculate hashes only on pages that came by HTTPS or from this machine. */
export const canHash = () => Boolean(globalThis.crypto?.subtle);

const NO_HASH = "This browser calculates only on pages opened by HTTPS or from this machine. Open the console that way, or use segue ledger verify.";
const NO_ED25519 = "This browser does not know Ed25519 signatures. Newer ones do; segue ledger verify does in any case.";

function decode(base64) {
  const text = atob(base64);
  if (btoa(text) !== base64) throw new Error("not base64");
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const encode = (bytes) => btoa(String.fromCharCode(...bytes));
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const ofLeaf = (leaf) => sha256(join([0], leaf));
const ofNode = (left, right) => sha256(join([1], left, right));
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** SHA-256 of a text, in hex. */
export const fingerprint = async (text) => hex(await sha256(bytesOf(text)));

// Forms.

/** A number as it is written in the ledger's texts: decimal, without a zero before it. */
function number(text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || String(value) !== text) throw new Error("not a number");
  return value;
}

function hash(text) {
  const bytes = decode(text);
  if (bytes.length !== 32) throw new Error("not a hash");
  return bytes;
}

/** What a leaf says. */
export function readLeaf(base64) {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(base64)));
}

/** A receipt (C2SP tlog-proof); throws when the text is none. */
export function readReceipt(receipt) {
  const cut = receipt.indexOf("\n\n");
  const [head, extra, index, ...proof] = receipt.slice(0, cut).split("\n");
  if (cut < 0 || head !== "c2sp.org/tlog-proof@v1" || !extra?.startsWith("extra ") || !index?.startsWith("index ")) throw new Error("not a receipt");
  const leaf = extra.slice(6);
  return { leaf: decode(leaf), said: readLeaf(leaf), index: number(index.slice(6)), proof: proof.map(hash), checkpoint: readCheckpoint(receipt.slice(cut + 2)) };
}

/** A signed head (C2SP tlog-checkpoint); throws when the text is none. */
export function readCheckpoint(note) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new Error("not a signed head");
  const text = note.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n");
  const signatures = note.slice(cut + 2, -1).split("\n").map((line) => {
    const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    if (!name) throw new Error("not a signature");
    const bytes = decode(base64);
    return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text, origin, size: number(size), root: hash(root), signatures };
}

async function readKey(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  const material = decode(rest.join("+"));
  if (material.length !== 33 || material[0] !== 1) throw new Error("not an Ed25519 key");
  const whole = await sha256(join(bytesOf(`${name}\n`), material));
  if (hex(whole.slice(0, 4)) !== id) throw new Error("not its own id");
  return { name, id: whole.slice(0, 4), key: material.slice(1) };
}

// Proofs (RFC 9162, 2.1.3.2 and 2.1.4.2). Numbers may be larger than 32 bits, so that they are halved by division.

const half = (value) => Math.floor(value / 2);

/** Whether the proof leads from a leaf's hash to the root. */
export async function isIncluded(leaf, index, { size, root }, proof) {
  if (index >= size) return false;
  let [at, last, whole] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      whole = await ofNode(sibling, whole);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else whole = await ofNode(whole, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(whole, root);
}

/** Whether the proof shows that the newer tree begins with all of the older one. */
export async function isConsistent(older, newer, proof) {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  const rest = [...proof];
  let [at, last] = [older.size - 1, newer.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  const first = at === 0 ? older.root : rest.shift();
  if (!first) return false;
  let [before, now] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [before, now] = [await ofNode(sibling, before), await ofNode(sibling, now)];
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else now = await ofNode(now, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(before, older.root) && same(now, newer.root);
}

/** Whether a key signed a head; null where this browser does not know such signatures. */
async function isSigned(checkpoint, { name, id, key }) {
  const found = checkpoint.signatures.find((one) => one.name === name && same(one.id, id));
  if (!found || checkpoint.origin !== name) return false;
  let known;
  try {
    known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, known, found.signature, bytesOf(checkpoint.text));
}

// What a person reads.

const leaves = (size) => `${size.toLocaleString()} ${size === 1 ? "entry" : "entries"}`;
const short = (bytes) => `${encode(bytes).slice(0, 12)}…`;

async function checkSignature(checkpoint, vkey) {
  const name = "The signature";
  let key;
  try {
    key = await readKey(vkey);
  } catch {
    return broken(name, "The ledger's key is not of the right form, so nobody can say who signed.");
  }
  const signed = await isSigned(checkpoint, key);
  if (signed === null) return open(name, NO_ED25519);
  return signed ? held(name, `The root over ${leaves(checkpoint.size)} is signed by the key of ${checkpoint.origin}.`)
    : broken(name, "The root is not signed by the ledger's key. Somebody else made it, or it was changed afterwards.");
}

/** What the leaf must say to be about the consent that is shown. */
function checkAbout(said, consent) {
  const name = "What it is about";
  const state = said.event?.replace(/^consent\./, "");
  const told = { record_id: consent.id, purpose: consent.purpose, channel: consent.channel, notice_sha256: consent.notice?.sha256 ?? null };
  if (said.event === "subject.erased") return aboutErased(said, consent);
  const other = Object.keys(told).find((field) => (said[field] ?? null) !== told[field]);
  if (other) return broken(name, `The receipt says something else than what is shown here (${other.replaceAll("_", " ")}).`);
  if (state !== consent.state) return broken(name, `The receipt says “${state}”, but what is shown here is “${consent.state}”.`);
  return held(name, "Record, purpose, channel and notice are those shown here.");
}

/** Of whoever was erased the ledger says nothing but that. */
function aboutErased(said, consent) {
  const name = "What it is about";
  return said.record_id === consent.id ? held(name, "The newest entry says that the person behind this record was erased.")
    : broken(name, "The receipt is about another record.");
}

async function checkNotice(said, notice) {
  const name = "The words";
  if (!said.notice_sha256) return null;
  if (notice === null) return open(name, "The words that were shown are not kept here.");
  return (await fingerprint(notice)) === said.notice_sha256 ? held(name, "The words shown above are the ones the customer saw: their fingerprint is in the record.")
    : broken(name, "The words shown above are not the ones the customer saw: their fingerprint is another one.");
}

/**
 * Checks a receipt with the ledger's key. `consent` and `notice` are what is shown beside it, where there is any; a notice
 * that is null could not be read.
 */
export async function checkReceipt(receipt, vkey, { consent, notice } = {}) {
  let read;
  try {
    read = readReceipt(receipt);
  } catch {
    return [broken("The receipt", "This is no receipt of a ledger, or a part of it is missing or was changed.")];
  }
  const { leaf, said, index, proof, checkpoint } = read;
  const first = held("The receipt", `It holds entry no. ${index}, ${said.event?.replace(/^consent\./, "") ?? "of an unknown kind"}, of ${new Date(said.at).toLocaleString()}.`);
  const about = consent ? [checkAbout(said, consent)] : [];
  if (!canHash()) return [first, ...about, open("The calculation", NO_HASH)];
  const words = notice === undefined ? null : await checkNotice(said, notice);
  const own = await ofLeaf(leaf);
  const included = await isIncluded(own, index, checkpoint, proof);
  const steps = proof.length === 1 ? "one step" : `${proof.length} steps`;
  return [first, ...about, ...(words ? [words] : []),
    held("Its fingerprint", `Calculated here from every byte of the record: ${short(own)}`),
    included ? held("Its place in the ledger", `From that fingerprint ${steps} lead to the root ${short(checkpoint.root)} over ${leaves(checkpoint.size)}.`)
      : broken("Its place in the ledger", "From that fingerprint no way leads to the signed root: the record, its number or the proof was changed."),
    await checkSignature(checkpoint, vkey)];
}

/** Checks a head: what it says, and that it is signed. */
export async function checkHead({ checkpoint, vkey, size, root }) {
  let read;
  try {
    read = readCheckpoint(checkpoint);
  } catch {
    return [broken("The head", "What the service gives is no signed head of a ledger.")];
  }
  if (read.size !== size || encode(read.root) !== root) return [broken("The head", "The service says another size or root than the one that was signed.")];
  if (!canHash()) return [open("The signature", NO_HASH)];
  return [await checkSignature(read, vkey)];
}

/** Checks that a ledger goes on from a head that was kept, `{ size, root, vkey }`; `prove(from, to)` asks for the proof. */
export async function checkCourse(kept, head, prove) {
  const name = "Since your last visit";
  if (kept.vkey !== head.vkey) return broken(name, "The ledger is signed by another key than at your last visit: it is another ledger.");
  if (head.size < kept.size) return broken(name, `The ledger had ${leaves(kept.size)} at your last visit, and now has ${leaves(head.size)}: something was taken away.`);
  if (head.size === kept.size && head.root === kept.root) return held(name, "Nothing was added, and nothing changed.");
  if (!canHash()) return open(name, NO_HASH);
  const { proof } = head.size === kept.size ? { proof: [] } : await prove(kept.size, head.size);
  const [older, newer] = [kept, head].map(({ size, root }) => ({ size, root: hash(root) }));
  const added = head.size - kept.size;
  return (await isConsistent(older, newer, proof.map(hash))) ? held(name, `${leaves(added)} added; the ${leaves(kept.size)} of then ${kept.size === 1 ? "is" : "are"} unchanged.`)
    : broken(name, "What stands in the ledger now does not go on from what stood there then: history was rewritten.");
}

/** Whether all was checked and held: "held", "broken", or "open". */
export const verdict = (checks) => ["broken", "open"].find((state) => checks.some((one) => one.state === state)) ?? "held";
