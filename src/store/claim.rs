//! Claiming: deliveries that are due and first in their lane, taken under a lease.

use sqlx::FromRow;

use super::Store;
use super::engine::{Sql, Tx, locked};
use super::error::StoreError;
use super::value::args;
use crate::clock;
use crate::domain::circuit::probe_after;
use crate::domain::delivery::{DeliveryKind, LEASE};
use crate::domain::id::{DeliveryId, EventId, ReplicaId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;

/// Destinations for which something is due and whose circuit lets something through, found by jumping from one to
/// the next: their backlog does not matter.
const DUE_DESTINATIONS: &str = "WITH RECURSIVE owed (destination) AS (
        SELECT MIN(destination) FROM delivery WHERE state = 'pending'
        UNION ALL
        SELECT (SELECT MIN(d.destination) FROM delivery d
            WHERE d.state = 'pending' AND d.destination > owed.destination)
        FROM owed WHERE owed.destination IS NOT NULL
    )
    SELECT owed.destination, COALESCE(c.failures, 0) AS failures, c.open_until
    FROM owed LEFT JOIN circuit c ON c.destination = owed.destination
    WHERE owed.destination IS NOT NULL AND COALESCE(c.open_until, 0) <= $1
        AND EXISTS (SELECT 1 FROM delivery d
            WHERE d.state = 'pending' AND d.destination = owed.destination
                AND (d.due_at <= $1 OR c.open_until IS NOT NULL))";

/// One replica at a time claims for a destination, so that what it takes of a lane is the lane's beginning.
const TAKE_DESTINATION: Sql = locked!("SELECT destination FROM circuit WHERE destination = $1", skip);

/// A destination's row, made when it is first claimed for.
const KNOW_DESTINATION: &str = "INSERT INTO circuit (destination, workspace_id, failures, updated_at)
    SELECT d.destination, d.workspace_id, 0, $2 FROM delivery d
    WHERE d.destination = $1 AND d.state = 'pending' LIMIT 1
    ON CONFLICT (destination) DO NOTHING";

/// At most $5 that are due at a destination, in order. What stands behind something that is out, or not yet due, is
/// passed over; what stands behind something due comes with it, so that of each lane its beginning is taken.
const CLAIM: Sql = locked!(
    "WITH due AS (
        SELECT d.id
        FROM delivery d
        WHERE d.destination = $1 AND d.state = 'pending' AND d.due_at <= $2
            AND (d.holds = 0 OR NOT EXISTS (SELECT 1 FROM delivery e
                WHERE e.lane = d.lane AND e.seq < d.seq AND e.holds = 1
                    AND e.state IN ('pending', 'leased', 'sending', 'unknown')
                    AND (e.state <> 'pending' OR e.due_at > $2)))
        ORDER BY d.seq
        LIMIT $5", of "d", "
    )
    UPDATE delivery SET state = 'leased', attempt = attempt + 1, leased_by = $3, lease_until = $4
    WHERE id IN (SELECT id FROM due)
    RETURNING id, seq, kind, lane, holds, destination, event_id, attempt, tries, valid_until"
);

/// One replica probes; the probe counts as failed until it succeeds.
const PROBE: &str =
    "UPDATE circuit SET failures = failures + 1, open_until = $2 WHERE destination = $1 AND open_until = $3";

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(DUE_DESTINATIONS), TAKE_DESTINATION, Sql::same(KNOW_DESTINATION), CLAIM, Sql::same(PROBE)];

/// A delivery in this replica's hands.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: DeliveryId,
    /// To whom it is owed.
    pub kind: DeliveryKind,
    /// Its lane; `None` when it has left it.
    pub lane: Option<Lane>,
    /// The webhook or connection.
    pub destination: String,
    /// The event it carries, for a webhook.
    pub event_id: Option<EventId>,
    /// Which lease this is.
    pub attempt: i64,
    /// How often it went out before.
    pub tries: i64,
    /// Not sent any more after this.
    pub valid_until: Option<Timestamp>,
    /// Until when it is ours.
    pub lease_until: Timestamp,
}

/// A destination for which something is due.
#[derive(Debug, FromRow)]
pub struct Due {
    /// The webhook or connection.
    pub destination: String,
    failures: i64,
    open_until: Option<i64>,
}

#[derive(Debug, FromRow)]
struct ClaimedRow {
    id: String,
    seq: i64,
    kind: String,
    lane: Vec<u8>,
    holds: i64,
    destination: String,
    event_id: Option<String>,
    attempt: i64,
    tries: i64,
    valid_until: Option<i64>,
}

impl ClaimedRow {
    fn read(self, lease_until: Timestamp) -> Result<Claimed, StoreError> {
        let bad = |column| StoreError::inconsistent("delivery", column, &self.id);
        let lane = Lane::from_bytes(&self.lane).ok_or_else(|| bad("lane"))?;
        let event_id = self.event_id.as_deref().map(EventId::parse).transpose();
        Ok(Claimed {
            id: DeliveryId::parse(&self.id).map_err(|_| bad("id"))?,
            kind: DeliveryKind::parse(&self.kind).ok_or_else(|| bad("kind"))?,
            lane: (self.holds == 1).then_some(lane),
            event_id: event_id.map_err(|_| bad("event_id"))?,
            destination: self.destination,
            attempt: self.attempt,
            tries: self.tries,
            valid_until: self.valid_until.map(Timestamp::from_millis),
            lease_until,
        })
    }
}

impl Store {
    /// Destinations for which something is due and whose circuit lets something through.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_destinations(&self, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let mut due: Vec<Due> = self.db.all(DUE_DESTINATIONS, args![now]).await?;
        // Nobody is always last when there are more of them than places.
        let [chance] = clock::random::<1>();
        let first = usize::from(chance) % due.len().max(1);
        due.rotate_left(first);
        Ok(due)
    }

    /// Takes at most about `limit` deliveries that are due, the same share for every destination, so that a long
    /// backlog of one does not starve the others. Of a destination whose circuit is open, one when its time has come.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_due(
        &self,
        due: &[Due],
        replica: &ReplicaId,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        let mut claimed = Vec::new();
        for (done, destination) in due.iter().enumerate() {
            let share = limit.saturating_sub(claimed.len()) / (due.len() - done);
            claimed.extend(self.claim_of(destination, replica, share.max(1), now).await?);
            if claimed.len() >= limit {
                break;
            }
        }
        Ok(claimed)
    }

    async fn claim_of(
        &self,
        from: &Due,
        replica: &ReplicaId,
        share: usize,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        let until = now + LEASE;
        // A probe is the oldest there is: its own retry may be far off, and everything waits for the destination.
        let due_by = if from.open_until.is_some() { Timestamp::from_millis(i64::MAX) } else { now };
        let take = if from.open_until.is_some() { 1 } else { i64::try_from(share).unwrap_or(i64::MAX) };
        let destination = from.destination.as_str();
        let mut tx = self.db.begin().await?;
        tx.execute(KNOW_DESTINATION, args![destination, now]).await?;
        if tx.find::<(String,)>(TAKE_DESTINATION, args![destination]).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut rows: Vec<ClaimedRow> =
            tx.all(CLAIM, args![destination, due_by, replica, until, take]).await?;
        if rows.is_empty() || !probes(&mut tx, from, now).await? {
            return Ok(Vec::new());
        }
        tx.commit().await?;
        rows.sort_unstable_by_key(|row| row.seq);
        rows.into_iter().map(|row| row.read(until)).collect()
    }
}

/// Whether this replica may send there: always while the circuit is closed, else if it is the first to probe.
async fn probes(tx: &mut Tx, to: &Due, now: Timestamp) -> Result<bool, StoreError> {
    let Some(open_until) = to.open_until else { return Ok(true) };
    let next = now + probe_after(to.failures + 1);
    Ok(tx.execute(PROBE, args![to.destination.as_str(), next, open_until]).await? == 1)
}
