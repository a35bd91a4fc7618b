//! API keys: stored hashed, one workspace each.

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::json;
use super::page::{Page, Slice};
use super::value::{Args, Value, args, values};
use super::write::{Statement, Write, flush};
use crate::domain::agent::Agent;
use crate::domain::id::{KeyId, WorkspaceId};
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::vault::api_key_hash;

static INSERT: Statement = Statement::insert(
    1,
    "INSERT INTO api_key (id, workspace_id, name, hash, hint, scopes, agent, created_at, expires_at) VALUES ",
    9,
);

static REVOKE: Statement = Statement::update(
    2,
    "UPDATE api_key SET revoked_at = v.column2
    FROM (VALUES ",
    2,
    ") AS v WHERE api_key.id = v.column1 AND api_key.revoked_at IS NULL",
);

/// Only while no key ever existed. Of two processes at once one makes it: they collide on the id, or on the
/// hash when both were given the same secret.
const INSERT_FIRST: &str =
    "INSERT INTO api_key (id, workspace_id, name, hash, hint, scopes, agent, created_at, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
    WHERE NOT EXISTS (SELECT 1 FROM api_key)
    ON CONFLICT DO NOTHING";

macro_rules! columns {
    () => {
        "SELECT k.id, k.workspace_id, k.name, k.hint, k.scopes, k.agent, k.created_at, k.expires_at FROM api_key k "
    };
}

const BY_HASH: &str = concat!(columns!(), "WHERE k.hash = $1 AND k.revoked_at IS NULL");

const FIND: &str = concat!(columns!(), "WHERE k.workspace_id = $1 AND k.id = $2 AND k.revoked_at IS NULL");

const LIST: &str = concat!(
    columns!(),
    "WHERE k.workspace_id = $1 AND k.id > $2 AND k.revoked_at IS NULL
    ORDER BY k.id
    LIMIT $3"
);

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(INSERT_FIRST), Sql::same(BY_HASH), Sql::same(FIND), Sql::same(LIST)];

/// An API key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public half.
    pub id: KeyId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// What it is for.
    pub name: String,
    /// The last characters of the secret, to tell keys apart.
    pub hint: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who speaks when a request names nobody.
    pub agent: Option<Agent>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it has not ended.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The last characters of a secret, which tell it from others and give nothing away.
#[must_use]
pub fn hint(secret: &Secret) -> String {
    let text = secret.expose();
    text.char_indices().rev().nth(3).map_or("", |(at, _)| &text[at..]).to_owned()
}

#[derive(Debug, FromRow)]
struct KeyRow {
    id: String,
    workspace_id: String,
    name: String,
    hint: String,
    scopes: String,
    agent: Option<String>,
    created_at: i64,
    expires_at: Option<i64>,
}

impl KeyRow {
    fn read(self) -> Result<ApiKey, StoreError> {
        let bad = |column| StoreError::inconsistent("api_key", column, &self.id);
        Ok(ApiKey {
            id: KeyId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            scopes: json::read(&self.scopes, "api_key", "scopes", &self.id)?,
            agent: json::read_some(self.agent.as_deref(), "api_key", "agent", &self.id)?,
            name: self.name,
            hint: self.hint,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_millis),
        })
    }
}

fn row(key: &ApiKey, secret: &Secret) -> Vec<Value> {
    values![
        &key.id,
        &key.workspace_id,
        &key.name,
        api_key_hash(secret.expose()),
        &key.hint,
        json::write(&key.scopes),
        json::write_some(key.agent.as_ref()),
        key.created_at,
        key.expires_at,
    ]
}

/// A new key.
pub fn insert(key: &ApiKey, secret: &Secret) -> Write {
    Write { statement: &INSERT, values: row(key, secret) }
}

/// The end of a key.
pub fn revoke(key: &ApiKey, now: Timestamp) -> Write {
    Write { statement: &REVOKE, values: values![&key.id, now] }
}

impl Store {
    /// The key of that secret, unless it was revoked; it may have expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.db.find::<KeyRow>(BY_HASH, args![hash]).await?.map(KeyRow::read).transpose()
    }

    /// Stores a key made on the machine itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_key(&self, key: &ApiKey, secret: &Secret) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        flush(&mut tx, vec![insert(key, secret)]).await?;
        tx.commit().await
    }

    /// Stores the very first key; `false` when there is or ever was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_first_key(&self, key: &ApiKey, secret: &Secret) -> Result<bool, StoreError> {
        let first = ApiKey { id: KeyId::new(Timestamp::from_millis(0), &[0; 10]), ..key.clone() };
        Ok(self.db.execute(INSERT_FIRST, Args::from(row(&first, secret))).await? == 1)
    }

    /// A key of a workspace that was not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_key(&self, workspace: &WorkspaceId, id: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        self.db.find::<KeyRow>(FIND, args![workspace, id]).await?.map(KeyRow::read).transpose()
    }

    /// Keys that were not revoked, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(
        &self,
        workspace: &WorkspaceId,
        slice: Slice<'_>,
    ) -> Result<Page<ApiKey>, StoreError> {
        let args = args![workspace, slice.edge(), slice.rows()];
        slice.page(self.db.all::<KeyRow>(LIST, args).await?).try_map(KeyRow::read)
    }
}
