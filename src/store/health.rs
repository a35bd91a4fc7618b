//! How connections stand: callbacks counted by all replicas, and what was last told of it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::value::{Value, args, values};
use super::write::{Statement, Write};
use crate::domain::health::{ACCEPTED, Count, Health, first_slice};
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::time::Timestamp;

const ADD: Bulk = Bulk::new(
    "INSERT INTO callback_tally (connection_id, slice, outcome, count) VALUES ",
    4,
    " ON CONFLICT (connection_id, slice, outcome) DO UPDATE SET count = callback_tally.count + excluded.count",
);

const SEEN: Bulk = Bulk::new(
    "INSERT INTO connection_health (connection_id, status, since, event_seq, last_callback_at, last_challenge_at) VALUES ",
    6,
    " ON CONFLICT (connection_id) DO UPDATE SET
        last_callback_at = COALESCE(excluded.last_callback_at, connection_health.last_callback_at),
        last_challenge_at = COALESCE(excluded.last_challenge_at, connection_health.last_challenge_at)",
);

const FORGET: &str = "DELETE FROM callback_tally WHERE slice < $1";

const FAILING: &str = "SELECT connection_id FROM connection_health WHERE status = 'failing'";

const STANDING: Bulk = Bulk::new(
    "SELECT c.id, c.workspace_id, c.provider, c.name, h.status, h.since, h.event_seq, h.last_callback_at,
        h.last_challenge_at
    FROM (VALUES ",
    1,
    ") AS v
    JOIN connection c ON c.id = v.column1
    JOIN connection_health h ON h.connection_id = c.id
    WHERE c.deleted_at IS NULL",
);

const COUNTS: Bulk = Bulk::new(
    "SELECT t.connection_id, t.slice, t.outcome, t.count
    FROM (VALUES ",
    1,
    ") AS v
    JOIN callback_tally t ON t.connection_id = v.column1",
);

static TURN: Statement = Statement::update(
    48,
    "UPDATE connection_health SET status = v.column3, since = v.column4, event_seq = event_seq + 1
    FROM (VALUES ",
    4,
    ") AS v WHERE connection_health.connection_id = v.column1 AND connection_health.event_seq = v.column2",
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(FORGET), Sql::same(FAILING)];
pub(super) const LOOKUPS: &[Bulk] = &[ADD, SEEN, STANDING, COUNTS];

/// What a gateway heard since it last wrote it down.
#[derive(Debug, Default)]
pub struct Heard {
    /// Callbacks by connection, slice and outcome.
    pub counts: BTreeMap<(ConnectionId, i64, &'static str), i64>,
    /// The last verified callback.
    pub callbacks: BTreeMap<ConnectionId, Timestamp>,
    /// The last challenge answered.
    pub challenges: BTreeMap<ConnectionId, Timestamp>,
}

impl Heard {
    /// The connections it is about.
    #[must_use]
    pub fn connections(&self) -> BTreeSet<ConnectionId> {
        let counted = self.counts.keys().map(|(id, ..)| id);
        counted.chain(self.callbacks.keys()).chain(self.challenges.keys()).cloned().collect()
    }
}

/// How a live connection stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which connection.
    pub connection_id: ConnectionId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The provider's name.
    pub provider: String,
    /// What the desk calls it.
    pub name: String,
    /// What was last told.
    pub health: Health,
    /// Since when that is so.
    pub since: Timestamp,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Its last verified callback.
    pub last_callback_at: Option<Timestamp>,
    /// The last challenge answered for it.
    pub last_challenge_at: Option<Timestamp>,
}

/// What came for a connection in the last window.
#[derive(Clone, Debug, Default)]
pub struct Tallied {
    /// How much passed and how much did not.
    pub count: Count,
    /// How often each check failed.
    pub failed_checks: BTreeMap<String, i64>,
}

impl Tallied {
    /// The check that failed most often.
    #[must_use]
    pub fn failed_check(&self) -> Option<&str> {
        let most = self.failed_checks.iter().max_by_key(|(_, times)| **times);
        most.map(|(check, _)| check.as_str())
    }
}

#[derive(Debug, FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    provider: String,
    name: String,
    status: String,
    since: i64,
    event_seq: i64,
    last_callback_at: Option<i64>,
    last_challenge_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Standing, StoreError> {
        let bad = |column| StoreError::inconsistent("connection_health", column, &self.id);
        Ok(Standing {
            connection_id: ConnectionId::parse(&self.id).map_err(|_| bad("connection_id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            health: Health::parse(&self.status).ok_or_else(|| bad("status"))?,
            provider: self.provider,
            name: self.name,
            since: Timestamp::from_millis(self.since),
            event_seq: self.event_seq,
            last_callback_at: self.last_callback_at.map(Timestamp::from_millis),
            last_challenge_at: self.last_challenge_at.map(Timestamp::from_millis),
        })
    }
}

/// It stands otherwise from now on; guarded, so that it is told once.
pub fn turn(standing: &Standing, to: Health, now: Timestamp) -> Write {
    let values = values![&standing.connection_id, standing.event_seq, to.as_str(), now];
    Write { statement: &TURN, values }
}

impl Store {
    /// Adds what was heard to what all replicas heard, and forgets what is too old to count.
    ///
    /// # Errors
    /// When the database fails: then nothing is added.
    pub async fn add_heard(&self, heard: &Heard, now: Timestamp) -> Result<(), StoreError> {
        let counted = |((id, slice, outcome), count): (&(ConnectionId, i64, &str), &i64)| {
            values![id, *slice, *outcome, *count]
        };
        let seen = |id: &ConnectionId| {
            let (callback, challenge) = (heard.callbacks.get(id), heard.challenges.get(id));
            values![id, Health::Live.as_str(), now, 0, callback.copied(), challenge.copied()]
        };
        let mut tx = self.db.begin().await?;
        tx.write(&ADD, heard.counts.iter().flat_map(counted).collect()).await?;
        tx.write(&SEEN, heard.connections().iter().flat_map(seen).collect()).await?;
        tx.commit().await?;
        self.db.execute(FORGET, args![first_slice(now)]).await.map(drop)
    }

    /// The connections last told to be failing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failing_connections(&self) -> Result<Vec<ConnectionId>, StoreError> {
        let rows: Vec<(String,)> = self.db.all(FAILING, args![]).await?;
        let bad = |id: &str| StoreError::inconsistent("connection_health", "connection_id", id);
        rows.iter().map(|(id,)| ConnectionId::parse(id).map_err(|_| bad(id))).collect()
    }

    /// How these connections stand; those never heard of are absent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing(
        &self,
        ids: &BTreeSet<ConnectionId>,
    ) -> Result<BTreeMap<ConnectionId, Standing>, StoreError> {
        let rows: Vec<Row> = self.db.lookup(&STANDING, ids.iter().map(Value::from).collect()).await?;
        let standings = rows.into_iter().map(Row::read);
        standings.map(|read| read.map(|one| (one.connection_id.clone(), one))).collect()
    }

    /// What all replicas counted for these connections in the last window.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tallied(
        &self,
        ids: &BTreeSet<ConnectionId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ConnectionId, Tallied>, StoreError> {
        let counts: Vec<(String, i64, String, i64)> =
            self.db.lookup(&COUNTS, ids.iter().map(Value::from).collect()).await?;
        let of = |id: &ConnectionId| {
            let counts =
                counts.iter().filter(|(of, slice, ..)| of == id.as_str() && *slice >= first_slice(now));
            tally(counts.map(|(_, _, outcome, count)| (outcome.as_str(), *count)))
        };
        Ok(ids.iter().map(|id| (id.clone(), of(id))).collect())
    }
}

fn tally<'a>(outcomes: impl Iterator<Item = (&'a str, i64)>) -> Tallied {
    let mut tallied = Tallied::default();
    for (outcome, times) in outcomes {
        if outcome == ACCEPTED {
            tallied.count.accepted += times;
        } else {
            tallied.count.rejected += times;
            *tallied.failed_checks.entry(outcome.to_owned()).or_default() += times;
        }
    }
    tallied
}
