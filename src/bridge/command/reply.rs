//! Answering in public.

use super::send::live;
use super::{Caller, Decided, Outcome, Reply, answer, check_complaint};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::agent::signed_text;
use crate::domain::complaint::{Author, Post};
use crate::domain::delivery::VALIDITY;
use crate::domain::event::EventType;
use crate::domain::id::{ComplaintId, DeliveryId, PostId};
use crate::domain::identity::lane;
use crate::domain::lane::{Lane, slot};
use crate::domain::leak;
use crate::domain::message::MessageStatus;
use crate::providers;
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::view;
use crate::store::{Content, Needs, complaint};

impl Bridge {
    /// Queues a public reply to a complaint; answers 202 with the post.
    ///
    /// # Errors
    /// [`Refusal`] when it cannot be posted.
    pub async fn reply(&self, caller: &Caller, id: &ComplaintId, input: Reply) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            complaints: [id.clone()].into(),
            accounts_of: [caller.workspace_id.clone()].into(),
            sends: true,
            ..Needs::default()
        };
        self.command(caller, needs, |draft| reply(draft, caller, id, &input)).await
    }
}

fn reply(draft: &mut Draft<'_>, caller: &Caller, id: &ComplaintId, input: &Reply) -> Decided {
    check_complaint(draft, caller, id)?;
    let text =
        input.agent.as_ref().map_or_else(|| input.text.clone(), |agent| signed_text(&input.text, agent));
    check_reply(draft, id, &input.text, &text)?;
    let complaint = draft.world.complaints[id].value.clone();
    let owner = complaint.identity_id.clone();
    let content = Content { text: Some(text), ..Content::default() };
    let post = Post {
        id: PostId::new(draft.now, &clock::chance()),
        complaint_id: id.clone(),
        body_id: draft.body(&owner, content),
        identity_id: owner,
        connection_id: complaint.connection_id.clone(),
        by: Author::Brand,
        agent: input.agent.clone(),
        status: Some(MessageStatus::Queued),
        failure: None,
        delivery_id: Some(DeliveryId::new(draft.now, &clock::chance())),
        at: draft.now,
        edited_at: None,
        hidden_at: None,
        deleted_at: None,
    };
    draft.write(complaint::insert_post(&post, &caller.workspace_id, None, draft.now));
    owe(draft, &post);
    draft.world.posts.entry(id.clone()).or_default().push(post.clone());
    draft.tell_complaint(EventType::ComplaintUpdated, id);
    Ok(answer(202, draft.render(view::post(&post))))
}

fn check_reply(draft: &Draft<'_>, id: &ComplaintId, written: &str, text: &str) -> Result<(), Refusal> {
    if written.trim().is_empty() {
        return Err(Refusal::invalid("/text", "A reply needs a text."));
    }
    let complaint = &draft.world.complaints[id].value;
    let connection = live(draft.world.connections.get(&complaint.connection_id))?;
    let provider = providers::find(&connection.provider).filter(|provider| provider.replies_in_public());
    let Some(provider) = provider else {
        let detail = "This connection cannot answer in public.".into();
        return Err(Refusal::Policy { code: "unreachable".into(), detail });
    };
    let limit = provider.text_limit(&complaint.channel);
    if text.chars().count() > limit {
        return Err(Refusal::invalid("/text", format!("At most {limit} characters with the initials.")));
    }
    check_leak(draft, text)?;
    let lives = |post: &Post| post.by == Author::Customer && post.deleted_at.is_none();
    if !draft.posts(id).iter().any(lives) {
        let detail = "The customer has deleted every post of this complaint; there is nothing to answer.";
        return Err(Refusal::conflict("complaint_deleted", detail));
    }
    Ok(())
}

/// Only the brand's own numbers and addresses may stand in public.
fn check_leak(draft: &Draft<'_>, text: &str) -> Result<(), Refusal> {
    let ours = draft.world.connections.values().filter(|connection| connection.is_live);
    let ours: Vec<&str> =
        ours.flat_map(|connection| connection.account.values().map(String::as_str)).collect();
    let Some(leak) = leak::find(text, &ours) else { return Ok(()) };
    let detail = format!(
        "Everybody would read {} here. Leave it out, or ask the customer to go on in private.",
        leak.as_str()
    );
    Err(Refusal::Leak { detail })
}

fn owe(draft: &mut Draft<'_>, post: &Post) {
    let Some(delivery_id) = post.delivery_id.clone() else { return };
    let owner = draft.known(&post.identity_id);
    let workspace_id = owner.identity.workspace_id.clone();
    let customer = lane(&owner.identity.namespace, &owner.external_id);
    draft.owe(NewDelivery {
        id: delivery_id,
        lane: Lane::of(&["provider", post.complaint_id.as_str()]),
        subject: post.complaint_id.to_string(),
        destination: post.connection_id.to_string(),
        slot: slot(&workspace_id, &post.connection_id, &customer),
        workspace_id,
        identity_id: Some(post.identity_id.clone()),
        cargo: Cargo::Post(post.id.clone()),
        valid_until: Some(draft.now + VALIDITY),
    });
}
