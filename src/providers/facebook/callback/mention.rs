//! The field `mention`: somebody names the Page elsewhere.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#mention>

use super::Told;
use super::feed::{Act, person};
use super::node::{Node, Read};
use crate::domain::inbound::InboundEvent;

/// Reads a value of the field `mention`; what it does not say is taken from what it holds.
pub(super) fn read(Told { page, at: told_at }: Told<'_>, value: &Node<'_>) -> Read<InboundEvent> {
    let sender = person(page, value, "sender_id", "sender_name");
    let from = || value.child("from").and_then(|from| person(page, &from, "id", "name"));
    let kind = if value.has("comment_id") { "comment" } else { "post" };
    Act {
        page,
        told_at,
        field: "mention",
        item: value.id("item").unwrap_or_else(|| kind.to_owned()),
        verb: value.id("verb").unwrap_or_else(|| "add".to_owned()),
        author: sender.or_else(from),
        value,
    }
    .read()
}
