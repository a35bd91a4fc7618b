//! X: public posts, private messages, both event families, OAuth 1.0a. Events: <https://docs.x.com/x-api/activity/introduction>,
//! posts: <https://docs.x.com/x-api/posts/create-post>, errors: <https://docs.x.com/x-api/fundamentals/response-codes-and-errors>.

mod events;
mod oauth1;
mod rules;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use self::events::{Post, User};
use self::oauth1::{Keys, Nonces};
use self::rules::Rates;
use self::webhook::Webhook;
use super::host::{
    Act, Answer, Call, Callback, Challenge, Done, Host, Item, Letter, Patience, Refused, Reply, Served,
    Source, Trouble, newest, number_of, shown,
};
use crate::domain::signature::{encode_base64, hmac_sha256};
use crate::domain::time::Timestamp;

/// The brand's handle there.
const HANDLE: &str = "SandboxBrand";

/// How long an author may edit, and how often.
const EDITABLE: Duration = Duration::from_secs(3600);
const MOST_EDITS: usize = 5;

pub(super) struct X {
    brand: User,
    keys: Keys,
    /// The app's own token.
    bearer: String,
    has_limits: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: i64,
    posts: BTreeMap<String, Post>,
    inboxes: BTreeMap<String, Vec<Letter>>,
    handles: BTreeMap<String, String>,
    blocked: BTreeSet<String>,
    nonces: Nonces,
    rates: Rates,
    /// Where it calls.
    webhook: Option<Webhook>,
}

impl X {
    pub(super) fn new(source: &Source, has_limits: bool) -> Self {
        let secret = |name: &str| source.secret(&format!("x/{name}"));
        let keys = Keys {
            consumer_key: secret("consumer_key"),
            consumer_secret: secret("consumer_secret"),
            token: secret("access_token"),
            token_secret: secret("access_token_secret"),
        };
        let brand = User { id: number_of(&secret("user"), 18), handle: HANDLE.into() };
        Self { brand, keys, bearer: secret("bearer_token"), has_limits, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, bytes: &[u8]) -> String {
        let mac = hmac_sha256(self.keys.consumer_secret.as_bytes(), &[bytes]);
        format!("sha256={}", encode_base64(&mac))
    }

    fn create_post(&self, state: &mut State, call: &Call, now: Timestamp) -> Served {
        let Some(body) = call.json() else { return invalid("The body is not JSON.").into() };
        let text = body["text"].as_str().unwrap_or_default();
        let answered = body["reply"]["in_reply_to_tweet_id"].as_str();
        if text.is_empty() || rules::weight(text) > rules::LONGEST {
            return invalid("Your post text is empty or too long.").into();
        }
        if let Some(link) = body.get("direct_message_deep_link")
            && !link
                .as_str()
                .is_some_and(|link| link.starts_with("https://x.com/messages/compose?recipient_id="))
        {
            return invalid("direct_message_deep_link is no link to messages.").into();
        }
        if let Err(reply) = self.may_post(state, text, answered) {
            return reply.into();
        }
        let post = state.new_post(&self.brand, text, answered, (None, now));
        let post = Post { button: body["direct_message_deep_link"].as_str().map(str::to_owned), ..post };
        let item =
            Item::report(&post.conversation, events::created(&self.brand, "post.create", &post, &self.brand));
        let data = json!({"data": {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}});
        state.posts.insert(post.id.clone(), post);
        Served { reply: Reply::new(201, data), items: vec![item] }
    }

    /// Replies by API are for those who were summoned; the same words do not stand twice under one post.
    fn may_post(&self, state: &State, text: &str, answered: Option<&str>) -> Result<(), Reply> {
        let Some(id) = answered else { return Ok(()) };
        let Some(to) = state.posts.get(id).filter(|post| !post.is_deleted) else {
            return Err(forbidden("You attempted to reply to a post that is deleted or not visible to you."));
        };
        if !to.mentions(HANDLE) || state.blocked.contains(&to.author.handle) {
            return Err(forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned.",
            ));
        }
        let same = |post: &Post| {
            post.author == self.brand && post.answers.as_deref() == answered && post.text == text
        };
        match state.posts.values().any(same) {
            true => Err(forbidden("You are not allowed to create a post with duplicate content.")),
            false => Ok(()),
        }
    }

    fn send_message(&self, state: &mut State, call: &Call, to: &str, now: Timestamp) -> Served {
        let Some(body) = call.json() else { return invalid("The body is not JSON.").into() };
        let text = body["text"].as_str().unwrap_or_default();
        if text.is_empty() || text.chars().count() > rules::LONGEST_MESSAGE {
            return invalid("The message is empty or too long.").into();
        }
        let handle = state.handles.get(to).cloned().unwrap_or_default();
        let wrote =
            state.inboxes.get(&handle).is_some_and(|letters| letters.iter().any(|one| one.by == "customer"));
        if !wrote || state.blocked.contains(&handle) {
            return forbidden("You do not have permission to DM one or more participants.").into();
        }
        let id = state.next_id(now);
        let letter = Letter::new(&id, "brand", text, now);
        state.inboxes.entry(handle.clone()).or_default().push(letter.clone());
        let user = User { id: to.to_owned(), handle };
        let talk = format!("{}-{}", self.brand.id, to);
        let item = Item::report(
            &user.handle,
            events::message(&self.brand, "dm.sent", &letter, (&self.brand, &user)),
        );
        let data = json!({"data": {"dm_conversation_id": talk, "dm_event_id": id}});
        Served { reply: Reply::new(201, data), items: vec![item] }
    }

    fn post(&self, state: &mut State, user: &User, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        let post = state.new_post(
            user,
            &act.text,
            act.post.as_deref(),
            (act.language.clone(), act.at.unwrap_or(now)),
        );
        let answers_us =
            act.post.as_ref().and_then(|id| state.posts.get(id)).is_some_and(|to| to.author == self.brand);
        let kinds = [(answers_us, "post.reply.create"), (post.mentions(HANDLE), "post.mention.create")];
        let told = kinds.into_iter().filter(|(holds, _)| *holds).map(|(_, kind)| kind);
        let items = told.map(|kind| self.fact(kind, &post)).collect();
        let id = post.id.clone();
        state.posts.insert(id.clone(), post);
        Ok(Done { id, items })
    }

    fn fact(&self, kind: &str, post: &Post) -> Item {
        let fact = events::created(&self.brand, kind, post, &post.author);
        Item::new(&post.author.handle, fact)
    }

    /// An edited post is a new one that knows the old ones.
    fn edit(&self, state: &mut State, user: &User, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        let before = state.own(user, act)?.clone();
        if now > before.at + EDITABLE || before.history.len() > MOST_EDITS {
            return Err(Refused::act("it can be edited five times within the first hour"));
        }
        let id = state.next_id(now);
        let mut history = before.history.clone();
        history.push(id.clone());
        let post = Post {
            id: id.clone(),
            text: act.text.clone(),
            history,
            language: act.language.clone(),
            ..before.clone()
        };
        state.posts.remove(&before.id);
        let item = self.fact("post.mention.create", &post);
        let items = if post.mentions(HANDLE) { vec![item] } else { Vec::new() };
        state.posts.insert(id.clone(), post);
        Ok(Done { id, items })
    }

    fn write(&self, state: &mut State, user: &User, act: &Act, now: Timestamp) -> Done {
        let at = act.at.unwrap_or(now);
        let id = state.next_id(at);
        let letter = Letter::new(&id, "customer", &act.text, at);
        state.inboxes.entry(user.handle.clone()).or_default().push(letter.clone());
        let fact = events::message(&self.brand, "dm.received", &letter, (user, &self.brand));
        Done { id, items: vec![Item::new(&user.handle, fact)] }
    }
}

impl State {
    /// Ids grow with time, and within a moment.
    fn next_id(&mut self, at: Timestamp) -> String {
        self.count += 1;
        (((at.millis() - 1_288_834_974_657) << 22) | (self.count & 0x3f_ffff)).to_string()
    }

    fn user(&mut self, handle: &str) -> User {
        let handle = handle.trim_start_matches('@').to_owned();
        let id = number_of(&format!("x/{handle}"), 18);
        self.handles.insert(id.clone(), handle.clone());
        User { id, handle }
    }

    fn new_post(
        &mut self,
        author: &User,
        text: &str,
        answers: Option<&str>,
        (language, at): (Option<String>, Timestamp),
    ) -> Post {
        let id = self.next_id(at);
        let to = answers.and_then(|id| self.posts.get(id));
        Post {
            conversation: to.map_or_else(|| id.clone(), |to| to.conversation.clone()),
            answered: to.map(|to| to.author.id.clone()),
            answers: to.map(|to| to.id.clone()),
            author: author.clone(),
            text: text.to_owned(),
            history: vec![id.clone()],
            id,
            language,
            at,
            button: None,
            is_deleted: false,
        }
    }

    /// The post an act is about, when it is its author's.
    fn own(&mut self, user: &User, act: &Act) -> Result<&mut Post, Refused> {
        let id = act.post.as_deref().unwrap_or_default();
        let found = self.posts.get_mut(id).filter(|post| !post.is_deleted && post.author == *user);
        found.ok_or_else(|| Refused::missing("post of that author"))
    }
}

impl Host for X {
    fn name(&self) -> &'static str {
        "x"
    }

    fn account(&self) -> Value {
        json!({"user_id": self.brand.id, "handle": self.brand.handle})
    }

    fn secrets(&self) -> Map<String, Value> {
        let all = [
            ("consumer_secret", &self.keys.consumer_secret),
            ("consumer_key", &self.keys.consumer_key),
            ("access_token", &self.keys.token),
            ("access_token_secret", &self.keys.token_secret),
            ("bearer_token", &self.bearer),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn challenge(&self, nonce: &str) -> Option<Challenge> {
        let answer = Answer::Json(json!({"response_token": self.sign(nonce.as_bytes())}));
        Some(Challenge { query: format!("crc_token={nonce}"), answer })
    }

    fn calls_at(&self, url: &str, now: Timestamp) {
        self.state().webhook = Some(Webhook { url: url.to_owned(), since: now });
    }

    fn serve(&self, call: &Call, now: Timestamp) -> Served {
        let mut state = self.state();
        if call.header("authorization") == format!("Bearer {}", self.bearer) {
            return webhook::serve(call, &self.brand, state.webhook.as_ref()).into();
        }
        if !oauth1::is_authentic(&self.keys, call, &mut state.nonces, now) {
            return problem(401, "Unauthorized", "Unauthorized").into();
        }
        let segments = call.segments();
        let (rate, limit) = match (call.method.as_str(), &segments[..]) {
            ("POST", ["2", "tweets"]) => ("posts", rules::POSTS),
            ("POST", ["2", "dm_conversations", "with", _, "messages"]) => ("messages", rules::MESSAGES),
            ("GET", ["2", "tweets", _]) => ("reads", rules::READS),
            _ => return problem(404, "Not Found", "There is nothing here.").into(),
        };
        let limit = if self.has_limits { limit } else { u32::MAX };
        let Ok(left) = state.rates.take(rate, limit, now) else {
            return state
                .rates
                .shown(rate, limit, problem(429, "Too Many Requests", "Too Many Requests"))
                .into();
        };
        let mut served = match &segments[..] {
            ["2", "tweets"] => self.create_post(&mut state, call, now),
            ["2", "tweets", id] => events::read(state.posts.get(*id), id).into(),
            segments => self.send_message(&mut state, call, segments[3], now),
        };
        served.reply = left.shown(limit, served.reply);
        served
    }

    fn trouble(&self, trouble: Trouble, now: Timestamp) -> Reply {
        match trouble {
            Trouble::Broken => problem(503, "Service Unavailable", "Over capacity").with("retry-after", "1"),
            Trouble::Throttled => {
                let reset = (now.secs() + 1).to_string();
                problem(429, "Too Many Requests", "Too Many Requests")
                    .with("x-rate-limit-limit", "100")
                    .with("x-rate-limit-remaining", "0")
                    .with("x-rate-limit-reset", reset)
            }
        }
    }

    fn act(&self, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        let mut state = self.state();
        let user = state.user(&act.from);
        if user.handle.is_empty() || user.handle == HANDLE {
            return Err(Refused::act("`from` is the handle of a customer"));
        }
        match act.act.as_str() {
            "post" => self.post(&mut state, &user, act, now),
            "edit" => self.edit(&mut state, &user, act, now),
            "delete" => {
                let post = state.own(&user, act)?;
                post.is_deleted = true;
                Ok(Done { id: post.id.clone(), items: Vec::new() })
            }
            "message" => Ok(self.write(&mut state, &user, act, now)),
            "block" | "unblock" => {
                match act.act.as_str() {
                    "block" => state.blocked.insert(user.handle.clone()),
                    _ => state.blocked.remove(&user.handle),
                };
                Ok(Done { id: user.id, items: Vec::new() })
            }
            _ => Err(Refused::act("X knows: post, edit, delete, message, block, unblock")),
        }
    }

    fn pack(&self, items: &[Item], url: &str) -> Vec<Callback> {
        let bodies = events::pack(&self.brand, items);
        let one = |(body, marks): (Value, Vec<u64>)| {
            let body = body.to_string();
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("x-twitter-webhooks-signature", self.sign(body.as_bytes())),
            ];
            Callback { url: url.to_owned(), headers, body, marks }
        };
        bodies.into_iter().map(one).collect()
    }

    fn can_batch(&self) -> bool {
        true
    }

    fn thread(&self, id: &str) -> Option<Value> {
        let state = self.state();
        let first = state.posts.values().find(|post| post.history.iter().any(|one| one == id))?;
        let of = first.conversation.clone();
        let posts: Vec<Value> = state
            .posts
            .values()
            .filter(|post| post.conversation == of && !post.is_deleted)
            .map(Post::shown)
            .collect();
        Some(json!({"id": of, "posts": posts}))
    }

    fn threads(&self) -> Vec<Value> {
        let state = self.state();
        let begins = |post: &&Post| post.answers.is_none() && !post.is_deleted && post.author != self.brand;
        state.posts.values().filter(begins).map(Post::shown).collect()
    }

    fn inboxes(&self) -> Vec<(String, Letter)> {
        newest(&self.state().inboxes)
    }

    fn inbox(&self, customer: &str) -> Value {
        shown(customer, self.state().inboxes.get(customer.trim_start_matches('@')))
    }

    /// Ten seconds, then up to two more tries.
    fn patience(&self) -> Patience {
        const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];
        Patience { deadline: Duration::from_secs(10), again: &AGAIN, after_refusal: true }
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Reply {
    Reply::new(status, json!({"title": title, "detail": detail, "type": "about:blank", "status": status}))
}

fn forbidden(detail: &str) -> Reply {
    problem(403, "Forbidden", detail)
}

fn invalid(detail: &str) -> Reply {
    let kind = "https://api.twitter.com/2/problems/invalid-request";
    Reply::new(400, json!({"title": "Invalid Request", "detail": detail, "type": kind, "status": 400}))
}

#[cfg(test)]
mod tests;
