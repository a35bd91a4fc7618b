//! How far a message of ours got: a lattice, whatever order the reports come in.

use super::{Verdict, is_signed, opt_out, provider_id_key, task};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::bridge::needs::watermark_key;
use crate::domain::event::EventType;
use crate::domain::failure::FailureCode;
use crate::domain::id::MessageId;
use crate::domain::inbound::{PartRef, StatusReport};
use crate::domain::message::{Message, MessageStatus, Part, Progress};
use crate::domain::texts::TextName;
use crate::store::delivery;
use crate::store::inbound::{self, PendingFact};

/// A status callback. It must belong to the message's own connection.
pub(super) fn reported(draft: &mut Draft<'_>, pending: &PendingFact, report: &StatusReport) -> Verdict {
    if !is_signed(pending) {
        return Verdict::Done;
    }
    let by_id = (pending.connection_id.clone(), report.provider_id.clone());
    let Some(part) = report.part.clone().or_else(|| draft.world.provider_ids.get(&by_id).cloned()) else {
        return Verdict::Park(provider_id_key(&pending.connection_id, &report.provider_id));
    };
    let ours = draft.world.messages.get(&part.message_id);
    if ours.is_none_or(|message| message.connection_id != pending.connection_id) {
        return Verdict::Done;
    }
    let news = Progress {
        provider_id: Some(&report.provider_id),
        status: taken(report.status),
        failure: report.failure.as_ref(),
    };
    progress(draft, &part, &news);
    if report.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::OptedOut) {
        suppress_recipient(draft, &part.message_id);
    }
    Verdict::Done
}

/// A refusal because of an opt-out counts as one.
pub(super) fn suppress_recipient(draft: &mut Draft<'_>, message: &MessageId) {
    let Some(message) = draft.world.messages.get(message) else { return };
    let Some(talk) = draft.world.conversations.get(&message.conversation_id) else { return };
    let (owner, channel) = (message.identity_id.clone(), talk.value.channel.clone());
    opt_out::silence(draft, &owner, &channel, ("provider", None));
}

/// A provider that reports on a message or takes it has it: what it calls queued is sent to us.
pub(super) fn taken(status: MessageStatus) -> MessageStatus {
    status.max(MessageStatus::Sent)
}

/// Brings a part, its message, its delivery and its task forward.
pub(in crate::bridge) fn progress(draft: &mut Draft<'_>, at: &PartRef, news: &Progress<'_>) {
    let now = draft.now;
    let Some(parts) = draft.world.parts.get_mut(&at.message_id) else { return };
    let Some(part) = parts.iter_mut().find(|part| part.part == at.part) else { return };
    let (knew_id, was_unknown) = (part.provider_id.is_some(), part.status == MessageStatus::Unknown);
    if !part.report(news, now) {
        return;
    }
    let part = part.clone();
    let parts = parts.clone();
    draft.moved_part(&part);
    if !knew_id {
        release_waiting(draft, &part);
    }
    if part.status > MessageStatus::Unknown {
        settle(draft, &part);
        if was_unknown {
            free(draft, &part);
        }
    }
    follow(draft, &at.message_id, &parts);
}

/// Reports on this provider id may have come before we knew it, by its name or by a watermark; others, and its echo, may
/// be decided with it.
fn release_waiting(draft: &mut Draft<'_>, part: &Part) {
    let Some(message) = draft.world.messages.get(&part.message_id) else { return };
    if let Some(provider_id) = &part.provider_id {
        let connection = message.connection_id.clone();
        let keys = [provider_id_key(&connection, provider_id), watermark_key(&message.conversation_id)];
        keys.into_iter().for_each(|key| draft.write(inbound::unpark(key)));
        let of = PartRef { message_id: part.message_id.clone(), part: part.part };
        draft.world.provider_ids.insert((connection, provider_id.clone()), of);
    }
}

/// What waits for the end of a send, wherever it is known already: a report may come before anybody notices that the end
/// was not seen.
pub(super) fn free_known(draft: &mut Draft<'_>, at: &PartRef) {
    let parts = draft.world.parts.get(&at.message_id);
    let part = parts.and_then(|parts| parts.iter().find(|part| part.part == at.part)).cloned();
    if let Some(part) = part.filter(|part| part.status > MessageStatus::Unknown) {
        settle(draft, &part);
        free(draft, &part);
    }
}

fn free(draft: &mut Draft<'_>, part: &Part) {
    draft.write(delivery::free_lane(&part.delivery_id, draft.now));
}

/// A send whose end nobody saw is known now.
fn settle(draft: &mut Draft<'_>, part: &Part) {
    let outcome = if part.status == MessageStatus::Failed { "refused" } else { "accepted" };
    draft.write(delivery::settle_unknown(&part.delivery_id, outcome, draft.now));
}

fn follow(draft: &mut Draft<'_>, id: &MessageId, parts: &[Part]) {
    let now = draft.now;
    let Some(message) = draft.world.messages.get_mut(id) else { return };
    if !message.follow(parts, now) {
        return;
    }
    let message = message.clone();
    draft.moved_message(id);
    if message.status > MessageStatus::Unknown {
        task::close(draft, id.as_str(), message.status.as_str());
    }
    if let Some(kind) = event_of(message.status).filter(|_| !is_moot(&message)) {
        draft.tell_message(kind, &message);
    }
    handoff::confirm_moved(draft, id, message.status);
}

/// The provider had stopped sending there before we could say that we have: nobody needs to hear of that.
fn is_moot(message: &Message) -> bool {
    let answers_opt_out = matches!(message.automatic, Some(TextName::Stopped | TextName::StopUnclear));
    answers_opt_out && message.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::OptedOut)
}

const fn event_of(status: MessageStatus) -> Option<EventType> {
    match status {
        MessageStatus::Queued | MessageStatus::Sending => None,
        MessageStatus::Unknown => Some(EventType::MessageUnknown),
        MessageStatus::Sent => Some(EventType::MessageSent),
        MessageStatus::Delivered => Some(EventType::MessageDelivered),
        MessageStatus::Read => Some(EventType::MessageRead),
        MessageStatus::Failed => Some(EventType::MessageFailed),
    }
}
