//! What the Page sent itself: a message of ours comes back with our reference, an agent's without.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-echoes>

use super::messaging::{Item, media};
use super::node::{Node, Read};
use super::{part_ref, private_channel};
use crate::domain::inbound::{Fact, InboundEvent, MessageEcho, StatusReport};
use crate::domain::message::MessageStatus;

/// The fact of an echo.
pub(super) fn read(item: &Item<'_>, message: &Node<'_>) -> Read<InboundEvent> {
    let mid = message.need_id("mid")?;
    let to = item.party("recipient")?;
    let ours = message.text("metadata").and_then(|word| part_ref(&word));
    let key = format!("echo:{mid}");
    let fact = match ours {
        Some(part) => Fact::MessageStatus(StatusReport {
            provider_id: mid,
            part: Some(part),
            status: MessageStatus::Sent,
            failure: None,
            at: item.at(),
        }),
        None => Fact::MessageEchoed(MessageEcho {
            provider_id: mid,
            channel: private_channel(),
            to: to.clone(),
            text: message.words("text")?,
            media: media(message)?,
            at: item.at(),
        }),
    };
    Ok(item.event(&to, key, fact))
}
