//! Group commit: whoever comes while one commit runs shares the next. No timer, so an idle callback waits for nothing.
//!
//! Who finds nobody committing does it on the thread that took the callback in: to wake another and be woken by it
//! takes longer than to verify and read a callback. What came meanwhile goes to a thread that does nothing else.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_util::future::BoxFuture;
use thread_local::ThreadLocal;
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

/// When so many wait, a second commit goes beside the one under way: a server works on one while the disk writes the
/// other.
const MANY: usize = 32;

/// Commits side by side on a server; an embedded database has one writer.
const SIDE_BY_SIDE: u32 = 2;

/// How often a commit that met another writer is tried.
const TRIES: usize = 5;

type Ended = Result<Receipt, Arc<StoreError>>;

/// Makes a callback durable: [`Committer`], and in benchmarks whatever it is compared with.
pub trait Commit: Send + Sync {
    /// Waits until the callback is durable.
    ///
    /// # Errors
    /// [`Rejection::Overloaded`] before anything is stored, [`Rejection::Unavailable`] when it could not be.
    fn commit(&self, callback: SealedCallback) -> BoxFuture<'_, Result<Receipt, Rejection>>;
}

struct Waiting {
    callback: SealedCallback,
    ended: oneshot::Sender<Ended>,
    _room: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Turns that are taken.
    turns: u32,
}

struct Shared {
    queue: Mutex<Queue>,
    most_turns: u32,
    /// Turns for the thread of commits to go on with.
    handed_over: mpsc::UnboundedSender<Arc<Shared>>,
}

/// The right to commit, one batch after the other. It is given back when nothing waits, else handed over.
struct Turn(Arc<Shared>);

/// The writer of callbacks in this process.
pub struct Committer {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    store: Store,
    /// A connection wakes the thread that opened it, so each has its own.
    own: ThreadLocal<Store>,
}

impl Committer {
    /// Starts the thread of commits. It ends when the committer is dropped and the queue is empty.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store, tasks: &TaskTracker) -> std::io::Result<Self> {
        let most_turns = if store.is_shared() { SIDE_BY_SIDE } else { 1 };
        let (handed_over, turns) = mpsc::unbounded_channel();
        let (ended, end) = oneshot::channel::<()>();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let apart = store.apart(most_turns);
        thread::Builder::new().name("committer".to_owned()).spawn(move || {
            runtime.block_on(go_on(apart, turns));
            drop(ended);
        })?;
        tasks.spawn(end);
        let shared = Arc::new(Shared { queue: Mutex::default(), most_turns, handed_over });
        Ok(Self { shared, room: Arc::new(Semaphore::new(QUEUE_KIB)), store, own: ThreadLocal::new() })
    }

    async fn wait(&self, callback: SealedCallback) -> Result<Receipt, Rejection> {
        let kib = u32::try_from(callback.bytes() / 1024 + 1).map_err(|_| Rejection::Overloaded)?;
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| Rejection::Overloaded)?;
        let (ended, end) = oneshot::channel();
        if let Some(turn) = self.shared.push(Waiting { callback, ended, _room: room }) {
            let store = self.own.get_or(|| self.store.apart(1)).clone();
            // Not here: whoever waits may go away, and others wait for the same commit.
            tokio::spawn(async move { turn.commit_next(&store).await });
        }
        end.await.map_err(|_| Rejection::Overloaded)?.map_err(Rejection::Unavailable)
    }
}

impl Commit for Committer {
    fn commit(&self, callback: SealedCallback) -> BoxFuture<'_, Result<Receipt, Rejection>> {
        Box::pin(self.wait(callback))
    }
}

/// Goes on with what others began, until nobody is left to begin anything.
async fn go_on(store: Store, mut turns: mpsc::UnboundedReceiver<Arc<Shared>>) {
    while let Some(shared) = turns.recv().await {
        let (turn, store) = (Turn(shared), store.clone());
        tokio::spawn(async move { while turn.commit_next(&store).await {} });
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the queue; with a turn where nobody commits, or more wait than one commit after the other serves well.
    fn push(self: &Arc<Self>, waiting: Waiting) -> Option<Turn> {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        let due = queue.turns == 0 || (queue.turns < self.most_turns && queue.waiting.len() >= MANY);
        due.then(|| {
            queue.turns += 1;
            Turn(self.clone())
        })
    }
}

impl Queue {
    /// The oldest that fit into one commit, at least one of those there are.
    fn batch(&mut self) -> Vec<Waiting> {
        let (mut events, mut bytes) = (0, 0);
        let fits = |waiting: &&Waiting| {
            events += waiting.callback.events();
            bytes += waiting.callback.bytes();
            events <= MOST_EVENTS && bytes <= MOST_BYTES
        };
        let count = self.waiting.iter().take_while(fits).count().max(1).min(self.waiting.len());
        self.waiting.drain(..count).collect()
    }
}

impl Turn {
    /// Whether there was something to commit.
    async fn commit_next(&self, store: &Store) -> bool {
        let batch = self.0.queue().batch();
        let some = !batch.is_empty();
        if some {
            commit(store, batch).await;
        }
        some
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        if queue.waiting.is_empty() || self.0.handed_over.send(self.0.clone()).is_err() {
            queue.turns -= 1;
        }
    }
}

async fn commit(store: &Store, batch: Vec<Waiting>) {
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

async fn accept(store: &Store, callbacks: &[SealedCallback]) -> Result<Vec<Receipt>, StoreError> {
    for _ in 1..TRIES {
        match store.accept(callbacks).await {
            Err(error) if error.is_conflict() => {}
            ended => return ended,
        }
    }
    store.accept(callbacks).await
}
