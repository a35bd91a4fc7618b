//! Accepting callbacks: every event in them once.

use std::collections::{HashMap, HashSet};

use super::{hash16, trust_word};
use crate::clock;
use crate::domain::id::{CallbackId, ConnectionId, WorkspaceId};
use crate::domain::inbound::{Fact, Trust};
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::engine::Bulk;
use crate::store::error::StoreError;
use crate::store::value::{Value, values};
use crate::vault::Key;

const BODY_HASHES: Bulk = Bulk::new(
    "SELECT i.digest, i.body_hash FROM (VALUES ",
    1,
    ") AS v JOIN inbound_event i ON i.digest = v.column1",
);

/// A callback to store with the events out of it.
#[derive(Clone, Debug)]
pub struct NewCallback {
    /// Its id.
    pub id: CallbackId,
    /// The tenant of the connection that was called.
    pub workspace_id: WorkspaceId,
    /// The connection that was called.
    pub connection_id: ConnectionId,
    /// The request as it came, to be sealed.
    pub raw: Vec<u8>,
    /// The facts.
    pub events: Vec<NewInbound>,
    /// When it came.
    pub received_at: Timestamp,
}

/// One fact, or one item that was not understood.
#[derive(Clone, Debug)]
pub struct NewInbound {
    /// What makes it unique.
    pub digest: [u8; 16],
    /// The connection that owns the account it is about.
    pub connection_id: ConnectionId,
    /// Its lane slot.
    pub slot: i64,
    /// Whether a signature vouches for it.
    pub trust: Trust,
    /// What it says, or why that is not understood.
    pub content: Result<Fact, String>,
}

/// A callback as it is stored, sealed under the day's key.
#[derive(Clone, Debug)]
pub struct SealedCallback {
    row: Vec<Value>,
    events: Vec<SealedInbound>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct SealedInbound {
    digest: [u8; 16],
    slot: i64,
    understood: bool,
    body_hash: [u8; 16],
    row: Vec<Value>,
}

/// What became of a callback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Events stored now.
    pub fresh: usize,
    /// Events that were there already.
    pub duplicates: usize,
    /// Duplicates whose content differs from what is stored: an alarm.
    pub altered: usize,
    /// Items that were not understood.
    pub quarantined: usize,
    /// Slots with something new to decide.
    pub slots: Vec<i64>,
}

impl NewInbound {
    fn seal(&self, callback: &NewCallback, key: &Key) -> SealedInbound {
        let plain = match &self.content {
            Ok(fact) => serde_json::to_vec(fact).unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let understood = self.content.is_ok();
        let body_hash = hash16(&plain);
        let row = values![
            self.digest,
            &callback.workspace_id,
            &self.connection_id,
            self.slot,
            &callback.id,
            self.content.as_ref().map_or("unknown", Fact::kind),
            trust_word(self.trust),
            if understood { "pending" } else { "quarantined" },
            callback.received_at.day(),
            understood.then(|| key.seal(clock::random(), "inbound", &plain)),
            body_hash,
            self.content.as_ref().err().map(String::as_str),
            callback.received_at,
        ];
        SealedInbound { digest: self.digest, slot: self.slot, understood, body_hash, row }
    }
}

impl NewCallback {
    fn seal(&self, key: &Key) -> SealedCallback {
        let row = values![
            &self.id,
            &self.workspace_id,
            &self.connection_id,
            self.received_at.day(),
            key.seal(clock::random(), &format!("callback/{}", self.id), &self.raw),
            self.received_at,
        ];
        let events = self.events.iter().map(|event| event.seal(self, key)).collect();
        SealedCallback { row, events, bytes: self.raw.len() }
    }
}

impl SealedCallback {
    /// How many events are in it.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.events.len()
    }

    /// How long the request was.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// What became of it, where these digests were known before; and the events that were there already.
    fn receipt(&self, known: &mut HashSet<[u8; 16]>) -> (Receipt, Vec<&SealedInbound>) {
        let mut receipt = Receipt::default();
        let mut repeated = Vec::new();
        for event in &self.events {
            if !known.insert(event.digest) {
                receipt.duplicates += 1;
                repeated.push(event);
            } else if event.understood {
                receipt.fresh += 1;
                receipt.slots.push(event.slot);
            } else {
                receipt.quarantined += 1;
            }
        }
        (receipt, repeated)
    }
}

impl Store {
    /// Seals a callback, so that a commit has nothing more to compute.
    ///
    /// # Errors
    /// When the day's key cannot be had.
    pub async fn seal_callback(&self, callback: &NewCallback) -> Result<SealedCallback, StoreError> {
        Ok(callback.seal(&self.day_key(callback.received_at.day()).await?))
    }

    /// Stores callbacks with their events in one durable commit. An event that is there already is a duplicate and
    /// changes nothing. One receipt for each callback, in order.
    ///
    /// # Errors
    /// When the database fails: then nothing is stored.
    pub async fn accept(&self, callbacks: &[SealedCallback]) -> Result<Vec<Receipt>, StoreError> {
        let events = callbacks.iter().flat_map(|callback| &callback.events).map(|event| &event.row[..]);
        let raws = callbacks.iter().map(|callback| &callback.row[..]);
        let known = self.db.accept(events.collect(), raws.collect()).await?;
        let mut known: HashSet<[u8; 16]> =
            known.into_iter().filter_map(|digest| digest.try_into().ok()).collect();
        let (mut receipts, repeated): (Vec<Receipt>, Vec<_>) =
            callbacks.iter().map(|callback| callback.receipt(&mut known)).unzip();
        self.count_altered(&repeated, &mut receipts).await?;
        Ok(receipts)
    }

    async fn count_altered(
        &self,
        repeated: &[Vec<&SealedInbound>],
        receipts: &mut [Receipt],
    ) -> Result<(), StoreError> {
        let keys = repeated.iter().flatten().map(|event| Value::from(event.digest)).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = self.db.lookup(&BODY_HASHES, keys).await?;
        let stored: HashMap<Vec<u8>, Vec<u8>> = rows.into_iter().collect();
        let is_altered = |event: &&&SealedInbound| {
            stored.get(&event.digest[..]).is_some_and(|hash| *hash != event.body_hash)
        };
        for (repeated, receipt) in repeated.iter().zip(receipts) {
            receipt.altered = repeated.iter().filter(is_altered).count();
        }
        Ok(())
    }
}
