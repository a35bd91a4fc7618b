//! Reports that tell of everything up to a moment at once, without naming a message.

use super::{Verdict, is_signed, progress};
use crate::bridge::draft::Draft;
use crate::bridge::needs::watermark_key;
use crate::domain::id::{ConversationId, MessageId};
use crate::domain::inbound::{PartRef, Watermark};
use crate::domain::message::{Direction, Message, MessageStatus, Progress};
use crate::domain::time::Timestamp;
use crate::store::inbound::PendingFact;

/// What had been sent by then got so far. What is on the wire may have: it is looked at again when its end is known.
pub(super) fn reached(draft: &mut Draft<'_>, pending: &PendingFact, report: &Watermark) -> Verdict {
    let who = &report.who;
    let blind = draft.vault.blind(&pending.workspace_id, &who.namespace, &who.external_id);
    let owner = draft.world.by_blind.get(&blind[..]).filter(|_| is_signed(pending)).cloned();
    let talk =
        owner.and_then(|owner| draft.world.talks.get(&(owner, pending.connection_id.clone())).cloned());
    let Some(talk) = talk else { return Verdict::Done };
    let mut is_open = false;
    for id in sent_by(draft, &talk, report.until) {
        for part in draft.world.parts.get(&id).cloned().unwrap_or_default() {
            match part.status {
                MessageStatus::Sending | MessageStatus::Unknown => is_open = true,
                MessageStatus::Sent | MessageStatus::Delivered => {
                    let at = PartRef { message_id: id.clone(), part: part.part };
                    progress(
                        draft,
                        &at,
                        &Progress { provider_id: None, status: report.status, failure: None },
                    );
                }
                _ => {}
            }
        }
    }
    if is_open { Verdict::Park(watermark_key(&talk)) } else { Verdict::Done }
}

/// The messages of ours that were written until then, oldest first.
fn sent_by(draft: &Draft<'_>, talk: &ConversationId, until: Timestamp) -> Vec<MessageId> {
    let is_meant = |message: &&Message| {
        message.conversation_id == *talk && message.direction == Direction::Out && message.created_at <= until
    };
    let mut messages: Vec<&Message> = draft.world.messages.values().filter(is_meant).collect();
    messages.sort_by_key(|message| message.number);
    messages.into_iter().map(|message| message.id.clone()).collect()
}
