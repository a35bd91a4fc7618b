//! What each kind of fact changes: the one place where callbacks and the ends of our sends become state.

mod authorization;
mod echo;
mod keyword;
mod message;
mod opt_out;
mod outcome;
mod owner;
mod post;
mod privacy;
mod status;
mod task;
mod visibility;
mod watermark;

pub(super) use keyword::reading_of;
pub(super) use message::{Said, join};
pub(super) use opt_out::silence;
pub(super) use post::created as post_created;
pub(super) use status::progress;
pub(super) use task::{Opened, close as close_task, open as open_task};

use super::draft::Draft;
use super::needs::provider_id_key;
use crate::domain::inbound::{Fact, Trust};
use crate::store::inbound::{self, PARKED_FOR, PendingFact};

/// What became of one fact.
pub(super) enum Verdict {
    /// Decided.
    Done,
    /// It refers to something not yet stored under that key.
    Park([u8; 16]),
}

/// Decides one fact and marks it so.
pub(super) fn decide(draft: &mut Draft<'_>, pending: &PendingFact) {
    let verdict = match &pending.fact {
        Fact::MessageReceived(message) => self::message::received(draft, pending, message),
        Fact::MessageStatus(report) => status::reported(draft, pending, report),
        Fact::Watermark(report) => watermark::reached(draft, pending, report),
        Fact::PostCreated(one) => post::created(draft, pending, one),
        Fact::PostEdited(edit) => post::edited(draft, pending, edit),
        Fact::PostDeleted(removal) => post::deleted(draft, pending, removal),
        Fact::OptOut(signal) => opt_out::signalled(draft, pending, signal),
        Fact::SendOutcome(outcome) => outcome::ended(draft, pending, outcome),
        Fact::DeletionAsked(ask) => privacy::deletion_asked(draft, pending, ask),
        Fact::Deauthorized(ask) => privacy::deauthorized(draft, pending, ask),
        Fact::AuthorizationLost(loss) => authorization::lost(draft, pending, loss),
        Fact::PostShown(showing) => visibility::shown(draft, pending, showing),
        Fact::PostEchoed(echo) => echo::answered(draft, pending, echo),
        Fact::MessageEchoed(echo) => echo::wrote(draft, pending, echo),
        Fact::Referred(_) | Fact::Other { .. } => Verdict::Done,
    };
    draft.write(match verdict {
        Verdict::Done => inbound::done(pending.seq, owner::of(draft, pending).as_ref()),
        Verdict::Park(key) => inbound::park(pending.seq, key, pending.received_at + PARKED_FOR),
    });
}

/// Whether a signature vouches for the fact.
fn is_signed(pending: &PendingFact) -> bool {
    pending.trust == Trust::Signed
}
