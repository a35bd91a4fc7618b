//! What a customer's private message means for the handoffs it may take on.

use std::time::Duration;

use super::say::{hash, was_asked};
use super::{Act, happen, open_handoffs, say};
use crate::bridge::draft::Draft;
use crate::clock;
use crate::domain::answer::{self, Answer};
use crate::domain::consent::{Method, Purpose};
use crate::domain::handoff::proof::{Offered, Presented, ProofKind, ProofState, may_ask_code, offered};
use crate::domain::handoff::{HandoffState, Input, Path, Side};
use crate::domain::id::{ConversationId, HandoffId, IdentityId, MessageId};
use crate::domain::identity::{Namespace, Party, Profile};
use crate::domain::texts::TextName;
use crate::store::ledger::receipt_link;
use crate::store::proof;

/// How long the link to a receipt works, if nobody has used it.
const RECEIPT_LINK: Duration = Duration::from_secs(24 * 3600);

/// A private message a signature vouches for.
pub(in crate::bridge) struct Heard<'a> {
    pub(in crate::bridge) owner: &'a IdentityId,
    pub(in crate::bridge) talk: &'a ConversationId,
    pub(in crate::bridge) message_id: &'a MessageId,
    pub(in crate::bridge) text: &'a str,
    pub(in crate::bridge) is_button: bool,
}

/// Listens to a message that is no opt-out word.
pub(in crate::bridge) fn heard(draft: &mut Draft<'_>, heard: &Heard<'_>) {
    let said = offered(heard.text);
    let answer = answer::read(heard.text);
    if let Some(token) = &said.token {
        return token_texted(draft, heard, token);
    }
    if answered(draft, heard, answer) || code_typed(draft, heard, &said) || case_named(draft, heard, &said) {
        return;
    }
    if said.is_malformed {
        return wrong(draft, heard);
    }
    spoke(draft, heard);
}

fn act(draft: &Draft<'_>, heard: &Heard<'_>) -> Act {
    let is_text_message =
        matches!(draft.world.conversations[heard.talk].value.channel.as_str(), "sms" | "rcs");
    let method = match (is_text_message, heard.is_button) {
        (true, _) => Method::KeywordSms,
        (false, true) => Method::DmButton,
        (false, false) => Method::DmText,
    };
    Act { message_id: Some(heard.message_id.clone()), method: Some(method), holder: None }
}

/// One message is proof, act and evidence: it came from the phone, and only the account knew what is in it.
fn token_texted(draft: &mut Draft<'_>, heard: &Heard<'_>, token: &str) {
    let talk = draft.world.conversations[heard.talk].value.clone();
    let key = draft.vault.proof_hash(&talk.workspace_id, ProofKind::Token.as_str(), token);
    let known = draft.world.proofs.get(&key).cloned();
    let known = known.filter(|proof| {
        let handoff = draft.world.handoffs.get(&proof.handoff_id).map(|handoff| &handoff.value);
        handoff.is_some_and(|handoff| !handoff.state.is_over() && handoff.connection_id == talk.connection_id)
    });
    if is_muted(draft, heard.owner) {
        return;
    }
    let Some(mut proof) = known else { return wrong(draft, heard) };
    let act = Act { holder: Some(proof.holder_id.clone()), ..act(draft, heard) };
    match proof.present(heard.owner, draft.now) {
        Presented::Proves => {
            draft.write(proof::used(&proof));
            draft.world.proofs.insert(key, proof.clone());
            happen(draft, &proof.handoff_id, &Input::TokenTexted { by: heard.owner.clone() }, &act);
        }
        Presented::Again => {}
        Presented::Reused => {
            happen(draft, &proof.handoff_id, &Input::TokenReused, &act);
            wrong(draft, heard);
        }
        Presented::Stale => wrong(draft, heard),
    }
}

/// The answer to one of our questions; `true` when it was one.
fn answered(draft: &mut Draft<'_>, heard: &Heard<'_>, answer: Option<Answer>) -> bool {
    let act = act(draft, heard);
    match answer {
        Some(Answer::Agree) => {
            for (id, side) in sides(draft, heard) {
                if asked(draft, &id, side) && happen(draft, &id, &Input::Agreed(side), &act) {
                    return true;
                }
            }
            false
        }
        Some(Answer::Decline) => {
            let sides = sides(draft, heard);
            sides
                .into_iter()
                .fold(false, |any, (id, side)| happen(draft, &id, &Input::Declined(side), &act) || any)
        }
        Some(Answer::Receipt) => receipt(draft, heard),
        None => false,
    }
}

/// Whoever agreed may see the record of it, by a link that works once.
fn receipt(draft: &mut Draft<'_>, heard: &Heard<'_>) -> bool {
    let talk = draft.world.conversations[heard.talk].value.clone();
    let consents = draft.world.consents.values().map(|one| &one.value);
    let given = consents.filter(|consent| {
        consent.identity_id == *heard.owner
            && consent.channel == talk.channel
            && consent.purpose == Purpose::HandoffRelay
            && consent.granted_at.is_some()
    });
    let Some(consent) = given.max_by_key(|consent| (consent.granted_at, consent.id.clone())).cloned() else {
        return false;
    };
    let good = (draft.now, draft.now + RECEIPT_LINK);
    let (path, write) = receipt_link(&consent.workspace_id, &consent.id, clock::random(), good);
    draft.write(write);
    let vars = say::brand_vars(draft, &talk.workspace_id).with("link", format!("{}{path}", draft.public_url));
    say::say(draft, heard.talk, TextName::Receipt, &consent.language, &vars);
    true
}

/// Whether the question was put, so that the word is an answer to it.
fn asked(draft: &mut Draft<'_>, id: &HandoffId, side: Side) -> bool {
    let handoff = &draft.world.handoffs[id].value;
    match (side, handoff.state) {
        (Side::Account, HandoffState::Invited) => handoff.path == Path::P1 && was_asked(draft, id),
        (Side::Account, state) => state == HandoffState::AccountProven,
        (Side::Target, state) => state == HandoffState::ConsentPending,
    }
}

/// The open handoffs to which this conversation is a side, oldest first.
fn sides(draft: &Draft<'_>, heard: &Heard<'_>) -> Vec<(HandoffId, Side)> {
    let talk = &draft.world.conversations[heard.talk].value;
    let open = open_handoffs(draft, |_| true);
    let side = |id: HandoffId| {
        let handoff = &draft.world.handoffs[&id].value;
        let complaint = &draft.world.complaints[&handoff.complaint_id].value;
        let is_account = handoff.dm_conversation_id.as_ref() == Some(heard.talk)
            || (handoff.identity_id == *heard.owner && complaint.connection_id == talk.connection_id);
        match (handoff.conversation_id.as_ref() == Some(heard.talk), is_account) {
            (true, false) => Some((id, Side::Target)),
            (_, true) => Some((id, Side::Account)),
            _ => None,
        }
    };
    open.into_iter().filter_map(side).collect()
}

/// A code typed in the account's own private messages.
fn code_typed(draft: &mut Draft<'_>, heard: &Heard<'_>, said: &Offered) -> bool {
    let Some(code) = &said.code else { return false };
    let waiting = sides(draft, heard).into_iter().find(|(id, side)| {
        *side == Side::Account && draft.world.handoffs[id].value.state == HandoffState::CodeSent
    });
    let Some((id, _)) = waiting else { return false };
    let workspace = draft.world.handoffs[&id].value.workspace_id.clone();
    let key = hash(draft, &workspace, (ProofKind::Code, &id), code);
    let tries = i64::from(draft.settings(&workspace).limits.code_tries);
    let live = draft.world.proofs.values().find(|proof| {
        proof.handoff_id == id
            && proof.kind == ProofKind::Code
            && proof.state == ProofState::Live
            && proof.tries < tries
    });
    let Some(mut proof) = live.cloned() else {
        wrong(draft, heard);
        return true;
    };
    let target = proof.target_id.clone().filter(|_| proof.hash == key);
    match target {
        Some(target) if proof.present(heard.owner, draft.now) == Presented::Proves => {
            draft.write(proof::used(&proof));
            draft.world.proofs.insert(key, proof);
            let act = act(draft, heard);
            happen(draft, &id, &Input::CodeTyped { target }, &act);
        }
        _ => {
            draft.write(proof::tried(&proof));
            proof.tries += 1;
            draft.world.proofs.insert(proof.hash, proof);
            wrong(draft, heard);
        }
    }
    true
}

/// Somebody named a case on the private channel. It is no secret: nothing about the case is said in return.
fn case_named(draft: &mut Draft<'_>, heard: &Heard<'_>, said: &Offered) -> bool {
    let talk = draft.world.conversations[heard.talk].value.clone();
    let named = open_handoffs(draft, |handoff| {
        said.case_refs.contains(&handoff.case_ref)
            && handoff.connection_id == talk.connection_id
            && handoff.workspace_id == talk.workspace_id
            && matches!(handoff.path, Path::P3 | Path::P5)
    });
    if is_muted(draft, heard.owner) {
        return !named.is_empty();
    }
    let act = act(draft, heard);
    let input = Input::CaseNamed { by: heard.owner.clone() };
    let mut moved = false;
    for id in &named {
        moved |= happen(draft, id, &input, &act);
    }
    moved
}

/// The account wrote in private, with a number to go on at or without.
fn spoke(draft: &mut Draft<'_>, heard: &Heard<'_>) {
    let act = act(draft, heard);
    for (id, side) in sides(draft, heard) {
        if side == Side::Account && !number_given(draft, heard, &id) {
            let input = Input::AccountSpoke { conversation_id: heard.talk.clone() };
            happen(draft, &id, &input, &act);
        }
    }
}

fn number_given(draft: &mut Draft<'_>, heard: &Heard<'_>, id: &HandoffId) -> bool {
    let handoff = draft.world.handoffs[id].value.clone();
    let is_open = matches!(handoff.state, HandoffState::AccountProven | HandoffState::TokenSent);
    if !is_open || !matches!(handoff.path, Path::P2 | Path::P4) {
        return false;
    }
    let Some(number) = offered(heard.text).number else { return false };
    let limits = draft.settings(&handoff.workspace_id).limits;
    let asked = draft.world.codes.get(heard.owner).map_or(&[][..], Vec::as_slice);
    if !may_ask_code(asked, &limits, draft.now) {
        // The token is still a way to go on, and costs nobody a text message.
        return false;
    }
    let party = Party { namespace: Namespace::phone(), external_id: number, profile: Profile::default() };
    let target = draft.identify(&handoff.workspace_id, &party);
    let act = act(draft, heard);
    happen(draft, id, &Input::NumberGiven { target }, &act)
}

/// Always the same answer, whatever was wrong; after too many, none.
fn wrong(draft: &mut Draft<'_>, heard: &Heard<'_>) {
    if is_muted(draft, heard.owner) {
        return;
    }
    let talk = draft.world.conversations[heard.talk].value.clone();
    draft.write(proof::strike(heard.owner, &talk.workspace_id, draft.now));
    let strike = draft.world.strikes.entry(heard.owner.clone()).or_insert((0, draft.now));
    strike.0 += 1;
    let language = say::language_of(draft, &talk.workspace_id, None);
    let vars = say::brand_vars(draft, &talk.workspace_id);
    say::say(draft, heard.talk, TextName::NotValid, &language, &vars);
}

fn is_muted(draft: &Draft<'_>, owner: &IdentityId) -> bool {
    let limits = draft.settings(&draft.known(owner).identity.workspace_id).limits;
    draft.world.strikes.get(owner).is_some_and(|(count, since)| {
        *count >= i64::from(limits.bad_tokens_per_hour) && draft.now < *since + limits.mute
    })
}
