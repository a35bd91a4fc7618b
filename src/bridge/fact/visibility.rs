//! Posts that a platform stops showing to everybody, and shows again.

use super::post::find;
use super::{Verdict, is_signed};
use crate::bridge::draft::Draft;
use crate::bridge::needs::post_key;
use crate::domain::event::EventType;
use crate::domain::inbound::PostShowing;
use crate::store::inbound::PendingFact;

/// It is noted on the post, which stays what it was: its author did nothing.
pub(super) fn shown(draft: &mut Draft<'_>, pending: &PendingFact, showing: &PostShowing) -> Verdict {
    if !is_signed(pending) {
        return Verdict::Done;
    }
    let external = post_key(pending, &showing.provider_id, draft.vault);
    let Some(known) = draft.world.known_posts.get(&external).cloned() else {
        return Verdict::Park(external.1);
    };
    let Some(mut post) = find(draft, &known) else { return Verdict::Done };
    if post.hidden_at.is_some() == showing.hidden {
        return Verdict::Done;
    }
    post.hidden_at = showing.hidden.then(|| showing.at.unwrap_or(draft.now));
    draft.moved_post(post, None);
    draft.tell_complaint(EventType::ComplaintUpdated, &known.complaint_id);
    Verdict::Done
}
