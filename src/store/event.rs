//! Events: immutable, in order, rendered when they are shown.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::content::Content;
use super::engine::{Bulk, Db, Sql};
use super::error::StoreError;
use super::identity::{BODIES, BodyRow};
use super::json;
use super::value::{Value, args, values};
use super::view::{BodyRef, Resource};
use super::write::{Statement, Write};
use crate::domain::event::EventType;
use crate::domain::id::{BodyId, EventId, IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::vault::Vault;

static INSERT: Statement = Statement {
    rank: 40,
    bulk: Bulk::new(
        "INSERT INTO event (id, workspace_id, type, subject, subject_seq, identity_id, data, refs, at) VALUES ",
        9,
        "",
    ),
    guard: super::write::Guard::Every,
};

const BY_ID: Bulk = Bulk::new(
    "SELECT e.id, e.type, e.subject, e.subject_seq, e.data, e.refs, e.at, COALESCE(e.position, 0) AS position
    FROM (VALUES ",
    1,
    ") AS v JOIN event e ON e.id = v.column1",
);

const LIST: &str = "SELECT e.id, e.type, e.subject, e.subject_seq, e.data, e.refs, e.at, e.position
    FROM event e
    WHERE e.workspace_id = $1 AND e.position > $2 AND ($4 = '' OR e.type = $4)
    ORDER BY e.position
    LIMIT $3";

const OLDEST: &str = "SELECT e.position FROM event e
    WHERE e.workspace_id = $1 AND e.position > 0
    ORDER BY e.position
    LIMIT 1";

const HEAD: &str = "SELECT position FROM event_head WHERE workspace_id = $1";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(LIST), Sql::same(OLDEST), Sql::same(HEAD)];
pub(super) const LOOKUPS: &[Bulk] = &[BY_ID];

/// What we tell the outside, before it has a position.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, which is also the `webhook-id`.
    pub id: EventId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// Its kind.
    pub kind: EventType,
    /// The resource it is about.
    pub subject: String,
    /// How many events about that resource there are with this one.
    pub subject_seq: i64,
    /// Whose data it shows.
    pub identity_id: Option<IdentityId>,
    /// The resource as it was.
    pub resource: Resource,
    /// When.
    pub at: Timestamp,
}

/// An event as the outside sees it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its id; webhooks carry it as `webhook-id`.
    pub id: EventId,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The resource it is about.
    #[schema(example = "conv_01kap0bswxev1bjsph3xxwkkrz")]
    pub subject: String,
    /// Its number among the events of that resource, from 1.
    #[schema(example = 4)]
    pub subject_seq: i64,
    /// The resource as it was.
    #[schema(value_type = Object)]
    pub data: Json,
}

#[derive(Debug, FromRow)]
pub(super) struct EventRow {
    id: String,
    #[sqlx(rename = "type")]
    kind: String,
    subject: String,
    subject_seq: i64,
    data: String,
    refs: String,
    at: i64,
    position: i64,
}

/// An event read from the store, still without its texts.
#[derive(Clone, Debug)]
pub(super) struct StoredEvent {
    /// What is known without the texts.
    view: EventView,
    /// Which body belongs where.
    refs: Vec<BodyRef>,
    /// Its position in the workspace; 0 before it has one.
    position: i64,
}

impl EventRow {
    fn read(self) -> Result<StoredEvent, StoreError> {
        let bad = |column| StoreError::inconsistent("event", column, &self.id);
        Ok(StoredEvent {
            view: EventView {
                id: EventId::parse(&self.id).map_err(|_| bad("id"))?,
                kind: EventType::parse(&self.kind).ok_or_else(|| bad("type"))?,
                timestamp: Timestamp::from_millis(self.at),
                subject: self.subject.clone(),
                subject_seq: self.subject_seq,
                data: json::read(&self.data, "event", "data", &self.id)?,
            },
            refs: json::read(&self.refs, "event", "refs", &self.id)?,
            position: self.position,
        })
    }
}

impl NewEvent {
    /// The row.
    #[must_use]
    pub fn insert(&self) -> Write {
        Write {
            statement: &INSERT,
            values: values![
                &self.id,
                &self.workspace_id,
                self.kind.as_str(),
                self.subject.as_str(),
                self.subject_seq,
                self.identity_id.as_ref(),
                self.resource.data.to_string(),
                json::write(&self.resource.refs),
                self.at,
            ],
        }
    }

    /// The event as the outside sees it, from bodies at hand.
    #[must_use]
    pub fn render<'a>(self, content: impl Fn(&BodyId) -> Option<&'a Content>) -> EventView {
        EventView {
            id: self.id,
            kind: self.kind,
            timestamp: self.at,
            subject: self.subject,
            subject_seq: self.subject_seq,
            data: self.resource.fill(content),
        }
    }
}

/// Opens the bodies of these ids; erased ones are absent.
pub(super) async fn contents(
    db: &Db,
    vault: &Vault,
    mut ids: Vec<String>,
) -> Result<HashMap<String, Content>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<BodyRow> = db.lookup(&BODIES, ids.into_iter().map(Value::from).collect()).await?;
    rows.into_iter().map(|row| Ok((row.id.clone(), row.read(vault)?))).collect()
}

impl Store {
    /// Resources with their texts, in the same order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn render(&self, resources: Vec<Resource>) -> Result<Vec<Json>, StoreError> {
        let ids = resources.iter().flat_map(|one| &one.refs).map(|place| place.body.to_string()).collect();
        let contents = contents(&self.db, &self.vault, ids).await?;
        let filled = |one: Resource| one.fill(|id| contents.get(id.as_str()));
        Ok(resources.into_iter().map(filled).collect())
    }

    async fn render_events(&self, rows: Vec<EventRow>) -> Result<Vec<(i64, EventView)>, StoreError> {
        let stored: Vec<StoredEvent> = rows.into_iter().map(EventRow::read).collect::<Result<_, _>>()?;
        let mut heads = Vec::with_capacity(stored.len());
        let mut resources = Vec::with_capacity(stored.len());
        for StoredEvent { mut view, refs, position } in stored {
            resources.push(Resource { data: view.data.take(), refs });
            heads.push((position, view));
        }
        let filled = self.render(resources).await?;
        let whole = heads.into_iter().zip(filled);
        Ok(whole.map(|((position, view), data)| (position, EventView { data, ..view })).collect())
    }

    /// Events of these ids, in no order; unknown ones are absent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events(&self, ids: &[EventId]) -> Result<Vec<EventView>, StoreError> {
        let rows: Vec<EventRow> = self.db.lookup(&BY_ID, ids.iter().map(Value::from).collect()).await?;
        Ok(self.render_events(rows).await?.into_iter().map(|(_, view)| view).collect())
    }

    /// At most `limit` events after a position, in order, each with its position; of one kind, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_after(
        &self,
        workspace: &WorkspaceId,
        position: i64,
        kind: Option<EventType>,
        limit: i64,
    ) -> Result<Vec<(i64, EventView)>, StoreError> {
        let kind = kind.map_or("", EventType::as_str);
        let rows: Vec<EventRow> = self.db.all(LIST, args![workspace, position, limit, kind]).await?;
        self.render_events(rows).await
    }

    /// The position of the oldest event kept; none when there is no event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_event(&self, workspace: &WorkspaceId) -> Result<Option<i64>, StoreError> {
        let row: Option<(i64,)> = self.db.find(OLDEST, args![workspace]).await?;
        Ok(row.map(|(position,)| position))
    }

    /// The newest position given in a workspace; 0 before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn event_head(&self, workspace: &WorkspaceId) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = self.db.find(HEAD, args![workspace]).await?;
        Ok(row.map_or(0, |(position,)| position))
    }
}
