//! One decision is one transaction: take or lock, load the world, decide, write everything, commit.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::content::Content;
use super::delivery::{self, LaneBook, NewDelivery, Stored, cancel_reserved};
use super::engine::{Bulk, Sql, Tx};
use super::error::StoreError;
use super::event::NewEvent;
use super::inbound::PendingFact;
use super::value::{args, values};
use super::world::{Needs, World};
use super::write::{Guard, Statement, Write, flush};
use crate::clock;
use crate::domain::id::{IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;

static REMEMBER: Statement = Statement::insert(
    70,
    "INSERT INTO idempotency (id, workspace_id, request_hash, status, answer, created_at) VALUES ",
    6,
);

static ABOUT: Statement = Statement {
    rank: 71,
    bulk: Bulk::new(
        "INSERT INTO answer_identity (answer_id, identity_id, created_at) VALUES ",
        3,
        " ON CONFLICT DO NOTHING",
    ),
    guard: Guard::Any,
};

const REMEMBERED: &str =
    "SELECT request_hash, status, answer FROM idempotency WHERE id = $1 AND created_at > $2";

const FORGET: &str = "DELETE FROM idempotency WHERE id = $1";

const FORGET_OLD: &str = "DELETE FROM idempotency
    WHERE id IN (SELECT id FROM idempotency WHERE created_at <= $1 ORDER BY created_at LIMIT 1000)";

const FORGET_OLD_ABOUT: &str = "DELETE FROM answer_identity
    WHERE answer_id IN (SELECT answer_id FROM answer_identity WHERE created_at <= $1 ORDER BY created_at LIMIT 1000)
        AND created_at <= $1";

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(REMEMBERED), Sql::same(FORGET), Sql::same(FORGET_OLD), Sql::same(FORGET_OLD_ABOUT)];

/// How long an answer is remembered under its key.
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 3600);

/// What a decision wants written, told and sent. All of it commits together or not at all.
#[derive(Debug, Default)]
pub struct Changes {
    /// Rows.
    pub writes: Vec<Write>,
    /// What the outside is told.
    pub events: Vec<NewEvent>,
    /// What we will owe.
    pub deliveries: Vec<NewDelivery>,
    /// Texts at hand: those read and those made.
    pub contents: HashMap<String, Content>,
    /// Whose data may stand in the answer.
    pub identities: Vec<IdentityId>,
}

/// What a committed decision leaves to be done in memory.
#[derive(Debug, Default)]
pub struct Committed {
    /// Deliveries as they were stored.
    pub deliveries: Vec<Stored>,
    /// The events, for deliveries that carry them.
    pub events: Vec<NewEvent>,
    /// Texts at hand for rendering.
    pub contents: HashMap<String, Content>,
}

/// What became of a turn of slots.
#[derive(Debug)]
pub struct SlotsTurn {
    /// Slots another replica has.
    pub busy: Vec<i64>,
    /// The events of the others, oldest first.
    pub facts: Vec<PendingFact>,
    /// How it ended.
    pub end: TurnEnd,
}

/// How a turn of slots ended.
#[derive(Debug)]
pub enum TurnEnd {
    /// The events were decided; what is left to do. Nothing at all may have been pending.
    Decided(Committed),
    /// Our code or our data failed, and why; nothing was written.
    Failed(String),
}

/// An `Idempotency-Key` in its scope, and what was asked under it.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// SHA-256 over workspace, key, method, path and the header's value.
    pub id: [u8; 32],
    /// SHA-256 of the request's body.
    pub request_hash: [u8; 32],
    /// Its tenant.
    pub workspace_id: WorkspaceId,
}

/// The answer to a command: what HTTP will say.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Json,
}

/// How a command ended.
#[derive(Debug)]
pub enum Ran {
    /// It was decided and written now.
    Now(Answer, Committed),
    /// It had been done before under the same key.
    Before(Answer),
    /// The same key was used for another request.
    Mismatch,
}

#[derive(Debug, FromRow)]
struct RememberedRow {
    request_hash: Vec<u8>,
    status: i64,
    answer: Vec<u8>,
}

impl Store {
    /// Gives slots their turn: at most `most` of their events. `decide` fails when it meets a bug of ours.
    ///
    /// # Errors
    /// When the database fails or another writer was faster: then nothing is written.
    pub async fn decide_slots(
        &self,
        (slots, most): (&[i64], i64),
        desk: &Desk<'_>,
        needs: impl Fn(&[PendingFact]) -> Needs,
        decide: impl FnOnce(World, &[PendingFact]) -> Result<Changes, String>,
    ) -> Result<SlotsTurn, StoreError> {
        let mut tx = self.db.begin().await?;
        let (facts, busy) = self.take_slots(&mut tx, slots, most).await?;
        let end = match self.decide_facts(tx, desk, needs(&facts), |world| decide(world, &facts)).await {
            Err(error) if error.is_ours() => TurnEnd::Failed(error.to_string()),
            ended => ended?,
        };
        Ok(SlotsTurn { busy, facts, end })
    }

    async fn decide_facts(
        &self,
        mut tx: Tx,
        desk: &Desk<'_>,
        needs: Needs,
        decide: impl FnOnce(World) -> Result<Changes, String>,
    ) -> Result<TurnEnd, StoreError> {
        let world = World::load(self, &mut tx, needs).await?;
        match decide(world) {
            Ok(changes) => Ok(TurnEnd::Decided(write(tx, desk, changes).await?)),
            Err(why) => Ok(TurnEnd::Failed(why)),
        }
    }

    /// Runs a command of the API.
    ///
    /// `decide` gives the changes with the answer; a refusal is an answer too, with no changes.
    ///
    /// # Errors
    /// When the database fails or another writer was faster: then nothing is written.
    pub async fn decide_command<F>(
        &self,
        idempotency: Option<&Idempotency>,
        desk: &Desk<'_>,
        needs: Needs,
        decide: F,
    ) -> Result<Ran, StoreError>
    where
        F: FnOnce(World) -> (Changes, Answer),
    {
        let mut tx = self.db.begin().await?;
        if let Some(key) = idempotency {
            let since = desk.now - REMEMBERED_FOR;
            if let Some(row) = tx.find::<RememberedRow>(REMEMBERED, args![key.id, since]).await? {
                return self.remembered(key, &row);
            }
            tx.execute(FORGET, args![key.id]).await?;
        }
        let world = World::load(self, &mut tx, needs).await?;
        let (mut changes, answer) = decide(world);
        if let Some(key) = idempotency {
            changes.writes.push(self.remember(key, &answer, desk.now));
            let about = changes.identities.iter().map(|id| about(key, id, desk.now));
            changes.writes.extend(about);
        }
        let committed = write(tx, desk, changes).await?;
        Ok(Ran::Now(answer, committed))
    }

    /// Forgets answers whose time is over, a bounded number at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answers(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.execute(FORGET_OLD_ABOUT, args![now - REMEMBERED_FOR]).await?;
        self.db.execute(FORGET_OLD, args![now - REMEMBERED_FOR]).await
    }

    fn remember(&self, key: &Idempotency, answer: &Answer, now: Timestamp) -> Write {
        let plain = answer.body.to_string();
        let sealed = self.vault.data().seal(clock::random(), &answer_context(key), plain.as_bytes());
        Write {
            statement: &REMEMBER,
            values: values![
                key.id,
                &key.workspace_id,
                key.request_hash,
                i64::from(answer.status),
                sealed,
                now
            ],
        }
    }

    fn remembered(&self, key: &Idempotency, row: &RememberedRow) -> Result<Ran, StoreError> {
        if row.request_hash != key.request_hash {
            return Ok(Ran::Mismatch);
        }
        let plain = self.vault.data().open(&answer_context(key), &row.answer)?;
        let bad = || StoreError::inconsistent("idempotency", "answer", &hex::encode(key.id));
        Ok(Ran::Before(Answer {
            status: u16::try_from(row.status).map_err(|_| bad())?,
            body: serde_json::from_slice(&plain).map_err(|_| bad())?,
        }))
    }
}

/// Whose data a remembered answer may hold.
fn about(key: &Idempotency, identity: &IdentityId, now: Timestamp) -> Write {
    Write { statement: &ABOUT, values: values![key.id, identity, now] }
}

fn answer_context(key: &Idempotency) -> String {
    format!("idempotency/{}", hex::encode(key.id))
}

/// Where new deliveries are announced, and the moment of the decision.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The relay's order of work.
    pub book: &'a dyn LaneBook,
    /// Now.
    pub now: Timestamp,
}

async fn write(mut tx: Tx, desk: &Desk<'_>, changes: Changes) -> Result<Committed, StoreError> {
    let Changes { mut writes, events, deliveries, contents, .. } = changes;
    writes.extend(events.iter().map(NewEvent::insert));
    flush(&mut tx, writes).await?;
    let deliveries = delivery::insert(&mut tx, desk.book, deliveries, desk.now).await?;
    if let Err(error) = tx.commit().await {
        cancel_reserved(desk.book, &deliveries);
        return Err(error);
    }
    Ok(Committed { deliveries, events, contents })
}
