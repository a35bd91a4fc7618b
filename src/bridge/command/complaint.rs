//! Making and changing complaints.

use super::{Caller, ComplaintPatch, CreateComplaint, Decided, Outcome, answer, check_complaint};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::refusal::Refusal;
use crate::bridge::{fact, needs};
use crate::clock;
use crate::domain::channel::Channel;
use crate::domain::complaint::ComplaintStatus;
use crate::domain::event::EventType;
use crate::domain::id::{ComplaintId, PostId};
use crate::domain::identity::{Namespace, Party, Profile};
use crate::domain::inbound::{Fact, PublicPost, Trust};
use crate::domain::time::Timestamp;
use crate::store::inbound::PendingFact;
use crate::store::{KnownConnection, Needs};

impl Bridge {
    /// Stores a complaint as if its callback had come; answers 201 with it, 200 when the post is known already.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong.
    pub async fn create_complaint(&self, caller: &Caller, input: CreateComplaint) -> Outcome {
        let connection = self.store.known_connection(&input.connection_id).await?;
        let connection = connection
            .filter(|found| found.workspace_id == caller.workspace_id && found.is_live)
            .ok_or_else(|| Refusal::invalid("/connection_id", "There is no such connection."))?;
        check_create(&input)?;
        let pending = as_fact(caller, &connection, &input, self.clock.now());
        let needs = || needs::of_facts(std::slice::from_ref(&pending), self.store.vault());
        self.command(caller, needs, |draft| create(draft, &pending)).await
    }

    /// Changes what the desk may change; answers 200 with the complaint.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong or the version is another.
    pub async fn update_complaint(
        &self,
        caller: &Caller,
        id: &ComplaintId,
        patch: ComplaintPatch,
    ) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            complaints: [id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| update(draft, caller, id, &patch)).await
    }
}

fn check_create(input: &CreateComplaint) -> Result<(), Refusal> {
    if input.text.trim().is_empty() {
        return Err(Refusal::invalid("/text", "A complaint needs a text."));
    }
    for (pointer, id) in [
        ("/identity/external_id", Some(&input.identity.external_id)),
        ("/id", input.id.as_ref()),
        ("/thread_id", input.thread_id.as_ref()),
    ] {
        if id.is_some_and(|id| id.is_empty() || id.chars().count() > 200) {
            return Err(Refusal::invalid(pointer, "1 to 200 characters."));
        }
    }
    Ok(())
}

fn as_fact(
    caller: &Caller,
    connection: &KnownConnection,
    input: &CreateComplaint,
    now: Timestamp,
) -> PendingFact {
    let provider_id = input.id.clone().unwrap_or_else(|| PostId::new(now, &clock::chance()).to_string());
    let customer = &input.identity;
    let own = connection.account.get("namespace").unwrap_or(&connection.provider);
    let post = PublicPost {
        thread_id: input.thread_id.clone().unwrap_or_else(|| provider_id.clone()),
        provider_id,
        channel: input.channel.clone().unwrap_or_else(|| Channel::named("custom_post")),
        author: Party {
            namespace: Namespace::named(customer.namespace.as_ref().unwrap_or(own)),
            external_id: customer.external_id.clone(),
            profile: Profile { handle: customer.handle.clone(), name: customer.name.clone() },
        },
        text: input.text.clone(),
        language: None,
        permalink: input.permalink.clone(),
        at: input.posted_at,
    };
    PendingFact {
        seq: 0,
        workspace_id: caller.workspace_id.clone(),
        connection_id: connection.id.clone(),
        trust: Trust::Signed,
        fact: Fact::PostCreated(post),
        received_at: now,
    }
}

fn create(draft: &mut Draft<'_>, pending: &PendingFact) -> Decided {
    let Fact::PostCreated(post) = &pending.fact else {
        return Err(Refusal::not_found("The post"));
    };
    let external = needs::post_key(pending, &post.provider_id, draft.vault);
    let status = if draft.world.known_posts.contains_key(&external) { 200 } else { 201 };
    fact::post_created(draft, pending, post);
    let known = draft.world.known_posts.get(&external).ok_or_else(|| Refusal::not_found("The post"))?;
    let resource = draft.complaint_resource(&known.complaint_id);
    Ok(answer(status, draft.render(resource)))
}

fn update(draft: &mut Draft<'_>, caller: &Caller, id: &ComplaintId, patch: &ComplaintPatch) -> Decided {
    check_complaint(draft, caller, id)?;
    check_patch(patch)?;
    let before = draft.world.complaints[id].value.clone();
    let mut after = before.clone();
    after.status = patch.status.unwrap_or(after.status);
    after.assignee = patch.assignee.clone().unwrap_or(after.assignee);
    after.tags = patch.tags.clone().unwrap_or(after.tags);
    if after != before {
        let version = draft.complaint(id).version;
        *draft.complaint(id) = crate::domain::complaint::Complaint { version, ..after };
        draft.tell_complaint(EventType::ComplaintUpdated, id);
    }
    let resource = draft.complaint_resource(id);
    Ok(answer(200, draft.render(resource)))
}

fn check_patch(patch: &ComplaintPatch) -> Result<(), Refusal> {
    if patch.status == Some(ComplaintStatus::Private) {
        return Err(Refusal::invalid("/status", "A complaint becomes private by a handoff alone."));
    }
    if let Some(tags) = &patch.tags {
        let fits = |tag: &String| (1..=60).contains(&tag.chars().count());
        if tags.len() > 20 || !tags.iter().all(fits) {
            return Err(Refusal::invalid("/tags", "At most 20 tags of 1 to 60 characters."));
        }
    }
    super::conversation::check_assignee(patch.assignee.as_ref())
}
