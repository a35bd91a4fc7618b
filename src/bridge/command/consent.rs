//! Bringing in what customers agreed to elsewhere.

use serde_json::json;

use super::{Caller, Decided, ImportConsent, Outcome, answer, record};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Grounds};
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::consent::{Consent, ConsentState, Method, Notice, Purpose};
use crate::domain::id::{ConsentId, ConversationId};
use crate::store::Needs;

/// The longest evidence, in characters.
const MOST_EVIDENCE: usize = 4000;

impl Bridge {
    /// Stores a consent out of other records, marked so; answers 201 with it.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong.
    pub async fn import_consent(&self, caller: &Caller, input: ImportConsent) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            identities: [input.identity_id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| import(draft, caller, &input)).await
    }
}

fn import(draft: &mut Draft<'_>, caller: &Caller, input: &ImportConsent) -> Decided {
    check(draft, caller, input)?;
    let now = draft.now;
    let consent = Consent {
        id: ConsentId::new(now, &clock::chance()),
        workspace_id: caller.workspace_id.clone(),
        identity_id: input.identity_id.clone(),
        counterpart_id: None,
        handoff_id: None,
        purpose: input.purpose,
        channel: input.channel.clone(),
        state: ConsentState::Granted,
        method: Some(input.method),
        language: input.language.clone().unwrap_or_else(|| "en".into()),
        notice: input.notice.clone(),
        prompt_message_id: None,
        evidence_message_id: None,
        is_imported: true,
        requested_at: None,
        granted_at: Some(input.granted_at),
        ended_at: None,
        valid_until: input.valid_until,
        ledger_index: None,
        event_seq: 0,
        version: 1,
        created_at: now,
    };
    let id = consent.id.clone();
    let evidence = json!({"imported": true, "granted_at": input.granted_at, "evidence": input.evidence});
    draft.add_consent(consent, &Grounds { actor: "agent", proof_level: None, evidence });
    show(draft, input);
    record(draft, caller, Some(id.as_str()));
    let resource = draft.consent_resource(&id);
    Ok(answer(201, draft.render(resource)))
}

/// The conversation on that channel shows it, where none of its own stands.
fn show(draft: &mut Draft<'_>, input: &ImportConsent) {
    let talks = draft.world.conversations.values().map(|talk| &talk.value);
    let here = talks.filter(|talk| {
        talk.identity_id == input.identity_id && talk.channel == input.channel && talk.consent.is_none()
    });
    let here: Vec<ConversationId> = here.map(|talk| talk.id.clone()).collect();
    if input.purpose == Purpose::HandoffRelay {
        here.iter().for_each(|talk| draft.show_consent(talk, ConsentState::Granted));
    }
}

fn check(draft: &Draft<'_>, caller: &Caller, input: &ImportConsent) -> Result<(), Refusal> {
    let owner = draft.world.identities.get(&input.identity_id).map(|known| &known.identity);
    let owner = owner.filter(|owner| owner.erased_at.is_none());
    if owner.is_none_or(|owner| owner.workspace_id != caller.workspace_id) {
        return Err(Refusal::invalid("/identity_id", "There is no such identity."));
    }
    if input.granted_at > draft.now {
        return Err(Refusal::invalid("/granted_at", "Lies in the future."));
    }
    if input.valid_until.is_some_and(|until| until <= draft.now) {
        return Err(Refusal::invalid(
            "/valid_until",
            "Lies in the past: the consent would not permit anything.",
        ));
    }
    if input.purpose == Purpose::Marketing && input.method != Method::Written {
        return Err(Refusal::invalid("/method", "Marketing takes a written consent."));
    }
    if !(1..=MOST_EVIDENCE).contains(&input.evidence.trim().chars().count()) {
        let detail = format!("1 to {MOST_EVIDENCE} characters: where the proof lies, or what it says.");
        return Err(Refusal::invalid("/evidence", detail));
    }
    let is_hash = |notice: &Notice| {
        notice.sha256.len() == 64 && notice.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if input.notice.as_ref().is_some_and(|notice| !is_hash(notice)) {
        return Err(Refusal::invalid("/notice/sha256", "64 hex digits in lower case."));
    }
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
    if input.language.as_ref().is_some_and(|code| !is_code(code)) {
        return Err(Refusal::invalid("/language", "An ISO 639-1 code such as en."));
    }
    Ok(())
}
