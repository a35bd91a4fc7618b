//! Linking and unlinking by hand.

use super::{Caller, CreateLink, Decided, EndLink, Outcome, answer, record};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::refusal::Refusal;
use crate::domain::agent::Agent;
use crate::domain::id::LinkId;
use crate::domain::link::{Actor, EndReason, Level, LinkError, LinkMethod, LinkProof, Proof};
use crate::store::Needs;

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
        self.link(caller, proof).await
    }

    /// Links two identities on a proof; answers 201 with the link, 200 when they are linked already.
    ///
    /// # Errors
    /// [`Refusal`] when the two are the same or one is not there.
    pub async fn link(&self, caller: &Caller, proof: LinkProof) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            links_of: proof.between.iter().cloned().collect(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| link(draft, caller, &proof)).await
    }

    /// Ends a link; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or over already.
    pub async fn end_link(&self, caller: &Caller, id: &LinkId, input: EndLink) -> Outcome {
        check_reason(&input.reason)?;
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            links: [id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| end(draft, caller, id, &input)).await
    }
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
