//! Events of the Account Activity API: lists named after what happened, for one of our users.
//!
//! <https://docs.x.com/x-api/account-activity/introduction>

use serde_json::Value;

use super::node::{Node, Read, id};
use super::post::{Post, deletion, language, told};
use super::{dm, other, party, profile, xaa};
use crate::domain::inbound::InboundEvent;

/// The facts of a callback.
pub(super) fn read(top: &Node<'_>) -> Vec<Read<InboundEvent>> {
    if let Some(revoke) = top.child("user_event").and_then(|event| event.child("revoke")) {
        return vec![xaa::revocation(&revoke)];
    }
    let owner = top.id("for_user_id");
    let owner = owner.as_deref();
    let lists = top.fields().filter(|(name, _)| name.ends_with("_event") || name.ends_with("_events"));
    let facts: Vec<_> = lists.flat_map(|(name, value)| list(top, owner, name, value)).collect();
    if facts.is_empty() && owner.is_none() {
        return vec![Err(top.wrong("data", "is missing, and so are for_user_id and any events"))];
    }
    facts
}

fn list(top: &Node<'_>, owner: Option<&str>, name: &str, value: &Value) -> Vec<Read<InboundEvent>> {
    if dm::is_list(name, value) {
        return dm::read(top, owner);
    }
    let one = |(value, at): (&Value, String)| match Node::of(value, at) {
        Ok(item) => read_item(&item, owner, name),
        Err(wrong) => vec![Err(wrong)],
    };
    if value.is_array() {
        return top.list(name).flat_map(one).collect();
    }
    one((value, format!("/{name}")))
}

fn read_item(item: &Node<'_>, owner: Option<&str>, name: &str) -> Vec<Read<InboundEvent>> {
    match name {
        "tweet_create_events" => told(post(item), owner),
        "tweet_delete_events" => vec![removal(item, owner)],
        _ => vec![Ok(other(owner, name, &item.id("id").unwrap_or_else(|| item.digest())))],
    }
}

fn post(item: &Node<'_>) -> Read<Post> {
    let id = item.need_id(&["id_str", "id"])?;
    let user = item.need_child("user")?;
    let author = party(user.need_id(&["id_str", "id"])?, profile(&user));
    let long = item.child("extended_tweet").and_then(|long| long.text("full_text"));
    let text = long.or_else(|| item.text("full_text")).or_else(|| item.text("text"));
    Ok(Post {
        author,
        thread_id: item.id("conversation_id_str").or_else(|| item.id("conversation_id")),
        answers: item.id("in_reply_to_status_id_str"),
        answered_user: item.id("in_reply_to_user_id_str"),
        text: text.ok_or_else(|| item.wrong("text", "is missing"))?,
        language: language(item.text("lang")),
        at: item.time(),
        first_id: first_id(item, &id),
        is_repost: item.child("retweeted_status").is_some(),
        id,
    })
}

fn first_id(item: &Node<'_>, own: &str) -> Option<String> {
    let of = |holder: &Node<'_>, name| holder.list(name).next().and_then(|(first, _)| id(first));
    let first = match item.child("edit_history") {
        Some(history) => history.id("initial_tweet_id").or_else(|| of(&history, "edit_tweet_ids")),
        None => of(item, "edit_history_tweet_ids"),
    };
    first.filter(|first| first != own)
}

fn removal(item: &Node<'_>, owner: Option<&str>) -> Read<InboundEvent> {
    let status = item.need_child("status")?;
    let id = status.need_id(&["id", "id_str"])?;
    let author = status.id("user_id").or_else(|| status.id("user_id_str"));
    Ok(deletion(owner, id, author.as_deref(), item.time()))
}
