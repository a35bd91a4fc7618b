//! What the brand wrote, as the platform repeats it: what we sent comes back, what was written elsewhere is learned.

use super::message::{Said, join};
use super::post::{add, find, reply_ended};
use super::{Verdict, is_signed, progress};
use crate::bridge::draft::Draft;
use crate::bridge::needs::{message_key, post_key};
use crate::clock;
use crate::domain::complaint::{Author, Post};
use crate::domain::event::EventType;
use crate::domain::id::{IdentityId, PostId};
use crate::domain::inbound::{MessageEcho, PartRef, PostEcho, SendResult};
use crate::domain::message::{Direction, Message, MessageStatus, Part, Progress};
use crate::store::inbound::PendingFact;
use crate::store::{Content, KnownPost};

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
            let provider_id = Some(echo.provider_id.clone());
            let result = SendResult::Accepted { provider_id, status, reached: None };
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
        hidden_at: None,
        deleted_at: None,
        ..answered
    };
    add(draft, pending, post_key(pending, &echo.provider_id, draft.vault), post.clone());
    draft.complaint(&known.complaint_id).answered(at);
    draft.tell_reply(EventType::ReplySent, &post);
}

/// A private message by our account: one of ours, or one that a colleague wrote in the platform's own app.
pub(super) fn wrote(draft: &mut Draft<'_>, pending: &PendingFact, echo: &MessageEcho) -> Verdict {
    let sent = (pending.connection_id.clone(), echo.provider_id.clone());
    if !is_signed(pending) || draft.world.provider_ids.contains_key(&sent) {
        return Verdict::Done;
    }
    let external = message_key(&pending.connection_id, &echo.provider_id);
    if draft.world.externals.contains_key(&external) {
        return Verdict::Done;
    }
    let owner = draft.identify(&pending.workspace_id, &echo.to);
    if let Some(part) = part_under_way(draft, (&owner, pending), &echo.text) {
        let provider_id = Some(echo.provider_id.as_str());
        progress(draft, &part, &Progress { provider_id, status: MessageStatus::Sent, failure: None });
        return Verdict::Done;
    }
    let said = Said {
        direction: Direction::Out,
        status: MessageStatus::Sent,
        channel: &echo.channel,
        text: &echo.text,
        media: &echo.media,
        keyword: None,
        automatic: None,
    };
    join(draft, &owner, Some(external.1), pending, &said);
    Verdict::Done
}

/// The first request with these words whose sending nobody has confirmed yet.
fn part_under_way(
    draft: &Draft<'_>,
    (owner, pending): (&IdentityId, &PendingFact),
    text: &str,
) -> Option<PartRef> {
    let here =
        |message: &&Message| message.identity_id == *owner && message.connection_id == pending.connection_id;
    let mut messages: Vec<&Message> = draft.world.messages.values().filter(here).collect();
    messages.sort_by_key(|message| message.number);
    let open = |part: &&Part| part.provider_id.is_none() && part.status < MessageStatus::Sent;
    messages.into_iter().find_map(|message| {
        let parts = draft.world.parts.get(&message.id)?;
        let whole = draft.content(&message.body_id)?.text.as_deref()?;
        let fits = if parts.len() == 1 { whole.trim() == text.trim() } else { whole.contains(text.trim()) };
        let part = parts.iter().find(open).filter(|_| fits)?;
        Some(PartRef { message_id: message.id.clone(), part: part.part })
    })
}
