//! A consent as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::Resource;
use crate::domain::channel::Channel;
use crate::domain::consent::{Consent, ConsentState, Method, Notice, Purpose};
use crate::domain::id::{ConsentId, HandoffId, IdentityId, MessageId};
use crate::domain::time::Timestamp;

/// What an identity agreed to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct ConsentView {
    /// The record; the same over its whole history.
    pub id: ConsentId,
    /// Who bears it: whoever was asked while requested, whoever agreed once granted.
    pub identity_id: IdentityId,
    /// The other side, where it is about two.
    pub counterpart_id: Option<IdentityId>,
    /// The handoff it belongs to; null when it was imported.
    pub handoff_id: Option<HandoffId>,
    /// What for.
    pub purpose: Purpose,
    /// On which medium.
    pub channel: Channel,
    /// Where it stands.
    pub state: ConsentState,
    /// How it was given; null before.
    pub method: Option<Method>,
    /// ISO 639-1 code of the notice's language.
    #[schema(example = "en")]
    pub language: String,
    /// The words that were shown; null where none are on record.
    pub notice: Option<Notice>,
    /// Our question.
    pub prompt_message_id: Option<MessageId>,
    /// The customer's own message that gave it.
    pub evidence_message_id: Option<MessageId>,
    /// Whether it came from another system's records.
    pub imported: bool,
    /// When it was asked for.
    pub requested_at: Option<Timestamp>,
    /// When it was given, last.
    pub granted_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Until when it permits; null when open-ended.
    pub valid_until: Option<Timestamp>,
    /// Where its newest event stands in the ledger.
    pub ledger: LedgerPlace,
    /// Grows with every change.
    #[schema(example = 2)]
    pub version: i64,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Where a consent event stands in the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LedgerPlace {
    /// `accepted` once stored, `sealed` once it has its place in the ledger.
    pub state: Sealing,
    /// Its index, from 0; null before it is sealed.
    #[schema(example = 12)]
    pub index: Option<i64>,
}

/// How far a consent event is on its way into the ledger.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sealing {
    /// Stored, to be sealed.
    Accepted,
    /// In the ledger.
    Sealed,
}

/// A consent as a resource.
#[must_use]
pub fn consent(consent: &Consent) -> Resource {
    let c = consent.clone();
    let state = if c.ledger_index.is_some() { Sealing::Sealed } else { Sealing::Accepted };
    let view = ConsentView {
        id: c.id,
        identity_id: c.identity_id,
        counterpart_id: c.counterpart_id,
        handoff_id: c.handoff_id,
        purpose: c.purpose,
        channel: c.channel,
        state: c.state,
        method: c.method,
        language: c.language,
        notice: c.notice,
        prompt_message_id: c.prompt_message_id,
        evidence_message_id: c.evidence_message_id,
        imported: c.is_imported,
        requested_at: c.requested_at,
        granted_at: c.granted_at,
        ended_at: c.ended_at,
        valid_until: c.valid_until,
        ledger: LedgerPlace { state, index: c.ledger_index },
        version: c.version,
        created_at: c.created_at,
    };
    Resource::of(&view, Vec::new())
}
