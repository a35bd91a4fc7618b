//! A link as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill, Resource};
use crate::domain::id::{CustomerId, IdentityId, LinkId};
use crate::domain::link::{Actor, EndReason, Level, Link, LinkState, Proof, SuspendReason};
use crate::domain::time::Timestamp;

/// A customer and the identities joined in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Joined {
    /// The customer.
    pub id: CustomerId,
    /// Its identities, all of them.
    pub identity_ids: Vec<IdentityId>,
}

/// Why and since when a link joins nothing.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Suspended {
    /// Since when.
    since: Timestamp,
    /// Why.
    why: SuspendReason,
    /// Who saw to it.
    by: Actor,
}

/// How a link ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Ended {
    /// When.
    at: Timestamp,
    /// Why.
    why: EndReason,
    /// Who saw to it.
    by: Actor,
    /// What a person said to it; null once erased.
    note: Option<String>,
    /// Set when what was said was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
}

/// An edge between two identities, as strong as its proof.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// The link.
    id: LinkId,
    /// The two identities.
    identity_ids: [IdentityId; 2],
    /// What its newest proof shows: `L0` claimed, `L1` one side, `L2` both sides, `L3` vouched for by the platform.
    level: Level,
    /// `live`, `suspended` or `ended`.
    #[schema(example = "live")]
    state: &'static str,
    /// Set when it rests on what a person at the desk says.
    flagged: bool,
    /// Why a person made it; null when none did, or once erased.
    #[schema(example = "Both gave the order number 4711")]
    note: Option<String>,
    /// What it rests on, the newest last.
    proofs: Vec<Proof>,
    /// While it is suspended.
    suspended: Option<Suspended>,
    /// Once it is over.
    ended: Option<Ended>,
    /// From when it holds.
    valid_from: Timestamp,
    /// Until when it holds without a new proof; of an ended one, until when it held.
    valid_until: Option<Timestamp>,
    /// When it was recorded.
    recorded_at: Timestamp,
    /// The customers its identities belong to now, one while they are joined. Not in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    customers: Vec<Joined>,
    /// Grows with every change; the `ETag`.
    #[schema(example = 1)]
    version: i64,
    /// Set when the note was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
}

/// A link as a resource.
#[must_use]
pub fn link(link: &Link, customers: Vec<Joined>) -> Resource {
    let (suspended, ended) = match link.state.clone() {
        LinkState::Live => (None, None),
        LinkState::Suspended { since, why, by } => (Some(Suspended { since, why, by }), None),
        LinkState::Ended { at, why, by } => (None, Some(Ended { at, why, by, note: None, erased: None })),
    };
    let view = LinkView {
        id: link.id.clone(),
        identity_ids: link.between.clone(),
        level: link.level(),
        state: link.state.as_str(),
        flagged: link.is_flagged(),
        note: None,
        proofs: link.proofs.clone(),
        suspended,
        ended,
        valid_from: link.valid_from,
        valid_until: link.valid_until,
        recorded_at: link.recorded_at,
        customers,
        version: link.version,
        erased: None,
    };
    let place = |at: &str, body: &Option<_>| {
        body.clone().map(|body| BodyRef { at: at.to_owned(), body, fill: Fill::Note })
    };
    let notes = [place("", &link.note_body_id), place("/ended", &link.end_note_body_id)];
    Resource::of(&view, notes.into_iter().flatten().collect())
}
