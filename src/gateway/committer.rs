//! Group commit: whoever comes while one commit runs shares the next. No timer, so an idle callback waits for nothing.
//!
//! Who finds nobody committing does it on the thread that took the callback in: to wake another and be woken by it
//! takes longer than to verify and read a callback. On a server that thread goes on with what came in on it meanwhile, and
//! so does every other, side by side. An embedded database has one writer: there all threads share one line, and one
//! that does nothing else goes on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_util::future::BoxFuture;
use thread_local::ThreadLocal;
use tokio::runtime::Builder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::yield_now;
use tokio_util::task::TaskTracker;

use super::Rejection;
use crate::store::inbound::{Receipt, SealedCallback};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics;

/// Events of one commit.
const MOST_EVENTS: usize = 1000;

/// Bytes of one commit.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Callbacks of one commit of a thread with a line of its own. With all that wait in it, the thread had nothing to do
/// until its end, and the next commit was of the few that came meanwhile.
const MOST_CALLBACKS: usize = 128;

/// Bytes that may wait, in units of 1 KiB; beyond that callers are asked to come back.
const QUEUE_KIB: usize = 64 * 1024;

/// How often a thread with a line of its own looks for more that is ready before it commits. Once lets it read what it
/// had seen already, twice what came since; more than that found nothing more.
const LOOKS: usize = 2;

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

/// Callbacks that wait for one commit after the other.
struct Line {
    store: Store,
    queue: Mutex<Queue>,
    /// Who goes on after the first; without one, whoever began.
    next: Option<mpsc::UnboundedSender<Arc<Line>>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether somebody has the turn.
    taken: bool,
}

/// The right and the duty to commit what waits in a line.
struct Turn {
    line: Arc<Line>,
    given_back: bool,
}

/// The writer of callbacks in this process.
pub struct Committer {
    store: Store,
    /// On an embedded database: one for all, as there is one writer.
    shared: Option<Arc<Line>>,
    /// On a server: one for each thread, by a connection of its own; the system wakes the thread that opened a connection.
    of_threads: ThreadLocal<Arc<Line>>,
    room: Arc<Semaphore>,
}

impl Committer {
    /// On an embedded database this starts the thread of commits. It ends when the committer is dropped and nothing
    /// waits.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store, tasks: &TaskTracker) -> std::io::Result<Self> {
        let shared = match store.is_shared() {
            true => None,
            false => Some(Arc::new(Line::new(store.clone(), Some(start_thread(tasks)?)))),
        };
        let room = Arc::new(Semaphore::new(QUEUE_KIB));
        Ok(Self { store, shared, of_threads: ThreadLocal::new(), room })
    }

    fn line(&self) -> &Arc<Line> {
        let own = || self.of_threads.get_or(|| Arc::new(Line::new(self.store.apart(), None)));
        self.shared.as_ref().unwrap_or_else(own)
    }

    async fn wait(&self, callback: SealedCallback) -> Result<Receipt, Rejection> {
        let kib = u32::try_from(callback.bytes() / 1024 + 1).map_err(|_| Rejection::Overloaded)?;
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| Rejection::Overloaded)?;
        let (ended, end) = oneshot::channel();
        if let Some(turn) = self.line().join(Waiting { callback, ended, _room: room }) {
            // Not here: whoever waits may go away, and others wait for the same commit.
            tokio::spawn(turn.begin());
        }
        end.await.map_err(|_| Rejection::Overloaded)?.map_err(Rejection::Unavailable)
    }
}

impl Commit for Committer {
    fn commit(&self, callback: SealedCallback) -> BoxFuture<'_, Result<Receipt, Rejection>> {
        Box::pin(self.wait(callback))
    }
}

/// A thread that goes on with the lines it is sent.
fn start_thread(tasks: &TaskTracker) -> std::io::Result<mpsc::UnboundedSender<Arc<Line>>> {
    let (next, mut lines) = mpsc::unbounded_channel();
    let (ended, end) = oneshot::channel::<()>();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("committer".to_owned()).spawn(move || {
        runtime.block_on(async {
            while let Some(line) = lines.recv().await {
                Turn::of(line).go_on().await;
            }
        });
        drop(ended);
    })?;
    tasks.spawn(end);
    Ok(next)
}

impl Line {
    fn new(store: Store, next: Option<mpsc::UnboundedSender<Arc<Line>>>) -> Self {
        Self { store, queue: Mutex::default(), next }
    }

    /// Whether only the thread it belongs to commits what waits in it.
    const fn is_of_thread(&self) -> bool {
        self.next.is_none()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With the turn, where nobody had it.
    fn join(self: &Arc<Self>, waiting: Waiting) -> Option<Turn> {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        let free = !std::mem::replace(&mut queue.taken, true);
        free.then(|| Turn::of(self.clone()))
    }
}

impl Queue {
    /// The oldest that fit into one commit, at most so many, at least one of those there are.
    fn batch(&mut self, most: usize) -> Vec<Waiting> {
        let (mut events, mut bytes) = (0, 0);
        let fits = |waiting: &&Waiting| {
            events += waiting.callback.events();
            bytes += waiting.callback.bytes();
            events <= MOST_EVENTS && bytes <= MOST_BYTES
        };
        let count = self.waiting.iter().take(most).take_while(fits).count().max(1).min(self.waiting.len());
        self.waiting.drain(..count).collect()
    }
}

impl Turn {
    const fn of(line: Arc<Line>) -> Self {
        Self { line, given_back: false }
    }

    /// The first commit where the callback came in; what came meanwhile goes to whoever goes on with this line.
    async fn begin(mut self) {
        if self.commit_next().await && self.line.is_of_thread() {
            self.go_on().await;
        }
    }

    async fn go_on(mut self) {
        while self.commit_next().await {}
    }

    /// Whether there was something to commit; if not, the turn is given back.
    async fn commit_next(&mut self) -> bool {
        let looks = if self.line.is_of_thread() { LOOKS } else { 0 };
        for _ in 0..looks {
            yield_now().await;
        }
        let batch = self.take();
        let some = !batch.is_empty();
        if some {
            commit(&self.line.store, batch).await;
        }
        some
    }

    fn take(&mut self) -> Vec<Waiting> {
        let mut queue = self.line.queue();
        let batch = queue.batch(if self.line.is_of_thread() { MOST_CALLBACKS } else { usize::MAX });
        self.given_back = batch.is_empty();
        queue.taken = !self.given_back;
        batch
    }
}

impl Drop for Turn {
    /// Also when its thread ends in the middle. Then nobody is left whom a line of that thread alone could answer.
    fn drop(&mut self) {
        if self.given_back {
            return;
        }
        let mut queue = self.line.queue();
        let goes_on = |next: &mpsc::UnboundedSender<_>| next.send(self.line.clone()).is_ok();
        if queue.waiting.is_empty() || !self.line.next.as_ref().is_some_and(goes_on) {
            queue.waiting.clear();
            queue.taken = false;
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
            // Not here: the next commit need not wait until all are told.
            tokio::spawn(async move {
                for ((end, _), receipt) in ends.into_iter().zip(receipts) {
                    let _ = end.send(Ok(receipt));
                }
                drop(callbacks);
            });
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
