//! Leases that ran out, sends whose end nobody saw, and what is given back at a stop.

use std::collections::HashSet;

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::settle::Ended;
use super::value::args;
use super::write::flush;
use crate::domain::delivery::{UNKNOWN_HOLDS, UNKNOWN_TASK_AFTER};
use crate::domain::id::{DeliveryId, ReplicaId};
use crate::domain::inbound::SendResult;
use crate::domain::time::Timestamp;

/// It stays due since when it was: no later than what waits behind it, or the claim would look past it.
const EXPIRE_LEASED: &str = "UPDATE delivery SET state = 'pending', leased_by = NULL, lease_until = NULL
    WHERE state = 'leased' AND lease_until <= $1";

const EXPIRED_SENDING: &str = "SELECT d.id, d.attempt, COALESCE(c.provider, '') AS provider
    FROM delivery d LEFT JOIN connection c ON c.id = d.destination
    WHERE d.state = 'sending' AND d.lease_until <= $1
    ORDER BY d.lease_until
    LIMIT 500";

const LET_GO_UNKNOWN: &str = "UPDATE delivery SET holds = 0, lease_until = lease_until + $2
    WHERE state = 'unknown' AND holds = 1 AND lease_until <= $1";

const GIVE_UP_UNKNOWN: &str =
    "UPDATE delivery SET lease_until = NULL
    WHERE id IN (SELECT id FROM delivery WHERE state = 'unknown' AND holds = 0 AND lease_until <= $1 LIMIT 500)
    RETURNING id, workspace_id, destination, slot, attempt";

const VOID: &str =
    "UPDATE delivery SET lease_until = $2 WHERE state IN ('leased', 'sending') AND leased_by <> $1";

const RELEASE: &str = "UPDATE delivery SET state = 'pending', leased_by = NULL, lease_until = NULL
    WHERE state = 'leased' AND leased_by = $1";

const OLDEST: &str = "SELECT kind, MIN(created_at) FROM delivery
    WHERE state IN ('pending', 'leased', 'sending', 'unknown') GROUP BY kind";

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(EXPIRE_LEASED),
    Sql::same(EXPIRED_SENDING),
    Sql::same(LET_GO_UNKNOWN),
    Sql::same(GIVE_UP_UNKNOWN),
    Sql::same(VOID),
    Sql::same(RELEASE),
    Sql::same(OLDEST),
];

/// A provider send whose lease ran out while it may have been on the wire.
#[derive(Clone, Debug)]
pub struct Interrupted {
    /// The delivery.
    pub id: DeliveryId,
    /// Which lease.
    pub attempt: i64,
    /// The provider's name; empty when the connection is no more.
    pub provider: String,
}

#[derive(Debug, FromRow)]
struct UnresolvedRow {
    id: String,
    workspace_id: String,
    destination: String,
    slot: i64,
    attempt: i64,
}

impl Store {
    /// Makes leases that ran out before anything was sent due again; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_leases(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.execute(EXPIRE_LEASED, args![now]).await
    }

    /// Sends whose lease ran out: to be settled as unknown, or tried again where that does no harm.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interrupted(&self, now: Timestamp) -> Result<Vec<Interrupted>, StoreError> {
        let rows: Vec<(String, i64, String)> = self.db.all(EXPIRED_SENDING, args![now]).await?;
        let read = |(id, attempt, provider): (String, i64, String)| match DeliveryId::parse(&id) {
            Ok(id) => Ok(Interrupted { id, attempt, provider }),
            Err(_) => Err(StoreError::inconsistent("delivery", "id", &id)),
        };
        rows.into_iter().map(read).collect()
    }

    /// Lets unknown sends no longer hold their lanes once they did so long enough; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn let_go_unknown(&self, now: Timestamp) -> Result<u64, StoreError> {
        let rest = i64::try_from((UNKNOWN_TASK_AFTER - UNKNOWN_HOLDS).as_millis()).unwrap_or(i64::MAX);
        self.db.execute(LET_GO_UNKNOWN, args![now, rest]).await
    }

    /// Tells the bridge, once for each, of sends that stayed unknown too long; the slots to be decided.
    ///
    /// # Errors
    /// When the database fails: then nothing is written.
    pub async fn give_up_unknown(&self, now: Timestamp) -> Result<HashSet<i64>, StoreError> {
        let key = self.day_key(now.day()).await?;
        let mut tx = self.db.begin().await?;
        let rows: Vec<UnresolvedRow> = tx.all(GIVE_UP_UNKNOWN, args![now]).await?;
        let mut writes = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = DeliveryId::parse(&row.id)
                .map_err(|_| StoreError::inconsistent("delivery", "id", &row.id))?;
            let ended = Ended { id: &id, attempt: row.attempt, result: SendResult::Unresolved };
            writes.push(ended.write(&row.workspace_id, (&row.destination, row.slot), &key, now));
        }
        flush(&mut tx, writes).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(|row| row.slot).collect())
    }

    /// Ends the leases of every other replica: for the start of an embedded database, which nobody else serves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn void_leases(&self, replica: &ReplicaId, now: Timestamp) -> Result<u64, StoreError> {
        self.db.execute(VOID, args![replica, now]).await
    }

    /// Gives back what this replica has leased and not begun to send; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_leases(&self, replica: &ReplicaId) -> Result<u64, StoreError> {
        self.db.execute(RELEASE, args![replica]).await
    }

    /// When the oldest delivery still owed was made, by kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_owed(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = self.db.all(OLDEST, args![]).await?;
        Ok(rows.into_iter().map(|(kind, at)| (kind, Timestamp::from_millis(at))).collect())
    }
}
