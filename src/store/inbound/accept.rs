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
    /// Its row, a fact sealed under the day's key.
    fn row(&self, callback: &NewCallback, key: &Key) -> Vec<Value> {
        let plain = match &self.content {
            Ok(fact) => serde_json::to_vec(fact).unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let sealed = self.content.is_ok().then(|| key.seal(clock::random(), "inbound", &plain));
        values![
            self.digest,
            &callback.workspace_id,
            &self.connection_id,
            self.slot,
            &callback.id,
            self.content.as_ref().map_or("unknown", Fact::kind),
            trust_word(self.trust),
            if self.content.is_ok() { "pending" } else { "quarantined" },
            callback.received_at.day(),
            sealed,
            hash16(&plain),
            self.content.as_ref().err().map(String::as_str),
            callback.received_at,
        ]
    }
}

impl NewCallback {
    fn row(&self, key: &Key) -> Vec<Value> {
        values![
            &self.id,
            &self.workspace_id,
            &self.connection_id,
            self.received_at.day(),
            key.seal(clock::random(), &format!("callback/{}", self.id), &self.raw),
            self.received_at,
        ]
    }
}

impl Store {
    /// Stores callbacks with their events in one durable commit. An event that is there already is a duplicate and
    /// changes nothing. One receipt for each callback, in order.
    ///
    /// # Errors
    /// When the database fails: then nothing is stored.
    pub async fn accept(&self, callbacks: &[NewCallback]) -> Result<Vec<Receipt>, StoreError> {
        let mut events = Vec::new();
        let mut raws = Vec::with_capacity(callbacks.len());
        for callback in callbacks {
            let key = self.day_key(callback.received_at.day()).await?;
            raws.push(callback.row(&key));
            events.extend(callback.events.iter().map(|event| event.row(callback, &key)));
        }
        let mut fresh: HashSet<Vec<u8>> = self.db.accept(events, raws).await?.into_iter().collect();
        let mut receipts: Vec<Receipt> = Vec::with_capacity(callbacks.len());
        let mut repeated = Vec::new();
        for (at, callback) in callbacks.iter().enumerate() {
            let mut receipt = Receipt::default();
            for event in &callback.events {
                if !fresh.remove(&event.digest[..]) {
                    receipt.duplicates += 1;
                    repeated.push((at, event));
                } else if event.content.is_ok() {
                    receipt.fresh += 1;
                    receipt.slots.push(event.slot);
                } else {
                    receipt.quarantined += 1;
                }
            }
            receipts.push(receipt);
        }
        self.count_altered(&repeated, &mut receipts).await?;
        Ok(receipts)
    }

    async fn count_altered(
        &self,
        repeated: &[(usize, &NewInbound)],
        receipts: &mut [Receipt],
    ) -> Result<(), StoreError> {
        let keys = repeated.iter().map(|(_, event)| Value::from(event.digest)).collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = self.db.lookup(&BODY_HASHES, keys).await?;
        let stored: HashMap<Vec<u8>, Vec<u8>> = rows.into_iter().collect();
        for (at, event) in repeated {
            let plain = event.content.as_ref().map(|fact| serde_json::to_vec(fact).unwrap_or_default());
            let same = stored
                .get(&event.digest[..])
                .is_none_or(|hash| *hash == hash16(plain.as_deref().unwrap_or_default()));
            receipts[*at].altered += usize::from(!same);
        }
        Ok(())
    }
}
