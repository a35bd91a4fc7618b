//! Consents in the making: each change is told, and goes into the ledger in the same commit.

use serde_json::Value;

use super::{Draft, Subject, touch};
use crate::domain::consent::{Consent, ConsentState, Method};
use crate::domain::id::{ConsentId, ConversationId, HandoffId};
use crate::ledger::leaf::{LeafEvent, Terms};
use crate::store::Loaded;
use crate::store::ledger::{self, Entry};
use crate::store::view::{self, Resource};

/// What a change of a consent rests on.
#[derive(Clone, Debug)]
pub(in crate::bridge) struct Grounds {
    /// Who acted: `subject`, `agent` or `system`.
    pub(in crate::bridge) actor: &'static str,
    /// How far both sides were proven to be one person.
    pub(in crate::bridge) proof_level: Option<&'static str>,
    /// What proves it; sealed beside the ledger, never in it.
    pub(in crate::bridge) evidence: Value,
}

impl Grounds {
    /// The service itself acted, by its rules.
    pub(in crate::bridge) fn system(why: &str) -> Self {
        Self { actor: "system", proof_level: None, evidence: serde_json::json!({"cause": why}) }
    }
}

impl Draft<'_> {
    /// The consent as a resource.
    pub(in crate::bridge) fn consent_resource(&self, id: &ConsentId) -> Resource {
        view::consent(&self.world.consents[id].value)
    }

    /// Stores a new record and tells of it.
    pub(in crate::bridge) fn add_consent(&mut self, consent: Consent, grounds: &Grounds) {
        let id = consent.id.clone();
        self.world.consents.insert(id.clone(), Loaded::new(consent));
        self.tell_consent(&id, grounds);
    }

    /// Takes a record to another state and tells of it; `false` where that is no way to go.
    pub(in crate::bridge) fn change_consent(
        &mut self,
        id: &ConsentId,
        to: ConsentState,
        grounds: &Grounds,
        also: impl FnOnce(&mut Consent),
    ) -> bool {
        let now = self.now;
        let may = self.world.consents.get(id).is_some_and(|one| one.value.state.may_become(to));
        if may {
            let consent = self.consent(id);
            also(consent);
            consent.become_state(to, now);
            self.tell_consent(id, grounds);
        }
        may
    }

    /// The consents of a handoff, oldest first.
    pub(in crate::bridge) fn consents_of(&self, handoff: &HandoffId) -> Vec<ConsentId> {
        let of = |consent: &&Consent| consent.handoff_id.as_ref() == Some(handoff);
        let mut ids: Vec<ConsentId> =
            self.world.consents.values().map(|one| &one.value).filter(of).map(|one| one.id.clone()).collect();
        ids.sort();
        ids
    }

    /// What a conversation shows of its consent.
    pub(in crate::bridge) fn show_consent(&mut self, talk: &ConversationId, state: ConsentState) {
        if self.world.conversations[talk].value.consent != Some(state) {
            self.talk(talk).consent = Some(state);
        }
    }

    #[expect(clippy::expect_used, reason = "callers hold an id they read from this world")]
    fn consent(&mut self, id: &ConsentId) -> &mut Consent {
        let consent = self.world.consents.get_mut(id).expect("a consent of this world");
        touch(consent, |consent, version| consent.version = version);
        &mut consent.value
    }

    fn tell_consent(&mut self, id: &ConsentId, grounds: &Grounds) {
        let consent = self.consent(id);
        consent.event_seq += 1;
        let consent = consent.clone();
        let terms = self.terms(&consent, grounds);
        let entry = Entry {
            record_id: consent.id.as_str(),
            event: leaf_event(consent.state),
            at: self.now,
            terms,
            evidence: grounds.evidence.clone(),
        };
        let writes = ledger::record(self.known(&consent.identity_id), entry);
        writes.into_iter().for_each(|write| self.write(write));
        let subject = Subject {
            workspace_id: consent.workspace_id.clone(),
            id: consent.id.to_string(),
            seq: consent.event_seq,
            identity_id: Some(consent.identity_id.clone()),
        };
        self.tell(consent.state.event(), subject, view::consent(&consent));
    }

    fn terms(&self, consent: &Consent, grounds: &Grounds) -> Terms {
        let settings = self.settings(&consent.workspace_id);
        let notice_sha256 = consent.notice.as_ref().and_then(|notice| {
            let bytes = hex::decode(&notice.sha256).ok()?;
            bytes.try_into().ok()
        });
        Terms {
            purpose: Some(consent.purpose.as_str().to_owned()),
            channel: Some(consent.channel.to_string()),
            notice_sha256,
            notice_version: consent.notice.as_ref().map(|notice| notice.version.clone()),
            language: Some(consent.language.clone()),
            method: consent.method.map(|method| method.as_str().to_owned()),
            consent_type: consent.state.is_valid().then(|| match consent.method {
                Some(Method::Written) => "written".to_owned(),
                _ => "express".to_owned(),
            }),
            lawful_basis: Some("eu-gdpr:A6-1-a".to_owned()),
            controller: Some(consent.workspace_id.to_string()),
            jurisdiction: Vec::new(),
            proof_level: grounds.proof_level.map(str::to_owned),
            actor: Some(grounds.actor.to_owned()),
            revocation_scope: (consent.state == ConsentState::Withdrawn)
                .then(|| settings.revocation_scope.as_str().to_owned()),
            valid_until: consent.valid_until,
        }
    }
}

const fn leaf_event(state: ConsentState) -> LeafEvent {
    match state {
        ConsentState::Requested => LeafEvent::Requested,
        ConsentState::Granted => LeafEvent::Granted,
        ConsentState::Renewed => LeafEvent::Renewed,
        ConsentState::Refused => LeafEvent::Refused,
        ConsentState::Withdrawn => LeafEvent::Withdrawn,
        ConsentState::Expired => LeafEvent::Expired,
        ConsentState::Terminated => LeafEvent::Terminated,
        ConsentState::Invalidated => LeafEvent::Invalidated,
    }
}
