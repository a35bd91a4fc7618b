//! The last moment before a provider send goes to the wire: may it still be sent?

use std::collections::HashSet;

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Tx};
use super::error::StoreError;
use super::settle::Ended;
use super::value::{Value, values};
use super::write::flush;
use crate::domain::delivery::LEASE;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{DeliveryId, ReplicaId};
use crate::domain::inbound::SendResult;
use crate::domain::policy::{self, Facts};
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

/// An empty suppression key is that of a message which is sent all the same: the answer to an opt-out.
const BEGIN: Bulk = Bulk::new(
    "UPDATE delivery SET state = 'sending', lease_until = v.column4
    FROM (VALUES ",
    4,
    ") AS v
    WHERE delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.leased_by = v.column3
        AND delivery.state = 'leased'
    RETURNING delivery.id, delivery.attempt, delivery.workspace_id, delivery.destination, delivery.slot,
        delivery.valid_until,
        (SELECT COUNT(*) FROM suppression s WHERE s.workspace_id = delivery.workspace_id
            AND s.channel = delivery.channel AND s.address_key = delivery.suppression_key AND s.lifted_at IS NULL)
            AS suppressed",
);

const STOP: Bulk = Bulk::new(
    "UPDATE delivery SET state = 'settled', outcome = v.column2, settled_at = v.column3, lease_until = NULL
    FROM (VALUES ",
    3,
    ") AS v WHERE delivery.id = v.column1",
);

pub(super) const LOOKUPS: &[Bulk] = &[MESSAGES, PARTS, BEGIN, STOP];

/// What may go to the wire, and what was stopped.
#[derive(Debug, Default)]
pub struct Begun {
    /// These may be sent, before their new lease ends.
    pub go: HashSet<DeliveryId>,
    /// Slots in which the end of a stopped one is to be decided.
    pub slots: HashSet<i64>,
    /// Until when the lease lasts.
    pub lease_until: Timestamp,
}

#[derive(Debug, FromRow)]
struct BegunRow {
    id: String,
    attempt: i64,
    workspace_id: String,
    destination: String,
    slot: i64,
    valid_until: Option<i64>,
    suppressed: i64,
}

impl BegunRow {
    /// Why it must not be sent, with the word for it.
    fn stopped(&self, now: Timestamp) -> Option<(&'static str, Failure)> {
        if self.valid_until.is_some_and(|until| until <= now.millis()) {
            let failure = Failure::new(FailureCode::Expired, "It could not be sent within its validity.");
            return Some(("expired", failure));
        }
        policy::may_send(Facts { suppressed: self.suppressed > 0 })
            .err()
            .map(|failure| ("cancelled", failure))
    }
}

impl Store {
    /// Moves leased provider sends to `sending`, all but those that may not be sent any more: these end here, and the
    /// bridge is told. Whatever is in neither set is not in that lease any more.
    ///
    /// # Errors
    /// When the database fails: then nothing is written and nothing may be sent.
    pub async fn begin_send(
        &self,
        sends: &[(DeliveryId, i64)],
        replica: &ReplicaId,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let key = self.day_key(now.day()).await?;
        let mut begun = Begun { lease_until: now + LEASE, ..Begun::default() };
        let ids = || sends.iter().flat_map(|(id, _)| values![id, now]).collect::<Vec<Value>>();
        let mut tx = self.db.begin().await?;
        tx.write(&MESSAGES, ids()).await?;
        tx.write(&PARTS, ids()).await?;
        let rows = sends.iter().flat_map(|(id, attempt)| values![id, *attempt, replica, begun.lease_until]);
        let rows: Vec<BegunRow> = tx.lookup(&BEGIN, rows.collect()).await?;
        stop(&mut tx, &rows, &mut begun, (&key, now)).await?;
        tx.commit().await?;
        Ok(begun)
    }
}

async fn stop(
    tx: &mut Tx,
    rows: &[BegunRow],
    begun: &mut Begun,
    (key, now): (&Key, Timestamp),
) -> Result<(), StoreError> {
    let mut stopped = Vec::new();
    let mut facts = Vec::new();
    for row in rows {
        let id =
            DeliveryId::parse(&row.id).map_err(|_| StoreError::inconsistent("delivery", "id", &row.id))?;
        let Some((word, failure)) = row.stopped(now) else {
            begun.go.insert(id);
            continue;
        };
        stopped.extend(values![&id, word, now]);
        let ended = Ended { id: &id, attempt: row.attempt, result: SendResult::Failed { failure } };
        facts.push(ended.write(&row.workspace_id, (&row.destination, row.slot), key, now));
        begun.slots.insert(row.slot);
    }
    tx.write(&STOP, stopped).await?;
    flush(tx, facts).await
}
