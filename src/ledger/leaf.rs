//! Leaves: what a consent event leaves in the ledger. No personal data, ever: commitments and hashes alone.

use serde_json::{Value, json};

use super::canonical::canonical;
use crate::domain::time::Timestamp;

/// The form of the leaves made here.
pub const SCHEMA: &str = "handoff-consent/1";

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafEvent {
    /// We asked.
    Requested,
    /// They agreed.
    Granted,
    /// They said no.
    Refused,
    /// They agreed again.
    Renewed,
    /// They took it back.
    Withdrawn,
    /// Its time was over.
    Expired,
    /// What it was for ended.
    Terminated,
    /// It was never theirs to give.
    Invalidated,
    /// The person behind it was erased: its commitment and payload can be opened no more.
    Erased,
}

impl LeafEvent {
    /// Every event there is.
    pub const ALL: [Self; 9] = [
        Self::Requested,
        Self::Granted,
        Self::Refused,
        Self::Renewed,
        Self::Withdrawn,
        Self::Expired,
        Self::Terminated,
        Self::Invalidated,
        Self::Erased,
    ];

    /// The word in the leaf, which is also the kind of the event that is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "consent.requested",
            Self::Granted => "consent.granted",
            Self::Refused => "consent.refused",
            Self::Renewed => "consent.renewed",
            Self::Withdrawn => "consent.withdrawn",
            Self::Expired => "consent.expired",
            Self::Terminated => "consent.terminated",
            Self::Invalidated => "consent.invalidated",
            Self::Erased => "subject.erased",
        }
    }
}

/// What a leaf says beside the commitments. Every field is a closed word, a time, a hash or a random id: nothing here
/// may point at a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What was agreed to: `handoff.relay`, `identity.link` …
    pub purpose: Option<String>,
    /// The kind of channel it holds for: `sms`, `x_dm` …; never an address.
    pub channel: Option<String>,
    /// SHA-256 of the exact bytes of the notice that was shown.
    pub notice_sha256: Option<[u8; 32]>,
    /// The notice's version.
    pub notice_version: Option<String>,
    /// The language of the notice, BCP 47.
    pub language: Option<String>,
    /// How it was expressed: `keyword_sms`, `dm_text`, `agent_recorded` …
    pub method: Option<String>,
    /// Whether it was `implied`, `express` or `written`.
    pub consent_type: Option<String>,
    /// The legal basis, such as `eu-gdpr:A6-1-a`.
    pub lawful_basis: Option<String>,
    /// On whose behalf: the workspace's public name or its id.
    pub controller: Option<String>,
    /// Whose law is taken to hold, ISO 3166 codes.
    pub jurisdiction: Vec<String>,
    /// How far the identity was proven: `L0` to `L3`.
    pub proof_level: Option<String>,
    /// Who acted: `subject`, `agent` or `system`.
    pub actor: Option<String>,
    /// What a withdrawal reaches: `conversation`, `purpose`, `brand` or `all`.
    pub revocation_scope: Option<String>,
    /// Until when it holds.
    pub valid_until: Option<Timestamp>,
}

/// A leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The consent it is about, the same over all its events.
    pub record_id: String,
    /// What happened.
    pub event: LeafEvent,
    /// When.
    pub at: Timestamp,
    /// What it was about.
    pub terms: Terms,
    /// `RecordKey::commit` of the identity.
    pub subject_commitment: Option<[u8; 32]>,
    /// SHA-256 of the sealed evidence.
    pub payload_ct_sha256: Option<[u8; 32]>,
    /// `RecordKey::id`.
    pub key_id: Option<String>,
}

impl Leaf {
    /// The exact bytes that are hashed: canonical JSON, absent fields null.
    #[must_use]
    #[expect(clippy::expect_used, reason = "there is no number in it")]
    pub fn bytes(&self) -> Vec<u8> {
        let terms = &self.terms;
        let leaf = json!({
            "schema": SCHEMA,
            "record_id": self.record_id,
            "event": self.event.as_str(),
            "at": self.at,
            "purpose": terms.purpose,
            "channel": terms.channel,
            "notice_sha256": terms.notice_sha256.map(hex::encode),
            "notice_version": terms.notice_version,
            "language": terms.language,
            "method": terms.method,
            "consent_type": terms.consent_type,
            "lawful_basis": terms.lawful_basis,
            "controller": terms.controller,
            "jurisdiction": terms.jurisdiction,
            "proof_level": terms.proof_level,
            "actor": terms.actor,
            "revocation_scope": terms.revocation_scope,
            "valid_until": terms.valid_until,
            "subject_commitment": self.subject_commitment.map(hex::encode),
            "payload_ct_sha256": self.payload_ct_sha256.map(hex::encode),
            "key_id": self.key_id,
        });
        canonical(&leaf).expect("words, times and hashes").into_bytes()
    }
}

/// Reads what leaf bytes say; `None` when they are no canonical JSON object with a `schema` and a `record_id`.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let is_leaf = value["schema"].is_string() && value["record_id"].is_string();
    (is_leaf && canonical(&value).ok()?.as_bytes() == bytes).then_some(value)
}
