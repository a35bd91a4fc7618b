//! What a public post means for the handoffs of its author: the phrase that a phone was given.

use super::say::hash;
use super::{Act, happen, open_handoffs};
use crate::bridge::draft::Draft;
use crate::domain::consent::Method;
use crate::domain::handoff::proof::{Presented, ProofKind, offered};
use crate::domain::handoff::{HandoffState, Input};
use crate::domain::id::IdentityId;
use crate::store::proof;

/// Only the account can post as itself, and only the phone knew the phrase: who else posts it gains nothing.
pub(in crate::bridge) fn posted(draft: &mut Draft<'_>, author: &IdentityId, text: &str) {
    let waiting = open_handoffs(draft, |handoff| {
        handoff.identity_id == *author && handoff.state == HandoffState::PhraseSent
    });
    if waiting.is_empty() {
        return;
    }
    let phrases = offered(text).phrases;
    for id in waiting {
        let workspace = draft.world.handoffs[&id].value.workspace_id.clone();
        let said = phrases.iter().find_map(|phrase| {
            let key = hash(draft, &workspace, (ProofKind::Phrase, &id), phrase);
            draft.world.proofs.get(&key).cloned()
        });
        let Some(mut proof) = said else { continue };
        let Some(target) = proof.target_id.clone() else { continue };
        if proof.present(author, draft.now) == Presented::Proves {
            draft.write(proof::used(&proof));
            draft.world.proofs.insert(proof.hash, proof);
            let act = Act { message_id: None, method: Some(Method::KeywordSms), holder: None };
            happen(draft, &id, &Input::PhrasePosted { target }, &act);
        }
    }
}
