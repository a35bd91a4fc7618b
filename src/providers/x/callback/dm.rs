//! Private messages: both products write them the same way.

use serde_json::Value;

use super::super::dm_channel;
use super::node::{Node, Read};
use super::{event, lane_of, other, party, profile};
use crate::domain::identity::{Party, Profile};
use crate::domain::inbound::{Fact, InboundEvent, Media, MessageEcho, ReceivedMessage};

/// The list that holds them.
pub(super) const LIST: &str = "direct_message_events";

/// The facts of the list beside the users it names.
pub(super) fn read(holder: &Node<'_>, owner: Option<&str>) -> Vec<Read<InboundEvent>> {
    let users = holder.child("users");
    holder.list(LIST).map(|(value, at)| one(&Node::of(value, at)?, owner, users.as_ref())).collect()
}

fn one(item: &Node<'_>, owner: Option<&str>, users: Option<&Node<'_>>) -> Read<InboundEvent> {
    let id = item.need_id(&["id"])?;
    let kind = item.text("type").unwrap_or_else(|| "message_create".into());
    if kind != "message_create" {
        return Ok(other(owner, &kind, &id));
    }
    let create = item.need_child("message_create")?;
    let data = create.need_child("message_data")?;
    let sender = create.need_id(&["sender_id"])?;
    let is_ours = owner == Some(sender.as_str());
    let them = if is_ours { create.need_child("target")?.need_id(&["recipient_id"])? } else { sender };
    let lane = lane_of(&them);
    let them = someone(them, users);
    let (text, media, at) = (data.text("text").unwrap_or_default(), media(&data), item.time());
    let key = format!("dm:{id}");
    let (provider_id, channel) = (id, dm_channel());
    let fact = if is_ours {
        Fact::MessageEchoed(MessageEcho { provider_id, channel, to: them, text, media, at })
    } else {
        let reference = data.child("quick_reply_response").and_then(|reply| reply.text("metadata"));
        let from = them;
        let mark = None;
        Fact::MessageReceived(ReceivedMessage {
            provider_id,
            channel,
            from,
            text,
            media,
            reference,
            at,
            mark,
        })
    };
    Ok(event(owner, key, lane, fact))
}

/// Somebody with the names the users beside the messages give them, plain or wrapped in `data`.
fn someone(id: String, users: Option<&Node<'_>>) -> Party {
    let user = users.and_then(|users| users.child(&id));
    let names = user.map_or_else(Profile::default, |user| profile(&user.child("data").unwrap_or(user)));
    party(id, names)
}

fn media(data: &Node<'_>) -> Vec<Media> {
    let file = data.child("attachment").and_then(|attachment| attachment.child("media"));
    let url = file.and_then(|file| file.text("media_url_https").or_else(|| file.text("media_url")));
    url.map(|url| Media { url, content_type: None }).into_iter().collect()
}

/// Whether a value is a list of private messages.
pub(super) fn is_list(name: &str, value: &Value) -> bool {
    name == LIST && value.is_array()
}
