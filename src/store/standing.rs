//! How a webhook stands: working, failing, switched off. Changes follow its circuit and are told as events.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::FromRow;

use super::circuit::Turned;
use super::delivery::{Cargo, NewDelivery};
use super::engine::{Bulk, Tx, locked};
use super::error::StoreError;
use super::event::NewEvent;
use super::json;
use super::value::{Value, values};
use super::view::{self, WebhookView};
use super::webhook::{SUBSCRIPTIONS, Subscription, SubscriptionRow};
use super::write::flush;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::{DeliveryId, EventId, WebhookId, WorkspaceId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DISABLED_AFTER, WebhookStatus};

const LOCK: Bulk = Bulk {
    head:
        "SELECT w.id, w.workspace_id, w.url, w.events, w.description, w.status, w.failing_since, w.event_seq,
        w.created_at
    FROM (VALUES ",
    width: 1,
    tail: locked!(
        ") AS v JOIN webhook w ON w.id = v.column1 WHERE w.deleted_at IS NULL ORDER BY w.id",
        of "w"
    ),
};

const UPDATE: Bulk = Bulk::new(
    "UPDATE webhook SET status = v.column2, failing_since = v.column3, event_seq = event_seq + 1,
        version = version + 1, updated_at = v.column4
    FROM (VALUES ",
    4,
    ") AS v WHERE webhook.id = v.column1",
);

pub(super) const LOOKUPS: &[Bulk] = &[LOCK, UPDATE];

/// What was learnt about a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It keeps failing.
    Fails,
    /// It answers.
    Works,
    /// It says that it is gone for good.
    Gone,
}

impl News {
    pub(super) const fn of(turned: Turned) -> Option<Self> {
        match turned {
            Turned::Open => Some(Self::Fails),
            Turned::Closed => Some(Self::Works),
            Turned::Not => None,
        }
    }
}

/// What others are told about it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) events: Vec<NewEvent>,
    pub(super) deliveries: Vec<NewDelivery>,
}

#[derive(Debug, FromRow)]
struct WebhookRow {
    id: String,
    workspace_id: String,
    url: String,
    events: String,
    description: Option<String>,
    status: String,
    failing_since: Option<i64>,
    event_seq: i64,
    created_at: i64,
}

/// Where a webhook goes from here.
struct Move {
    status: WebhookStatus,
    failing_since: Option<Timestamp>,
    event: EventType,
}

impl WebhookRow {
    fn moved(&self, news: News, now: Timestamp) -> Option<Move> {
        let since = self.failing_since.map(Timestamp::from_millis);
        let over = since.is_some_and(|since| since + DISABLED_AFTER <= now);
        let to = |status, failing_since, event| Some(Move { status, failing_since, event });
        match (self.status.as_str(), news) {
            ("enabled", News::Fails) => to(WebhookStatus::Failing, Some(now), EventType::WebhookFailing),
            ("failing", News::Works) => to(WebhookStatus::Enabled, None, EventType::WebhookRecovered),
            ("failing", News::Fails) if over => {
                to(WebhookStatus::Disabled, since, EventType::WebhookDisabled)
            }
            ("enabled" | "failing", News::Gone) => {
                to(WebhookStatus::Disabled, since.or(Some(now)), EventType::WebhookDisabled)
            }
            _ => None,
        }
    }

    fn event(&self, moved: &Move, now: Timestamp) -> Result<NewEvent, StoreError> {
        let bad = |column| StoreError::inconsistent("webhook", column, &self.id);
        let view = WebhookView {
            id: WebhookId::parse(&self.id).map_err(|_| bad("id"))?,
            url: self.url.clone(),
            events: json::read(&self.events, "webhook", "events", &self.id)?,
            description: self.description.clone(),
            status: moved.status,
            failing_since: moved.failing_since,
            created_at: Timestamp::from_millis(self.created_at),
        };
        Ok(NewEvent {
            id: EventId::new(now, &clock::chance()),
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            kind: moved.event,
            subject: self.id.clone(),
            subject_seq: self.event_seq + 1,
            identity_id: None,
            resource: view::webhook(&view),
            at: now,
        })
    }
}

/// Moves webhooks on and writes the events about it; their deliveries are still to be inserted.
pub(super) async fn follow(
    tx: &mut Tx,
    news: &BTreeMap<String, News>,
    now: Timestamp,
) -> Result<Told, StoreError> {
    let rows: Vec<WebhookRow> = tx.lookup(&LOCK, news.keys().map(Value::from).collect()).await?;
    let mut updates = Vec::new();
    let mut events = Vec::new();
    for row in &rows {
        let Some(moved) = news.get(&row.id).and_then(|&news| row.moved(news, now)) else { continue };
        updates.extend(values![&row.id, moved.status.as_str(), moved.failing_since, now]);
        events.push(row.event(&moved, now)?);
    }
    tx.write(&UPDATE, updates).await?;
    flush(tx, events.iter().map(NewEvent::insert).collect()).await?;
    let deliveries = fan_out(tx, &events, now).await?;
    Ok(Told { events, deliveries })
}

/// What is owed to the workspace's other webhooks.
async fn fan_out(tx: &mut Tx, events: &[NewEvent], now: Timestamp) -> Result<Vec<NewDelivery>, StoreError> {
    let workspaces: BTreeSet<&WorkspaceId> = events.iter().map(|event| &event.workspace_id).collect();
    let keys = workspaces.into_iter().map(Value::from).collect();
    let rows: Vec<SubscriptionRow> = tx.lookup(&SUBSCRIPTIONS, keys).await?;
    let subscriptions: Vec<(WorkspaceId, Subscription)> =
        rows.into_iter().map(SubscriptionRow::read).collect::<Result<_, _>>()?;
    let mut deliveries = Vec::new();
    for event in events {
        let others = subscriptions.iter().filter(|(workspace, other)| {
            *workspace == event.workspace_id
                && other.webhook_id.as_str() != event.subject
                && other.takes(event.kind)
        });
        deliveries.extend(others.map(|(_, other)| owed(event, &other.webhook_id, now)));
    }
    Ok(deliveries)
}

fn owed(event: &NewEvent, to: &WebhookId, now: Timestamp) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(now, &clock::chance()),
        workspace_id: event.workspace_id.clone(),
        lane: Lane::of(&[to.as_str(), &event.subject]),
        subject: event.subject.clone(),
        destination: to.to_string(),
        slot: 0,
        identity_id: None,
        cargo: Cargo::Event(event.id.clone()),
        valid_until: None,
    }
}
