//! Connections: our accounts at providers, and which of them owns what callbacks name.

use std::ops::Deref;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::json;
use super::page::{Page, Slice};
use super::secret::{self, Named};
use super::value::{Value, args, values};
use super::write::{Statement, Write};
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::providers::{self, Account, Door};

static INSERT: Statement = Statement::insert(
    1,
    "INSERT INTO connection (id, workspace_id, provider, name, app, account, settings, created_at, updated_at, version)
    VALUES ",
    10,
);

static UPDATE: Statement = Statement::update(
    2,
    "UPDATE connection SET name = v.column3, app = v.column4, account = v.column5, settings = v.column6,
        updated_at = v.column7, deleted_at = v.column8, version = version + 1
    FROM (VALUES ",
    8,
    ") AS v WHERE connection.id = v.column1 AND connection.version = v.column2",
);

static DELETE_ACCOUNTS: Statement =
    Statement::adjust(3, "DELETE FROM connection_account WHERE connection_id IN (VALUES ", 1, ")");

static INSERT_ACCOUNT: Statement = Statement::insert(
    4,
    "INSERT INTO connection_account (workspace_id, provider, account_key, app, connection_id) VALUES ",
    5,
);

macro_rules! columns {
    () => {
        "SELECT c.id, c.workspace_id, c.provider, c.name, c.app, c.account, c.settings, c.created_at, c.updated_at,
        c.version
    FROM connection c "
    };
}

const LIVE: &str = concat!(columns!(), "WHERE c.id = $1 AND c.deleted_at IS NULL");

const FIND: &str = concat!(columns!(), "WHERE c.workspace_id = $1 AND c.id = $2 AND c.deleted_at IS NULL");

const LIST: &str = concat!(
    columns!(),
    "WHERE c.workspace_id = $1 AND c.id > $2 AND c.deleted_at IS NULL AND ($4 = '' OR c.provider = $4)
    ORDER BY c.id
    LIMIT $3"
);

const OWNERS: Bulk = Bulk::new(
    "SELECT a.account_key, a.app, a.connection_id
    FROM (VALUES ",
    3,
    ") AS v
    JOIN connection_account a
        ON a.workspace_id = v.column1 AND a.provider = v.column2 AND a.account_key = v.column3",
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(LIVE), Sql::same(FIND), Sql::same(LIST)];
pub(super) const LOOKUPS: &[Bulk] = &[OWNERS];

/// Our account at a provider, without its secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The provider's name.
    pub provider: String,
    /// What the desk calls it.
    pub name: String,
    /// The app whose callback URL it shares with others; may be empty.
    pub app: String,
    /// Who we are there.
    pub account: Account,
    /// How it behaves; an object.
    pub settings: Json,
    /// Grows with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A live connection with its secrets: what verifies and understands callbacks, and sends.
#[derive(Clone, Debug)]
pub struct StoredDoor {
    /// The connection.
    pub connection: Connection,
    /// By what callbacks name its account, best first.
    pub account_keys: Vec<String>,
    /// Live values of its secrets by name, newest first.
    pub secrets: Named,
}

impl Deref for StoredDoor {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl StoredDoor {
    /// As its provider takes it.
    #[must_use]
    pub fn as_door(&self) -> Door<'_> {
        let verifying = providers::find(&self.provider).and_then(|provider| provider.secret_fields().first());
        let live = verifying.and_then(|field| self.secrets.get(field.name));
        Door {
            account: &self.account,
            settings: &self.settings,
            secrets: live.map_or(&[], Vec::as_slice),
            named: &self.secrets,
        }
    }
}

#[derive(Debug, FromRow)]
struct ConnectionRow {
    id: String,
    workspace_id: String,
    provider: String,
    name: String,
    app: String,
    account: String,
    settings: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl ConnectionRow {
    fn read(self) -> Result<Connection, StoreError> {
        let bad = |column| StoreError::inconsistent("connection", column, &self.id);
        Ok(Connection {
            id: ConnectionId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            account: json::read(&self.account, "connection", "account", &self.id)?,
            settings: json::read(&self.settings, "connection", "settings", &self.id)?,
            provider: self.provider,
            name: self.name,
            app: self.app,
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

fn accounts(connection: &Connection, keys: &[String]) -> Vec<Write> {
    let row =
        |key| values![&connection.workspace_id, &connection.provider, key, &connection.app, &connection.id];
    keys.iter().map(|key| Write { statement: &INSERT_ACCOUNT, values: row(key) }).collect()
}

/// A new connection that owns these account keys.
pub fn insert(connection: &Connection, keys: &[String]) -> Vec<Write> {
    let mut writes = accounts(connection, keys);
    writes.push(Write {
        statement: &INSERT,
        values: values![
            &connection.id,
            &connection.workspace_id,
            &connection.provider,
            &connection.name,
            &connection.app,
            json::write(&connection.account),
            connection.settings.to_string(),
            connection.created_at,
            connection.updated_at,
            connection.version,
        ],
    });
    writes
}

/// A connection as it is now, read at the version it carries, with the account keys it owns now.
pub fn update(connection: &Connection, keys: &[String], now: Timestamp) -> Vec<Write> {
    let mut writes = accounts(connection, keys);
    writes.push(Write { statement: &DELETE_ACCOUNTS, values: values![&connection.id] });
    writes.push(change(connection, now, None));
    writes
}

/// The end of a connection: its accounts are free again and its secrets destroyed.
pub fn delete(connection: &Connection, now: Timestamp) -> Vec<Write> {
    vec![
        change(connection, now, Some(now)),
        Write { statement: &DELETE_ACCOUNTS, values: values![&connection.id] },
        secret::delete_all(connection.id.as_str()),
    ]
}

fn change(connection: &Connection, now: Timestamp, deleted_at: Option<Timestamp>) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &connection.id,
            connection.version,
            &connection.name,
            &connection.app,
            json::write(&connection.account),
            connection.settings.to_string(),
            now,
            deleted_at,
        ],
    }
}

impl Store {
    /// A live connection with its secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn door(&self, id: &ConnectionId, now: Timestamp) -> Result<Option<StoredDoor>, StoreError> {
        let Some(row) = self.db.find::<ConnectionRow>(LIVE, args![id]).await? else { return Ok(None) };
        let connection = row.read()?;
        let keys = providers::find(&connection.provider).map(|one| one.account_keys(&connection.account));
        let secrets = self.secrets(id.as_str(), now).await?;
        Ok(Some(StoredDoor { connection, account_keys: keys.unwrap_or_default(), secrets }))
    }

    /// The live connection of that app which owns one of these account keys, the first that is owned at all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner(
        &self,
        workspace: &WorkspaceId,
        provider: &str,
        app: &str,
        account_keys: &[String],
    ) -> Result<Option<ConnectionId>, StoreError> {
        let keys: Vec<Value> =
            account_keys.iter().flat_map(|key| values![workspace, provider, key]).collect();
        let rows: Vec<(String, String, String)> = self.db.lookup(&OWNERS, keys).await?;
        let owned = |key: &String| rows.iter().find(|(owned, of_app, _)| owned == key && of_app == app);
        let Some((_, _, id)) = account_keys.iter().find_map(owned) else { return Ok(None) };
        let bad = |_| StoreError::inconsistent("connection_account", "connection_id", id);
        ConnectionId::parse(id).map(Some).map_err(bad)
    }

    /// The live connection that has one of these accounts, whatever its app.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_holder(
        &self,
        workspace: &WorkspaceId,
        provider: &str,
        account_keys: &[String],
    ) -> Result<Option<String>, StoreError> {
        let keys = account_keys.iter().flat_map(|key| values![workspace, provider, key]).collect();
        let rows: Vec<(String, String, String)> = self.db.lookup(&OWNERS, keys).await?;
        Ok(rows.into_iter().next().map(|(_, _, id)| id))
    }

    /// A live connection of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_connection(
        &self,
        workspace: &WorkspaceId,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        let row: Option<ConnectionRow> = self.db.find(FIND, args![workspace, id]).await?;
        row.map(ConnectionRow::read).transpose()
    }

    /// Live connections, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_connections(
        &self,
        workspace: &WorkspaceId,
        provider: Option<&str>,
        slice: Slice<'_>,
    ) -> Result<Page<Connection>, StoreError> {
        let args = args![workspace, slice.edge(), slice.rows(), provider.unwrap_or_default()];
        slice.page(self.db.all::<ConnectionRow>(LIST, args).await?).try_map(ConnectionRow::read)
    }
}
