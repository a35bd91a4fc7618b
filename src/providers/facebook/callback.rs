//! What a callback of a Page says, each item for itself: one broken item spoils no other.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/reference/page>

mod echo;
mod feed;
mod mention;
mod messaging;
mod node;

use serde_json::Value;

use self::node::{Node, Read};
use super::super::RawRequest;
use crate::domain::channel::Channel;
use crate::domain::id::MessageId;
use crate::domain::identity::Namespace;
use crate::domain::inbound::{Fact, InboundEvent, PartRef};
use crate::domain::time::Timestamp;

/// The facts of a callback.
pub(super) fn read(raw: &RawRequest) -> Vec<Read<InboundEvent>> {
    let Ok(body) = serde_json::from_slice::<Value>(&raw.body) else {
        return vec![Err(node::quarantined("", "is not JSON in UTF-8"))];
    };
    let body = Node::root(&body);
    let object = body.text("object").unwrap_or_default();
    match body.items("entry") {
        Ok(entries) => entries.iter().flat_map(|entry| read_entry(entry, &object)).collect(),
        Err(broken) => vec![Err(broken)],
    }
}

/// The customers of a Page in public.
pub(super) fn public_namespace(page: &str) -> Namespace {
    Namespace::named(&format!("facebook:{page}"))
}

/// The customers of a Page in private: other ids than in public.
pub(super) fn private_namespace(page: &str) -> Namespace {
    Namespace::named(&format!("messenger:{page}"))
}

/// Comments and posts.
pub(super) fn public_channel() -> Channel {
    Channel::named("facebook_comment")
}

/// Messenger.
pub(super) fn private_channel() -> Channel {
    Channel::named("messenger")
}

/// Our own reference, which goes along as `metadata` and comes back with the echo.
pub(super) fn part_word(message_id: &MessageId, part: i64) -> String {
    format!("{message_id}/{part}")
}

/// Reads [`part_word`]; another app's metadata is none of ours.
fn part_ref(word: &str) -> Option<PartRef> {
    let (message_id, part) = word.split_once('/')?;
    let part = part.parse().ok().filter(|part| *part >= 0)?;
    Some(PartRef { message_id: MessageId::parse(message_id).ok()?, part })
}

fn read_entry(entry: &Node<'_>, object: &str) -> Vec<Read<InboundEvent>> {
    let page = match entry.need_id("id") {
        Ok(page) => page,
        Err(broken) => return vec![Err(broken)],
    };
    if object != "page" {
        return vec![Ok(other(&page, entry, &page, &format!("object.{object}")))];
    }
    let mut events = Vec::new();
    let told = Told { page: &page, at: entry.seconds("time") };
    events.extend(each(entry, "changes", |change| vec![read_change(told, change)]));
    events.extend(each(entry, "messaging", |item| messaging::read(&page, item)));
    events.extend(each(entry, "standby", |item| vec![Ok(messaging::standby(&page, item))]));
    if entry.has("field") {
        events.push(read_change(told, entry));
    }
    if events.is_empty() {
        events.push(Ok(other(&page, entry, &page, "entry")));
    }
    events
}

/// The items of a list that may be absent.
fn each(
    entry: &Node<'_>,
    name: &str,
    read: impl Fn(&Node<'_>) -> Vec<Read<InboundEvent>>,
) -> Vec<Read<InboundEvent>> {
    if !entry.has(name) {
        return Vec::new();
    }
    match entry.items(name) {
        Ok(items) => items.iter().flat_map(read).collect(),
        Err(broken) => vec![Err(broken)],
    }
}

/// Which Page tells something, and when it did: the same on every try.
#[derive(Clone, Copy)]
struct Told<'a> {
    page: &'a str,
    at: Option<Timestamp>,
}

fn read_change(told: Told<'_>, change: &Node<'_>) -> Read<InboundEvent> {
    let field = change.need_id("field")?;
    let value = change.child("value");
    match (field.as_str(), value) {
        ("feed", Some(value)) => feed::read(told, &value),
        ("mention", Some(value)) => mention::read(told, &value),
        ("feed" | "mention", None) => Err(node::quarantined(&change.path("value"), "is missing")),
        (field, _) => Ok(other(told.page, change, told.page, field)),
    }
}

/// Something without effect; its own bytes are its key.
fn other(page: &str, node: &Node<'_>, lane: &str, name: &str) -> InboundEvent {
    InboundEvent {
        accounts: vec![page.to_owned()],
        key: format!("other:{page}:{name}:{}", node.digest()),
        lane: lane.to_owned(),
        fact: Fact::Other { name: name.chars().take(100).collect() },
    }
}
