//! Taking a slot's next events, and those that are left: pending, parked, quarantined.

use std::collections::BTreeMap;

use sqlx::FromRow;

use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::inbound::{Fact, Trust};
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::engine::{Among, Sql, Tx, locked};
use crate::store::error::StoreError;
use crate::store::value::{Value, args, values};
use crate::vault::Key;

const QUARANTINE: &str =
    "UPDATE inbound_event SET state = 'quarantined', error = $2 WHERE seq = $1 AND state = 'pending'";

/// Slots that no other replica has.
const TAKE_SLOTS: Among = Among {
    head: "SELECT slot FROM lane_slot WHERE slot IN (VALUES ",
    parameters: 0,
    tail: locked!(") ORDER BY slot", skip),
};

/// The next events of slots: of each slot the oldest $1, of these the first of each workspace, then the second, until
/// there are $2. A storm at one workspace does not hold up the others.
const TAKE: Among = Among {
    head: "SELECT seq, workspace_id, connection_id, trust, day, payload, received_at
    FROM (
        SELECT e.seq, e.workspace_id, e.connection_id, e.trust, e.day, e.payload, e.received_at,
            ROW_NUMBER() OVER (PARTITION BY e.workspace_id ORDER BY e.seq) AS turn
        FROM lane_slot s
        JOIN inbound_event e ON e.slot = s.slot AND e.state = 'pending' AND e.seq < COALESCE(
            (SELECT later.seq FROM inbound_event later WHERE later.slot = s.slot AND later.state = 'pending'
            ORDER BY later.seq LIMIT 1 OFFSET $1), 9223372036854775807)
        WHERE s.slot IN (VALUES ",
    parameters: 2,
    tail: Sql::same(
        ")
    ) AS fair
    ORDER BY turn, seq
    LIMIT $2",
    ),
};

const PENDING_SLOTS: &str = "SELECT DISTINCT slot FROM inbound_event WHERE state = 'pending'";

const BACKLOG: &str =
    "SELECT COUNT(*), COALESCE(MIN(received_at), 0) FROM inbound_event WHERE state = 'pending'";

/// Parked events are looked at again until their time is over; then they are kept as done, without their content.
const RETRY_PARKED: &str =
    "UPDATE inbound_event SET state = CASE WHEN due_at <= $1 THEN 'done' ELSE 'pending' END,
        payload = CASE WHEN due_at <= $1 THEN NULL ELSE payload END
    WHERE state = 'parked' AND park_key IS NOT NULL";

pub(in crate::store) const STATEMENTS: &[Sql] =
    &[Sql::same(QUARANTINE), Sql::same(PENDING_SLOTS), Sql::same(BACKLOG), Sql::same(RETRY_PARKED)];

pub(in crate::store) const AMONG: &[Among] = &[TAKE_SLOTS, TAKE];

/// An event on its way to a decision.
#[derive(Clone, Debug)]
pub struct PendingFact {
    /// Its place in the order of arrival.
    pub seq: i64,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The connection that owns the account it is about.
    pub connection_id: ConnectionId,
    /// Whether a signature vouches for it.
    pub trust: Trust,
    /// What it says.
    pub fact: Fact,
    /// When it came.
    pub received_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct PendingRow {
    seq: i64,
    workspace_id: String,
    connection_id: String,
    trust: String,
    day: i64,
    payload: Option<Vec<u8>>,
    received_at: i64,
}

/// Events looked at to choose from, in all slots of a turn.
const LOOKED_AT: i64 = 2048;

impl PendingRow {
    fn read(self, key: &Key) -> Result<PendingFact, StoreError> {
        let row = self.seq.to_string();
        let bad = |column| StoreError::inconsistent("inbound_event", column, &row);
        let sealed = self.payload.ok_or_else(|| bad("payload"))?;
        let plain = key.open("inbound", &sealed)?;
        Ok(PendingFact {
            seq: self.seq,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            connection_id: ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?,
            trust: if self.trust == "signed" { Trust::Signed } else { Trust::Unsigned },
            fact: serde_json::from_slice(&plain).map_err(|_| bad("payload"))?,
            received_at: Timestamp::from_millis(self.received_at),
        })
    }
}

impl Store {
    /// Slots that have something pending.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_slots(&self) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = self.db.all(PENDING_SLOTS, args![]).await?;
        Ok(rows.into_iter().map(|(slot,)| slot).collect())
    }

    /// How many events are pending, and when the oldest of them came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn inbound_backlog(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let row: Option<(i64, i64)> = self.db.find(BACKLOG, args![]).await?;
        let (count, oldest) = row.unwrap_or_default();
        Ok((count, (oldest > 0).then(|| Timestamp::from_millis(oldest))))
    }

    /// Lets parked events be looked at again; those whose time is over are kept without effect.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_parked(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.execute(RETRY_PARKED, args![now]).await
    }

    /// Sets an event aside with the reason; its lane goes on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quarantine(&self, seq: i64, why: &str) -> Result<(), StoreError> {
        self.db.execute(QUARANTINE, args![seq, why]).await.map(|_| ())
    }

    /// Takes slots and their next events, at most `most`, oldest first; also the slots another replica has.
    pub(in crate::store) async fn take_slots(
        &self,
        tx: &mut Tx,
        slots: &[i64],
        most: i64,
    ) -> Result<(Vec<PendingFact>, Vec<i64>), StoreError> {
        let keys = |slots: &[i64]| slots.iter().map(|&slot| Value::from(slot)).collect::<Vec<_>>();
        let held: Vec<(i64,)> = tx.among(&TAKE_SLOTS, values![], keys(slots)).await?;
        let (ours, busy): (Vec<i64>, Vec<i64>) = slots.iter().partition(|&&slot| held.contains(&(slot,)));
        let each = LOOKED_AT / i64::try_from(ours.len()).unwrap_or(LOOKED_AT).max(1);
        let mut rows: Vec<PendingRow> = tx.among(&TAKE, values![each, most], keys(&ours)).await?;
        rows.sort_unstable_by_key(|row| row.seq);
        Ok((self.read_pending(tx, rows).await?, busy))
    }

    /// Opens events; those that cannot be read are set aside.
    async fn read_pending(&self, tx: &mut Tx, rows: Vec<PendingRow>) -> Result<Vec<PendingFact>, StoreError> {
        let mut keys: BTreeMap<i64, Key> = BTreeMap::new();
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let key = match keys.get(&row.day) {
                Some(key) => key,
                None => keys.entry(row.day).or_insert(self.day_key(row.day).await?),
            };
            let seq = row.seq;
            match row.read(key) {
                Ok(fact) => facts.push(fact),
                Err(error) => drop(tx.execute(QUARANTINE, args![seq, error.to_string()]).await?),
            }
        }
        Ok(facts)
    }
}
