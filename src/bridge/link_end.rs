//! What stops when a link ends, in the same commit.

use super::draft::Draft;
use super::handoff::{Act, happen, open_handoffs};
use crate::domain::handoff::Input;
use crate::domain::link::Link;

/// A link has ended: whatever goes over it stops.
pub(super) fn link_ended(draft: &mut Draft<'_>, link: &Link) {
    for id in open_handoffs(draft, |handoff| handoff.link_id.as_ref() == Some(&link.id)) {
        happen(draft, &id, &Input::Unlinked, &Act::default());
    }
}
