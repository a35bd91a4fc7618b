//! Events of the X Activity API: one in each callback, in `data`.
//!
//! <https://docs.x.com/x-api/activity/introduction>

use super::node::{Node, Read, id};
use super::post::{Post, deletion, language, told};
use super::{dm, event, other, party, profile};
use crate::domain::identity::Profile;
use crate::domain::inbound::{Fact, InboundEvent};

/// The facts of a callback.
pub(super) fn read(top: &Node<'_>, data: &Node<'_>) -> Vec<Read<InboundEvent>> {
    let owner = data.child("filter").and_then(|filter| filter.id("user_id"));
    let owner = owner.as_deref();
    let kind = data.text("event_type").unwrap_or_default();
    let payload = match data.need_child("payload") {
        Ok(payload) => payload,
        Err(wrong) => return vec![Err(wrong)],
    };
    match kind.as_str() {
        "post.mention.create" | "post.reply.create" | "post.quote.create" | "post.create" => {
            told(post(top, data, &payload), owner)
        }
        "post.delete" => vec![removal(&payload, owner)],
        "dm.received" | "dm.sent" if payload.has(dm::LIST) => dm::read(&payload, owner),
        "dm.received" | "dm.sent" => vec![Err(payload.wrong(dm::LIST, "is missing"))],
        "oauth.revoke" => vec![revocation(&payload)],
        _ => vec![Ok(unknown(data, &payload, owner, &kind))],
    }
}

/// The brand took its grant back, by either product.
pub(super) fn revocation(payload: &Node<'_>) -> Read<InboundEvent> {
    let user_id = match payload.child("source") {
        Some(source) => source.need_id(&["user_id"])?,
        None => payload.need_id(&["user_id"])?,
    };
    let when = payload.text("date_time").unwrap_or_else(|| payload.digest());
    let lane = super::lane_of(&user_id);
    let fact = Fact::Other { name: "oauth.revoke".into() };
    Ok(event(Some(&user_id), format!("revoked:{user_id}:{when}"), lane, fact))
}

fn post(top: &Node<'_>, data: &Node<'_>, payload: &Node<'_>) -> Read<Post> {
    let id = payload.need_id(&["id"])?;
    let author_id = payload.need_id(&["author_id"])?;
    let long = payload.child("note_tweet").and_then(|note| note.text("text"));
    let text = long.or_else(|| payload.text("text")).ok_or_else(|| payload.wrong("text", "is missing"))?;
    let names = [data, payload, top].iter().find_map(|holder| names(holder, &author_id));
    Ok(Post {
        author: party(author_id, names.unwrap_or_default()),
        thread_id: payload.id("conversation_id"),
        answers: payload.id("in_reply_to_tweet_id").or_else(|| referenced(payload, "replied_to")),
        answered_user: payload.id("in_reply_to_user_id"),
        text,
        language: language(payload.text("lang")),
        at: payload.time(),
        first_id: first_id(payload, &id),
        is_repost: referenced(payload, "retweeted").is_some(),
        id,
    })
}

/// The id of the post it refers to in that way.
fn referenced(payload: &Node<'_>, kind: &str) -> Option<String> {
    let refers = |value, at| {
        let item = Node::of(value, at).ok()?;
        if item.text("type").as_deref() == Some(kind) { item.id("id") } else { None }
    };
    payload.list("referenced_tweets").find_map(|(value, at)| refers(value, at))
}

/// The first of several ids; a post that was never rewritten has one.
fn first_id(payload: &Node<'_>, own: &str) -> Option<String> {
    let (first, _) = payload.list("edit_history_tweet_ids").next()?;
    id(first).filter(|first| first != own)
}

/// The names of a user in `includes`, plain or wrapped in `data`.
fn names(holder: &Node<'_>, user_id: &str) -> Option<Profile> {
    holder.child("includes")?.list("users").find_map(|(value, at)| {
        let user = Node::of(value, at).ok()?;
        let user = user.child("data").unwrap_or(user);
        (user.id("id").as_deref() == Some(user_id)).then(|| profile(&user))
    })
}

fn removal(payload: &Node<'_>, owner: Option<&str>) -> Read<InboundEvent> {
    let id = payload.need_id(&["id"])?;
    Ok(deletion(owner, id, payload.id("author_id").as_deref(), payload.time()))
}

fn unknown(data: &Node<'_>, payload: &Node<'_>, owner: Option<&str>, kind: &str) -> InboundEvent {
    let id = data.text("event_uuid").or_else(|| payload.text("id"));
    let id = id.filter(|id| id.len() <= 100).unwrap_or_else(|| data.digest());
    let name = if kind.is_empty() { "unknown" } else { kind };
    other(owner, name, &id)
}
