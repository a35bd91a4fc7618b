//! Linking and unlinking by hand.

use super::{Caller, CreateLink, Decided, EndLink, Outcome, answer, record};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::refusal::{CommandError, Refusal};
use crate::domain::agent::Agent;
use crate::domain::id::LinkId;
use crate::domain::link::{Actor, EndReason, Level, LinkError, LinkMethod, LinkProof, Proof};
use crate::store::{Answer, Needs};
use serde_json::Value;

impl Bridge {
    /// Links two identities on the word of a person; answers 201 with the link, 200 when they are linked already.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong.
    pub async fn create_link(&self, caller: &Caller, input: CreateLink) -> Outcome {
        check_reason(&input.reason)?;
        let by = desk(caller, input.agent);
        let proof = Proof::new(LinkMethod::Manual, Level::L1, Vec::new(), by, self.clock.now());
        let proof = LinkProof { note: Some(input.reason), ..LinkProof::new(input.identity_ids, proof) };
        self.command(caller, needs_of(caller, &proof), |draft| {
            let mut proof = proof.clone();
            if is_same_number(draft, &proof) {
                proof.proof.method = LinkMethod::SameNumber;
            }
            link(draft, caller, &proof)
        })
        .await
    }

    /// Links two identities on a proof; answers 201 with the link, 200 when they are linked already.
    ///
    /// # Errors
    /// [`Refusal`] when the two are the same or one is not there.
    pub async fn link(&self, caller: &Caller, proof: LinkProof) -> Outcome {
        self.command(caller, needs_of(caller, &proof), |draft| link(draft, caller, &proof)).await
    }

    /// Ends a link; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or over already.
    pub async fn end_link(&self, caller: &Caller, id: &LinkId, input: EndLink) -> Outcome {
        check_reason(&input.reason)?;
        self.command(caller, needs_of_link(caller, id), |draft| end(draft, caller, id, &input)).await
    }
}

impl Bridge {
    /// Ends links whose time is over; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_links(&self) -> Result<usize, CommandError> {
        let over = self.store.expired_links(self.clock.now()).await?;
        for (id, workspace_id) in &over {
            let caller =
                Caller { workspace_id: workspace_id.clone(), idempotency: None, if_match: None, act: None };
            self.command(&caller, needs_of_link(&caller, id), |draft| Ok(expire(draft, id))).await?;
        }
        Ok(over.len())
    }
}

/// Proved anew or ended meanwhile, it stays as it is.
fn expire(draft: &mut Draft<'_>, id: &LinkId) -> Answer {
    let until = draft.world.links.get(id).and_then(|link| link.value.valid_until);
    if until.is_some_and(|until| until <= draft.now) {
        let _ended_meanwhile = draft.unlink(id, EndReason::Expired, Actor::Service, None);
    }
    answer(200, Value::Null)
}

fn needs_of_link<'a>(caller: &'a Caller, id: &'a LinkId) -> impl Fn() -> Needs + 'a {
    || Needs {
        workspaces: [caller.workspace_id.clone()].into(),
        links: [id.clone()].into(),
        handoffs_on: [id.clone()].into(),
        ..Needs::default()
    }
}

fn needs_of<'a>(caller: &'a Caller, proof: &'a LinkProof) -> impl Fn() -> Needs + 'a {
    || Needs {
        workspaces: [caller.workspace_id.clone()].into(),
        links_of: proof.between.iter().cloned().collect(),
        ..Needs::default()
    }
}

/// Whether the two are one phone number on two channels: then that is what is accepted.
fn is_same_number(draft: &Draft<'_>, proof: &LinkProof) -> bool {
    let [one, other] = proof.between.each_ref().map(|id| draft.world.identities.get(id));
    one.zip(other).is_some_and(|(one, other)| {
        let both = one.identity.namespace.is_of_numbers() && other.identity.namespace.is_of_numbers();
        both && one.identity.id != other.identity.id && one.external_id == other.external_id
    })
}

fn check_reason(reason: &str) -> Result<(), Refusal> {
    if (1..=500).contains(&reason.trim().chars().count()) {
        return Ok(());
    }
    Err(Refusal::invalid(
        "/reason",
        "A reason of 1 to 500 characters: whoever reviews this will want to know.",
    ))
}

fn desk(caller: &Caller, agent: Option<Agent>) -> Actor {
    let act = caller.act.as_ref();
    act.map_or(Actor::Service, |act| Actor::Desk { key_id: act.key_id.clone(), agent })
}

fn link(draft: &mut Draft<'_>, caller: &Caller, proof: &LinkProof) -> Decided {
    for (at, id) in proof.between.iter().enumerate() {
        let known = draft.world.identities.get(id).map(|known| &known.identity);
        if known.is_none_or(|one| one.workspace_id != caller.workspace_id || one.erased_at.is_some()) {
            return Err(Refusal::invalid(&format!("/identity_ids/{at}"), "There is no such identity."));
        }
    }
    if proof.between[0] == proof.between[1] {
        return Err(Refusal::invalid("/identity_ids/1", "Two different identities."));
    }
    let status = if draft.link_between(&proof.between).is_some() { 200 } else { 201 };
    let id = draft.link(proof);
    record(draft, caller, Some(id.as_str()));
    let resource = draft.link_resource(&id);
    Ok(answer(status, draft.render(resource)))
}

fn end(draft: &mut Draft<'_>, caller: &Caller, id: &LinkId, input: &EndLink) -> Decided {
    let found = draft.world.links.get(id).map(|link| &link.value.workspace_id);
    if found.is_none_or(|workspace| *workspace != caller.workspace_id) {
        return Err(Refusal::not_found("The link"));
    }
    let by = desk(caller, input.agent.clone());
    let ended = draft.unlink(id, EndReason::Unlinked, by, Some(&input.reason));
    ended.map_err(|error| refused(&error))?;
    record(draft, caller, None);
    let resource = draft.link_resource(id);
    Ok(answer(200, draft.render(resource)))
}

fn refused(error: &LinkError) -> Refusal {
    Refusal::conflict("link_state", format!("It cannot be done: {error}."))
}
