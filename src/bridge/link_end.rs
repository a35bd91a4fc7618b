//! What stops when a link ends, in the same commit.

use super::draft::Draft;
use crate::domain::link::Link;

/// A link has ended. Nothing rests on links yet that would have to stop.
pub(super) fn link_ended(_draft: &mut Draft<'_>, _link: &Link) {}
