//! Deliveries to webhooks as their owner sees them, and how they are asked for again.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::{args, values};
use super::write::{Statement, Write};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{DeliveryId, EventId, WebhookId, WorkspaceId};
use crate::domain::time::Timestamp;

static RETRY: Statement = Statement::update(
    52,
    "UPDATE delivery SET state = 'pending', tries = 0, holds = 0, due_at = v.column2, outcome = NULL,
        settled_at = NULL
    FROM (VALUES ",
    2,
    ") AS v WHERE delivery.id = v.column1 AND delivery.state IN ('dead', 'settled')",
);

static RECOVER: Statement = Statement::adjust(
    53,
    "UPDATE delivery SET state = 'pending', tries = 0, holds = 0, due_at = v.column4, outcome = NULL,
        settled_at = NULL
    FROM (VALUES ",
    4,
    ") AS v
    WHERE delivery.destination = v.column1 AND delivery.kind = 'webhook' AND delivery.state = 'dead'
        AND delivery.created_at >= v.column2 AND delivery.created_at < v.column3",
);

const COUNT_DEAD: &str = "SELECT COUNT(*) FROM delivery d
    WHERE d.destination = $1 AND d.kind = 'webhook' AND d.state = 'dead' AND d.created_at >= $2 AND d.created_at < $3";

macro_rules! columns {
    () => {
        "SELECT d.id, d.destination, d.event_id, e.type AS event_type, d.subject, d.state, d.outcome, d.tries,
        d.due_at, d.last_status, d.last_error, d.last_at, d.last_ms, d.created_at, d.settled_at
    FROM delivery d
    JOIN event e ON e.id = d.event_id "
    };
}

const FIND: &str = concat!(columns!(), "WHERE d.workspace_id = $1 AND d.id = $2 AND d.kind = 'webhook'");

const LIST: &str = concat!(
    columns!(),
    "WHERE d.workspace_id = $1 AND d.destination = $2 AND d.kind = 'webhook' AND d.id < $3
        AND ($5 = '' OR d.state = $5)
    ORDER BY d.id DESC
    LIMIT $4"
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(COUNT_DEAD), Sql::same(FIND), Sql::same(LIST)];

/// An event on its way to a webhook.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// The delivery.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook_id: WebhookId,
    /// What it carries; the `webhook-id` header.
    pub event_id: EventId,
    /// The kind of that event.
    #[schema(example = "message.received")]
    pub event_type: String,
    /// The resource the event is about.
    #[schema(example = "conv_01kap0bswxev1bjsph3xxwkkrz")]
    pub subject: String,
    /// Where it stands: `pending`, `leased`, `settled` or `dead`.
    pub state: DeliveryState,
    /// How it ended.
    #[schema(example = "delivered")]
    pub outcome: Option<String>,
    /// How often it was tried.
    #[schema(example = 1)]
    pub attempts: i64,
    /// When it is tried next; null once it is over.
    pub next_attempt_at: Option<Timestamp>,
    /// The HTTP status of the last try; null when there was no answer.
    #[schema(example = 200)]
    pub last_status: Option<i64>,
    /// Why the last try failed.
    #[schema(example = "the connection could not be made")]
    pub last_error: Option<String>,
    /// When it was last tried.
    pub last_at: Option<Timestamp>,
    /// How long the last try took, in milliseconds.
    #[schema(example = 84)]
    pub last_ms: Option<i64>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was over.
    pub settled_at: Option<Timestamp>,
}

impl DeliveryView {
    /// As [`retry`] leaves it.
    pub fn put_back(&mut self, now: Timestamp) {
        self.state = DeliveryState::Pending;
        self.attempts = 0;
        self.next_attempt_at = Some(now);
        self.outcome = None;
        self.settled_at = None;
    }
}

#[derive(Debug, FromRow)]
struct DeliveryRow {
    id: String,
    destination: String,
    event_id: String,
    event_type: String,
    subject: String,
    state: String,
    outcome: Option<String>,
    tries: i64,
    due_at: i64,
    last_status: Option<i64>,
    last_error: Option<String>,
    last_at: Option<i64>,
    last_ms: Option<i64>,
    created_at: i64,
    settled_at: Option<i64>,
}

impl DeliveryRow {
    fn read(self) -> Result<DeliveryView, StoreError> {
        let bad = |column| StoreError::inconsistent("delivery", column, &self.id);
        let state = DeliveryState::parse(&self.state).ok_or_else(|| bad("state"))?;
        let waits = state == DeliveryState::Pending;
        Ok(DeliveryView {
            id: DeliveryId::parse(&self.id).map_err(|_| bad("id"))?,
            webhook_id: WebhookId::parse(&self.destination).map_err(|_| bad("destination"))?,
            event_id: EventId::parse(&self.event_id).map_err(|_| bad("event_id"))?,
            event_type: self.event_type,
            subject: self.subject,
            state,
            outcome: self.outcome,
            attempts: self.tries,
            next_attempt_at: waits.then(|| Timestamp::from_millis(self.due_at)),
            last_status: self.last_status,
            last_error: self.last_error,
            last_at: self.last_at.map(Timestamp::from_millis),
            last_ms: self.last_ms,
            created_at: Timestamp::from_millis(self.created_at),
            settled_at: self.settled_at.map(Timestamp::from_millis),
        })
    }
}

/// Puts a delivery that is over back in line, out of its lane.
pub fn retry(id: &DeliveryId, now: Timestamp) -> Write {
    Write { statement: &RETRY, values: values![id, now] }
}

/// A stretch of time: from its begin up to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment in it.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// Puts all dead deliveries of a webhook that were made in a window back in line, out of their lanes.
pub fn recover(webhook: &WebhookId, window: Window, now: Timestamp) -> Write {
    Write { statement: &RECOVER, values: values![webhook, window.since, window.until, now] }
}

impl Store {
    /// How many deliveries [`recover`] would put back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_dead(&self, webhook: &WebhookId, window: Window) -> Result<i64, StoreError> {
        let args = args![webhook, window.since, window.until];
        let row: Option<(i64,)> = self.db.find(COUNT_DEAD, args).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// A delivery to a webhook of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_delivery(
        &self,
        workspace: &WorkspaceId,
        id: &DeliveryId,
    ) -> Result<Option<DeliveryView>, StoreError> {
        self.db.find::<DeliveryRow>(FIND, args![workspace, id]).await?.map(DeliveryRow::read).transpose()
    }

    /// Deliveries to a webhook, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_deliveries(
        &self,
        workspace: &WorkspaceId,
        webhook: &WebhookId,
        state: Option<DeliveryState>,
        slice: Slice<'_>,
    ) -> Result<Page<DeliveryView>, StoreError> {
        let state = state.map_or("", DeliveryState::as_str);
        let args = args![workspace, webhook, slice.edge(), slice.rows(), state];
        slice.page(self.db.all::<DeliveryRow>(LIST, args).await?).try_map(DeliveryRow::read)
    }
}
