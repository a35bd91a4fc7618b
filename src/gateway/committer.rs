//! Group commit: whoever comes while one commit runs shares the next. No timer, so an idle callback waits for nothing.

use std::sync::Arc;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::Rejection;
use crate::store::inbound::{Receipt, SealedCallback};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics;

/// Events of one commit.
const MOST_EVENTS: usize = 1000;

/// Bytes of one commit.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Bytes that may wait, in units of 1 KiB; beyond that callers are asked to come back.
const QUEUE_KIB: usize = 64 * 1024;

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
        callbacks: &[SealedCallback],
    ) -> impl Future<Output = Result<Vec<Receipt>, StoreError>> + Send;
}

impl Accept for Store {
    fn accept(
        &self,
        callbacks: &[SealedCallback],
    ) -> impl Future<Output = Result<Vec<Receipt>, StoreError>> + Send {
        Self::accept(self, callbacks)
    }
}

struct Waiting {
    callback: SealedCallback,
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
    /// Starts the writer, on a thread of its own: among others a lone callback would wait for one thread to wake the
    /// next. It ends when the last handle is dropped and the queue is empty.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: impl Accept, tasks: &TaskTracker) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let (ended, end) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("committer".to_owned()).spawn(move || {
            runtime.block_on(write_all(store, waiting));
            drop(ended);
        })?;
        tasks.spawn(end);
        Ok(Self { queue, room: Arc::new(Semaphore::new(QUEUE_KIB)) })
    }

    /// Waits until the callback is durable.
    ///
    /// # Errors
    /// [`Rejection::Overloaded`] before anything is stored, [`Rejection::Unavailable`] when it could not be.
    pub(super) async fn commit(&self, callback: SealedCallback) -> Result<Receipt, Rejection> {
        let kib = u32::try_from(callback.bytes() / 1024 + 1).map_err(|_| Rejection::Overloaded)?;
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| Rejection::Overloaded)?;
        let (ended, end) = oneshot::channel();
        let waiting = Waiting { callback, ended, _room: room };
        self.queue.send(waiting).map_err(|_| Rejection::Overloaded)?;
        end.await.map_err(|_| Rejection::Overloaded)?.map_err(Rejection::Unavailable)
    }
}

async fn write_all(store: impl Accept, mut queue: mpsc::UnboundedReceiver<Waiting>) {
    let mut next = queue.recv().await;
    while let Some(first) = next.take() {
        let mut batch = vec![first];
        let (mut events, mut bytes) = (batch[0].callback.events(), batch[0].callback.bytes());
        while let Ok(more) = queue.try_recv() {
            events += more.callback.events();
            bytes += more.callback.bytes();
            if events > MOST_EVENTS || bytes > MOST_BYTES {
                next = Some(more);
                break;
            }
            batch.push(more);
        }
        commit(&store, batch).await;
        if next.is_none() {
            next = queue.recv().await;
        }
    }
}

async fn commit(store: &impl Accept, batch: Vec<Waiting>) {
    let (callbacks, ends): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.callback, (waiting.ended, waiting._room))).unzip();
    match accept(store, &callbacks).await {
        Ok(receipts) => {
            let events: usize = callbacks.iter().map(SealedCallback::events).sum();
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

async fn accept(store: &impl Accept, callbacks: &[SealedCallback]) -> Result<Vec<Receipt>, StoreError> {
    for _ in 1..TRIES {
        match store.accept(callbacks).await {
            Err(error) if error.is_conflict() => {}
            ended => return ended,
        }
    }
    store.accept(callbacks).await
}
