//! Running a command: idempotency, one commit, and deciding again when another writer was faster.

use std::time::Duration;

use super::{Decided, Draft};
use crate::bridge::Bridge;
use crate::bridge::refusal::{CommandError, Refusal};
use crate::clock;
use crate::domain::id::WorkspaceId;
use crate::store::audit::{self, Act};
use crate::store::{Answer, Changes, Desk, Idempotency, Needs, Ran, StoreError, Write};

/// How often a decision is made again before its caller is told to try later.
const TRIES: u32 = 5;

/// On whose behalf a command runs.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// The `Idempotency-Key`, in its scope.
    pub idempotency: Option<Idempotency>,
    /// The version named by `If-Match`.
    pub if_match: Option<i64>,
    /// What is asked for, for the audit log.
    pub act: Option<Act>,
}

/// What a command gives: an answer of 200 to 299, or why not.
pub type Outcome = Result<Answer, CommandError>;

impl Bridge {
    /// Runs a rule on the world it needs.
    pub(super) async fn command<N, F>(&self, caller: &Caller, needs: N, decide: F) -> Outcome
    where
        N: Fn() -> Needs,
        F: Fn(&mut Draft<'_>) -> Decided,
    {
        for tries in 1.. {
            let now = self.clock.now();
            let desk = Desk { book: &*self.book, now };
            let ran = self
                .store
                .decide_command(caller.idempotency.as_ref(), &desk, needs(), |world| {
                    let mut draft = self.draft(world, now);
                    match decide(&mut draft) {
                        Ok(answer) => (draft.finish(), answer),
                        Err(refusal) => (Changes::default(), remembered(&refusal)),
                    }
                })
                .await;
            match ran {
                Err(error) if error.is_conflict() && tries < TRIES => pause(tries).await,
                other => return self.conclude(other),
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Writes rows that no rule of the domain decides on (connections, webhooks, keys), with their record in the audit
    /// log. `decide` reads what it needs, and is asked again when another writer was faster.
    ///
    /// # Errors
    /// What `decide` refuses, or [`CommandError::Store`].
    pub async fn write<F, R>(&self, caller: &Caller, decide: F) -> Outcome
    where
        F: Fn() -> R,
        R: Future<Output = Result<(Vec<Write>, Answer), CommandError>>,
    {
        for tries in 1.. {
            let now = self.clock.now();
            let (mut writes, answer) = match decide().await {
                Ok(decided) => decided,
                Err(CommandError::Refused(refusal)) => (Vec::new(), remembered(&refusal)),
                Err(other) => return Err(other),
            };
            if let Some(act) = caller.act.as_ref().filter(|_| !writes.is_empty()) {
                let made = answer.body["id"].as_str();
                writes.push(audit::insert(&caller.workspace_id, act, made, now));
            }
            let desk = Desk { book: &*self.book, now };
            let changes = Changes { writes, ..Changes::default() };
            let ran = self
                .store
                .decide_command(caller.idempotency.as_ref(), &desk, Needs::default(), |_| (changes, answer))
                .await;
            match ran {
                Err(error) if error.is_conflict() && tries < TRIES => pause(tries).await,
                other => {
                    self.book.forget_targets();
                    return self.conclude(other);
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    fn conclude(&self, ran: Result<Ran, StoreError>) -> Outcome {
        let answer = match ran? {
            Ran::Now(answer, committed) => {
                self.hand_over(committed);
                answer
            }
            Ran::Before(answer) => answer,
            Ran::Mismatch => return Err(CommandError::IdempotencyMismatch),
        };
        if answer.status < 300 {
            return Ok(answer);
        }
        let refusal = serde_json::from_value(answer.body)
            .map_err(|_| StoreError::Conflict)
            .map_err(CommandError::Store)?;
        Err(CommandError::Refused(refusal))
    }
}

/// A refusal in the form in which it is remembered.
fn remembered(refusal: &Refusal) -> Answer {
    Answer { status: refusal.status(), body: serde_json::to_value(refusal).unwrap_or_default() }
}

/// A short wait that grows and differs between those who met.
pub(in crate::bridge) async fn pause(tries: u32) {
    let [chance] = clock::random::<1>();
    tokio::time::sleep(Duration::from_millis(u64::from(tries) * 5 + u64::from(chance) / 16)).await;
}
