//! The rejection alarm: telling, once, that callbacks of a connection fail or pass again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Caller, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Subject};
use crate::bridge::refusal::CommandError;
use crate::domain::event::EventType;
use crate::domain::health::{Health, turned};
use crate::domain::id::ConnectionId;
use crate::domain::time::Timestamp;
use crate::store::health::{Heard, Standing, Tallied, turn};
use crate::store::view::Resource;
use crate::store::{Needs, StoreError};

impl Bridge {
    /// Writes down what a gateway heard.
    ///
    /// # Errors
    /// When the database fails: then nothing of it is written, and it may be given again.
    pub async fn note_heard(&self, heard: &Heard) -> Result<(), StoreError> {
        match heard.connections().is_empty() {
            true => Ok(()),
            false => self.store.add_heard(heard, self.clock.now()).await,
        }
    }

    /// Tells of each of these connections, and of those that were failing, if it stands otherwise than was last told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn watch_health(&self, mut of: BTreeSet<ConnectionId>) -> Result<(), CommandError> {
        of.extend(self.store.failing_connections().await?);
        let now = self.clock.now();
        let mut tallied = self.store.tallied(&of, now).await?;
        for (id, standing) in self.store.standing(&of).await? {
            let tallied = tallied.remove(&id).unwrap_or_default();
            if let Some(to) = turned(standing.health, standing.since, tallied.count, now) {
                self.tell_health(&standing, &tallied, (to, now)).await?;
            }
        }
        Ok(())
    }

    async fn tell_health(
        &self,
        standing: &Standing,
        tallied: &Tallied,
        (to, now): (Health, Timestamp),
    ) -> Result<(), CommandError> {
        let workspace_id = standing.workspace_id.clone();
        let needs = || Needs { workspaces: [workspace_id.clone()].into(), ..Needs::default() };
        let caller =
            Caller { workspace_id: workspace_id.clone(), idempotency: None, if_match: None, act: None };
        let told = self
            .command(&caller, needs, |draft| {
                tell(draft, standing, tallied, (to, now));
                Ok(answer(200, Value::Null))
            })
            .await;
        let (id, health) = (&standing.connection_id, to.as_str());
        match told {
            // Another replica saw the same and was faster.
            Err(CommandError::Store(error)) if error.is_conflict() => Ok(()),
            Err(error) => Err(error),
            Ok(_) => {
                tracing::warn!(connection.id = %id, health, "callbacks of {id}: the connection is {health} now");
                Ok(())
            }
        }
    }
}

fn tell(draft: &mut Draft<'_>, standing: &Standing, tallied: &Tallied, (to, now): (Health, Timestamp)) {
    let (kind, since) = match to {
        Health::Failing => (EventType::ConnectionFailing, now),
        Health::Live => (EventType::ConnectionRecovered, standing.since),
    };
    let data = json!({
        "connection": {
            "id": standing.connection_id, "provider": standing.provider, "name": standing.name, "health": to,
        },
        "failed_check": tallied.failed_check(),
        "rejected": tallied.count.rejected,
        "accepted": tallied.count.accepted,
        "since": since,
    });
    let subject = Subject {
        workspace_id: standing.workspace_id.clone(),
        id: standing.connection_id.to_string(),
        seq: standing.event_seq + 1,
        identity_id: None,
    };
    draft.write(turn(standing, to, now));
    draft.tell(kind, subject, Resource { data, refs: Vec::new() });
}
