//! Settling: what came of deliveries, with all that follows from it, in one commit.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::FromRow;

use super::Store;
use super::circuit::{self, Lessons, Turned};
use super::decision::{Committed, Desk};
use super::delivery::{self, cancel_reserved};
use super::engine::{Bulk, Tx};
use super::error::StoreError;
use super::inbound::{OwnFact, own};
use super::settlement::{End, Settlement};
use super::standing::{self, News};
use super::value::values;
use super::write::flush;
use crate::domain::id::DeliveryId;
use crate::domain::inbound::{Fact, SendOutcome, SendResult};
use crate::domain::lane::digest16;
use crate::domain::time::Timestamp;
use crate::vault::Key;

/// A row that is not in that lease any more is left alone: another outcome was faster, or the lease ran out.
const SETTLE: Bulk = Bulk::new(
    "UPDATE delivery SET state = v.column3, outcome = v.column4, holds = CASE WHEN v.column5 = 1 THEN holds ELSE 0 END,
        due_at = COALESCE(v.column6, due_at), lease_until = v.column7, settled_at = v.column8,
        tries = tries + v.column9, last_status = COALESCE(v.column10, last_status),
        last_error = COALESCE(v.column11, last_error), last_at = COALESCE(v.column12, last_at),
        last_ms = COALESCE(v.column13, last_ms)
    FROM (VALUES ",
    13,
    ") AS v
    WHERE delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.state IN ('leased', 'sending', 'unknown')
    RETURNING delivery.id, delivery.workspace_id, delivery.destination, delivery.slot, delivery.kind",
);

/// What waits behind a head is due no earlier than it, so that nobody looks at it in vain.
const FOLLOW: Bulk = Bulk::new(
    "UPDATE delivery SET due_at = v.column2
    FROM (SELECT h.lane AS column1, v.column2 AS column2 FROM (VALUES ",
    2,
    ") AS v JOIN delivery h ON h.id = v.column1) AS v
    WHERE delivery.lane = v.column1 AND delivery.holds = 1
        AND delivery.state IN ('pending', 'leased', 'sending', 'unknown') AND delivery.state = 'pending'
        AND delivery.due_at < v.column2",
);

pub(super) const LOOKUPS: &[Bulk] = &[SETTLE, FOLLOW];

/// What a settling leaves to be done in memory.
#[derive(Debug, Default)]
pub struct Settled {
    /// Slots with something new to decide.
    pub slots: HashSet<i64>,
    /// Destinations whose circuit is open.
    pub opened: Vec<String>,
    /// Whether some destination works again: what waited for it may be due.
    pub frees: bool,
    /// Events about webhooks, for other webhooks.
    pub committed: Committed,
}

#[derive(Debug, FromRow)]
struct SettledRow {
    id: String,
    workspace_id: String,
    destination: String,
    slot: i64,
    kind: String,
}

impl Store {
    /// Writes what came of leases. Those that ran out, or were settled otherwise, are passed over.
    ///
    /// # Errors
    /// When the database fails: then nothing is written.
    pub async fn settle(&self, settlements: &[Settlement], desk: &Desk<'_>) -> Result<Settled, StoreError> {
        let key = self.day_key(desk.now.day()).await?;
        let mut tx = self.db.begin().await?;
        let rows = settlements.iter().flat_map(|one| one.row(desk.now)).collect();
        let applied: Vec<SettledRow> = tx.lookup(&SETTLE, rows).await?;
        let applied: HashMap<&str, &SettledRow> = applied.iter().map(|row| (row.id.as_str(), row)).collect();
        let mut settled = tell(&mut tx, settlements, &applied, &key, desk.now).await?;
        hold_lanes(&mut tx, settlements, &applied, desk.now).await?;
        let turned = circuit::learn(&mut tx, &lessons(settlements, &applied), desk.now).await?;
        settled.opened = circuits(&turned, Turned::Open);
        settled.frees = turned.values().any(|&turn| turn == Turned::Closed);
        let news = standing::follow(&mut tx, &stands(settlements, &applied, turned), desk.now).await?;
        settled.committed = announce(tx, news, desk).await?;
        Ok(settled)
    }
}

/// Tells the bridge how provider sends ended.
async fn tell(
    tx: &mut Tx,
    settlements: &[Settlement],
    applied: &HashMap<&str, &SettledRow>,
    key: &Key,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    let mut settled = Settled::default();
    let mut writes = Vec::new();
    for one in settlements {
        let Some(row) = applied.get(one.id.as_str()) else { continue };
        let Some(result) = one.end.result().filter(|_| row.kind == "provider") else { continue };
        let ended = Ended { id: &one.id, attempt: one.attempt, result };
        writes.push(ended.write(&row.workspace_id, (&row.destination, row.slot), key, now));
        settled.slots.insert(row.slot);
    }
    flush(tx, writes).await?;
    Ok(settled)
}

/// How a send ended, to be written down as a fact.
pub(super) struct Ended<'a> {
    pub(super) id: &'a DeliveryId,
    pub(super) attempt: i64,
    pub(super) result: SendResult,
}

impl Ended<'_> {
    /// The fact, for a lane slot of a connection; once for each delivery, lease and result.
    pub(super) fn write(
        self,
        workspace_id: &str,
        (connection_id, slot): (&str, i64),
        key: &Key,
        now: Timestamp,
    ) -> super::Write {
        let kind = match self.result {
            SendResult::Accepted { .. } => "accepted",
            SendResult::Failed { .. } => "failed",
            SendResult::Unknown => "unknown",
            SendResult::Unresolved => "unresolved",
        };
        let digest = digest16(&["send.outcome", self.id.as_str(), &self.attempt.to_string(), kind]);
        let outcome = SendOutcome { delivery_id: self.id.clone(), result: self.result };
        let fact = Fact::SendOutcome(outcome);
        own(&OwnFact { digest, workspace_id, connection_id, slot, fact: &fact }, key, now)
    }
}

async fn hold_lanes(
    tx: &mut Tx,
    settlements: &[Settlement],
    applied: &HashMap<&str, &SettledRow>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let heads = settlements.iter().filter(|one| applied.contains_key(one.id.as_str()));
    let waits = heads.filter_map(|one| Some(values![&one.id, one.end.lane_waits_until(now)?]));
    tx.write(&FOLLOW, waits.flatten().collect()).await?;
    Ok(())
}

/// What the tries taught about each destination.
fn lessons(settlements: &[Settlement], applied: &HashMap<&str, &SettledRow>) -> BTreeMap<String, Lessons> {
    let mut lessons: BTreeMap<String, Lessons> = BTreeMap::new();
    for one in settlements {
        let (Some(row), Some(tried)) = (applied.get(one.id.as_str()), &one.tried) else { continue };
        let lesson = lessons
            .entry(row.destination.clone())
            .or_insert_with(|| Lessons { workspace_id: row.workspace_id.clone(), works: Vec::new() });
        lesson.works.push(tried.works);
    }
    lessons
}

fn circuits(turned: &BTreeMap<String, Turned>, wanted: Turned) -> Vec<String> {
    turned.iter().filter(|(_, turn)| **turn == wanted).map(|(destination, _)| destination.clone()).collect()
}

/// How the webhooks among the destinations stand.
fn stands(
    settlements: &[Settlement],
    applied: &HashMap<&str, &SettledRow>,
    turned: BTreeMap<String, Turned>,
) -> BTreeMap<String, News> {
    let webhooks: HashSet<&str> =
        applied.values().filter(|row| row.kind == "webhook").map(|row| row.destination.as_str()).collect();
    let mut news: BTreeMap<String, News> = turned
        .into_iter()
        .filter(|(destination, _)| webhooks.contains(destination.as_str()))
        .filter_map(|(destination, turn)| Some((destination, News::of(turn)?)))
        .collect();
    for one in settlements.iter().filter(|one| one.end == End::Gone) {
        if let Some(row) = applied.get(one.id.as_str()) {
            news.insert(row.destination.clone(), News::Gone);
        }
    }
    news
}

/// Commits, with the events about webhooks and what is owed for them.
async fn announce(mut tx: Tx, news: standing::Told, desk: &Desk<'_>) -> Result<Committed, StoreError> {
    let deliveries = delivery::insert(&mut tx, desk.book, news.deliveries, desk.now).await?;
    if let Err(error) = tx.commit().await {
        cancel_reserved(desk.book, &deliveries);
        return Err(error);
    }
    Ok(Committed { deliveries, events: news.events, contents: HashMap::new() })
}
