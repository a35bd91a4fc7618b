//! What the ends of our own sends mean for a handoff: the private reply that begins it, the text that confirms it.

use super::{Act, agree, happen, open_handoffs, say};
use crate::bridge::draft::Draft;
use crate::bridge::fact::{Said, join};
use crate::bridge::needs::message_key;
use crate::domain::complaint::Post;
use crate::domain::consent::Purpose;
use crate::domain::handoff::{Input, Path};
use crate::domain::id::{HandoffId, MessageId};
use crate::domain::inbound::SendResult;
use crate::domain::link::{Actor, Level, LinkMethod, LinkProof, Proof};
use crate::domain::message::{Direction, MessageStatus};
use crate::domain::texts::TextName;
use crate::store::inbound::PendingFact;
use crate::store::message;

/// The private reply was taken, or will never be. Whom it reached is the account, by the platform's own word.
pub(in crate::bridge) fn private_reply_ended(
    draft: &mut Draft<'_>,
    pending: &PendingFact,
    id: &HandoffId,
    result: &SendResult,
) {
    let Some(handoff) = draft.world.handoffs.get(id).map(|handoff| handoff.value.clone()) else { return };
    match result {
        SendResult::Accepted { provider_id, reached: Some(party), .. } => {
            let owner = draft.identify(&handoff.workspace_id, party);
            let text = handoff.body_id.as_ref().and_then(|body| draft.content(body)?.text.clone());
            let channel = draft.world.connections.get(&pending.connection_id).and_then(|connection| {
                let provider = crate::providers::find(&connection.provider)?;
                provider.private_channel(&connection.account, &party.namespace)
            });
            let (Some(text), Some(channel)) = (text, channel) else { return };
            let key = provider_id.as_ref().map(|sent| message_key(&pending.connection_id, sent));
            let said = Said {
                direction: Direction::Out,
                status: MessageStatus::Sent,
                channel: &channel,
                text: &text,
                media: &[],
                keyword: None,
                automatic: Some(TextName::PrivateReply),
            };
            let echoed = key.as_ref().and_then(|key| draft.world.externals.get(key)).cloned();
            let (talk, message) = match echoed {
                Some(message) => {
                    draft.write(message::mark_automatic(&message, TextName::PrivateReply));
                    (draft.converse(&owner, &pending.connection_id, &channel).0, message)
                }
                None => join(draft, &owner, key.map(|key| key.1), pending, &said),
            };
            draft.handoff(id).dm_conversation_id = Some(talk);
            let by = Actor::Service;
            let proof =
                Proof::new(LinkMethod::PrivateReply, Level::L3, vec![message.to_string()], by, draft.now);
            if owner != handoff.identity_id {
                draft.link(&LinkProof::new([handoff.identity_id.clone(), owner.clone()], proof));
            }
            if handoff.path == Path::P1 {
                let rendered = say::private_reply_words(draft, &handoff);
                let question = agree::Question {
                    asked: &owner,
                    purposes: &[Purpose::HandoffRelay],
                    notice: &rendered,
                    prompt: Some(&message),
                };
                say::keep_notice(draft, &handoff, TextName::PrivateReply, &rendered);
                agree::request(draft, id, &question);
            }
        }
        SendResult::Failed { .. } => {
            happen(draft, id, &Input::Undeliverable, &Act::default());
        }
        _ => {}
    }
}

/// The public invitation will not stand.
pub(in crate::bridge) fn invitation_failed(draft: &mut Draft<'_>, post: &Post) {
    for id in open_handoffs(draft, |handoff| {
        handoff.delivery_id.is_some() && handoff.delivery_id == post.delivery_id
    }) {
        happen(draft, &id, &Input::Undeliverable, &Act::default());
    }
}

/// How far a confirming text got.
pub(in crate::bridge) fn confirm_moved(draft: &mut Draft<'_>, message: &MessageId, status: MessageStatus) {
    let handoffs = draft.world.handoffs.values().map(|handoff| &handoff.value);
    let confirms = handoffs.filter(|handoff| handoff.confirm_message_id.as_ref() == Some(message));
    let Some(id) = confirms.map(|handoff| handoff.id.clone()).next() else { return };
    let input = match status {
        MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read => Input::Confirmed,
        MessageStatus::Failed => Input::ConfirmFailed,
        _ => return,
    };
    let act = Act { message_id: Some(message.clone()), ..Act::default() };
    happen(draft, &id, &input, &act);
}
