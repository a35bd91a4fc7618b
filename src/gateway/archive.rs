//! Rejected callbacks, kept for their connection's owner: a sample, written after the answer, never in its way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::clock;
use crate::domain::id::{ConnectionId, RejectedId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::providers::RawRequest;
use crate::store::Store;
use crate::store::connection::Connection;
use crate::store::rejected::{NewRejected, RawCall};

/// Kept of a connection in one second, by one process.
const MOST_PER_SECOND: u32 = 10;

/// Larger bodies are listed, but not kept.
const LARGEST: usize = 256 * 1024;

/// What may wait to be written, in units of 1 KiB; beyond that rejected callbacks are only logged.
const QUEUE_KIB: usize = 16 * 1024;

/// Connections remembered for sampling.
const MOST_CONNECTIONS: usize = 10_000;

/// A callback as it was seen at the door.
#[derive(Clone, Copy)]
pub(super) struct Seen<'r> {
    pub(super) raw: &'r RawRequest,
    /// What followed `?`, undecoded.
    pub(super) query: &'r str,
    pub(super) now: Timestamp,
}

struct Waiting {
    workspace_id: WorkspaceId,
    connection_id: ConnectionId,
    failed_check: &'static str,
    method: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
    at: Timestamp,
    _room: OwnedSemaphorePermit,
}

/// Takes rejected callbacks to be written in the background.
pub(super) struct Archive {
    queue: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    /// The second, and how many were taken in it.
    taken: Mutex<HashMap<ConnectionId, (i64, u32)>>,
}

impl Archive {
    /// Starts the writer; it ends when the archive is dropped.
    pub(super) fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(write_all(store, waiting));
        Self { queue, room: Arc::new(Semaphore::new(QUEUE_KIB)), taken: Mutex::default() }
    }

    /// Keeps it if there is room and it is not one of too many.
    pub(super) fn keep(&self, connection: &Connection, seen: Seen<'_>, failed_check: &'static str) {
        if !self.samples(&connection.id, seen.now) {
            return;
        }
        let headers: usize = seen.raw.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let kib = u32::try_from((seen.raw.body.len() + headers) / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(room) = self.room.clone().try_acquire_many_owned(kib) else { return };
        let _ = self.queue.send(Waiting {
            workspace_id: connection.workspace_id.clone(),
            connection_id: connection.id.clone(),
            failed_check,
            method: seen.raw.method.clone(),
            query: seen.query.to_owned(),
            headers: seen.raw.headers.clone(),
            body: seen.raw.body.clone(),
            at: seen.now,
            _room: room,
        });
    }

    fn samples(&self, id: &ConnectionId, now: Timestamp) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= MOST_CONNECTIONS {
            taken.clear();
        }
        let (second, count) = taken.entry(id.clone()).or_default();
        if *second != now.secs() {
            (*second, *count) = (now.secs(), 0);
        }
        *count += 1;
        *count <= MOST_PER_SECOND
    }
}

impl Waiting {
    fn kept(self) -> NewRejected {
        let whole = self.body.len() <= LARGEST;
        NewRejected {
            id: RejectedId::new(self.at, &clock::chance()),
            workspace_id: self.workspace_id,
            connection_id: self.connection_id,
            failed_check: self.failed_check,
            header_names: self.headers.iter().map(|(name, _)| name.clone()).collect(),
            size: i64::try_from(self.body.len()).unwrap_or(i64::MAX),
            sha256: Sha256::digest(&self.body).into(),
            raw: whole.then(|| RawCall {
                method: self.method,
                query: self.query,
                headers: self.headers,
                body: self.body.to_vec(),
            }),
            received_at: self.at,
        }
    }
}

async fn write_all(store: Store, mut queue: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(waiting) = queue.recv().await {
        let rejected = waiting.kept();
        if let Err(cause) = store.keep_rejected(&rejected).await {
            let id = &rejected.connection_id;
            tracing::warn!(connection.id = %id, %cause, "a rejected callback for {id} could not be kept");
        }
    }
}
