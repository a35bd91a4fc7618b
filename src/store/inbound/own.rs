//! Facts the service tells itself (how a send ended): stored like any other.

use super::{hash16, trust_word};
use crate::clock;
use crate::domain::inbound::{Fact, Trust};
use crate::domain::time::Timestamp;
use crate::store::engine::Bulk;
use crate::store::value::values;
use crate::store::write::{Guard, Statement, Write};
use crate::vault::Key;

static INSERT_OWN: Statement = Statement {
    rank: 60,
    bulk: Bulk::new(
        "INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, kind, trust, state, day, payload, body_hash,
            received_at) VALUES ",
        11,
        " ON CONFLICT (digest) DO NOTHING",
    ),
    guard: Guard::Any,
};

/// A fact the service tells itself.
pub(in crate::store) struct OwnFact<'a> {
    pub(in crate::store) digest: [u8; 16],
    pub(in crate::store) workspace_id: &'a str,
    pub(in crate::store) connection_id: &'a str,
    pub(in crate::store) slot: i64,
    pub(in crate::store) fact: &'a Fact,
}

/// A fact of our own, to be decided in its lane's order.
pub(in crate::store) fn own(fact: &OwnFact<'_>, key: &Key, now: Timestamp) -> Write {
    let plain = serde_json::to_vec(fact.fact).unwrap_or_default();
    Write {
        statement: &INSERT_OWN,
        values: values![
            fact.digest,
            fact.workspace_id,
            fact.connection_id,
            fact.slot,
            fact.fact.kind(),
            trust_word(Trust::Signed),
            "pending",
            now.day(),
            key.seal(clock::random(), "inbound", &plain),
            hash16(&plain),
            now,
        ],
    }
}
