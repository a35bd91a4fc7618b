//! Group commit: whoever comes while one commit runs shares the next, so an idle callback waits for nothing. Where the
//! disk is slow, the next need not wait for the one before.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::Rejection;
use crate::store::inbound::{NewCallback, Receipt};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics;

/// Events of one commit.
const MOST_EVENTS: usize = 1000;

/// Bytes of one commit.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Bytes that may wait, in units of 1 KiB; beyond that callers are asked to come back.
const QUEUE_KIB: usize = 64 * 1024;

/// Commits under way at once on a database server; an embedded one has a single writer.
const COMMITS_ON_SERVER: usize = 3;

/// A commit that takes longer is waiting for its disk, not working: others may go on beside it. On a fast disk larger
/// batches are cheaper than more of them.
const SLOW: Duration = Duration::from_millis(4);

/// How often a commit that met another writer is tried.
const TRIES: usize = 5;

type Ended = Result<Receipt, Arc<StoreError>>;

/// Makes callbacks durable: [`Store`], and in benchmarks whatever it is compared with.
pub trait Accept: Send + Sync + 'static {
    /// One receipt for each callback, in order.
    ///
    /// # Errors
    /// When nothing could be stored.
    fn accept(
        &self,
        callbacks: &[NewCallback],
    ) -> impl Future<Output = Result<Vec<Receipt>, StoreError>> + Send;

    /// How many may be under way at once.
    fn at_once(&self) -> usize {
        1
    }
}

impl Accept for Store {
    fn accept(
        &self,
        callbacks: &[NewCallback],
    ) -> impl Future<Output = Result<Vec<Receipt>, StoreError>> + Send {
        Self::accept(self, callbacks)
    }

    fn at_once(&self) -> usize {
        if self.is_shared() { COMMITS_ON_SERVER } else { 1 }
    }
}

struct Waiting {
    callback: NewCallback,
    bytes: usize,
    ended: oneshot::Sender<Ended>,
    _room: OwnedSemaphorePermit,
}

/// The one writer of callbacks in this process.
#[derive(Clone)]
pub struct Committer {
    queue: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
}

impl Committer {
    /// Starts the writer; it ends when the last handle is dropped and the queue is empty.
    #[must_use]
    pub fn start(store: impl Accept, tasks: &TaskTracker) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tasks.spawn(write_all(store, waiting));
        Self { queue, room: Arc::new(Semaphore::new(QUEUE_KIB)) }
    }

    /// Waits until the callback is durable.
    ///
    /// # Errors
    /// [`Rejection::Overloaded`] before anything is stored, [`Rejection::Unavailable`] when it could not be.
    pub(super) async fn commit(&self, callback: NewCallback) -> Result<Receipt, Rejection> {
        let bytes = callback.raw.len();
        let kib = u32::try_from(bytes / 1024 + 1).map_err(|_| Rejection::Overloaded)?;
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| Rejection::Overloaded)?;
        let (ended, end) = oneshot::channel();
        let waiting = Waiting { callback, bytes, ended, _room: room };
        self.queue.send(waiting).map_err(|_| Rejection::Overloaded)?;
        end.await.map_err(|_| Rejection::Overloaded)?.map_err(Rejection::Unavailable)
    }
}

async fn write_all(store: impl Accept, mut queue: mpsc::UnboundedReceiver<Waiting>) {
    let mut under_way = FuturesUnordered::new();
    let mut next = queue.recv().await;
    while let Some(first) = next.take() {
        let (batch, over) = gather(first, &mut queue);
        under_way.push(commit(&store, batch));
        if under_way.len() < store.at_once() {
            let _ = tokio::time::timeout(SLOW, under_way.next()).await;
        } else {
            under_way.next().await;
        }
        next = match over {
            Some(over) => Some(over),
            None => receive(&mut queue, &mut under_way).await,
        };
    }
    while under_way.next().await.is_some() {}
}

/// The next callback, while commits go on.
async fn receive(
    queue: &mut mpsc::UnboundedReceiver<Waiting>,
    under_way: &mut FuturesUnordered<impl Future<Output = ()>>,
) -> Option<Waiting> {
    loop {
        tokio::select! {
            more = queue.recv() => return more,
            Some(()) = under_way.next() => {}
        }
    }
}

/// What waits for the next commit, and the one that does not fit into it any more.
fn gather(first: Waiting, queue: &mut mpsc::UnboundedReceiver<Waiting>) -> (Vec<Waiting>, Option<Waiting>) {
    let (mut events, mut bytes) = (first.callback.events.len(), first.bytes);
    let mut batch = vec![first];
    while let Ok(more) = queue.try_recv() {
        events += more.callback.events.len();
        bytes += more.bytes;
        if events > MOST_EVENTS || bytes > MOST_BYTES {
            return (batch, Some(more));
        }
        batch.push(more);
    }
    (batch, None)
}

async fn commit(store: &impl Accept, batch: Vec<Waiting>) {
    let (callbacks, ends): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.callback, (waiting.ended, waiting._room))).unzip();
    match accept(store, &callbacks).await {
        Ok(receipts) => {
            let events: usize = callbacks.iter().map(|callback| callback.events.len()).sum();
            metrics::batch_committed(u32::try_from(events).unwrap_or(u32::MAX));
            for ((end, _), receipt) in ends.into_iter().zip(receipts) {
                let _ = end.send(Ok(receipt));
            }
        }
        Err(error) if error.is_ours() && callbacks.len() > 1 => {
            for (callback, (end, _)) in callbacks.iter().zip(ends) {
                let alone = accept(store, std::slice::from_ref(callback)).await;
                let _ = end.send(alone.map(|mut one| one.pop().unwrap_or_default()).map_err(Arc::new));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (end, _) in ends {
                let _ = end.send(Err(error.clone()));
            }
        }
    }
}

async fn accept(store: &impl Accept, callbacks: &[NewCallback]) -> Result<Vec<Receipt>, StoreError> {
    for _ in 1..TRIES {
        match store.accept(callbacks).await {
            Err(error) if error.is_conflict() => {}
            ended => return ended,
        }
    }
    store.accept(callbacks).await
}
