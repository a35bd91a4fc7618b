//! Opting out and back in: the suppression, and the sends it takes back.

use super::{Verdict, is_signed, status};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::domain::channel::Channel;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::IdentityId;
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
                cancel_sends(draft, &owner, &signal.channel);
                handoff::opted_out(draft, &owner, &signal.channel, None);
            }
        }
        Keyword::Start if is_signed(pending) => draft.lift(address),
        Keyword::Start | Keyword::Help => {}
    }
    Verdict::Done
}

/// Takes back what is not yet on the wire.
pub(super) fn cancel_sends(draft: &mut Draft<'_>, owner: &IdentityId, channel: &Channel) {
    let Some(open) = draft.world.cancellable.remove(&(owner.clone(), channel.clone())) else { return };
    let failure = Failure::new(FailureCode::OptedOut, "The customer opted out before this message was sent.");
    for (delivery, part) in open {
        draft.write(delivery::cancel(&delivery, draft.now));
        let news = Progress { provider_id: None, status: MessageStatus::Failed, failure: Some(&failure) };
        status::progress(draft, &part, &news);
    }
}
