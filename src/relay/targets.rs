//! Where deliveries go, remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Parts;
use crate::domain::time::Timestamp;
use crate::store::{SendingConnection, StoreError, WebhookTarget};

/// How long a change may go unnoticed.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// Most targets of a kind to remember.
const MOST: usize = 1000;

/// Webhooks and connections as they were a moment ago; `None` for one that takes nothing.
#[derive(Default)]
pub(super) struct Targets {
    webhooks: Memory<WebhookTarget>,
    connections: Memory<SendingConnection>,
}

/// Until when it is remembered, and what it was.
type Known<T> = (Timestamp, Option<Arc<T>>);

struct Memory<T>(Mutex<HashMap<String, Known<T>>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Memory<T> {
    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, id: &str, now: Timestamp) -> Option<Option<Arc<T>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id).filter(|(until, _)| *until > now).map(|(_, target)| target.clone())
    }

    fn keep(&self, id: &str, target: Option<T>, now: Timestamp) -> Option<Arc<T>> {
        let target = target.map(Arc::new);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id.to_owned(), (now + KEPT_FOR, target.clone()));
        target
    }
}

impl Targets {
    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.webhooks.clear();
        self.connections.clear();
    }

    pub(super) async fn webhook(
        &self,
        parts: &Parts,
        id: &str,
    ) -> Result<Option<Arc<WebhookTarget>>, StoreError> {
        let now = parts.clock.now();
        if let Some(known) = self.webhooks.find(id, now) {
            return Ok(known);
        }
        Ok(self.webhooks.keep(id, parts.store.webhook_target(id, now).await?, now))
    }

    pub(super) async fn connection(
        &self,
        parts: &Parts,
        id: &str,
    ) -> Result<Option<Arc<SendingConnection>>, StoreError> {
        let now = parts.clock.now();
        if let Some(known) = self.connections.find(id, now) {
            return Ok(known);
        }
        Ok(self.connections.keep(id, parts.store.sending_connection(id, now).await?, now))
    }
}
