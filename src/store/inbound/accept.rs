//! Accepting callbacks: every event in them once.

use std::collections::{HashMap, HashSet};

use sqlx::FromRow;

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

const STORED: Bulk = Bulk::new(
    "SELECT i.digest, i.callback_id, i.body_hash FROM (VALUES ",
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

/// A callback as it is stored, sealed under the day's key. With one event in it, as nearly all have, the request stands in
/// the row of that event: a row of its own is a fifth of what storing a callback costs PostgreSQL.
#[derive(Clone, Debug)]
pub struct SealedCallback {
    id: CallbackId,
    /// The request's own row, where several events share it or its event is kept longer.
    row: Option<Vec<Value>>,
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

#[derive(Debug, FromRow)]
struct StoredRow {
    digest: Vec<u8>,
    callback_id: Option<String>,
    body_hash: Vec<u8>,
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
    /// What is asked in the name of a person is kept longer than requests are.
    const fn outlasts_its_request(&self) -> bool {
        matches!(self.content, Ok(Fact::DeletionAsked(_) | Fact::Deauthorized(_)))
    }

    fn seal(&self, callback: &NewCallback, key: &Key, raw: Option<Vec<u8>>) -> SealedInbound {
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
            raw,
        ];
        SealedInbound { digest: self.digest, slot: self.slot, understood, body_hash, row }
    }
}

impl NewCallback {
    fn seal(&self, key: &Key) -> SealedCallback {
        let raw = key.seal(clock::random(), &format!("callback/{}", self.id), &self.raw);
        let (events, row) = match &self.events[..] {
            [event] if !event.outlasts_its_request() => (vec![event.seal(self, key, Some(raw))], None),
            events => {
                let events = events.iter().map(|event| event.seal(self, key, None)).collect();
                (events, Some(self.row(raw)))
            }
        };
        SealedCallback { id: self.id.clone(), row, events, bytes: self.raw.len() }
    }

    fn row(&self, raw: Vec<u8>) -> Vec<Value> {
        values![
            &self.id,
            &self.workspace_id,
            &self.connection_id,
            self.received_at.day(),
            raw,
            self.received_at,
        ]
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

    /// What became of it, where these events were known before.
    fn receipt(&self, known: &mut Known) -> Receipt {
        let mut receipt = Receipt::default();
        for event in &self.events {
            if !known.digests.insert(event.digest) {
                receipt.duplicates += 1;
                receipt.altered += usize::from(known.is_altered(event));
            } else if event.understood {
                receipt.fresh += 1;
                receipt.slots.push(event.slot);
            } else {
                receipt.quarantined += 1;
            }
        }
        receipt
    }
}

/// Events that were stored before, and what is stored now of those that come more than once.
#[derive(Debug, Default)]
struct Known {
    digests: HashSet<[u8; 16]>,
    body_hashes: HashMap<[u8; 16], Vec<u8>>,
}

impl Known {
    fn is_altered(&self, event: &SealedInbound) -> bool {
        self.body_hashes.get(&event.digest).is_some_and(|hash| *hash != event.body_hash)
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
        let events: Vec<_> = callbacks.iter().flat_map(|callback| &callback.events).collect();
        let rows = events.iter().map(|event| &event.row[..]).collect();
        let requests = callbacks.iter().filter_map(|callback| callback.row.as_deref()).collect();
        let stored = self.db.accept(rows, requests).await?;
        let mut known = if stored == events.len() { Known::default() } else { self.known(callbacks).await? };
        Ok(callbacks.iter().map(|callback| callback.receipt(&mut known)).collect())
    }

    /// Asked after these callbacks were stored: what is not theirs was there before.
    async fn known(&self, callbacks: &[SealedCallback]) -> Result<Known, StoreError> {
        let ours: HashSet<&str> = callbacks.iter().map(|callback| callback.id.as_str()).collect();
        let events = callbacks.iter().flat_map(|callback| &callback.events);
        let digests = events.map(|event| Value::from(event.digest)).collect();
        let rows: Vec<StoredRow> = self.db.lookup(&STORED, digests).await?;
        let mut known = Known::default();
        for StoredRow { digest, callback_id, body_hash } in rows {
            let Ok(digest) = digest.try_into() else { continue };
            if callback_id.is_none_or(|id| !ours.contains(id.as_str())) {
                known.digests.insert(digest);
            }
            known.body_hashes.insert(digest, body_hash);
        }
        Ok(known)
    }
}
