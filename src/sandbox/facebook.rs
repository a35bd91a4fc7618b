//! A Facebook Page: comments, visitor posts, answers, private replies, Messenger. Events: <https://developers.facebook.com/docs/graph-api/webhooks/reference/page>,
//! sending: <https://developers.facebook.com/docs/messenger-platform/reference/send-api>.

mod rules;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use self::rules::{error, is_authentic};
use self::tell::Person;
use super::host::{
    Act, Answer, Call, Callback, Challenge, Done, Host, Item, Letter, Patience, Refused, Reply, Served,
    Source, Trouble, field, marks, newest, shown,
};
use crate::domain::signature::hmac_sha256;
use crate::domain::time::Timestamp;

/// A post of the Page, under which people comment.
const PAGE_POST: &str = "1122334455667788";

pub(super) struct Facebook {
    page_id: String,
    app_id: String,
    app_secret: String,
    verify_token: String,
    page_token: String,
    state: Mutex<State>,
}

/// A comment or a visitor's post, or an answer of the Page.
#[derive(Clone, Debug)]
struct Piece {
    id: String,
    /// `None` is the Page itself.
    by: Option<Person>,
    text: String,
    /// The post it stands under; its own id where it is one.
    post: String,
    parent: String,
    at: Timestamp,
    is_hidden: bool,
    is_removed: bool,
    /// The Page has used its one private reply.
    is_answered_in_private: bool,
}

#[derive(Default)]
struct State {
    count: u64,
    pieces: BTreeMap<String, Piece>,
    people: BTreeMap<String, Person>,
    inboxes: BTreeMap<String, Vec<Letter>>,
    last_in: BTreeMap<String, Timestamp>,
    blocked: BTreeSet<String>,
    /// Whether an app of ours is told.
    is_subscribed: bool,
}

impl Facebook {
    pub(super) fn new(source: &Source) -> Self {
        let secret = |name: &str| source.secret(&format!("facebook/{name}"));
        Self {
            page_id: super::host::number_of(&secret("page"), 15),
            app_id: super::host::number_of(&secret("app"), 12),
            app_secret: secret("app_secret"),
            verify_token: secret("verify_token"),
            page_token: secret("page_token"),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A public answer under a comment or a visitor's post.
    fn comment(&self, call: &Call, id: &str, now: Timestamp) -> Served {
        let mut state = self.state();
        let text = match (call.form(), call.json()) {
            (Some(form), _) => field(&form, "message").unwrap_or_default().to_owned(),
            (None, Some(body)) => body["message"].as_str().unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let Some(to) = state.pieces.get(id).filter(|piece| !piece.is_removed).cloned() else {
            return error(400, 100, Some(33), "Object does not exist or cannot be loaded").into();
        };
        if text.is_empty() || text.chars().count() > rules::LONGEST_COMMENT {
            return error(400, 100, None, "Invalid parameter: message").into();
        }
        let piece = state.piece(None, &text, (&to.post, to.parent_of_answers()), now);
        let item = Item::report(&to.lane(), tell::comment(&self.page_id, "add", &piece));
        let reply = Reply::new(200, json!({"id": piece.id}));
        state.pieces.insert(piece.id.clone(), piece);
        Served { reply, items: vec![item] }
    }

    /// A private message, or the one private reply to something public.
    fn message(&self, call: &Call, now: Timestamp) -> Served {
        let Some(body) = call.json() else { return error(400, 100, None, "Invalid JSON").into() };
        let content = match rules::content(&body["message"]) {
            Ok(content) => content,
            Err(reply) => return reply.into(),
        };
        let mut state = self.state();
        let recipient = &body["recipient"];
        let public = recipient["comment_id"].as_str().or_else(|| recipient["post_id"].as_str());
        let person = match public {
            Some(id) => state.private_reply(id, now),
            None => state.may_write(&body, now),
        };
        let person = match person {
            Ok(person) => person,
            Err(reply) => return reply.into(),
        };
        let mid = state.mid();
        let mut letter = Letter::new(&mid, "brand", content.text, now);
        letter.media.extend(content.media.map(str::to_owned));
        state.inboxes.entry(person.name.clone()).or_default().push(letter.clone());
        let metadata = body["message"]["metadata"].as_str();
        let echo = tell::echo(&self.page_id, &person, &letter, (&self.app_id, metadata));
        let delivered = tell::delivery(&self.page_id, &person, &letter);
        let reply = Reply::new(200, json!({"recipient_id": person.psid, "message_id": mid}));
        let items = [echo, delivered].map(|fact| Item::report(&person.name, fact));
        Served { reply, items: items.into() }
    }

    fn change(&self, verb: &str, piece: &Piece) -> Item {
        Item::new(&piece.lane(), tell::comment(&self.page_id, verb, piece))
    }

    /// A comment under the Page's post or under another comment; `post: "new"` makes a post of the visitor's own.
    fn say(&self, state: &mut State, person: Person, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        let at = act.at.unwrap_or(now);
        let page_post = format!("{}_{PAGE_POST}", self.page_id);
        let piece = match act.post.as_deref() {
            None => state.piece(Some(person), &act.text, (&page_post, &page_post), at),
            Some("new") => state.visitor_post(&self.page_id, person, &act.text, at),
            Some(id) => {
                let to = state.pieces.get(id).cloned().ok_or_else(|| Refused::missing("comment"))?;
                state.piece(Some(person), &act.text, (&to.post, to.parent_of_answers()), at)
            }
        };
        let (id, item) = (piece.id.clone(), self.change("add", &piece));
        state.pieces.insert(id.clone(), piece);
        Ok(Done { id, items: vec![item] })
    }

    fn write(&self, state: &mut State, person: &Person, act: &Act, now: Timestamp) -> Done {
        let (mid, at) = (state.mid(), act.at.unwrap_or(now));
        let letter = Letter::new(&mid, "customer", &act.text, at);
        state.inboxes.entry(person.name.clone()).or_default().push(letter.clone());
        state.last_in.insert(person.psid.clone(), at);
        let item = Item::new(&person.name, tell::message(&self.page_id, person, &letter));
        Done { id: mid, items: vec![item] }
    }
}

impl Piece {
    /// Whose order it is told in.
    fn lane(&self) -> String {
        self.by.as_ref().map_or_else(|| self.post.clone(), |person| person.name.clone())
    }

    /// An answer to an answer is attached to the comment above both.
    fn parent_of_answers(&self) -> &str {
        if self.id == self.post || self.parent == self.post { &self.id } else { &self.parent }
    }

    fn shown(&self, page: &str) -> Value {
        let author = self.by.as_ref().map_or(page, |person| &person.name);
        let by = if self.by.is_some() { "customer" } else { "brand" };
        json!({"id": self.id, "author": author, "by": by, "text": self.text, "at": self.at,
            "answers": self.parent, "hidden": self.is_hidden})
    }
}

impl State {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn mid(&mut self) -> String {
        format!("m_{}", super::host::number_of(&format!("mid/{}", self.next()), 18))
    }

    fn piece(
        &mut self,
        by: Option<Person>,
        text: &str,
        (post, parent): (&str, &str),
        at: Timestamp,
    ) -> Piece {
        let base = post.rsplit('_').next().unwrap_or(post);
        let id = format!("{base}_{}", 9_000_000_000 + self.next());
        Piece {
            id,
            by,
            text: text.to_owned(),
            post: post.to_owned(),
            parent: parent.to_owned(),
            at,
            is_hidden: false,
            is_removed: false,
            is_answered_in_private: false,
        }
    }

    fn visitor_post(&mut self, page: &str, by: Person, text: &str, at: Timestamp) -> Piece {
        let id = format!("{page}_{}", 5_000_000_000 + self.next());
        Piece { id: id.clone(), ..self.piece(Some(by), text, (&id, &id), at) }
    }

    fn person(&mut self, name: &str) -> Person {
        let person = self.people.entry(name.to_owned()).or_insert_with(|| Person::named(name));
        person.clone()
    }

    /// One for each comment or post, within seven days.
    fn private_reply(&mut self, id: &str, now: Timestamp) -> Result<Person, Reply> {
        let refused = || error(400, 100, Some(2_534_025), "The comment is invalid for a private reply");
        let is_open = |piece: &&mut Piece| {
            let is_over = now > piece.at + rules::PRIVATE_REPLY || piece.is_answered_in_private;
            !piece.is_removed && !is_over
        };
        let piece = self.pieces.get_mut(id).filter(is_open).ok_or_else(refused)?;
        let person = piece.by.clone().ok_or_else(refused)?;
        if self.blocked.contains(&person.name) {
            return Err(rules::unreachable());
        }
        piece.is_answered_in_private = true;
        Ok(person)
    }

    /// Whether the Page may write to somebody who wrote before.
    fn may_write(&self, body: &Value, now: Timestamp) -> Result<Person, Reply> {
        let psid = body["recipient"]["id"].as_str().unwrap_or_default();
        let Some(person) = self.people.values().find(|person| person.psid == psid) else {
            return Err(error(400, 100, Some(2_018_001), "No matching user found"));
        };
        if self.blocked.contains(&person.name) {
            return Err(rules::unreachable());
        }
        rules::may_write(body, self.last_in.get(psid), now).map(|()| person.clone())
    }

    fn own(&mut self, name: &str, act: &Act) -> Result<&mut Piece, Refused> {
        let id = act.post.as_deref().unwrap_or_default();
        let is_own =
            |piece: &&mut Piece| piece.by.as_ref().is_some_and(|by| by.name == name) && !piece.is_removed;
        self.pieces.get_mut(id).filter(is_own).ok_or_else(|| Refused::missing("comment of that author"))
    }
}

impl Facebook {
    /// The apps that the Page tells, once one has passed the challenge, and of what.
    fn subscribed_apps(&self) -> Reply {
        let app = json!({"id": self.app_id, "name": "Sandbox", "subscribed_fields": tell::FIELDS});
        Reply::new(200, json!({"data": if self.state().is_subscribed { vec![app] } else { Vec::new() }}))
    }
}

impl Host for Facebook {
    fn name(&self) -> &'static str {
        "facebook"
    }

    fn account(&self) -> Value {
        json!({"app_id": self.app_id, "page_id": self.page_id})
    }

    fn secrets(&self) -> Map<String, Value> {
        let all = [
            ("app_secret", &self.app_secret),
            ("verify_token", &self.verify_token),
            ("page_token", &self.page_token),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn challenge(&self, nonce: &str) -> Option<Challenge> {
        let token = &self.verify_token;
        let query = format!("hub.mode=subscribe&hub.challenge={nonce}&hub.verify_token={token}");
        Some(Challenge { query, answer: Answer::Text(nonce.to_owned()) })
    }

    fn calls_at(&self, _url: &str, _now: Timestamp) {
        self.state().is_subscribed = true;
    }

    fn serve(&self, call: &Call, now: Timestamp) -> Served {
        if let Err(reply) = is_authentic(call, &self.page_token, &self.app_secret) {
            return reply.into();
        }
        let segments = call.segments();
        match (call.method.as_str(), &segments[..]) {
            ("POST", [version, page, "messages"]) if rules::is_version(version) && *page == self.page_id => {
                self.message(call, now)
            }
            ("POST", [version, id, "comments"]) if rules::is_version(version) => self.comment(call, id, now),
            ("GET", [version, page, "subscribed_apps"])
                if rules::is_version(version) && *page == self.page_id =>
            {
                self.subscribed_apps().into()
            }
            ("GET", [version, id]) if rules::is_version(version) => {
                let found = self.state().pieces.get(*id).filter(|piece| !piece.is_removed).map(|piece| {
                    Reply::new(200, json!({"id": piece.id, "message": piece.text, "created_time": piece.at}))
                });
                let missing = || error(400, 100, Some(33), "Object does not exist or cannot be loaded");
                found.unwrap_or_else(missing).into()
            }
            _ => error(400, 100, None, "Unsupported request").into(),
        }
    }

    fn trouble(&self, trouble: Trouble, _now: Timestamp) -> Reply {
        match trouble {
            Trouble::Broken => error(500, 2, None, "Service temporarily unavailable"),
            Trouble::Throttled => {
                error(429, 613, None, "(#613) Calls to this api have exceeded the rate limit.")
                    .with("retry-after", "1")
            }
        }
    }

    fn act(&self, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        if act.from.is_empty() {
            return Err(Refused::act("`from` is the name of a customer"));
        }
        let mut state = self.state();
        let person = state.person(&act.from);
        match act.act.as_str() {
            "post" => self.say(&mut state, person, act, now),
            "edit" | "delete" => {
                let piece = state.own(&act.from, act)?;
                let verb = if act.act == "edit" { "edited" } else { "remove" };
                match verb {
                    "edited" => piece.text.clone_from(&act.text),
                    _ => piece.is_removed = true,
                }
                let piece = piece.clone();
                Ok(Done { id: piece.id.clone(), items: vec![self.change(verb, &piece)] })
            }
            "message" => Ok(self.write(&mut state, &person, act, now)),
            "read" => {
                let fact = tell::read(&self.page_id, &person, now);
                let item = Item::new(&person.name, fact);
                Ok(Done { id: person.psid, items: vec![item] })
            }
            "block" | "unblock" => {
                match act.act.as_str() {
                    "block" => state.blocked.insert(act.from.clone()),
                    _ => state.blocked.remove(&act.from),
                };
                Ok(Done { id: person.psid, items: Vec::new() })
            }
            _ => Err(Refused::act("Facebook knows: post, edit, delete, message, read, block, unblock")),
        }
    }

    fn pack(&self, items: &[Item], url: &str) -> Vec<Callback> {
        let body = tell::escape(&tell::envelope(&self.page_id, items).to_string());
        let signature = hex::encode(hmac_sha256(self.app_secret.as_bytes(), &[body.as_bytes()]));
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("x-hub-signature-256", format!("sha256={signature}")),
            ("user-agent", "facebookexternalua".into()),
        ];
        vec![Callback { url: url.to_owned(), headers, body, marks: marks(items) }]
    }

    fn can_batch(&self) -> bool {
        true
    }

    fn thread(&self, id: &str) -> Option<Value> {
        let state = self.state();
        let first = state.pieces.get(id)?;
        let is_within = |piece: &&Piece| piece.id == first.id || piece.parent == first.id;
        let seen = state.pieces.values().filter(is_within).filter(|piece| !piece.is_removed);
        let posts: Vec<Value> = seen.map(|piece| piece.shown(&self.page_id)).collect();
        Some(json!({"id": first.id, "posts": posts}))
    }

    fn threads(&self) -> Vec<Value> {
        let state = self.state();
        let begins = |piece: &&Piece| {
            piece.by.is_some() && !piece.is_removed && (piece.parent == piece.post || piece.id == piece.post)
        };
        state.pieces.values().filter(begins).map(|piece| piece.shown(&self.page_id)).collect()
    }

    fn inboxes(&self) -> Vec<(String, Letter)> {
        newest(&self.state().inboxes)
    }

    fn inbox(&self, customer: &str) -> Value {
        shown(customer, self.state().inboxes.get(customer))
    }

    /// Five seconds, then at once, then ever more rarely.
    fn patience(&self) -> Patience {
        const AGAIN: [Duration; 4] =
            [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(15), Duration::from_secs(60)];
        Patience { deadline: Duration::from_secs(5), again: &AGAIN, after_refusal: true }
    }
}

#[cfg(test)]
mod tests;
