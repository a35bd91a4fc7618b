//! What a callback of Twilio says: a message came in, or one of ours moved.
//!
//! <https://www.twilio.com/docs/messaging/guides/webhook-request>

use super::super::{Quarantined, RawRequest};
use super::errors;
use super::fields::{Fields, quarantined};
use crate::domain::channel::Channel;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::MessageId;
use crate::domain::identity::{Namespace, Party, Profile, is_e164, lane};
use crate::domain::inbound::{Fact, InboundEvent, Media, PartRef, ReceivedMessage, StatusReport};
use crate::domain::keyword::Keyword;
use crate::domain::message::MessageStatus;

/// The most attachments of one message.
pub(super) const MAX_MEDIA: usize = 10;

/// Reads the one fact of a callback.
pub(super) fn read(raw: &RawRequest) -> Result<InboundEvent, Quarantined> {
    let fields = Fields::read(raw)?;
    let sid = fields.need("MessageSid")?;
    match reported_status(&fields) {
        Some(word) => status_event(&fields, sid, word, part_ref(raw)),
        None if ["Body", "NumMedia"].iter().any(|name| fields.has(name)) => message_event(&fields, sid),
        None => Ok(other_event(sid, fields.get("EventType").unwrap_or("unknown"))),
    }
}

/// How far a send got by Twilio's word; `None` for a word we do not know.
pub(super) fn status(word: &str) -> Option<MessageStatus> {
    match word {
        "accepted" | "scheduled" | "queued" | "sending" => Some(MessageStatus::Queued),
        "sent" => Some(MessageStatus::Sent),
        "delivered" => Some(MessageStatus::Delivered),
        "read" => Some(MessageStatus::Read),
        "failed" | "undelivered" | "partially_delivered" | "canceled" => Some(MessageStatus::Failed),
        _ => None,
    }
}

/// The status word of a status callback. An inbound message has one too, but it only says that it was received.
fn reported_status(fields: &Fields) -> Option<&str> {
    let word = fields.get("MessageStatus").or_else(|| fields.get("SmsStatus"))?;
    (!matches!(word, "received" | "receiving")).then_some(word)
}

fn message_event(fields: &Fields, sid: &str) -> Result<InboundEvent, Quarantined> {
    let ours = fields.get("To").map_or("", bare);
    let theirs = Address::read(fields, "From", ours)?;
    let accounts = [(!ours.is_empty()).then_some(ours), fields.get("MessagingServiceSid")];
    Ok(InboundEvent {
        accounts: accounts.into_iter().flatten().map(str::to_owned).collect(),
        key: format!("message:{sid}"),
        lane: theirs.lane(),
        fact: Fact::MessageReceived(ReceivedMessage {
            reference: None,
            provider_id: sid.to_owned(),
            channel: theirs.channel,
            from: Party {
                namespace: theirs.namespace,
                external_id: theirs.id.to_owned(),
                profile: Profile { handle: None, name: fields.get("ProfileName").map(str::to_owned) },
            },
            text: fields.get("Body").unwrap_or_default().to_owned(),
            media: media(fields),
            at: None,
            mark: fields.get("OptOutType").and_then(mark),
        }),
    })
}

fn status_event(
    fields: &Fields,
    sid: &str,
    word: &str,
    part: Option<PartRef>,
) -> Result<InboundEvent, Quarantined> {
    let Some(status) = status(word) else { return Ok(other_event(sid, word)) };
    let ours = fields.get("From").map(bare);
    let theirs = Address::read(fields, "To", ours.unwrap_or_default())?;
    let failure = (status == MessageStatus::Failed).then(|| failure(fields, word));
    Ok(InboundEvent {
        accounts: [ours, fields.get("MessagingServiceSid")]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect(),
        key: format!("status:{sid}:{word}"),
        lane: theirs.lane(),
        fact: Fact::MessageStatus(StatusReport {
            provider_id: sid.to_owned(),
            part,
            status,
            failure,
            at: None,
        }),
    })
}

fn other_event(sid: &str, name: &str) -> InboundEvent {
    InboundEvent {
        accounts: Vec::new(),
        key: format!("other:{sid}:{name}"),
        lane: sid.to_owned(),
        fact: Fact::Other { name: name.to_owned() },
    }
}

fn failure(fields: &Fields, word: &str) -> Failure {
    match fields.get("ErrorCode") {
        Some(code) => errors::failure(code),
        None if word == "canceled" => Failure::new(FailureCode::Cancelled, "It was cancelled at Twilio."),
        None => Failure::new(FailureCode::Rejected, "Twilio did not deliver it and gave no reason."),
    }
}

fn media(fields: &Fields) -> Vec<Media> {
    let count = fields.get("NumMedia").and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    (0..count.min(MAX_MEDIA))
        .filter_map(|at| {
            let content_type = fields.get(&format!("MediaContentType{at}")).map(str::to_owned);
            Some(Media { url: fields.get(&format!("MediaUrl{at}"))?.to_owned(), content_type })
        })
        .collect()
}

/// The mark of Advanced Opt-Out: <https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>.
fn mark(word: &str) -> Option<Keyword> {
    match word {
        "STOP" => Some(Keyword::Stop),
        "START" => Some(Keyword::Start),
        "HELP" => Some(Keyword::Help),
        _ => None,
    }
}

/// Our own reference, which we put into the query of `StatusCallback`.
fn part_ref(raw: &RawRequest) -> Option<PartRef> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(raw.query().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let part = value("part")?.parse().ok().filter(|part| *part >= 0)?;
    Some(PartRef { message_id: MessageId::parse(&value("message")?).ok()?, part })
}

/// An address without the channel before it: `whatsapp:+1…` is `+1…`.
fn bare(address: &str) -> &str {
    address.split_once(':').map_or(address, |(_, id)| id)
}

/// A customer's address: a channel, the kind of id used there, and the id.
struct Address<'a> {
    channel: Channel,
    namespace: Namespace,
    id: &'a str,
}

impl<'a> Address<'a> {
    /// Reads `+1…` or `channel:id`; `ours` is the address they wrote to or heard from.
    fn read(fields: &'a Fields, name: &str, ours: &str) -> Result<Self, Quarantined> {
        let text = fields.need(name)?;
        let (channel, id) = text.split_once(':').unwrap_or(("sms", text));
        let namespace = match channel {
            "sms" if is_e164(id) => Namespace::phone(),
            // A short code or a name in letters: nobody's phone, so it must not link to one.
            "sms" => Namespace::named("sms_sender"),
            "messenger" => Namespace::named(&format!("messenger:{ours}")),
            other => Namespace::named(other),
        };
        let channel = Channel::parse(channel).map_err(|_| quarantined(name, "names no channel"))?;
        Ok(Self { channel, namespace, id })
    }

    /// The same for a message from them and for a status of a message to them.
    fn lane(&self) -> String {
        lane(&self.namespace, self.id)
    }
}
