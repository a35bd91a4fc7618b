//! Connections at hand: a callback must not cost a query, and a change must be seen within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::metrics::Counter;

use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::providers::{self, Provider};
use crate::store::connection::{Connection, StoredDoor};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics;

/// How long what was read is believed.
const FRESH: Duration = Duration::from_secs(1);

/// Entries kept; beyond it the map is emptied, so that made-up ids cannot fill the memory.
const MOST: usize = 10_000;

type Account = (WorkspaceId, String, String, Vec<String>);

/// A live connection that callbacks can be sent to.
pub(super) struct Entrance {
    pub(super) stored: StoredDoor,
    pub(super) provider: &'static dyn Provider,
    /// Counts what is taken in here.
    pub(super) accepted: Counter,
}

impl Entrance {
    fn of(stored: StoredDoor) -> Option<Self> {
        let provider = providers::find(&stored.connection.provider)?;
        let accepted = metrics::callbacks_accepted(&stored.connection.id);
        Some(Self { stored, provider, accepted })
    }
}

/// Reads connections, and remembers them for a moment.
pub(super) struct Directory {
    store: Store,
    doors: Remembered<ConnectionId, Option<Arc<Entrance>>>,
    owners: Remembered<Account, Option<ConnectionId>>,
}

impl Directory {
    pub(super) fn new(store: Store) -> Self {
        Self { store, doors: Mutex::default(), owners: Mutex::default() }
    }

    /// The live connection of that id.
    pub(super) async fn entrance(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Arc<Entrance>>, StoreError> {
        if let Some(door) = recall(&self.doors, id, now) {
            return Ok(door);
        }
        let door = self.fresh(id, now).await?.map(Arc::new);
        remember(&self.doors, id.clone(), door.clone(), now);
        Ok(door)
    }

    /// The live connection of that id as it is in the database now.
    pub(super) async fn fresh(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Entrance>, StoreError> {
        Ok(self.store.door(id, now).await?.and_then(Entrance::of))
    }

    /// The live connection of the same workspace, provider and app that owns one of these accounts.
    pub(super) async fn owner(
        &self,
        door: &Connection,
        accounts: &[String],
        now: Timestamp,
    ) -> Result<Option<ConnectionId>, StoreError> {
        let key = (door.workspace_id.clone(), door.provider.clone(), door.app.clone(), accounts.to_vec());
        if let Some(owner) = recall(&self.owners, &key, now) {
            return Ok(owner);
        }
        let owner = self.store.owner(&door.workspace_id, &door.provider, &door.app, accounts).await?;
        remember(&self.owners, key, owner.clone(), now);
        Ok(owner)
    }
}

type Remembered<K, V> = Mutex<HashMap<K, (Timestamp, V)>>;

fn recall<K: std::hash::Hash + Eq, V: Clone>(from: &Remembered<K, V>, key: &K, now: Timestamp) -> Option<V> {
    let known = from.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(key).filter(|(at, _)| now < *at + FRESH).map(|(_, value)| value.clone())
}

fn remember<K: std::hash::Hash + Eq, V>(into: &Remembered<K, V>, key: K, value: V, now: Timestamp) {
    let mut known = into.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key, (now, value));
}
