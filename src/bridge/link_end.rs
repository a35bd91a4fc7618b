//! What stops when a link ends or an identity is erased, in the same commit.

use super::draft::Draft;
use super::handoff::{Act, happen, open_handoffs};
use crate::domain::handoff::{Handoff, Input};
use crate::domain::id::IdentityId;
use crate::domain::link::Link;

/// A link has ended: whatever goes over it stops.
pub(super) fn link_ended(draft: &mut Draft<'_>, link: &Link) {
    stop(draft, &Input::Unlinked, |handoff| handoff.link_id.as_ref() == Some(&link.id));
}

/// An identity is about to be erased: what it was a side of is over.
pub(super) fn identity_erased(draft: &mut Draft<'_>, identity: &IdentityId) {
    stop(draft, &Input::Cancelled, |handoff| {
        handoff.identity_id == *identity || handoff.target_id.as_ref() == Some(identity)
    });
}

fn stop(draft: &mut Draft<'_>, input: &Input, fits: impl Fn(&Handoff) -> bool) {
    for id in open_handoffs(draft, fits) {
        happen(draft, &id, input, &Act::default());
    }
}
