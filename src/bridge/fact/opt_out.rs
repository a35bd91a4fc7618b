//! Opting out and back in: the suppression, and the sends it takes back.

use super::{Verdict, is_signed, status};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::domain::channel::Channel;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{IdentityId, MessageId};
use crate::domain::inbound::OptOutSignal;
use crate::domain::keyword::Keyword;
use crate::domain::message::{MessageStatus, Progress};
use crate::store::delivery;
use crate::store::inbound::PendingFact;

/// A signal of the platform, without a text.
pub(super) fn signalled(draft: &mut Draft<'_>, pending: &PendingFact, signal: &OptOutSignal) -> Verdict {
    let (workspace, who) = (&pending.workspace_id, &signal.who);
    let key = draft.vault.suppression_key(workspace, &who.namespace, &who.external_id);
    let address = (workspace.clone(), signal.channel.clone(), key.to_vec());
    match signal.keyword {
        Keyword::Stop => {
            draft.suppress(address, "provider");
            let blind = draft.vault.blind(workspace, &who.namespace, &who.external_id);
            if let Some(owner) = draft.world.by_blind.get(&blind[..]).cloned() {
                silence(draft, &owner, &signal.channel, ("provider", None));
            }
        }
        Keyword::Start if is_signed(pending) => draft.lift(address),
        Keyword::Start | Keyword::Help => {}
    }
    Verdict::Done
}

/// Nothing more is sent to somebody on a channel, whatever was on its way, and what they agreed to there is over.
pub(in crate::bridge) fn silence(
    draft: &mut Draft<'_>,
    owner: &IdentityId,
    channel: &Channel,
    (source, message_id): (&'static str, Option<MessageId>),
) {
    let known = draft.known(owner);
    if known.suppression_key.is_empty() {
        return; // Erased: whatever was suppressed before is still so, and nothing more can be told apart.
    }
    let address = (known.identity.workspace_id.clone(), channel.clone(), known.suppression_key.clone());
    draft.suppress(address, source);
    cancel_sends(draft, owner, channel);
    handoff::opted_out(draft, owner, channel, message_id);
}

/// Takes back what is not yet on the wire.
fn cancel_sends(draft: &mut Draft<'_>, owner: &IdentityId, channel: &Channel) {
    let Some(open) = draft.world.cancellable.remove(&(owner.clone(), channel.clone())) else { return };
    let failure = Failure::new(FailureCode::OptedOut, "The customer opted out before this message was sent.");
    for (delivery, part) in open {
        draft.write(delivery::cancel(&delivery, draft.now));
        let news = Progress { provider_id: None, status: MessageStatus::Failed, failure: Some(&failure) };
        status::progress(draft, &part, &news);
    }
}
