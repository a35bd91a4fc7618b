//! Questions to the store that are asked together: whatever comes while one batch is under way goes with the next.

use tokio::sync::{mpsc, oneshot};

use super::Parts;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::DeliveryId;
use crate::domain::time::Timestamp;
use crate::store::{Load, Ready, StoreError};

/// Most questions of one batch.
const MOST: usize = 128;

/// Asks one question; `None` when the store did not answer.
pub(super) struct Batch<Q, A>(mpsc::UnboundedSender<(Q, oneshot::Sender<A>)>);

/// What a delivery carries, or why it carries nothing any more.
pub(super) type Loads = Batch<DeliveryId, Result<Load, Failure>>;

/// Whether a leased provider send may go to the wire now.
pub(super) type Gate = Batch<Ready, Passage>;

/// What the gate says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Passage {
    /// It may go, as long as the lease lasts.
    Go(Timestamp),
    /// Not before then.
    Later(Timestamp),
    /// It is not ours any more, or was stopped.
    No,
}

/// Who answers a batch, in its order; what is left out has no answer.
trait Answers<Q, A>: Send + Sync + 'static {
    fn answer(&self, questions: &[Q]) -> impl Future<Output = Result<Vec<Option<A>>, StoreError>> + Send;

    /// The answer to a question that trips over broken rows.
    fn broken(&self) -> Option<A>;
}

struct Opener(Parts);
struct Gatekeeper(Parts);

impl Answers<DeliveryId, Result<Load, Failure>> for Opener {
    async fn answer(&self, ids: &[DeliveryId]) -> Result<Vec<Option<Result<Load, Failure>>>, StoreError> {
        let mut loads = self.0.store.loads(ids).await?;
        Ok(ids.iter().map(|id| loads.remove(id)).collect())
    }

    fn broken(&self) -> Option<Result<Load, Failure>> {
        Some(Err(Failure::new(FailureCode::Rejected, "What it carries could not be read.")))
    }
}

impl Answers<Ready, Passage> for Gatekeeper {
    async fn answer(&self, sends: &[Ready]) -> Result<Vec<Option<Passage>>, StoreError> {
        let Parts { store, replica, clock, slots, .. } = &self.0;
        let begun = store.begin_send(sends, replica, clock.now()).await?;
        slots.mark(begun.slots.iter().copied());
        let passage = |send: &Ready| match begun.later.get(&send.id) {
            Some(at) => Passage::Later(*at),
            None if begun.go.contains(&send.id) => Passage::Go(begun.lease_until),
            None => Passage::No,
        };
        Ok(sends.iter().map(|send| Some(passage(send))).collect())
    }

    fn broken(&self) -> Option<Passage> {
        None
    }
}

/// Opens what deliveries carry.
pub(super) fn loads(parts: &Parts) -> Loads {
    start(Opener(parts.clone()))
}

/// Asks, just before the wire, whether sends may still be made.
pub(super) fn gate(parts: &Parts) -> Gate {
    start(Gatekeeper(parts.clone()))
}

/// Answers until nobody can ask any more.
fn start<Q, A>(answers: impl Answers<Q, A>) -> Batch<Q, A>
where
    Q: Send + Sync + 'static,
    A: Send + 'static,
{
    let (ask, mut asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while asked.recv_many(&mut batch, MOST).await > 0 {
            let (questions, askers): (Vec<Q>, Vec<oneshot::Sender<A>>) = batch.drain(..).unzip();
            match answers.answer(&questions).await {
                Ok(found) => reply(askers, found),
                Err(error) if error.is_ours() => alone(&answers, questions, askers).await,
                Err(error) => tracing::warn!(%error, "deliveries were not read; they go back"),
            }
        }
    });
    Batch(ask)
}

/// One question at a time, so that a broken one does not spoil the others.
async fn alone<Q: Sync, A>(answers: &impl Answers<Q, A>, questions: Vec<Q>, askers: Vec<oneshot::Sender<A>>) {
    for (question, asker) in questions.iter().zip(askers) {
        let answer = answers.answer(std::slice::from_ref(question)).await;
        let found = answer.unwrap_or_else(|error| {
            tracing::error!(%error, "a delivery could not be read");
            vec![answers.broken()]
        });
        reply(vec![asker], found);
    }
}

fn reply<A>(askers: Vec<oneshot::Sender<A>>, answers: Vec<Option<A>>) {
    for (asker, answer) in askers.into_iter().zip(answers) {
        if let Some(answer) = answer {
            // Whoever asked may have stopped.
            let _ = asker.send(answer);
        }
    }
}

impl<Q, A> Batch<Q, A> {
    pub(super) async fn ask(&self, question: Q) -> Option<A> {
        let (answer, answered) = oneshot::channel();
        self.0.send((question, answer)).ok()?;
        answered.await.ok()
    }
}
