//! The last moment before a provider send goes to the wire: may it still be sent?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::Store;
use super::cap::{self, Book, Keys};
use super::engine::{Bulk, Tx, locked};
use super::error::StoreError;
use super::policy::{DeliveryFactsRow, KnownFacts, OF_DELIVERIES, Settings};
use super::settle::Ended;
use super::value::{Value, values};
use super::write::flush;
use crate::domain::delivery::LEASE;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{DeliveryId, ReplicaId, WorkspaceId};
use crate::domain::inbound::SendResult;
use crate::domain::policy::{self, Kind, Verdict};
use crate::domain::time::Timestamp;
use crate::vault::Key;

/// Messages before deliveries, as decisions write them.
const MESSAGES: Bulk = Bulk::new(
    "UPDATE message SET status = 'sending', status_at = v.column2
    FROM (SELECT d.message_id AS column1, v.column2 AS column2 FROM (VALUES ",
    2,
    ") AS v JOIN delivery d ON d.id = v.column1 AND d.state = 'leased') AS v
    WHERE message.id = v.column1 AND message.status = 'queued'",
);

const PARTS: Bulk = Bulk::new(
    "UPDATE message_part SET status = 'sending', status_at = v.column2
    FROM (SELECT d.message_id, d.part, v.column2 AS column2 FROM (VALUES ",
    2,
    ") AS v JOIN delivery d ON d.id = v.column1 AND d.state = 'leased') AS v
    WHERE message_part.message_id = v.message_id AND message_part.part = v.part AND message_part.status = 'queued'",
);

const BEGIN: Bulk = Bulk::new(
    "UPDATE delivery SET state = 'sending', lease_until = v.column4
    FROM (VALUES ",
    4,
    ") AS v
    WHERE delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.leased_by = v.column3
        AND delivery.state = 'leased'
    RETURNING delivery.id",
);

const STOP: Bulk = Bulk::new(
    "UPDATE delivery SET state = 'settled', outcome = v.column3, settled_at = v.column4, lease_until = NULL
    FROM (VALUES ",
    4,
    ") AS v WHERE delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.state = 'leased'
    RETURNING delivery.id",
);

/// Whoever opts out holds their identity: an opt-out is committed before these are read, or after they are sent.
const HOLD_IDENTITIES: Bulk = Bulk {
    head: "SELECT i.id FROM (VALUES ",
    width: 1,
    tail: locked!(
        ") AS v
    JOIN delivery d ON d.id = v.column1
    JOIN identity i ON i.id = d.identity_id
    ORDER BY i.id",
        share "i"
    ),
};

pub(super) const LOOKUPS: &[Bulk] = &[MESSAGES, PARTS, BEGIN, STOP, HOLD_IDENTITIES];

/// A rule whose end nobody knows is asked again after this.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// A leased provider send that is ready for the wire.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The delivery.
    pub id: DeliveryId,
    /// Which lease.
    pub attempt: i64,
    /// The number it goes to, where it goes to a phone.
    pub number: Option<String>,
    /// Whether a person's message may carry the platform's tag.
    pub may_tag: bool,
}

/// What may go to the wire, what has to wait, and what was stopped.
#[derive(Debug, Default)]
pub struct Begun {
    /// These may be sent, before their new lease ends.
    pub go: HashSet<DeliveryId>,
    /// These may not be sent before then. They are still leased.
    pub later: HashMap<DeliveryId, Timestamp>,
    /// Slots in which the end of a stopped one is to be decided.
    pub slots: HashSet<i64>,
    /// Until when the lease lasts.
    pub lease_until: Timestamp,
}

/// What is to become of one.
enum Fate {
    Go(Keys),
    Later(Timestamp),
    Stop(&'static str, Failure),
}

/// One with all that bears on it.
struct Candidate<'a> {
    row: &'a DeliveryFactsRow,
    id: DeliveryId,
    known: Option<KnownFacts>,
    caps: Keys,
}

impl Store {
    /// Moves leased provider sends to `sending`, all but those that may not be sent now: these wait, or end here, and the
    /// bridge is told. Whatever is in none of the sets is not in that lease any more.
    ///
    /// # Errors
    /// When the database fails: then nothing is written and nothing may be sent.
    pub async fn begin_send(
        &self,
        sends: &[Ready],
        replica: &ReplicaId,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let key = self.day_key(now.day()).await?;
        let mut begun = Begun { lease_until: now + LEASE, ..Begun::default() };
        let mut tx = self.db.begin().await?;
        let ids = sends.iter().map(|send| Value::from(&send.id)).collect();
        tx.lookup::<(String,)>(&HOLD_IDENTITIES, ids).await?;
        let rows = sends.iter().flat_map(|send| values![&send.id, send.attempt, replica]).collect();
        let rows: Vec<DeliveryFactsRow> = tx.lookup(&OF_DELIVERIES, rows).await?;
        let candidates = self.candidates(&rows, sends, now)?;
        let fates = decide(&mut tx, candidates, now).await?;
        go(&mut tx, &fates, &mut begun, (replica, now)).await?;
        stop(&mut tx, &fates, &mut begun, (&key, now)).await?;
        tx.commit().await?;
        Ok(begun)
    }

    fn candidates<'a>(
        &self,
        rows: &'a [DeliveryFactsRow],
        sends: &[Ready],
        now: Timestamp,
    ) -> Result<Vec<Candidate<'a>>, StoreError> {
        let mut settings = Settings::new();
        let by_id: HashMap<&str, &Ready> = sends.iter().map(|send| (send.id.as_str(), send)).collect();
        let mut candidates = Vec::with_capacity(rows.len());
        for row in rows {
            let bad = |column| StoreError::inconsistent("delivery", column, &row.id);
            let send = by_id.get(row.id.as_str()).ok_or_else(|| bad("id"))?;
            let known = row.read(&mut settings, (send.number.clone(), send.may_tag))?;
            let workspace = WorkspaceId::parse(&row.workspace_id).map_err(|_| bad("workspace_id"))?;
            // What was tried before was counted then.
            let first = known.as_ref().filter(|_| row.tries == 0);
            let caps = first.map_or_else(Vec::new, |known| cap::keys(known, &self.vault, &workspace, now));
            candidates.push(Candidate { row, id: send.id.clone(), known, caps });
        }
        Ok(candidates)
    }
}

async fn decide<'a>(
    tx: &mut Tx,
    candidates: Vec<Candidate<'a>>,
    now: Timestamp,
) -> Result<Vec<(Fate, Candidate<'a>)>, StoreError> {
    let mut counted = BTreeMap::new();
    for one in candidates.iter().filter(|one| !one.caps.is_empty()) {
        let workspace = WorkspaceId::parse(&one.row.workspace_id)
            .map_err(|_| StoreError::inconsistent("delivery", "workspace_id", &one.row.id))?;
        counted.extend(one.caps.iter().map(|(_, key)| (*key, workspace.clone())));
    }
    let mut book = Book::lock(tx, &counted, now).await?;
    let mut fates = Vec::with_capacity(candidates.len());
    for mut one in candidates {
        if let Some(known) = &mut one.known {
            known.spending = book.spending(&one.caps);
        }
        let fate = fate(&one, now);
        if let Fate::Go(caps) = &fate {
            book.spend(caps, now);
        }
        fates.push((fate, one));
    }
    book.write(tx).await?;
    Ok(fates)
}

fn fate(one: &Candidate<'_>, now: Timestamp) -> Fate {
    let valid_until = one.row.valid_until.map(Timestamp::from_millis);
    if valid_until.is_some_and(|until| until <= now) {
        let failure = Failure::new(FailureCode::Expired, "It could not be sent within its validity.");
        return Fate::Stop("expired", failure);
    }
    let is_personal = one.known.as_ref().is_some_and(|known| known.kind == Kind::Desk);
    match one.known.as_ref().map(|known| policy::may_go(&known.facts(), now)) {
        None | Some(Verdict::Allowed) => Fate::Go(one.caps.clone()),
        Some(Verdict::Never(reason)) => Fate::Stop("cancelled", reason.failure()),
        // An answer of ours that comes late is worth nothing, and must not hold up what people write.
        Some(Verdict::NotUntil(_, reason)) if !is_personal => Fate::Stop("cancelled", reason.failure()),
        Some(Verdict::NotUntil(until, reason)) => {
            let at = until.unwrap_or(now + ASK_AGAIN);
            match valid_until {
                Some(end) if end <= at => Fate::Stop("expired", reason.failure()),
                _ => Fate::Later(at),
            }
        }
    }
}

async fn go(
    tx: &mut Tx,
    fates: &[(Fate, Candidate<'_>)],
    begun: &mut Begun,
    (replica, now): (&ReplicaId, Timestamp),
) -> Result<(), StoreError> {
    let going = || fates.iter().filter(|(fate, _)| matches!(fate, Fate::Go(_))).map(|(_, one)| one);
    let ids = || going().flat_map(|one| values![&one.id, now]).collect::<Vec<Value>>();
    tx.write(&MESSAGES, ids()).await?;
    tx.write(&PARTS, ids()).await?;
    let rows = going().flat_map(|one| values![&one.id, one.row.attempt, replica, begun.lease_until]);
    let gone: Vec<(String,)> = tx.lookup(&BEGIN, rows.collect()).await?;
    let gone: HashSet<String> = gone.into_iter().map(|(id,)| id).collect();
    begun.go.extend(going().filter(|one| gone.contains(&one.row.id)).map(|one| one.id.clone()));
    for (fate, one) in fates {
        if let Fate::Later(at) = fate {
            begun.later.insert(one.id.clone(), *at);
        }
    }
    Ok(())
}

async fn stop(
    tx: &mut Tx,
    fates: &[(Fate, Candidate<'_>)],
    begun: &mut Begun,
    (key, now): (&Key, Timestamp),
) -> Result<(), StoreError> {
    let mut stops = HashMap::new();
    let mut rows = Vec::new();
    for (fate, one) in fates {
        let Fate::Stop(word, failure) = fate else { continue };
        rows.extend(values![&one.id, one.row.attempt, *word, now]);
        stops.insert(one.row.id.as_str(), (one, failure));
    }
    let stopped: Vec<(String,)> = tx.lookup(&STOP, rows).await?;
    let mut facts = Vec::new();
    for (id,) in &stopped {
        let Some((one, failure)) = stops.get(id.as_str()) else { continue };
        let result = SendResult::Failed { failure: (*failure).clone() };
        let ended = Ended { id: &one.id, attempt: one.row.attempt, result };
        facts.push(ended.write(&one.row.workspace_id, (&one.row.destination, one.row.slot), key, now));
        begun.slots.insert(one.row.slot);
    }
    flush(tx, facts).await
}
