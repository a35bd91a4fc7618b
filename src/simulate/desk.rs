//! The agents: they invite and answer through the API, each act once however often it has to be asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::mark::marked;
use super::receiver::Inbox;
use crate::sandbox::plan::Planned;
use crate::sandbox::{Api, ApiError};

/// How long an agent waits to hear of what is to be answered.
const HEARING: Duration = Duration::from_secs(30);

/// How long an agent tries again while nobody answers.
const TRIES: usize = 60;

const PAUSE: Duration = Duration::from_millis(100);
const LONG_PAUSE: Duration = Duration::from_millis(500);

/// What came of what agents did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Done {
    pub(super) invited: u64,
    pub(super) answered: u64,
    /// Refused by the service's rules, by what it said.
    pub(super) refused: BTreeMap<String, u64>,
    /// Nobody heard in time of what was to be answered.
    pub(super) unheard: u64,
    /// The service did not answer.
    pub(super) failed: u64,
}

pub(super) struct Desk {
    api: Api,
    inbox: Arc<Inbox>,
    done: Mutex<Done>,
    busy: AtomicUsize,
}

impl Desk {
    pub(super) fn new(api: Api, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(Self { api, inbox, done: Mutex::default(), busy: AtomicUsize::new(0) })
    }

    /// Acts that have not ended.
    pub(super) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn done(&self) -> Done {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, what: impl FnOnce(&mut Done)) {
        what(&mut self.done.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Does it beside everything else.
    pub(super) fn act(self: &Arc<Self>, n: u64, act: Planned) {
        self.busy.fetch_add(1, Ordering::Relaxed);
        let desk = self.clone();
        tokio::spawn(async move {
            desk.play(n, &act).await;
            desk.busy.fetch_sub(1, Ordering::Relaxed);
        });
    }

    async fn play(&self, n: u64, act: &Planned) {
        let about = match act {
            Planned::Invite { complaint, .. } => *complaint,
            Planned::Answer { message, .. } => *message,
            _ => return,
        };
        let Some(subject) = self.hear_of(about).await else {
            return self.count(|done| done.unheard += 1);
        };
        let (path, body) = match act {
            Planned::Answer { text, .. } => {
                (format!("/v1/conversations/{subject}/messages"), json!({"text": marked(text, n)}))
            }
            Planned::Invite { to_phone: true, .. } => {
                (format!("/v1/complaints/{subject}/handoffs"), json!({"to": ["sms"]}))
            }
            _ => (format!("/v1/complaints/{subject}/handoffs"), json!({})),
        };
        match self.ask(&path, &body, &format!("simulate-{n}")).await {
            Ok(_) if matches!(act, Planned::Invite { .. }) => self.count(|done| done.invited += 1),
            Ok(_) => self.count(|done| done.answered += 1),
            Err(ApiError::Refused { status, detail, .. }) => {
                self.count(|done| *done.refused.entry(format!("{status} {detail}")).or_default() += 1);
            }
            Err(ApiError::Silent { .. }) => self.count(|done| done.failed += 1),
        }
    }

    async fn hear_of(&self, act: u64) -> Option<String> {
        let heard = async {
            loop {
                if let Some(subject) = self.inbox.subject(act) {
                    return subject;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(HEARING, heard).await.ok()
    }

    async fn ask(&self, path: &str, body: &Value, key: &str) -> Result<Value, ApiError> {
        let mut answer = self.api.post_once(path, body, key).await;
        for _ in 1..TRIES {
            if !answer.as_ref().is_err_and(is_for_now) {
                break;
            }
            tokio::time::sleep(LONG_PAUSE).await;
            answer = self.api.post_once(path, body, key).await;
        }
        answer
    }
}

/// Whether the same request may fare better later.
fn is_for_now(error: &ApiError) -> bool {
    match error {
        ApiError::Silent { .. } => true,
        ApiError::Refused { status, detail, .. } => {
            matches!(status, 429 | 500 | 502 | 503) || (*status == 409 && detail.contains("has not ended"))
        }
    }
}
