//! How a workspace stands at this moment: what waits, and what went wrong. Every figure reads an index of what is open, so
//! that looking costs no more than there is to do.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

const WAITING: &str = "SELECT 'callbacks' AS name, COUNT(*) AS count, MIN(received_at) AS oldest
        FROM inbound_event WHERE state = 'pending' AND workspace_id = $1
    UNION ALL
    SELECT 'parked', COUNT(*), MIN(received_at) FROM inbound_event WHERE state = 'parked' AND workspace_id = $1
    UNION ALL
    SELECT 'quarantined', COUNT(*), MIN(received_at)
        FROM inbound_event WHERE state = 'quarantined' AND workspace_id = $1
    UNION ALL
    SELECT 'events', COUNT(*), MIN(at) FROM event WHERE position IS NULL AND workspace_id = $1
    UNION ALL
    SELECT 'consents', COUNT(*), MIN(accepted_at) FROM ledger_inbox WHERE workspace_id = $1";

const DELIVERIES: &str = "SELECT kind, state, COUNT(*) AS count, MIN(created_at) AS oldest
        FROM delivery WHERE state = 'pending' AND workspace_id = $1 GROUP BY kind, state
    UNION ALL
    SELECT kind, state, COUNT(*), MIN(created_at)
        FROM delivery WHERE state IN ('leased', 'sending', 'unknown') AND workspace_id = $1 GROUP BY kind, state";

const STANDING: &str = "SELECT 'task' AS what, kind AS name, COUNT(*) AS count
        FROM task WHERE workspace_id = $1 AND state = 'open' GROUP BY kind
    UNION ALL
    SELECT 'webhook', status, COUNT(*) FROM webhook WHERE workspace_id = $1 AND deleted_at IS NULL GROUP BY status
    UNION ALL
    SELECT 'connection', h.status, COUNT(*) FROM connection_health h
        JOIN connection c ON c.id = h.connection_id AND c.deleted_at IS NULL
        WHERE h.status = 'failing' AND c.workspace_id = $1 GROUP BY h.status";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(WAITING), Sql::same(DELIVERIES), Sql::same(STANDING)];

/// How much waits, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// Since when the oldest of them does; null where nothing waits.
    pub oldest_at: Option<Timestamp>,
}

/// How a workspace stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OperationFigures {
    /// Of what came in callbacks, what is not decided yet.
    pub callbacks: Waiting,
    /// What waits for something that did not come yet: a status before its message, an edit before its post.
    pub parked: Waiting,
    /// What could not be understood and was set aside.
    pub quarantined: Waiting,
    /// Messages and replies that are not with the provider yet.
    pub sends: Waiting,
    /// Those whose end nobody saw.
    pub unknown_sends: Waiting,
    /// Events that have no place in the list yet.
    pub events: Waiting,
    /// Events on their way to webhooks.
    pub webhook_deliveries: Waiting,
    /// Consents that are not in the ledger yet.
    pub consents: Waiting,
    /// Open tasks, by kind.
    #[schema(example = json!({"unknown_send": 1}))]
    pub tasks: BTreeMap<String, i64>,
    /// Connections most of whose callbacks are not verified.
    pub failing_connections: i64,
    /// Webhooks that do not take what they are sent.
    pub failing_webhooks: i64,
    /// Webhooks that get nothing: switched off by a person, or after days of failing.
    pub disabled_webhooks: i64,
}

#[derive(Debug, FromRow)]
struct WaitingRow {
    name: String,
    count: i64,
    oldest: Option<i64>,
}

#[derive(Debug, FromRow)]
struct DeliveryRow {
    kind: String,
    state: String,
    count: i64,
    oldest: Option<i64>,
}

#[derive(Debug, FromRow)]
struct StandingRow {
    what: String,
    name: String,
    count: i64,
}

impl Waiting {
    fn add(&mut self, count: i64, oldest: Option<i64>) {
        self.count += count;
        let oldest = oldest.map(Timestamp::from_millis);
        self.oldest_at = self.oldest_at.into_iter().chain(oldest).min();
    }
}

impl OperationFigures {
    fn waits(&mut self, row: &WaitingRow) {
        let of = match row.name.as_str() {
            "callbacks" => &mut self.callbacks,
            "parked" => &mut self.parked,
            "quarantined" => &mut self.quarantined,
            "events" => &mut self.events,
            _ => &mut self.consents,
        };
        of.add(row.count, row.oldest);
    }

    fn is_owed(&mut self, row: &DeliveryRow) {
        let of = match (row.kind.as_str(), row.state.as_str()) {
            ("provider", "unknown") => &mut self.unknown_sends,
            ("provider", _) => &mut self.sends,
            _ => &mut self.webhook_deliveries,
        };
        of.add(row.count, row.oldest);
    }

    fn stands(&mut self, row: StandingRow) {
        match (row.what.as_str(), row.name.as_str()) {
            ("task", _) => drop(self.tasks.insert(row.name, row.count)),
            ("connection", _) => self.failing_connections = row.count,
            (_, "failing") => self.failing_webhooks = row.count,
            (_, "disabled") => self.disabled_webhooks = row.count,
            _ => {}
        }
    }
}

impl Store {
    /// How a workspace stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operation_figures(&self, workspace: &WorkspaceId) -> Result<OperationFigures, StoreError> {
        let mut figures = OperationFigures::default();
        let waiting: Vec<WaitingRow> = self.db.all(WAITING, args![workspace]).await?;
        waiting.iter().for_each(|row| figures.waits(row));
        let deliveries: Vec<DeliveryRow> = self.db.all(DELIVERIES, args![workspace]).await?;
        deliveries.iter().for_each(|row| figures.is_owed(row));
        let standing: Vec<StandingRow> = self.db.all(STANDING, args![workspace]).await?;
        standing.into_iter().for_each(|row| figures.stands(row));
        Ok(figures)
    }
}
