//! Consents along a handoff: asked for, given, ended, taken back and given again.

use serde_json::json;

use super::effect::account_side;
use super::{Act, happen, open_handoffs};
use crate::bridge::draft::{Draft, Grounds};
use crate::clock;
use crate::domain::channel::Channel;
use crate::domain::consent::{Consent, ConsentState, Notice, Purpose};
use crate::domain::handoff::{Handoff, HandoffState, Input, Path, Side};
use crate::domain::id::{ConsentId, ConversationId, HandoffId, IdentityId, MessageId};
use crate::domain::texts::Rendered;

/// How long a link's consent permits before it must be proven again.
const LINK_HOLDS: std::time::Duration = std::time::Duration::from_secs(365 * 86_400);

/// The question that was put to somebody.
pub(super) struct Question<'a> {
    pub(super) asked: &'a IdentityId,
    pub(super) purposes: &'a [Purpose],
    pub(super) notice: &'a Rendered,
    pub(super) prompt: Option<&'a MessageId>,
}

/// Writes down what somebody was asked to agree to; once, however often the question is put.
pub(super) fn request(draft: &mut Draft<'_>, id: &HandoffId, question: &Question<'_>) {
    let handoff = draft.world.handoffs[id].value.clone();
    for purpose in question.purposes {
        let is_asked = draft.consents_of(id).into_iter().any(|consent| {
            let consent = &draft.world.consents[&consent].value;
            consent.purpose == *purpose
                && consent.identity_id == *question.asked
                && consent.state == ConsentState::Requested
        });
        if !is_asked {
            let consent = asked(draft, &handoff, *purpose, question);
            let grounds = Grounds {
                actor: "system",
                proof_level: None,
                evidence: json!({"handoff_id": id, "prompt_message_id": question.prompt}),
            };
            draft.add_consent(consent, &grounds);
        }
    }
}

fn asked(draft: &Draft<'_>, handoff: &Handoff, purpose: Purpose, question: &Question<'_>) -> Consent {
    let now = draft.now;
    Consent {
        id: ConsentId::new(now, &clock::chance()),
        workspace_id: handoff.workspace_id.clone(),
        identity_id: question.asked.clone(),
        counterpart_id: None,
        handoff_id: Some(handoff.id.clone()),
        purpose,
        channel: handoff.channel.clone(),
        state: ConsentState::Requested,
        method: None,
        language: question.notice.language.to_string(),
        notice: Some(Notice {
            version: question.notice.edition.clone(),
            sha256: question.notice.sha256.clone(),
        }),
        prompt_message_id: question.prompt.cloned(),
        evidence_message_id: None,
        is_imported: false,
        requested_at: Some(now),
        granted_at: None,
        ended_at: None,
        valid_until: None,
        ledger_index: None,
        event_seq: 0,
        version: 1,
        created_at: now,
    }
}

/// The customer agreed: what was asked of either side is granted, each by the side that bears it.
pub(super) fn grant(draft: &mut Draft<'_>, id: &HandoffId, act: &Act) {
    let handoff = draft.world.handoffs[id].value.clone();
    let account = account_side(draft, &handoff, act);
    let target = handoff.target_id.clone().unwrap_or_else(|| account.clone());
    let level = match handoff.path {
        Path::P1 => "L3",
        Path::P5 => "L1",
        _ => "L2",
    };
    let grounds = Grounds {
        actor: "subject",
        proof_level: Some(level),
        evidence: json!({"handoff_id": id, "message_id": act.message_id, "account": account, "target": target}),
    };
    let until = draft.now + LINK_HOLDS;
    let answered = last_asked(draft, id, [&account, &target]);
    for consent in draft.consents_of(id) {
        let known = draft.world.consents[&consent].value.clone();
        let is_theirs = [&account, &target].contains(&&known.identity_id);
        match known.state {
            ConsentState::Requested if answered.contains(&consent) => {
                draft.change_consent(&consent, ConsentState::Granted, &grounds, |consent| {
                    consent.method = act.method;
                    consent.evidence_message_id.clone_from(&act.message_id);
                    if consent.purpose == Purpose::IdentityLink {
                        consent.counterpart_id = Some(other(consent, &account, &target));
                        consent.valid_until = Some(until);
                    } else {
                        consent.identity_id = target.clone();
                    }
                });
            }
            // The same was asked before, on another way.
            ConsentState::Requested if is_theirs => {
                let superseded = Grounds::system("superseded");
                draft.change_consent(&consent, ConsentState::Terminated, &superseded, |_| {});
            }
            // Somebody else named the case and did not prove it, or it was proven before and is proven anew.
            ConsentState::Requested => {
                draft.change_consent(&consent, ConsentState::Expired, &Grounds::system("not_proven"), |_| {});
            }
            state if state.is_valid() => {
                let superseded = Grounds::system("superseded");
                draft.change_consent(&consent, ConsentState::Terminated, &superseded, |_| {});
            }
            _ => {}
        }
    }
    if let Some(talk) = &handoff.conversation_id {
        draft.show_consent(talk, ConsentState::Granted);
    }
}

/// Of each purpose the question that was put last to either side.
fn last_asked(draft: &Draft<'_>, id: &HandoffId, sides: [&IdentityId; 2]) -> Vec<ConsentId> {
    let mut last: Vec<(Purpose, ConsentId)> = Vec::new();
    for id in draft.consents_of(id) {
        let consent = &draft.world.consents[&id].value;
        if consent.state == ConsentState::Requested && sides.contains(&&consent.identity_id) {
            last.retain(|(purpose, _)| *purpose != consent.purpose);
            last.push((consent.purpose, id));
        }
    }
    last.into_iter().map(|(_, id)| id).collect()
}

fn other(consent: &Consent, account: &IdentityId, target: &IdentityId) -> IdentityId {
    if consent.identity_id == *account { target.clone() } else { account.clone() }
}

/// Ends what is left of a handoff's consents. What was only asked for ends as the handoff does; what cannot end so
/// stays as it is.
pub(super) fn end(draft: &mut Draft<'_>, id: &HandoffId, to: ConsentState) {
    let handoff = draft.world.handoffs[id].value.clone();
    let grounds = match to {
        ConsentState::Refused | ConsentState::Withdrawn | ConsentState::Invalidated => Grounds {
            actor: "subject",
            proof_level: None,
            evidence: json!({"handoff_id": id, "state": handoff.state}),
        },
        _ => Grounds::system(handoff.state.as_str()),
    };
    for consent in draft.consents_of(id) {
        let state = draft.world.consents[&consent].value.state;
        if state == ConsentState::Requested || state.is_valid() {
            draft.change_consent(&consent, to, &grounds, |_| {});
        }
    }
    if let Some(talk) =
        handoff.conversation_id.filter(|talk| draft.world.conversations[talk].value.consent.is_some())
    {
        draft.show_consent(&talk, to);
    }
}

/// Somebody opted out on a channel: handoffs on it end, and so does whatever else they had agreed to there.
pub(in crate::bridge) fn opted_out(
    draft: &mut Draft<'_>,
    owner: &IdentityId,
    channel: &Channel,
    message_id: Option<MessageId>,
) {
    let act = Act { message_id: message_id.clone(), ..Act::default() };
    for (id, side) in sides(draft, owner, channel) {
        happen(draft, &id, &Input::Stopped(side), &act);
    }
    let grounds = Grounds {
        actor: "subject",
        proof_level: None,
        evidence: json!({"message_id": message_id, "cause": "stop"}),
    };
    for id in borne(draft, owner, channel) {
        draft.change_consent(&id, ConsentState::Withdrawn, &grounds, |_| {});
    }
}

/// The open handoffs in which an identity is a side on that channel.
fn sides(draft: &Draft<'_>, owner: &IdentityId, channel: &Channel) -> Vec<(HandoffId, Side)> {
    let is_dm = |handoff: &Handoff| {
        let talk = handoff.dm_conversation_id.as_ref().and_then(|id| draft.world.conversations.get(id));
        talk.is_some_and(|talk| talk.value.identity_id == *owner && talk.value.channel == *channel)
    };
    let is_target =
        |handoff: &Handoff| handoff.target_id.as_ref() == Some(owner) && handoff.channel == *channel;
    open_handoffs(draft, |handoff| is_dm(handoff) || is_target(handoff))
        .into_iter()
        .map(|id| {
            let side = if is_target(&draft.world.handoffs[&id].value) { Side::Target } else { Side::Account };
            (id, side)
        })
        .collect()
}

fn borne(draft: &Draft<'_>, owner: &IdentityId, channel: &Channel) -> Vec<ConsentId> {
    let consents = draft.world.consents.values().map(|one| &one.value);
    let theirs = |consent: &&Consent| {
        consent.identity_id == *owner
            && consent.channel == *channel
            && (consent.state.is_valid() || consent.state == ConsentState::Requested)
    };
    let mut ids: Vec<ConsentId> = consents.filter(theirs).map(|consent| consent.id.clone()).collect();
    ids.sort();
    ids
}

/// Somebody opted in again: the relay's consent is renewed where the link it went over still lives; `false` where there
/// is nothing to come back to. The handoff goes on as a new one on the same link.
pub(in crate::bridge) fn resumed(
    draft: &mut Draft<'_>,
    owner: &IdentityId,
    talk: &ConversationId,
    message_id: &MessageId,
) -> bool {
    let Some((consent, before)) = to_come_back_to(draft, owner, talk) else { return false };
    let grounds = Grounds {
        actor: "subject",
        proof_level: Some(if before.link_id.is_some() { "L2" } else { "L1" }),
        evidence: json!({"message_id": message_id, "cause": "start"}),
    };
    let renewed = draft.change_consent(&consent, ConsentState::Renewed, &grounds, |consent| {
        consent.evidence_message_id = Some(message_id.clone());
    });
    if !renewed {
        return false;
    }
    draft.talk(talk).hold = None;
    draft.show_consent(talk, ConsentState::Renewed);
    let now = draft.now;
    let limits = draft.settings(&before.workspace_id).limits;
    let again = Handoff {
        id: HandoffId::new(now, &clock::chance()),
        parent_id: Some(before.id.clone()),
        state: HandoffState::Active,
        confirm_message_id: None,
        delivery_id: None,
        body_id: None,
        expires_at: Some(now + limits.relay_idle),
        event_seq: 0,
        version: 1,
        created_at: now,
        ended_at: None,
        ..before
    };
    let id = super::begin(draft, again, "start");
    super::effect::go_private(draft, &id);
    true
}

/// The consent that was taken back last in that conversation, with its handoff.
fn to_come_back_to(
    draft: &Draft<'_>,
    owner: &IdentityId,
    talk: &ConversationId,
) -> Option<(ConsentId, Handoff)> {
    let consents = draft.world.consents.values().map(|one| &one.value);
    let theirs = |consent: &&Consent| {
        consent.identity_id == *owner
            && consent.purpose == Purpose::HandoffRelay
            && consent.state == ConsentState::Withdrawn
    };
    let last = consents.filter(theirs).max_by_key(|consent| (consent.ended_at, consent.id.clone()))?;
    let handoff = &draft.world.handoffs.get(last.handoff_id.as_ref()?)?.value;
    let lives = handoff
        .link_id
        .as_ref()
        .is_none_or(|link| draft.world.links.get(link).is_some_and(|link| !link.value.is_over()));
    let is_here = handoff.conversation_id.as_ref() == Some(talk) && handoff.state == HandoffState::Withdrawn;
    (lives && is_here).then(|| (last.id.clone(), handoff.clone()))
}
