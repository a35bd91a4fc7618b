//! Offering a handoff, moving it to another channel, calling it off, having it proven again.

use super::offer::{Invitation, invite, means};
use super::{Caller, Decided, MoveHandoff, OfferHandoff, Outcome, answer, check_complaint};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::handoff::{Act, begin, happen, language_of};
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::handoff::proof::case_ref;
use crate::domain::handoff::{self, Choice, Handoff, HandoffState, Impossible, Input, Means, Path, choose};
use crate::domain::id::{ComplaintId, ConversationId, HandoffId, IdentityId};
use crate::store::Needs;
use crate::store::view::{HandoffView, NotOffered, OfferedHandoff, WaysView};

impl Bridge {
    /// Invites the customer to a private channel; answers 201 with the handoff, the way it takes and why others were
    /// not open.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong, one is under way, or no way is open.
    pub async fn offer_handoff(&self, caller: &Caller, id: &ComplaintId, input: OfferHandoff) -> Outcome {
        let sides = self.store.sides_of_complaint(&caller.workspace_id, id).await?;
        self.command(caller, || offer_needs(caller, id, &sides), |draft| offer(draft, caller, id, &input))
            .await
    }

    /// Which ways to a private channel are open to a complaint; answers 200 with them and changes nothing.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or cannot be served.
    pub async fn ways_of_complaint(&self, caller: &Caller, id: &ComplaintId) -> Outcome {
        let sides = self.store.sides_of_complaint(&caller.workspace_id, id).await?;
        self.command(caller, || offer_needs(caller, id, &sides), |draft| ways(draft, caller, id)).await
    }

    /// Goes on from an active private conversation on another channel; answers 201 with the new handoff. The old one
    /// stays active until the new one is.
    ///
    /// # Errors
    /// [`Refusal`] when it is not active or no way is open.
    pub async fn move_handoff(&self, caller: &Caller, id: &HandoffId, input: MoveHandoff) -> Outcome {
        self.command(caller, needs_of(caller, id), |draft| move_on(draft, caller, id, &input)).await
    }

    /// Calls a handoff off; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or over already.
    pub async fn cancel_handoff(&self, caller: &Caller, id: &HandoffId) -> Outcome {
        let detail = "The handoff is over already.";
        self.command(caller, needs_of(caller, id), |draft| {
            drive(draft, caller, id, (&Input::Cancelled, "handoff_over", detail))
        })
        .await
    }

    /// Gives the account a new token, after a suspension or when the old one ran out; answers 200 with the handoff.
    ///
    /// # Errors
    /// [`Refusal`] when there is nothing to prove.
    pub async fn prove_handoff(&self, caller: &Caller, id: &HandoffId) -> Outcome {
        let detail = "There is nothing to prove: the handoff is over, takes no token, or waits for the account to write first.";
        self.command(caller, needs_of(caller, id), |draft| {
            drive(draft, caller, id, (&Input::ProveAgain, "nothing_to_prove", detail))
        })
        .await
    }
}

fn offer_needs(caller: &Caller, id: &ComplaintId, sides: &[IdentityId]) -> Needs {
    Needs {
        workspaces: [caller.workspace_id.clone()].into(),
        complaints: [id.clone()].into(),
        handoffs_of: [id.clone()].into(),
        accounts_of: [caller.workspace_id.clone()].into(),
        identities: sides.iter().cloned().collect(),
        links_of: sides.iter().cloned().collect(),
        sends: true,
        texts: true,
        ..Needs::default()
    }
}

fn needs_of<'a>(caller: &'a Caller, id: &'a HandoffId) -> impl Fn() -> Needs + 'a {
    || Needs {
        workspaces: [caller.workspace_id.clone()].into(),
        handoffs: [id.clone()].into(),
        accounts_of: [caller.workspace_id.clone()].into(),
        sends: true,
        texts: true,
        ..Needs::default()
    }
}

fn drive(
    draft: &mut Draft<'_>,
    caller: &Caller,
    id: &HandoffId,
    (input, code, detail): (&Input, &str, &str),
) -> Decided {
    find(draft, caller, id)?;
    if !happen(draft, id, input, &Act::default()) {
        return Err(Refusal::conflict(code, detail));
    }
    let resource = draft.handoff_resource(id);
    Ok(answer(200, draft.render(resource)))
}

fn find(draft: &Draft<'_>, caller: &Caller, id: &HandoffId) -> Result<Handoff, Refusal> {
    let found = draft.world.handoffs.get(id).map(|handoff| &handoff.value);
    let found = found.filter(|handoff| handoff.workspace_id == caller.workspace_id);
    found.cloned().ok_or_else(|| Refusal::not_found("The handoff"))
}

fn offer(draft: &mut Draft<'_>, caller: &Caller, id: &ComplaintId, input: &OfferHandoff) -> Decided {
    check_complaint(draft, caller, id)?;
    check_before(draft, id, input.asked_by_customer)?;
    let found = means(draft, id, input.connection_id.as_ref())?;
    let (choice, not_possible) = pick(&found, input)?;
    let handoff = new_handoff(draft, id, &choice, input);
    let invitation = invite(draft, handoff, (&found, input))?;
    let Invitation { handoff, words } = invitation;
    answer_offer(draft, &handoff, words, not_possible)
}

fn ways(draft: &Draft<'_>, caller: &Caller, id: &ComplaintId) -> Decided {
    check_complaint(draft, caller, id)?;
    let (possible, not_possible) = handoff::ways(&means(draft, id, None)?);
    let not_offered = match check_before(draft, id, false) {
        Err(Refusal::Policy { code, detail } | Refusal::Conflict { code, detail }) => {
            Some(NotOffered { code, detail })
        }
        Err(other) => return Err(other),
        Ok(()) => None,
    };
    let ways = WaysView { possible, not_possible, not_offered };
    Ok(answer(200, serde_json::to_value(ways).unwrap_or_default()))
}

fn answer_offer(
    draft: &Draft<'_>,
    id: &HandoffId,
    invitation: Option<String>,
    not_possible: Vec<Impossible>,
) -> Decided {
    let handoff = HandoffView::of(&draft.world.handoffs[id].value);
    let offered = OfferedHandoff { handoff, invitation, not_possible };
    Ok(answer(201, serde_json::to_value(offered).unwrap_or_default()))
}

/// One invitation per complaint; a refusal is final until the customer asks.
fn check_before(draft: &Draft<'_>, id: &ComplaintId, asked_by_customer: bool) -> Result<(), Refusal> {
    let of_it = draft.world.handoffs.values().map(|one| &one.value).filter(|one| one.complaint_id == *id);
    let mut before: Vec<&Handoff> = of_it.collect();
    before.sort_by_key(|handoff| &handoff.id);
    if let Some(live) = before.iter().find(|handoff| !handoff.state.is_over()) {
        let detail = format!("The handoff {} of this complaint is {}.", live.id, live.state.as_str());
        return Err(Refusal::conflict("handoff_live", detail));
    }
    let counts =
        |handoff: &&&Handoff| !matches!(handoff.state, HandoffState::Cancelled | HandoffState::Ended);
    match before.iter().rfind(counts) {
        Some(last) if !asked_by_customer => {
            let refused = matches!(last.state, HandoffState::Refused | HandoffState::Withdrawn);
            let (code, what) =
                if refused { ("refused", "said no") } else { ("already_invited", "was invited once") };
            let detail = format!(
                "The customer {what}. They are not asked again unless they ask for it (asked_by_customer)."
            );
            Err(Refusal::Policy { code: code.into(), detail })
        }
        _ => Ok(()),
    }
}

fn pick(means: &Means, input: &OfferHandoff) -> Result<(Choice, Vec<Impossible>), Refusal> {
    let (choice, closed) = choose(means, &input.to, input.path);
    let why = |closed: &[Impossible]| {
        let each = closed.iter().map(|no| {
            let reason = serde_json::to_value(no.reason).ok();
            let reason = reason.as_ref().and_then(|reason| reason.as_str()).unwrap_or_default().to_owned();
            format!(
                "{} {}: {reason}",
                no.path.as_str(),
                no.channel.as_ref().map_or("", |channel| channel.as_str())
            )
        });
        each.collect::<Vec<_>>().join("; ")
    };
    choice.map(|choice| (choice, closed.clone())).ok_or_else(|| Refusal::Policy {
        code: "no_path".into(),
        detail: format!("No way to a private channel is open ({}).", why(&closed)),
    })
}

fn new_handoff(draft: &Draft<'_>, id: &ComplaintId, choice: &Choice, input: &OfferHandoff) -> Handoff {
    let complaint = &draft.world.complaints[id].value;
    let written = draft.content(&complaint.body_id).and_then(|content| content.language.clone());
    let wanted = input.language.clone().or(written);
    let now = draft.now;
    Handoff {
        id: HandoffId::new(now, &clock::chance()),
        workspace_id: complaint.workspace_id.clone(),
        complaint_id: id.clone(),
        parent_id: None,
        path: choice.path,
        channel: choice.channel.clone(),
        connection_id: choice.connection_id.clone(),
        identity_id: complaint.identity_id.clone(),
        dm_conversation_id: None,
        target_id: None,
        conversation_id: None,
        link_id: None,
        state: HandoffState::Invited,
        case_ref: case_ref(clock::random()),
        language: language_of(draft, &complaint.workspace_id, wanted.as_deref()),
        notice_sha256: None,
        confirm_message_id: None,
        delivery_id: None,
        body_id: None,
        agent: input.agent.clone(),
        expires_at: Some(now + draft.settings(&complaint.workspace_id).limits.invite_ttl),
        event_seq: 0,
        version: 1,
        created_at: now,
        ended_at: None,
    }
}

/// A child handoff that begins where the account already writes in private.
fn move_on(draft: &mut Draft<'_>, caller: &Caller, id: &HandoffId, input: &MoveHandoff) -> Decided {
    let parent = find(draft, caller, id)?;
    if parent.state != HandoffState::Active {
        let detail = format!("The handoff is {}; only an active one can be moved.", parent.state.as_str());
        return Err(Refusal::conflict("handoff_not_active", detail));
    }
    let dm = parent.dm_conversation_id.clone().or_else(|| parent.conversation_id.clone());
    let Some(dm) = dm else { return Err(Refusal::not_found("The private conversation")) };
    let found = means(draft, &parent.complaint_id, input.connection_id.as_ref())?;
    let (choice, not_possible) = choose_other(&found, input, &parent)?;
    let offered = OfferHandoff {
        agent: input.agent.clone(),
        language: Some(parent.language.clone()),
        ..OfferHandoff::default()
    };
    let mut child = new_handoff(draft, &parent.complaint_id, &choice, &offered);
    child.parent_id = Some(parent.id.clone());
    let child = begin(draft, child, "moved");
    speak_first(draft, &child, &dm);
    answer_offer(draft, &child, None, not_possible)
}

fn choose_other(
    means: &Means,
    input: &MoveHandoff,
    parent: &Handoff,
) -> Result<(Choice, Vec<Impossible>), Refusal> {
    let to: Vec<_> = input.to.iter().filter(|channel| **channel != parent.channel).cloned().collect();
    let others = means.others.iter().find(|(channel, _)| to.is_empty() || to.contains(channel));
    let closed = choose(means, &to, Some(Path::P2)).1;
    let choice = others.map(|(channel, connection)| Choice {
        path: Path::P2,
        channel: channel.clone(),
        connection_id: connection.clone(),
    });
    choice.map(|choice| (choice, closed)).ok_or_else(|| Refusal::Policy {
        code: "no_path".into(),
        detail: "No connection of this workspace has such a channel with a number of its own.".into(),
    })
}

/// The account writes in private already: the question goes there at once.
pub(super) fn speak_first(draft: &mut Draft<'_>, id: &HandoffId, dm: &ConversationId) {
    let input = Input::AccountSpoke { conversation_id: dm.clone() };
    happen(draft, id, &input, &Act::default());
}
