//! What happens in Messenger: messages, buttons, links and reports.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events>

use super::node::{Node, Read, quarantined};
use super::{echo, other, private_channel, private_namespace};
use crate::domain::identity::{Party, Profile, lane};
use crate::domain::inbound::{Fact, InboundEvent, Media, ReceivedMessage, Referral, StatusReport, Watermark};
use crate::domain::message::MessageStatus;
use crate::domain::time::Timestamp;

/// The fields that every item has, which tell no kind.
const COMMON: &[&str] = &["sender", "recipient", "timestamp", "prior_message"];

/// The facts of one item.
pub(super) fn read(page: &str, node: &Node<'_>) -> Vec<Read<InboundEvent>> {
    let item = Item { page, node };
    if let Some(delivery) = node.child("delivery") {
        return item.deliveries(&delivery);
    }
    if let Some(read) = node.child("read") {
        return vec![item.watermark(&read, MessageStatus::Read)];
    }
    vec![match (node.child("message"), node.child("postback"), node.child("referral")) {
        (Some(message), ..) if message.is_set("is_deleted") => Ok(item.other("messenger.message_deleted")),
        (Some(message), ..) if message.is_set("is_echo") => echo::read(&item, &message),
        (Some(message), ..) => item.message(&message),
        (None, Some(postback), _) => item.postback(&postback),
        (None, None, Some(referral)) => item.referral(&referral),
        _ => Ok(item.other(&format!("messenger.{}", kind(node)))),
    }]
}

/// An item of a conversation that another app holds: recorded, never answered.
pub(super) fn standby(page: &str, node: &Node<'_>) -> InboundEvent {
    Item { page, node }.other(&format!("standby.{}", kind(node)))
}

/// What an item is about, by the name of the field that tells.
fn kind<'a>(node: &Node<'a>) -> &'a str {
    node.names().find(|name| !COMMON.contains(name)).unwrap_or("unknown")
}

/// An item of `messaging`.
pub(super) struct Item<'a> {
    page: &'a str,
    node: &'a Node<'a>,
}

impl Item<'_> {
    /// The customer: who sent it, or who got what the Page sent.
    pub(super) fn party(&self, side: &str) -> Read<Party> {
        let node = self.node.child(side);
        let node = node.ok_or_else(|| quarantined(&self.node.path(side), "is missing"))?;
        Ok(Party {
            namespace: private_namespace(self.page),
            external_id: node.need_id("id")?,
            profile: Profile::default(),
        })
    }

    /// An event in the lane of a customer.
    pub(super) fn event(&self, who: &Party, key: String, fact: Fact) -> InboundEvent {
        InboundEvent {
            accounts: vec![self.page.to_owned()],
            key,
            lane: lane(&who.namespace, &who.external_id),
            fact,
        }
    }

    fn message(&self, message: &Node<'_>) -> Read<InboundEvent> {
        let mid = message.need_id("mid")?;
        let from = self.party("sender")?;
        let by_link = message.child("referral").and_then(|referral| referral.id("ref"));
        let by_button = || message.child("quick_reply").and_then(|reply| reply.id("payload"));
        let fact = ReceivedMessage {
            text: message.words("text")?,
            media: media(message)?,
            reference: by_link.or_else(by_button),
            ..self.received(&mid, &from)
        };
        Ok(self.event(&from, format!("message:{mid}"), Fact::MessageReceived(fact)))
    }

    /// A button; what a link carried says more than the button it led to.
    fn postback(&self, postback: &Node<'_>) -> Read<InboundEvent> {
        let from = self.party("sender")?;
        let mid = match postback.id("mid") {
            Some(mid) => mid,
            None => format!("postback:{}:{}", from.external_id, self.node.need_id("timestamp")?),
        };
        let by_link = postback.child("referral").and_then(|referral| referral.id("ref"));
        let fact = ReceivedMessage {
            text: postback.words("title")?,
            reference: by_link.or_else(|| postback.id("payload")),
            ..self.received(&mid, &from)
        };
        Ok(self.event(&from, format!("message:{mid}"), Fact::MessageReceived(fact)))
    }

    fn received(&self, mid: &str, from: &Party) -> ReceivedMessage {
        ReceivedMessage {
            provider_id: mid.to_owned(),
            channel: private_channel(),
            from: from.clone(),
            text: String::new(),
            media: Vec::new(),
            reference: None,
            at: self.at(),
            mark: None,
        }
    }

    fn referral(&self, referral: &Node<'_>) -> Read<InboundEvent> {
        let Some(reference) = referral.id("ref") else { return Ok(self.other("messenger.referral")) };
        let who = self.party("sender")?;
        let when = self.node.id("timestamp").unwrap_or_default();
        let key = format!("referral:{}:{}:{when}:{reference}", self.page, who.external_id);
        let fact = Referral { who: who.clone(), channel: private_channel(), reference };
        Ok(self.event(&who, key, Fact::Referred(fact)))
    }

    /// Everything that was sent up to a moment got so far.
    fn watermark(&self, report: &Node<'_>, status: MessageStatus) -> Read<InboundEvent> {
        let who = self.party("sender")?;
        let Some(until) = report.millis("watermark") else {
            return Ok(self.other(&format!("messenger.{}", status.as_str())));
        };
        let (word, at) = (status.as_str(), until.millis());
        let key = format!("watermark:{}:{}:{word}:{at}", self.page, who.external_id);
        let fact = Fact::Watermark(Watermark { who: who.clone(), status, until });
        Ok(self.event(&who, key, fact))
    }

    /// One report for each message; a watermark alone names none.
    fn deliveries(&self, delivery: &Node<'_>) -> Vec<Read<InboundEvent>> {
        if !delivery.has("mids") {
            return vec![self.watermark(delivery, MessageStatus::Delivered)];
        }
        match (self.party("sender"), delivery.items("mids")) {
            (Ok(who), Ok(mids)) => mids.iter().map(|mid| Ok(self.delivered(&who, mid.as_id()?))).collect(),
            (Err(broken), _) | (_, Err(broken)) => vec![Err(broken)],
        }
    }

    fn delivered(&self, who: &Party, mid: String) -> InboundEvent {
        let key = format!("status:{mid}:delivered");
        let report = StatusReport {
            provider_id: mid,
            part: None,
            status: MessageStatus::Delivered,
            failure: None,
            at: self.at(),
        };
        self.event(who, key, Fact::MessageStatus(report))
    }

    /// When, by the platform's clock.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.node.millis("timestamp")
    }

    fn other(&self, name: &str) -> InboundEvent {
        let who = self.party("sender").ok().filter(|who| who.external_id != self.page);
        let who = who.or_else(|| self.party("recipient").ok());
        let lane = who.map_or_else(|| self.page.to_owned(), |who| lane(&who.namespace, &who.external_id));
        other(self.page, self.node, &lane, name)
    }
}

/// The attachments that lie somewhere; a place on the map does not.
pub(super) fn media(message: &Node<'_>) -> Read<Vec<Media>> {
    if !message.has("attachments") {
        return Ok(Vec::new());
    }
    let url = |item: &Node<'_>| {
        let payload = item.child("payload").and_then(|payload| payload.id("url"));
        payload.or_else(|| item.id("url"))
    };
    let items = message.items("attachments")?;
    Ok(items.iter().filter_map(url).map(|url| Media { url, content_type: None }).collect())
}
