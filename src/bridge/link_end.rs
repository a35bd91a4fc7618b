//! What stops when a link ends or an identity is erased, in the same commit.

use super::draft::Draft;
use crate::domain::id::IdentityId;
use crate::domain::link::Link;

/// A link has ended. Nothing rests on links yet that would have to stop.
pub(super) fn link_ended(_draft: &mut Draft<'_>, _link: &Link) {}

/// An identity is about to be erased. Its links have ended by then; nothing else rests on an identity yet.
pub(super) fn identity_erased(_draft: &mut Draft<'_>, _identity: &IdentityId) {}
