//! Plays a plan: each act at its time, on a clock that began with the run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::SimulateError;
use super::desk::Desk;
use super::mark::marked;
use super::service::Service;
use crate::clock::Stopwatch;
use crate::sandbox::plan::{Plan, Planned, Who};
use crate::sandbox::{Act, Sandbox};

/// How playing went.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    /// How long after its time the latest act came.
    pub(super) lag: Duration,
    /// Acts that no provider lets a customer do: their post is not there.
    pub(super) impossible: Vec<u64>,
    /// The posts of acts, by the ids they have now.
    pub(super) posts: HashMap<u64, String>,
    /// Times the service was killed and came back.
    pub(super) deaths: u64,
    /// Why it did not.
    pub(super) broken: Option<String>,
}

pub(super) struct Driver {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) desk: Arc<Desk>,
    pub(super) service: Arc<Mutex<Service>>,
    played: Played,
}

impl Driver {
    pub(super) fn new(sandbox: Arc<Sandbox>, desk: Arc<Desk>, service: Arc<Mutex<Service>>) -> Self {
        Self { sandbox, desk, service, played: Played::default() }
    }

    /// Every act at its time.
    pub(super) async fn play(mut self, plan: &Plan, watch: Stopwatch) -> Played {
        let begun = watch.elapsed();
        let mut deaths = Vec::new();
        for step in &plan.steps {
            let due = begun + Duration::from_millis(step.at);
            let now = watch.elapsed();
            match due.checked_sub(now) {
                Some(wait) if !wait.is_zero() => tokio::time::sleep(wait).await,
                _ => self.played.lag = self.played.lag.max(now.saturating_sub(due)),
            }
            match &step.act {
                Planned::Kill { side } => {
                    let (service, side) = (self.service.clone(), *side);
                    deaths.push(tokio::spawn(async move { service.lock().await.kill(side).await }));
                }
                Planned::Invite { .. } | Planned::Answer { .. } => self.desk.act(step.n, step.act.clone()),
                act => self.customer(step.n, act),
            }
        }
        for death in deaths {
            match death.await {
                Ok(Ok(())) => self.played.deaths += 1,
                Ok(Err(why)) => self.note(&why),
                Err(why) => self.note(&SimulateError::Service(why.to_string())),
            }
        }
        self.played
    }

    fn note(&mut self, why: &SimulateError) {
        self.played.broken.get_or_insert_with(|| why.to_string());
    }

    fn customer(&mut self, n: u64, act: &Planned) {
        let Some((who, doing)) = self.doing(n, act) else {
            return self.played.impossible.push(n);
        };
        match self.sandbox.act_marked(&who.address.provider, &doing, Some(n)) {
            Ok(id) => {
                let post = match act {
                    Planned::Post { .. } => n,
                    Planned::Edit { post, .. } => *post,
                    _ => return,
                };
                self.played.posts.insert(post, id);
            }
            Err(_) => self.played.impossible.push(n),
        }
    }

    /// What a provider is told of an act.
    fn doing<'p>(&self, n: u64, act: &'p Planned) -> Option<(&'p Who, Act)> {
        Some(match act {
            Planned::Post { who, text, answers } => {
                let post = answers.and_then(|n| self.played.posts.get(&n)).cloned();
                (who, who.does("post", marked(text, n), post))
            }
            Planned::Edit { who, text, post } => {
                let post = self.played.posts.get(post)?.clone();
                (who, who.does("edit", marked(text, n), Some(post)))
            }
            Planned::Message { who, text } => (who, who.does("message", marked(text, n), None)),
            Planned::Word { who, text, reads } => {
                (who, who.does("message", self.sandbox.word(text, reads.as_ref()), None))
            }
            Planned::Invite { .. } | Planned::Answer { .. } | Planned::Kill { .. } => return None,
        })
    }
}
