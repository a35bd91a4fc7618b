//! A customer's private message.

use super::{Verdict, is_signed, opt_out};
use crate::bridge::draft::Draft;
use crate::bridge::needs::message_key;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::{ConversationId, IdentityId, MessageId};
use crate::domain::inbound::ReceivedMessage;
use crate::domain::keyword::{self, Keyword};
use crate::domain::message::{Direction, Message, MessageStatus};
use crate::store::inbound::PendingFact;
use crate::store::{Content, message};

/// What the whole text asks for; the provider's own mark counts before our reading.
pub(in crate::bridge) fn keyword_of(message: &ReceivedMessage) -> Option<Keyword> {
    message.mark.or_else(|| keyword::read(&message.text))
}

/// Finds or opens the conversation of its sender and adds it there.
pub(super) fn received(draft: &mut Draft<'_>, pending: &PendingFact, told: &ReceivedMessage) -> Verdict {
    let external = message_key(&pending.connection_id, &told.provider_id);
    if is_signed(pending) && !draft.world.externals.insert(external.clone()) {
        return Verdict::Done;
    }
    let owner = draft.identify(&pending.workspace_id, &told.from);
    let (talk, is_new) = draft.converse(&owner, &pending.connection_id, &told.channel);
    let now = draft.now;
    let reopened = draft.talk(&talk).receive(now);
    let message = compose(draft, &owner, &talk, told);
    let key = is_signed(pending).then_some(external.1);
    draft.write(message::insert(&message, &pending.workspace_id, key));
    if is_new {
        draft.tell_conversation(EventType::ConversationOpened, &talk);
    } else if reopened {
        draft.tell_conversation(EventType::ConversationUpdated, &talk);
    }
    draft.tell_message(EventType::MessageReceived, &message);
    obey(draft, pending, told, &owner);
    Verdict::Done
}

fn compose(
    draft: &mut Draft<'_>,
    owner: &IdentityId,
    talk: &ConversationId,
    told: &ReceivedMessage,
) -> Message {
    let now = draft.now;
    let body_id = draft.body(owner, Content::message(&told.text, &told.media));
    let talk = draft.talk(talk);
    Message {
        id: MessageId::new(now, &clock::chance()),
        conversation_id: talk.id.clone(),
        complaint_id: None,
        connection_id: talk.connection_id.clone(),
        identity_id: owner.clone(),
        number: talk.messages,
        direction: Direction::In,
        body_id,
        keyword: keyword_of(told),
        status: MessageStatus::Delivered,
        status_at: now,
        failure: None,
        agent: None,
        client_ref: None,
        segments: None,
        expires_at: None,
        created_at: now,
    }
}

/// STOP holds whoever sent it; START only when a signature vouches for it.
fn obey(draft: &mut Draft<'_>, pending: &PendingFact, told: &ReceivedMessage, owner: &IdentityId) {
    let source = if told.mark.is_some() { "provider" } else { "keyword" };
    let key = draft.known(owner).suppression_key.clone();
    let address = (pending.workspace_id.clone(), told.channel.clone(), key);
    match keyword_of(told) {
        Some(Keyword::Stop) => {
            draft.suppress(address, source);
            opt_out::cancel_sends(draft, owner, &told.channel);
        }
        Some(Keyword::Start) if is_signed(pending) => draft.lift(address),
        _ => {}
    }
}
