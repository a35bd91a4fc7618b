//! A private message of ours in the making: split, counted, queued and told of, whoever wrote it.

use std::ops::Range;

use super::Draft;
use crate::clock;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::VALIDITY;
use crate::domain::event::EventType;
use crate::domain::id::{ComplaintId, ConversationId, DeliveryId, MessageId};
use crate::domain::identity::lane;
use crate::domain::inbound::Media;
use crate::domain::lane::{Lane, slot};
use crate::domain::message::{Direction, Message, MessageStatus, Part};
use crate::domain::segments;
use crate::domain::split::split;
use crate::domain::texts::{Rendered, TextName};
use crate::domain::time::Timestamp;
use crate::providers::{self, Provider};
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::{Content, message};

/// What goes into a message of ours.
#[derive(Debug, Default)]
pub(in crate::bridge) struct Letter<'a> {
    pub(in crate::bridge) text: &'a str,
    /// What the desk sees instead of a text that holds a secret.
    pub(in crate::bridge) shown: Option<&'a str>,
    pub(in crate::bridge) media: &'a [Media],
    pub(in crate::bridge) complaint_id: Option<ComplaintId>,
    pub(in crate::bridge) agent: Option<&'a Agent>,
    pub(in crate::bridge) client_ref: Option<&'a str>,
    pub(in crate::bridge) automatic: Option<TextName>,
    /// The answer to an opt-out: sent although nothing else may be, ahead of what waits, and not after that time.
    pub(in crate::bridge) answers_opt_out: Option<Timestamp>,
}

impl<'a> Letter<'a> {
    /// A text of the service itself.
    pub(in crate::bridge) fn automatic(name: TextName, rendered: &'a Rendered) -> Self {
        let shown = (rendered.shown != rendered.text).then_some(rendered.shown.as_str());
        Self { text: &rendered.text, shown, automatic: Some(name), ..Self::default() }
    }
}

/// The piece of the text that each request to the provider carries; the first carries the attachments too, and nothing
/// else where the provider takes them alone.
pub(in crate::bridge) fn requests(
    provider: &dyn Provider,
    channel: &Channel,
    text: &str,
    media: &[Media],
) -> Vec<Range<usize>> {
    let mut pieces = split(text, provider.text_limit(channel));
    if provider.sends_media_alone(channel) && !media.is_empty() && !text.is_empty() {
        pieces.insert(0, 0..0);
    }
    pieces
}

impl Draft<'_> {
    /// Queues a message in a conversation whose connection can reach its customer.
    pub(in crate::bridge) fn send(&mut self, id: &ConversationId, letter: &Letter<'_>) -> Message {
        let now = self.now;
        let reopened = self.talk(id).send(now);
        let message = self.compose(id, letter);
        let talk = self.world.conversations[id].value.clone();
        self.write(message::insert(&message, &talk.workspace_id, None));
        for (at, range) in (0..).zip(self.requests(&talk, letter)) {
            let delivery = self.owe_part(&message, &talk, at, letter.answers_opt_out);
            let part = queued(&message, at, delivery, now);
            self.write(message::insert_part(&part, &talk.workspace_id, &talk.connection_id, &range));
        }
        if reopened {
            self.tell_conversation(EventType::ConversationUpdated, id);
        }
        self.tell_message(EventType::MessageQueued, &message);
        message
    }

    fn requests(&self, talk: &Conversation, letter: &Letter<'_>) -> Vec<Range<usize>> {
        let connection = self.world.connections.get(&talk.connection_id);
        match connection.and_then(|connection| providers::find(&connection.provider)) {
            Some(provider) => requests(provider, &talk.channel, letter.text, letter.media),
            None => split(letter.text, usize::MAX),
        }
    }

    fn compose(&mut self, id: &ConversationId, letter: &Letter<'_>) -> Message {
        let now = self.now;
        let owner = self.world.conversations[id].value.identity_id.clone();
        let content =
            Content { shown: letter.shown.map(str::to_owned), ..Content::message(letter.text, letter.media) };
        let body_id = self.body(&owner, content);
        let talk = self.talk(id);
        if letter.complaint_id.is_some() {
            talk.complaint_id.clone_from(&letter.complaint_id);
        }
        Message {
            id: MessageId::new(now, &clock::chance()),
            conversation_id: id.clone(),
            complaint_id: talk.complaint_id.clone(),
            connection_id: talk.connection_id.clone(),
            identity_id: owner,
            number: talk.messages,
            direction: Direction::Out,
            body_id,
            keyword: None,
            status: MessageStatus::Queued,
            status_at: now,
            failure: None,
            agent: letter.agent.cloned(),
            client_ref: letter.client_ref.map(str::to_owned),
            segments: (talk.channel == Channel::sms()).then(|| segments::count(letter.text)),
            expires_at: letter.answers_opt_out.or(Some(now + VALIDITY)),
            created_at: now,
            automatic: letter.automatic,
        }
    }

    /// Owes one request of a message to its provider.
    pub(in crate::bridge) fn owe_part(
        &mut self,
        message: &Message,
        talk: &Conversation,
        part: i64,
        answers_opt_out: Option<Timestamp>,
    ) -> DeliveryId {
        let owner = self.known(&talk.identity_id);
        let customer = lane(&owner.identity.namespace, &owner.external_id);
        let delivery = NewDelivery {
            id: DeliveryId::new(self.now, &clock::chance()),
            workspace_id: talk.workspace_id.clone(),
            lane: match answers_opt_out {
                Some(_) => Lane::of(&["ahead", message.id.as_str()]),
                None => Lane::of(&["provider", talk.id.as_str()]),
            },
            subject: talk.id.to_string(),
            destination: talk.connection_id.to_string(),
            slot: slot(&talk.workspace_id, &talk.connection_id, &customer),
            identity_id: Some(talk.identity_id.clone()),
            cargo: Cargo::Part {
                message_id: message.id.clone(),
                part,
                channel: talk.channel.clone(),
                suppression_key: if answers_opt_out.is_some() {
                    Vec::new()
                } else {
                    owner.suppression_key.clone()
                },
            },
            valid_until: answers_opt_out.or(Some(self.now + VALIDITY)),
        };
        let id = delivery.id.clone();
        self.owe(delivery);
        id
    }
}

fn queued(message: &Message, part: i64, delivery_id: DeliveryId, now: Timestamp) -> Part {
    Part {
        message_id: message.id.clone(),
        part,
        delivery_id,
        status: MessageStatus::Queued,
        status_at: now,
        provider_id: None,
        failure: None,
    }
}
