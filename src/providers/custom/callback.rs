//! What comes in, one object or an array of them: `post.created` `{id, thread_id?, author, text, permalink?}`,
//! `post.edited` `{id, text}`, `post.deleted` `{id}`, `message.received` `{id?, from, text?, media?}`,
//! `message.status` `{id, status, message_id?, part?, to?, error?}`, `identity.opted_out|opted_in` `{id?, identity}`;
//! each with an optional `at` and `channel`. People are `{id, handle?, name?}`.

use serde_json::Value;

use super::super::{Quarantined, RawRequest};
use super::item::Item;
use super::send::failure;
use crate::domain::channel::Channel;
use crate::domain::id::MessageId;
use crate::domain::identity::{Namespace, Party, lane};
use crate::domain::inbound::{
    Fact, InboundEvent, OptOutSignal, PartRef, PostEdit, PostRemoval, PublicPost, ReceivedMessage,
    StatusReport,
};
use crate::domain::keyword::Keyword;
use crate::domain::message::MessageStatus;
use crate::domain::signature::sha256_hex;

type Read<T> = Result<T, Quarantined>;

/// The public medium where none is named.
pub(super) const PUBLIC: &str = "custom_post";

/// The facts of a body, each item for itself.
pub(super) fn read(namespace: &Namespace, raw: &RawRequest) -> Vec<Read<InboundEvent>> {
    let webhook_id = raw.header("webhook-id");
    match serde_json::from_slice(&raw.body) {
        Ok(Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Reader { namespace, webhook_id, index }.event(item, format!("/{index}")))
            .collect(),
        Ok(item) => vec![Reader { namespace, webhook_id, index: 0 }.event(&item, String::new())],
        Err(_) => vec![Err(Quarantined { at: String::new(), why: "is not JSON".into() })],
    }
}

/// The medium of a private message that names none.
pub(super) fn private_channel() -> Channel {
    Channel::named("custom_dm")
}

struct Reader<'a> {
    namespace: &'a Namespace,
    webhook_id: Option<&'a str>,
    index: usize,
}

impl Reader<'_> {
    fn event(&self, value: &Value, at: String) -> Read<InboundEvent> {
        let item = Item::of(value, at)?;
        let kind = item.need("type")?;
        match kind.as_str() {
            "post.created" => self.post_created(&item),
            "post.edited" => self.post_edited(&item),
            "post.deleted" => self.post_deleted(&item),
            "message.received" => self.message_received(&item),
            "message.status" => self.message_status(&item),
            "identity.opted_out" => self.opt_out(&item, Keyword::Stop),
            "identity.opted_in" => self.opt_out(&item, Keyword::Start),
            _ => self.other(&item, kind),
        }
    }

    fn post_created(&self, item: &Item<'_>) -> Read<InboundEvent> {
        let id = item.need("id")?;
        let author = item.need_party("author", self.namespace)?;
        Ok(event(
            format!("post.created:{id}"),
            self.lane(&author),
            Fact::PostCreated(PublicPost {
                language: None,
                thread_id: item.text("thread_id")?.unwrap_or_else(|| id.clone()),
                channel: item.channel(Channel::named(PUBLIC))?,
                author,
                text: item.need_text("text")?,
                permalink: item.text("permalink")?,
                at: item.time("at")?,
                provider_id: id,
            }),
        ))
    }

    fn post_edited(&self, item: &Item<'_>) -> Read<InboundEvent> {
        let (id, text, at) = (item.need("id")?, item.need_text("text")?, item.time("at")?);
        let version = at.map_or_else(|| sha256_hex(text.as_bytes()), |at| at.to_string());
        let lane = self.post_lane(item, &id)?;
        let fact = Fact::PostEdited(PostEdit { provider_id: id.clone(), text, at });
        Ok(event(format!("post.edited:{id}:{version}"), lane, fact))
    }

    fn post_deleted(&self, item: &Item<'_>) -> Read<InboundEvent> {
        let id = item.need("id")?;
        let lane = self.post_lane(item, &id)?;
        let fact = Fact::PostDeleted(PostRemoval { provider_id: id.clone(), at: item.time("at")? });
        Ok(event(format!("post.deleted:{id}"), lane, fact))
    }

    fn message_received(&self, item: &Item<'_>) -> Read<InboundEvent> {
        let id = self.id_or_place(item)?;
        let from = item.need_party("from", self.namespace)?;
        let media = item.media("media")?;
        let text = if media.is_empty() { item.need("text")? } else { item.text("text")?.unwrap_or_default() };
        Ok(event(
            format!("message.received:{id}"),
            self.lane(&from),
            Fact::MessageReceived(ReceivedMessage {
                reference: None,
                provider_id: id,
                channel: item.channel(private_channel())?,
                from,
                text,
                media,
                at: item.time("at")?,
                mark: None,
            }),
        ))
    }

    fn message_status(&self, item: &Item<'_>) -> Read<InboundEvent> {
        let id = item.need("id")?;
        let word = item.need("status")?;
        let status = match word.as_str() {
            "sent" => MessageStatus::Sent,
            "delivered" => MessageStatus::Delivered,
            "read" => MessageStatus::Read,
            "failed" => MessageStatus::Failed,
            _ => return Err(item.wrong("status", "is not sent, delivered, read or failed")),
        };
        let failure = (status == MessageStatus::Failed).then(|| failure(item)).transpose()?;
        let to = item.party("to", self.namespace)?;
        let report = StatusReport {
            provider_id: id.clone(),
            part: part_ref(item)?,
            status,
            failure,
            at: item.time("at")?,
        };
        let lane = to.map_or_else(|| id.clone(), |to| self.lane(&to));
        Ok(event(format!("message.status:{id}:{word}"), lane, Fact::MessageStatus(report)))
    }

    fn opt_out(&self, item: &Item<'_>, keyword: Keyword) -> Read<InboundEvent> {
        let who = item.need_party("identity", self.namespace)?;
        let id = self.id_or_place(item)?;
        let lane = self.lane(&who);
        let word = if keyword == Keyword::Stop { "opted_out" } else { "opted_in" };
        let fact = Fact::OptOut(OptOutSignal { who, channel: item.channel(private_channel())?, keyword });
        Ok(event(format!("identity.{word}:{id}"), lane, fact))
    }

    fn other(&self, item: &Item<'_>, name: String) -> Read<InboundEvent> {
        let id = self.id_or_place(item)?;
        Ok(event(format!("other:{name}:{id}"), id, Fact::Other { name }))
    }

    /// The item's id, else its place in a request whose own id is the same on every try.
    fn id_or_place(&self, item: &Item<'_>) -> Read<String> {
        match (item.text("id")?.filter(|id| !id.is_empty()), self.webhook_id) {
            (Some(id), _) => Ok(id),
            (None, Some(webhook_id)) => Ok(format!("{webhook_id}/{}", self.index)),
            (None, None) => Err(item.wrong("id", "is missing")),
        }
    }

    fn post_lane(&self, item: &Item<'_>, id: &str) -> Read<String> {
        if let Some(author) = item.party("author", self.namespace)? {
            return Ok(self.lane(&author));
        }
        Ok(item.text("thread_id")?.unwrap_or_else(|| id.to_owned()))
    }

    fn lane(&self, party: &Party) -> String {
        lane(self.namespace, &party.external_id)
    }
}

fn event(key: String, lane: String, fact: Fact) -> InboundEvent {
    InboundEvent { accounts: Vec::new(), key, lane, fact }
}

/// Our own reference, if they kept what `message.send` gave them.
fn part_ref(item: &Item<'_>) -> Read<Option<PartRef>> {
    let Some(text) = item.text("message_id")? else { return Ok(None) };
    let message_id = MessageId::parse(&text).map_err(|_| item.wrong("message_id", "is not an id msg_…"))?;
    Ok(Some(PartRef { message_id, part: item.count("part")?.unwrap_or(0) }))
}
