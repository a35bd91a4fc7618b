//! What X tells: the events of the Activity API, and batches as the Account Activity API writes them.
//!
//! <https://docs.x.com/x-api/activity/introduction>, <https://docs.x.com/x-api/account-activity/introduction>

use serde_json::{Value, json};

use crate::domain::time::Timestamp;
use crate::sandbox::host::{Item, Letter, Reply, marks, number_of};

/// Somebody there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) handle: String,
}

/// A public post.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) author: User,
    pub(super) text: String,
    /// The post it answers, and whose that is.
    pub(super) answers: Option<String>,
    pub(super) answered: Option<String>,
    /// The first post of the thread.
    pub(super) conversation: String,
    /// The ids it had, the present one last.
    pub(super) history: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) at: Timestamp,
    /// The link behind its button for private messages.
    pub(super) button: Option<String>,
    pub(super) is_deleted: bool,
}

impl Post {
    /// Whether its text names that handle.
    pub(super) fn mentions(&self, handle: &str) -> bool {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named = self.text.split('@').skip(1).map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or(""));
        named.into_iter().any(|name| name.eq_ignore_ascii_case(handle))
    }

    /// As everybody reads it.
    pub(super) fn shown(&self) -> Value {
        let by = if self.author.handle == super::HANDLE { "brand" } else { "customer" };
        json!({
            "id": self.id, "author": self.author.handle, "by": by,
            "text": self.text, "at": self.at,
            "answers": self.answers, "edits": self.history.len() - 1, "button": self.button,
        })
    }

    fn payload(&self) -> Value {
        let mut payload = json!({
            "id": self.id, "author_id": self.author.id, "text": self.text, "created_at": self.at,
            "conversation_id": self.conversation, "edit_history_tweet_ids": self.history,
            "lang": self.language.as_deref().unwrap_or("und"),
        });
        if let (Some(post), Some(user)) = (&self.answers, &self.answered) {
            payload["in_reply_to_tweet_id"] = json!(post);
            payload["in_reply_to_user_id"] = json!(user);
            payload["referenced_tweets"] = json!([{"type": "replied_to", "id": post}]);
        }
        payload
    }

    /// As the older product writes it; it has no word for an edit.
    fn status(&self) -> Option<Value> {
        let status = json!({
            "id_str": self.id, "text": self.text, "truncated": false, "in_reply_to_status_id_str": self.answers,
            "in_reply_to_user_id_str": self.answered, "lang": self.language.as_deref().unwrap_or("und"),
            "user": {"id_str": self.author.id, "screen_name": self.author.handle, "name": self.author.handle},
            "entities": {"user_mentions": []}, "timestamp_ms": self.at.millis().to_string(),
        });
        (self.history.len() == 1).then_some(status)
    }
}

/// A post that came to be.
pub(super) fn created(brand: &User, kind: &str, post: &Post, author: &User) -> Value {
    let users = json!([{"id": author.id, "username": author.handle, "name": author.handle}]);
    json!({
        "activity": {
            "event_uuid": uuid(&[kind, &post.id]), "filter": {"user_id": brand.id}, "event_type": kind,
            "tag": "sandbox", "payload": post.payload(), "includes": {"users": users},
        },
        "account": post.status().filter(|_| kind != "post.create"), "list": "tweet_create_events",
    })
}

/// A private message that was written.
pub(super) fn message(brand: &User, kind: &str, letter: &Letter, (from, to): (&User, &User)) -> Value {
    let event = json!({
        "type": "message_create", "id": letter.id, "created_timestamp": letter.at.millis().to_string(),
        "message_create": {
            "target": {"recipient_id": to.id}, "sender_id": from.id,
            "message_data": {"text": letter.text, "entities": {}},
        },
    });
    let user = json!({"id": from.id, "username": from.handle, "name": from.handle});
    json!({
        "activity": {
            "event_uuid": uuid(&[kind, &letter.id]), "filter": {"user_id": brand.id}, "event_type": kind,
            "tag": "sandbox",
            "payload": {"direct_message_events": [event], "users": {from.id.as_str(): {"data": user}}},
        },
        "account": event, "list": "direct_message_events",
        "user": {"id": from.id, "screen_name": from.handle, "name": from.handle},
    })
}

/// The bodies that tell these facts, with their marks: one each, or neighbours of one kind together in the older
/// product's lists.
pub(super) fn pack(brand: &User, items: &[Item]) -> Vec<(Value, Vec<u64>)> {
    let alike = |one: &Item, next: &Item| {
        one.fact["list"] == next.fact["list"]
            && !one.fact["account"].is_null()
            && !next.fact["account"].is_null()
    };
    let body = |group: &[Item]| match group {
        [one] => json!({"data": one.fact["activity"]}),
        many => account_activity(brand, many),
    };
    items.chunk_by(alike).map(|group| (body(group), marks(group))).collect()
}

fn account_activity(brand: &User, items: &[Item]) -> Value {
    let list = items[0].fact["list"].as_str().unwrap_or_default();
    let events: Vec<&Value> = items.iter().map(|item| &item.fact["account"]).collect();
    let mut body = json!({"for_user_id": brand.id, list: events});
    for user in items.iter().map(|item| &item.fact["user"]).filter(|user| user.is_object()) {
        body["users"][user["id"].as_str().unwrap_or_default()] = user.clone();
    }
    body
}

/// A post as its readers by API get it; one that is gone is told of in an answer of success.
pub(super) fn read(post: Option<&Post>, id: &str) -> Reply {
    match post.filter(|post| !post.is_deleted) {
        Some(post) => Reply::new(200, json!({"data": post.payload()})),
        None => {
            let error = json!({
                "value": id, "detail": format!("Could not find tweet with id: [{id}]."), "title": "Not Found Error",
                "resource_type": "tweet", "parameter": "id", "resource_id": id,
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            });
            Reply::new(200, json!({"errors": [error]}))
        }
    }
}

/// The id of an event; X writes signed numbers.
fn uuid(parts: &[&str]) -> String {
    format!("-{}", number_of(&parts.concat(), 18))
}
