//! Answering in public.

use super::leak::{check_leak, secrets};
use super::send::live;
use super::{Caller, Decided, Outcome, Reply, answer, check_complaint};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::handoff::{language_of, render};
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::agent::{Agent, signed_text};
use crate::domain::complaint::{Author, Post};
use crate::domain::delivery::VALIDITY;
use crate::domain::event::EventType;
use crate::domain::id::{ComplaintId, DeliveryId, PostId};
use crate::domain::identity::lane;
use crate::domain::lane::{Lane, slot};
use crate::domain::message::MessageStatus;
use crate::domain::texts::{TextName, Vars};
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
            handoffs_of: [id.clone()].into(),
            proofs: secrets(self.store.vault(), &caller.workspace_id, &input.text),
            sends: true,
            texts: true,
            ..Needs::default()
        };
        self.command(caller, needs, |draft| reply(draft, caller, id, &input)).await
    }
}

fn reply(draft: &mut Draft<'_>, caller: &Caller, id: &ComplaintId, input: &Reply) -> Decided {
    check_complaint(draft, caller, id)?;
    let written = words(draft, id, input)?;
    let text = input.agent.as_ref().map_or_else(|| written.clone(), |agent| signed_text(&written, agent));
    check_reply(draft, id, &written, &text)?;
    let post = post_reply(draft, id, &text, input.agent.as_ref());
    Ok(answer(202, draft.render(view::post(&post))))
}

/// The desk's own words, or a public text of the workspace in the complaint's language.
fn words(draft: &Draft<'_>, id: &ComplaintId, input: &Reply) -> Result<String, Refusal> {
    let Some(name) = input.template else { return Ok(input.text.clone()) };
    if !input.text.is_empty() {
        return Err(Refusal::invalid("/text", "A reply has a text or a template, not both."));
    }
    if name != TextName::Closing {
        return Err(Refusal::invalid("/template", "The one template for a reply is closing."));
    }
    let complaint = &draft.world.complaints[id].value;
    let written = draft.content(&complaint.body_id).and_then(|content| content.language.clone());
    let language = language_of(draft, &complaint.workspace_id, written.as_deref());
    let vars = Vars::of(&draft.settings(&complaint.workspace_id));
    Ok(render(draft, &complaint.workspace_id, name, &language, &vars).text)
}

/// Queues a text that everybody will see; it was checked before.
pub(super) fn post_reply(draft: &mut Draft<'_>, id: &ComplaintId, text: &str, agent: Option<&Agent>) -> Post {
    let complaint = draft.world.complaints[id].value.clone();
    let owner = complaint.identity_id.clone();
    let content = Content { text: Some(text.to_owned()), ..Content::default() };
    let post = Post {
        id: PostId::new(draft.now, &clock::chance()),
        complaint_id: id.clone(),
        body_id: draft.body(&owner, content),
        identity_id: owner,
        connection_id: complaint.connection_id.clone(),
        by: Author::Brand,
        agent: agent.cloned(),
        status: Some(MessageStatus::Queued),
        failure: None,
        delivery_id: Some(DeliveryId::new(draft.now, &clock::chance())),
        at: draft.now,
        edited_at: None,
        hidden_at: None,
        deleted_at: None,
    };
    draft.write(complaint::insert_post(&post, &complaint.workspace_id, None, draft.now));
    owe(draft, &post);
    draft.world.posts.entry(id.clone()).or_default().push(post.clone());
    draft.tell_complaint(EventType::ComplaintUpdated, id);
    post
}

/// Whether a text may be posted as an answer: there is something to answer, it fits, and it gives nothing away.
pub(super) fn check_reply(
    draft: &Draft<'_>,
    id: &ComplaintId,
    written: &str,
    text: &str,
) -> Result<(), Refusal> {
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
    check_leak(draft, &complaint.workspace_id, text)?;
    let lives = |post: &Post| post.by == Author::Customer && post.deleted_at.is_none();
    if !draft.posts(id).iter().any(lives) {
        let detail = "The customer has deleted every post of this complaint; there is nothing to answer.";
        return Err(Refusal::conflict("complaint_deleted", detail));
    }
    Ok(())
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
