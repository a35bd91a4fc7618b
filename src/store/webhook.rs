//! Webhooks: who wants to be told of what.

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::json;
use super::page::{Page, Slice};
use super::secret;
use super::value::{args, values};
use super::view::WebhookView;
use super::write::{Statement, Write};
use crate::domain::event::EventType;
use crate::domain::id::{WebhookId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookStatus;

/// What a webhook's secret is called.
pub const SECRET: &str = "signing_secret";

static INSERT: Statement = Statement::insert(
    60,
    "INSERT INTO webhook (id, workspace_id, url, events, description, status, event_seq, version, created_at,
        updated_at) VALUES ",
    10,
);

static UPDATE: Statement = Statement::update(
    61,
    "UPDATE webhook SET url = v.column3, events = v.column4, description = v.column5, status = v.column6,
        failing_since = v.column7, updated_at = v.column8, deleted_at = v.column9, version = version + 1
    FROM (VALUES ",
    9,
    ") AS v WHERE webhook.id = v.column1 AND webhook.version = v.column2",
);

static COUNT_EVENT: Statement = Statement::update(
    49,
    "UPDATE webhook SET event_seq = v.column2
    FROM (VALUES ",
    2,
    ") AS v WHERE webhook.id = v.column1 AND webhook.event_seq = v.column2 - 1",
);

/// Webhooks of workspaces.
pub(super) const SUBSCRIPTIONS: Bulk = Bulk::new(
    "SELECT w.id, w.workspace_id, w.events, w.status, w.event_seq FROM (VALUES ",
    1,
    ") AS v JOIN webhook w ON w.workspace_id = v.column1
    WHERE w.deleted_at IS NULL",
);

macro_rules! columns {
    () => {
        "SELECT w.id, w.workspace_id, w.url, w.events, w.description, w.status, w.failing_since, w.version,
        w.created_at, w.updated_at
    FROM webhook w "
    };
}

const FIND: &str = concat!(columns!(), "WHERE w.workspace_id = $1 AND w.id = $2 AND w.deleted_at IS NULL");

const LIST: &str = concat!(
    columns!(),
    "WHERE w.workspace_id = $1 AND w.id > $2 AND w.deleted_at IS NULL
    ORDER BY w.id
    LIMIT $3"
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(FIND), Sql::same(LIST)];

/// A webhook and what it takes.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// `*`, families such as `message.*`, full names.
    pub patterns: Vec<String>,
    /// Whether it gets anything now.
    pub enabled: bool,
    /// Events told about the webhook itself so far.
    pub event_seq: i64,
}

/// One more event was told about a webhook itself.
pub fn count_event(id: &WebhookId, event_seq: i64) -> Write {
    Write { statement: &COUNT_EVENT, values: values![id, event_seq] }
}

impl Subscription {
    /// Whether it takes events of that kind.
    #[must_use]
    pub fn takes(&self, kind: EventType) -> bool {
        self.enabled && self.patterns.iter().any(|pattern| kind.fits(pattern))
    }
}

#[derive(Debug, FromRow)]
pub(super) struct SubscriptionRow {
    id: String,
    workspace_id: String,
    events: String,
    status: String,
    event_seq: i64,
}

impl SubscriptionRow {
    pub(super) fn read(self) -> Result<(WorkspaceId, Subscription), StoreError> {
        let bad = |column| StoreError::inconsistent("webhook", column, &self.id);
        let subscription = Subscription {
            webhook_id: WebhookId::parse(&self.id).map_err(|_| bad("id"))?,
            patterns: json::read(&self.events, "webhook", "events", &self.id)?,
            enabled: self.status != "disabled",
            event_seq: self.event_seq,
        };
        Ok((WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?, subscription))
    }
}

/// A subscriber, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// Where events go.
    pub url: String,
    /// Which events: `*`, families, full names.
    pub events: Vec<String>,
    /// What the owner calls it.
    pub description: Option<String>,
    /// Whether it works.
    pub status: WebhookStatus,
    /// Since when deliveries to it fail.
    pub failing_since: Option<Timestamp>,
    /// Grows with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, url, events, description, status, failing_since, created_at, .. } = webhook;
        Self { id, url, events, description, status, failing_since, created_at }
    }
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
    version: i64,
    created_at: i64,
    updated_at: i64,
}

fn status(word: &str) -> Option<WebhookStatus> {
    use WebhookStatus::{Disabled, Enabled, Failing};
    [Enabled, Failing, Disabled].into_iter().find(|status| status.as_str() == word)
}

impl WebhookRow {
    fn read(self) -> Result<Webhook, StoreError> {
        let bad = |column| StoreError::inconsistent("webhook", column, &self.id);
        Ok(Webhook {
            id: WebhookId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            events: json::read(&self.events, "webhook", "events", &self.id)?,
            status: status(&self.status).ok_or_else(|| bad("status"))?,
            url: self.url,
            description: self.description,
            failing_since: self.failing_since.map(Timestamp::from_millis),
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

/// A new webhook.
pub fn insert(webhook: &Webhook) -> Write {
    Write {
        statement: &INSERT,
        values: values![
            &webhook.id,
            &webhook.workspace_id,
            &webhook.url,
            json::write(&webhook.events),
            webhook.description.clone(),
            webhook.status.as_str(),
            0,
            webhook.version,
            webhook.created_at,
            webhook.updated_at,
        ],
    }
}

/// A webhook as it is now, read at the version it carries.
pub fn update(webhook: &Webhook, now: Timestamp) -> Write {
    change(webhook, now, None)
}

/// The end of a webhook and its secrets.
pub fn delete(webhook: &Webhook, now: Timestamp) -> [Write; 2] {
    [change(webhook, now, Some(now)), secret::delete_all(webhook.id.as_str())]
}

fn change(webhook: &Webhook, now: Timestamp, deleted_at: Option<Timestamp>) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &webhook.id,
            webhook.version,
            &webhook.url,
            json::write(&webhook.events),
            webhook.description.clone(),
            webhook.status.as_str(),
            webhook.failing_since,
            now,
            deleted_at,
        ],
    }
}

impl Store {
    /// A live webhook of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_webhook(
        &self,
        workspace: &WorkspaceId,
        id: &WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        self.db.find::<WebhookRow>(FIND, args![workspace, id]).await?.map(WebhookRow::read).transpose()
    }

    /// Live webhooks, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_webhooks(
        &self,
        workspace: &WorkspaceId,
        slice: Slice<'_>,
    ) -> Result<Page<Webhook>, StoreError> {
        let args = args![workspace, slice.edge(), slice.rows()];
        slice.page(self.db.all::<WebhookRow>(LIST, args).await?).try_map(WebhookRow::read)
    }
}
