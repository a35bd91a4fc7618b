//! Pruning what is over, so many rows a statement, behind the fence of whoever does it. Pending work is never over.

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::fence::{self, Fence};
use super::value::{Args, args};
use crate::domain::time::Timestamp;

/// Rows of one statement: few, so that nobody waits long behind it.
pub const STEP: i64 = 500;

/// Ids begin with their time, so that young rows stand at the end.
const FIRST_YOUNG_CALLBACK: &str = "SELECT id FROM callback WHERE received_at > $1 ORDER BY id LIMIT 1";

const PRUNE_CALLBACKS: &str = "DELETE FROM callback
    WHERE id IN (
        SELECT id FROM callback
        WHERE received_at <= $1 AND ($2 = '' OR id < $2)
        ORDER BY id
        LIMIT $3
    )";

const FIRST_YOUNG_INBOUND: &str = "SELECT seq FROM inbound_event WHERE received_at > $1 ORDER BY seq LIMIT 1";

/// Signed requests about persons have a bound of their own.
const PRUNE_INBOUND: &str = "DELETE FROM inbound_event
    WHERE seq IN (
        SELECT seq FROM inbound_event
        WHERE received_at <= $1 AND seq < $2 AND state IN ('done', 'quarantined')
            AND (kind NOT IN ('deletion.asked', 'deauthorized') OR received_at <= $4)
        ORDER BY seq
        LIMIT $3
    )";

/// Only the last few of each connection are there: a small table.
const PRUNE_REJECTED: &str = "DELETE FROM rejected_callback
    WHERE id IN (SELECT id FROM rejected_callback WHERE received_at <= $1 LIMIT $2)";

const PRUNE_CAPS: &str = "DELETE FROM cap
    WHERE key IN (SELECT key FROM cap WHERE updated_at <= $1 ORDER BY updated_at LIMIT $2) AND updated_at <= $1";

const PRUNE_DELIVERIES: &str = "DELETE FROM delivery
    WHERE id IN (
        SELECT id FROM delivery
        WHERE kind = 'webhook' AND state IN ('settled', 'dead') AND created_at <= $1
            AND COALESCE(settled_at, created_at) <= $1
        ORDER BY created_at
        LIMIT $2
    ) AND state IN ('settled', 'dead')";

/// What came of a send stands on its message or its post; one that somebody may still resolve is not over.
const PRUNE_SENDS: &str = "DELETE FROM delivery
    WHERE id IN (
        SELECT id FROM delivery
        WHERE kind = 'provider' AND state IN ('settled', 'dead') AND created_at <= $1
            AND COALESCE(settled_at, created_at) <= $1
        ORDER BY created_at
        LIMIT $2
    ) AND state IN ('settled', 'dead')";

const FIRST_YOUNG_AUDIT: &str = "SELECT seq FROM audit WHERE at > $1 ORDER BY seq LIMIT 1";

const PRUNE_AUDIT: &str = "DELETE FROM audit
    WHERE seq IN (SELECT seq FROM audit WHERE seq < $1 AND at <= $2 ORDER BY seq LIMIT $3)";

/// The first that must stay: what is gone is a beginning, so that no reader meets a gap.
const FIRST_KEPT_EVENT: &str = "SELECT seq FROM event WHERE at > $1 OR position IS NULL ORDER BY seq LIMIT 1";

const PRUNE_EVENTS: &str = "DELETE FROM event
    WHERE seq IN (SELECT seq FROM event WHERE seq < $1 ORDER BY seq LIMIT $2)";

/// The oldest day of which something sealed is left.
const OLDEST_SEALED_DAY: &str = "SELECT MIN(day) FROM (
        SELECT day FROM (SELECT day FROM callback ORDER BY id LIMIT 1) AS raw
        UNION ALL SELECT MIN(day) FROM rejected_callback
        UNION ALL SELECT MIN(day) FROM inbound_event WHERE state = 'pending'
        UNION ALL SELECT MIN(day) FROM inbound_event WHERE state = 'parked'
        UNION ALL SELECT MIN(day) FROM inbound_event WHERE state = 'quarantined'
    ) AS sealed";

const DROP_DAY_KEYS: &str = "DELETE FROM day_key WHERE day < $1";

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(FIRST_YOUNG_CALLBACK),
    Sql::same(PRUNE_CALLBACKS),
    Sql::same(FIRST_YOUNG_INBOUND),
    Sql::same(PRUNE_INBOUND),
    Sql::same(PRUNE_REJECTED),
    Sql::same(PRUNE_CAPS),
    Sql::same(PRUNE_DELIVERIES),
    Sql::same(PRUNE_SENDS),
    Sql::same(FIRST_YOUNG_AUDIT),
    Sql::same(PRUNE_AUDIT),
    Sql::same(FIRST_KEPT_EVENT),
    Sql::same(PRUNE_EVENTS),
    Sql::same(OLDEST_SEALED_DAY),
    Sql::same(DROP_DAY_KEYS),
];

/// What is to be pruned: everything of one table up to a bound, found once and then taken in steps.
#[derive(Clone, Debug)]
pub struct Prunable {
    /// The table's name.
    pub table: &'static str,
    sql: &'static str,
    args: Args,
}

impl Prunable {
    pub(super) const fn new(table: &'static str, sql: &'static str, args: Args) -> Self {
        Self { table, sql, args }
    }
}

impl Store {
    /// Raw callbacks received up to then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prunable_callbacks(&self, until: Timestamp) -> Result<Prunable, StoreError> {
        let young: Option<(String,)> = self.db.find(FIRST_YOUNG_CALLBACK, args![until]).await?;
        let bound = young.map_or_else(String::new, |(id,)| id);
        Ok(Prunable { table: "callback", sql: PRUNE_CALLBACKS, args: args![until, bound, STEP] })
    }

    /// Inbound events received up to then that are decided or set aside; signed requests about persons up to
    /// `asks_until`, for as long as one is taken it must be known whether it came before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prunable_inbound(
        &self,
        until: Timestamp,
        asks_until: Timestamp,
    ) -> Result<Prunable, StoreError> {
        let young: Option<(i64,)> = self.db.find(FIRST_YOUNG_INBOUND, args![until]).await?;
        let bound = young.map_or(i64::MAX, |(seq,)| seq);
        Ok(Prunable {
            table: "inbound_event",
            sql: PRUNE_INBOUND,
            args: args![until, bound, STEP, asks_until],
        })
    }

    /// Rejected callbacks received up to then.
    #[must_use]
    pub fn prunable_rejected(&self, until: Timestamp) -> Prunable {
        Prunable { table: "rejected_callback", sql: PRUNE_REJECTED, args: args![until, STEP] }
    }

    /// Counts of what was sent without a person, of which none counts any more.
    #[must_use]
    pub fn prunable_caps(&self, until: Timestamp) -> Prunable {
        Prunable { table: "cap", sql: PRUNE_CAPS, args: args![until, STEP] }
    }

    /// Webhook deliveries made and ended up to then.
    #[must_use]
    pub fn prunable_deliveries(&self, until: Timestamp) -> Prunable {
        Prunable { table: "delivery", sql: PRUNE_DELIVERIES, args: args![until, STEP] }
    }

    /// Sends to providers made and ended up to then.
    #[must_use]
    pub fn prunable_sends(&self, until: Timestamp) -> Prunable {
        Prunable { table: "delivery", sql: PRUNE_SENDS, args: args![until, STEP] }
    }

    /// Records of the audit log up to then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prunable_audit(&self, until: Timestamp) -> Result<Prunable, StoreError> {
        let young: Option<(i64,)> = self.db.find(FIRST_YOUNG_AUDIT, args![until]).await?;
        let bound = young.map_or(i64::MAX, |(seq,)| seq);
        Ok(Prunable { table: "audit", sql: PRUNE_AUDIT, args: args![bound, until, STEP] })
    }

    /// Events up to then, without a gap.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prunable_events(&self, until: Timestamp) -> Result<Prunable, StoreError> {
        let kept: Option<(i64,)> = self.db.find(FIRST_KEPT_EVENT, args![until]).await?;
        let bound = kept.map_or(i64::MAX, |(seq,)| seq);
        Ok(Prunable { table: "event", sql: PRUNE_EVENTS, args: args![bound, STEP] })
    }

    /// Keys of days before `day` under which nothing is sealed any more. To be asked after callbacks and inbound
    /// events were pruned.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prunable_day_keys(&self, day: i64) -> Result<Prunable, StoreError> {
        let row: Option<(Option<i64>,)> = self.db.find(OLDEST_SEALED_DAY, args![]).await?;
        let bound = row.and_then(|(oldest,)| oldest).map_or(day, |oldest| oldest.min(day));
        Ok(Prunable { table: "day_key", sql: DROP_DAY_KEYS, args: args![bound] })
    }

    /// Leaves nothing of what was pruned or erased in the write-ahead log of an embedded database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fold(&self) -> Result<(), StoreError> {
        self.db.fold().await
    }

    /// Takes one step; how many rows it took. `None` when the fence was lost: then nothing is pruned.
    ///
    /// # Errors
    /// When the database fails: then nothing is pruned.
    pub async fn prune(
        &self,
        fence: Fence,
        until: Timestamp,
        what: &Prunable,
    ) -> Result<Option<u64>, StoreError> {
        let mut tx = self.db.begin().await?;
        if !fence::pass(&mut tx, fence, until).await? {
            return Ok(None);
        }
        let rows = tx.execute(what.sql, what.args.clone()).await?;
        tx.commit().await?;
        Ok(Some(rows))
    }
}
