//! Private messages: a customer's, and how any that stands at the provider joins its conversation.

use super::{Verdict, is_signed, keyword};
use crate::bridge::draft::Draft;
use crate::bridge::handoff::{self, Heard};
use crate::bridge::needs::message_key;
use crate::clock;
use crate::domain::channel::Channel;
use crate::domain::event::EventType;
use crate::domain::id::{ConversationId, IdentityId, MessageId};
use crate::domain::inbound::{Media, ReceivedMessage};
use crate::domain::keyword::{Keyword, Reading};
use crate::domain::message::{Direction, Message, MessageStatus};
use crate::domain::texts::TextName;
use crate::store::inbound::PendingFact;
use crate::store::{Content, message};

/// Finds or opens the conversation of its sender and adds it there.
pub(super) fn received(draft: &mut Draft<'_>, pending: &PendingFact, told: &ReceivedMessage) -> Verdict {
    let external = message_key(&pending.connection_id, &told.provider_id);
    if is_signed(pending) && draft.world.externals.contains_key(&external) {
        return Verdict::Done;
    }
    let owner = draft.identify(&pending.workspace_id, &told.from);
    if is_signed(pending) {
        handoff::turn_to_case(draft, &owner, &pending.connection_id, &told.text);
    }
    let reading = keyword::reading_of(told);
    let said = Said {
        direction: Direction::In,
        status: MessageStatus::Delivered,
        channel: &told.channel,
        text: &told.text,
        media: &told.media,
        keyword: reading.and_then(Reading::keyword),
        automatic: None,
    };
    let (talk, message_id) = join(draft, &owner, is_signed(pending).then_some(external.1), pending, &said);
    let said = keyword::Said { pending, told, reading, owner: &owner, talk: &talk, message_id: &message_id };
    let is_command = keyword::obey(draft, &said);
    if is_signed(pending) && !is_command {
        let heard = Heard {
            owner: &owner,
            talk: &talk,
            message_id: &message_id,
            text: &told.text,
            is_button: told.reference.is_some(),
        };
        handoff::heard(draft, &heard);
    }
    Verdict::Done
}

/// A private message that stands at the provider already.
pub(in crate::bridge) struct Said<'a> {
    pub(in crate::bridge) direction: Direction,
    pub(in crate::bridge) status: MessageStatus,
    pub(in crate::bridge) channel: &'a Channel,
    pub(in crate::bridge) text: &'a str,
    pub(in crate::bridge) media: &'a [Media],
    pub(in crate::bridge) keyword: Option<Keyword>,
    /// Which text of ours it is.
    pub(in crate::bridge) automatic: Option<TextName>,
}

/// Adds a message to the conversation of its customer, found or opened, and tells of both.
pub(in crate::bridge) fn join(
    draft: &mut Draft<'_>,
    owner: &IdentityId,
    external_key: Option<[u8; 16]>,
    pending: &PendingFact,
    said: &Said<'_>,
) -> (ConversationId, MessageId) {
    let (talk, is_new) = draft.converse(owner, &pending.connection_id, said.channel);
    let now = draft.now;
    let (reopened, kind) = match said.direction {
        Direction::In => (draft.talk(&talk).receive(now), EventType::MessageReceived),
        Direction::Out => (draft.talk(&talk).send(now), EventType::MessageSent),
    };
    let message = compose(draft, owner, &talk, said);
    if let Some(key) = external_key {
        draft.world.externals.insert((pending.connection_id.clone(), key), message.id.clone());
    }
    draft.write(message::insert(&message, &pending.workspace_id, external_key));
    if is_new {
        draft.tell_conversation(EventType::ConversationOpened, &talk);
    } else if reopened {
        draft.tell_conversation(EventType::ConversationUpdated, &talk);
    }
    draft.tell_message(kind, &message);
    (talk, message.id)
}

fn compose(draft: &mut Draft<'_>, owner: &IdentityId, talk: &ConversationId, said: &Said<'_>) -> Message {
    let now = draft.now;
    let body_id = draft.body(owner, Content::message(said.text, said.media));
    let talk = draft.talk(talk);
    Message {
        id: MessageId::new(now, &clock::chance()),
        conversation_id: talk.id.clone(),
        complaint_id: talk.complaint_id.clone(),
        connection_id: talk.connection_id.clone(),
        identity_id: owner.clone(),
        number: talk.messages,
        direction: said.direction,
        body_id,
        keyword: said.keyword,
        status: said.status,
        status_at: now,
        failure: None,
        agent: None,
        client_ref: None,
        segments: None,
        expires_at: None,
        created_at: now,
        automatic: said.automatic,
    }
}
