//! Public posts: complaints begin, grow, change and go.

use super::{Verdict, is_signed};
use crate::bridge::draft::Draft;
use crate::bridge::handoff;
use crate::bridge::needs::{post_key, thread_key};
use crate::clock;
use crate::domain::complaint::{Author, Complaint, ComplaintStatus, Post};
use crate::domain::event::EventType;
use crate::domain::id::{BodyId, ComplaintId, IdentityId, PostId};
use crate::domain::inbound::{PostEdit, PostRemoval, PublicPost, SendResult};
use crate::domain::language;
use crate::domain::message::MessageStatus;
use crate::store::inbound::{self, PendingFact};
use crate::store::{Content, External, KnownPost, complaint};

/// A new post begins a complaint or adds to the one of its thread and author.
pub(in crate::bridge) fn created(draft: &mut Draft<'_>, pending: &PendingFact, told: &PublicPost) -> Verdict {
    let external = post_key(pending, &told.provider_id, draft.vault);
    if draft.world.known_posts.contains_key(&external) {
        return Verdict::Done;
    }
    let owner = draft.identify(&pending.workspace_id, &told.author);
    let thread = thread_key(&pending.connection_id, &told.thread_id, draft.vault);
    let body = draft.body(&owner, content(told));
    let found = draft.world.threads.get(&(thread.to_vec(), owner.clone())).cloned();
    let (id, kind) = match found {
        Some(id) => (id, EventType::ComplaintUpdated),
        None => (begin(draft, pending, told, (&owner, &body, thread)), EventType::ComplaintCreated),
    };
    draft.complaint(&id).speak();
    let post = customer_post(draft, &id, &owner, body, told);
    add(draft, pending, external, post);
    draft.tell_complaint(kind, &id);
    if is_signed(pending) {
        handoff::posted(draft, &owner, &told.text);
    }
    Verdict::Done
}

/// Adds a post to its complaint; what came for it before is looked at again.
pub(super) fn add(draft: &mut Draft<'_>, pending: &PendingFact, external: External, post: Post) {
    draft.write(complaint::insert_post(&post, &pending.workspace_id, Some(external.1), draft.now));
    draft.write(inbound::unpark(external.1));
    let known = KnownPost { complaint_id: post.complaint_id.clone(), post_id: post.id.clone() };
    draft.world.known_posts.insert(external, known);
    draft.world.posts.entry(post.complaint_id.clone()).or_default().push(post);
}

fn content(told: &PublicPost) -> Content {
    Content {
        text: Some(told.text.clone()),
        permalink: told.permalink.clone(),
        language: language::of(&told.text, told.language.as_deref()),
        post_id: Some(told.provider_id.clone()),
        thread_id: Some(told.thread_id.clone()),
        ..Content::default()
    }
}

fn begin(
    draft: &mut Draft<'_>,
    pending: &PendingFact,
    told: &PublicPost,
    (owner, body, thread): (&IdentityId, &BodyId, [u8; 16]),
) -> ComplaintId {
    let id = ComplaintId::new(draft.now, &clock::chance());
    let complaint = Complaint {
        id: id.clone(),
        workspace_id: pending.workspace_id.clone(),
        connection_id: pending.connection_id.clone(),
        identity_id: owner.clone(),
        channel: told.channel.clone(),
        status: ComplaintStatus::Open,
        body_id: body.clone(),
        posted_at: told.at.unwrap_or(pending.received_at),
        first_reply_at: None,
        assignee: None,
        tags: Vec::new(),
        handoff: None,
        conversation_id: None,
        event_seq: 0,
        version: 1,
        created_at: draft.now,
        deleted_at: None,
    };
    draft.add_complaint(complaint, thread);
    id
}

fn customer_post(
    draft: &Draft<'_>,
    complaint: &ComplaintId,
    owner: &IdentityId,
    body_id: BodyId,
    told: &PublicPost,
) -> Post {
    Post {
        id: PostId::new(draft.now, &clock::chance()),
        complaint_id: complaint.clone(),
        identity_id: owner.clone(),
        connection_id: draft.world.complaints[complaint].value.connection_id.clone(),
        by: Author::Customer,
        body_id,
        agent: None,
        status: None,
        failure: None,
        delivery_id: None,
        at: told.at.unwrap_or(draft.now),
        edited_at: None,
        hidden_at: None,
        deleted_at: None,
    }
}

/// New words are a new body; what was told before keeps the old one.
pub(super) fn edited(draft: &mut Draft<'_>, pending: &PendingFact, edit: &PostEdit) -> Verdict {
    let external = post_key(pending, &edit.provider_id, draft.vault);
    let Some(known) = draft.world.known_posts.get(&external).cloned() else {
        return Verdict::Park(external.1);
    };
    let Some(mut post) = find(draft, &known) else { return Verdict::Done };
    let before = draft.content(&post.body_id).cloned().unwrap_or_default();
    let language = language::of(&edit.text, None).or_else(|| before.language.clone());
    let after = Content { text: Some(edit.text.clone()), language, ..before };
    let body = draft.body(&post.identity_id, after);
    let complaint = draft.complaint(&known.complaint_id);
    complaint.speak();
    if complaint.body_id == post.body_id {
        complaint.body_id = body.clone();
    }
    forget(draft, &known.complaint_id, &post.body_id);
    post.body_id = body;
    post.edited_at = Some(edit.at.unwrap_or(draft.now));
    draft.moved_post(post, None);
    draft.tell_complaint(EventType::ComplaintUpdated, &known.complaint_id);
    Verdict::Done
}

/// A post that is gone stays on record as gone; with the customer's last one the complaint is deleted.
pub(super) fn deleted(draft: &mut Draft<'_>, pending: &PendingFact, removal: &PostRemoval) -> Verdict {
    let external = post_key(pending, &removal.provider_id, draft.vault);
    let Some(known) = draft.world.known_posts.get(&external).cloned() else {
        return Verdict::Park(external.1);
    };
    let Some(mut post) = find(draft, &known) else { return Verdict::Done };
    if post.deleted_at.is_some() {
        return Verdict::Done;
    }
    let at = removal.at.unwrap_or(draft.now);
    post.deleted_at = Some(at);
    forget(draft, &known.complaint_id, &post.body_id);
    draft.moved_post(post, None);
    let lives = |post: &Post| post.by == Author::Customer && post.deleted_at.is_none();
    let gone = !draft.posts(&known.complaint_id).iter().any(lives);
    draft.complaint(&known.complaint_id).deleted_at = gone.then_some(at);
    let kind = if gone { EventType::ComplaintDeleted } else { EventType::ComplaintUpdated };
    draft.tell_complaint(kind, &known.complaint_id);
    Verdict::Done
}

/// Removes a text its author no longer shows, where the platform demands that.
fn forget(draft: &mut Draft<'_>, complaint: &ComplaintId, body: &BodyId) {
    if draft.complaint(complaint).channel.forgets() {
        draft.forget(body);
    }
}

/// Our public reply stands, or does not.
pub(super) fn reply_ended(
    draft: &mut Draft<'_>,
    pending: &PendingFact,
    known: &KnownPost,
    result: &SendResult,
) {
    let Some(mut post) = find(draft, known) else { return };
    let (status, failure) = match result {
        SendResult::Accepted { .. } => (MessageStatus::Sent, None),
        SendResult::Failed { failure } => (MessageStatus::Failed, Some(failure)),
        SendResult::Unknown | SendResult::Unresolved => (MessageStatus::Unknown, None),
    };
    if !post.report(status, failure) {
        return;
    }
    let key = match result {
        SendResult::Accepted { provider_id: Some(id), .. } if is_signed(pending) => {
            Some(post_key(pending, id, draft.vault).1)
        }
        _ => None,
    };
    draft.moved_post(post.clone(), key);
    match status {
        MessageStatus::Sent => {
            let now = draft.now;
            draft.complaint(&known.complaint_id).answered(now);
            draft.tell_reply(EventType::ReplySent, &post);
        }
        MessageStatus::Failed => {
            draft.tell_reply(EventType::ReplyFailed, &post);
            handoff::invitation_failed(draft, &post);
        }
        _ => {}
    }
}

pub(super) fn find(draft: &Draft<'_>, known: &KnownPost) -> Option<Post> {
    draft.posts(&known.complaint_id).iter().find(|post| post.id == known.post_id).cloned()
}
