//! Suppressions: who must not be sent to, remembered as a keyed hash that outlives erasure.

use super::engine::Bulk;
use super::value::values;
use super::write::{Guard, Statement, Write};
use crate::domain::channel::Channel;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

static ADD: Statement = Statement {
    rank: 45,
    bulk: Bulk::new(
        "INSERT INTO suppression (workspace_id, channel, address_key, source, created_at) VALUES ",
        5,
        " ON CONFLICT (workspace_id, address_key, channel)
        DO UPDATE SET source = excluded.source, created_at = excluded.created_at, lifted_at = NULL",
    ),
    guard: Guard::Any,
};

static LIFT: Statement = Statement::adjust(
    46,
    "UPDATE suppression SET lifted_at = v.column4
    FROM (VALUES ",
    4,
    ") AS v
    WHERE suppression.workspace_id = v.column1 AND suppression.channel = v.column2
        AND suppression.address_key = v.column3 AND suppression.lifted_at IS NULL",
);

/// Channels on which identities are suppressed.
pub(super) const OF_IDENTITIES: Bulk = Bulk::new(
    "SELECT v.column1, s.channel, s.source
    FROM (VALUES ",
    3,
    ") AS v
    JOIN suppression s ON s.workspace_id = v.column2 AND s.address_key = v.column3
    WHERE s.lifted_at IS NULL",
);

/// Suppresses an address on a channel.
pub fn add(workspace: &WorkspaceId, channel: &Channel, key: &[u8], source: &str, now: Timestamp) -> Write {
    Write { statement: &ADD, values: values![workspace, channel, key.to_vec(), source, now] }
}

/// Lets an address be sent to again on that channel.
pub fn lift(workspace: &WorkspaceId, channel: &Channel, key: &[u8], now: Timestamp) -> Write {
    Write { statement: &LIFT, values: values![workspace, channel, key.to_vec(), now] }
}
