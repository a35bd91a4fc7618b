//! The brand's public answers as the platform repeats them: ours come back, others' are learned.

use super::post::{find, reply_ended};
use super::{Verdict, is_signed};
use crate::bridge::draft::Draft;
use crate::bridge::needs::post_key;
use crate::clock;
use crate::domain::complaint::{Author, Post};
use crate::domain::event::EventType;
use crate::domain::id::PostId;
use crate::domain::inbound::{PostEcho, SendResult};
use crate::domain::message::MessageStatus;
use crate::store::inbound::PendingFact;
use crate::store::{Content, KnownPost, complaint};

/// An answer by our account stands in the thread: it is the one we are sending, or one made elsewhere.
pub(super) fn answered(draft: &mut Draft<'_>, pending: &PendingFact, echo: &PostEcho) -> Verdict {
    let external = post_key(pending, &echo.provider_id, draft.vault);
    if !is_signed(pending) || draft.world.known_posts.contains_key(&external) {
        return Verdict::Done;
    }
    let answered = post_key(pending, &echo.answers, draft.vault);
    let Some(known) = draft.world.known_posts.get(&answered).cloned() else {
        return Verdict::Park(answered.1);
    };
    match under_way(draft, &known, &echo.text) {
        Some(ours) => {
            let status = MessageStatus::Sent;
            let result = SendResult::Accepted { provider_id: Some(echo.provider_id.clone()), status };
            reply_ended(draft, pending, &ours, &result);
        }
        None => learn(draft, pending, &known, echo),
    }
    Verdict::Done
}

/// The reply of ours that has these words and whose sending nobody has confirmed yet.
fn under_way(draft: &Draft<'_>, known: &KnownPost, text: &str) -> Option<KnownPost> {
    let open = |post: &&Post| {
        post.by == Author::Brand && post.status.is_some_and(|status| status < MessageStatus::Sent)
    };
    let says = |post: &&Post| {
        let content = draft.content(&post.body_id);
        content.and_then(|content| content.text.as_deref()).map(str::trim) == Some(text.trim())
    };
    let ours = draft.posts(&known.complaint_id).iter().filter(open).find(says)?;
    Some(KnownPost { complaint_id: known.complaint_id.clone(), post_id: ours.id.clone() })
}

/// A colleague answered in the platform's own app.
fn learn(draft: &mut Draft<'_>, pending: &PendingFact, known: &KnownPost, echo: &PostEcho) {
    let Some(answered) = find(draft, known) else { return };
    let content = Content {
        text: Some(echo.text.clone()),
        post_id: Some(echo.provider_id.clone()),
        ..Content::default()
    };
    let at = echo.at.unwrap_or(pending.received_at);
    let post = Post {
        id: PostId::new(draft.now, &clock::chance()),
        by: Author::Brand,
        body_id: draft.body(&answered.identity_id, content),
        agent: None,
        status: Some(MessageStatus::Sent),
        failure: None,
        delivery_id: None,
        at,
        edited_at: None,
        deleted_at: None,
        ..answered
    };
    let external = post_key(pending, &echo.provider_id, draft.vault);
    draft.write(complaint::insert_post(&post, &pending.workspace_id, Some(external.1), draft.now));
    let here = KnownPost { complaint_id: known.complaint_id.clone(), post_id: post.id.clone() };
    draft.world.known_posts.insert(external, here);
    draft.world.posts.entry(known.complaint_id.clone()).or_default().push(post.clone());
    draft.complaint(&known.complaint_id).answered(at);
    draft.tell_reply(EventType::ReplySent, &post);
}
