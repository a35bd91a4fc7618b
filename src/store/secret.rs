//! Secrets of connections and webhooks: sealed, named, several live ones of a name while rotating.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::Store;
use super::engine::Bulk;
use super::error::StoreError;
use super::value::values;
use super::write::{Statement, Write};
use crate::clock;
use crate::domain::id::{SecretId, WorkspaceId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::vault::Vault;

static DELETE: Statement = Statement::adjust(5, "DELETE FROM secret WHERE owner_id IN (VALUES ", 1, ")");

static RETIRE: Statement = Statement::adjust(
    6,
    "UPDATE secret SET retires_at = v.column3
    FROM (VALUES ",
    3,
    ") AS v
    WHERE secret.owner_id = v.column1 AND secret.name = v.column2
        AND (secret.retires_at IS NULL OR secret.retires_at > v.column3)",
);

static INSERT: Statement = Statement::insert(
    7,
    "INSERT INTO secret (id, workspace_id, owner_id, name, ciphertext, created_at) VALUES ",
    6,
);

/// The live secrets of owners, newest first.
const LIVE: Bulk = Bulk::new(
    "SELECT s.owner_id, s.name, s.ciphertext, s.created_at
    FROM (VALUES ",
    2,
    ") AS v
    JOIN secret s ON s.owner_id = v.column1 AND (s.retires_at IS NULL OR s.retires_at > v.column2)
    ORDER BY s.created_at DESC, s.id DESC",
);

pub(super) const LOOKUPS: &[Bulk] = &[LIVE];

/// Live values of secrets by name, newest first.
pub type Named = BTreeMap<String, Vec<Secret>>;

#[derive(Debug, FromRow)]
struct SecretRow {
    owner_id: String,
    name: String,
    ciphertext: Vec<u8>,
    created_at: i64,
}

impl SecretRow {
    fn open(&self, vault: &Vault) -> Result<Secret, StoreError> {
        let plain = vault.data().open(&context(&self.owner_id, &self.name), &self.ciphertext)?;
        let text = String::from_utf8(plain);
        text.map(Secret::new).map_err(|_| StoreError::inconsistent("secret", "ciphertext", &self.owner_id))
    }
}

fn context(owner: &str, name: &str) -> String {
    format!("secret/{owner}/{name}")
}

/// A new secret of a connection or a webhook.
pub fn insert(
    vault: &Vault,
    workspace: &WorkspaceId,
    (owner, name): (&str, &str),
    secret: &Secret,
    now: Timestamp,
) -> Write {
    let sealed = vault.data().seal(clock::random(), &context(owner, name), secret.expose().as_bytes());
    let id = SecretId::new(now, &clock::chance());
    Write { statement: &INSERT, values: values![&id, workspace, owner, name, sealed, now] }
}

/// Ends all secrets of that name at `at`, at the latest. A new one written with it stays.
pub fn retire(owner: &str, name: &str, at: Timestamp) -> Write {
    Write { statement: &RETIRE, values: values![owner, name, at] }
}

/// Destroys all secrets of an owner.
pub fn delete_all(owner: &str) -> Write {
    Write { statement: &DELETE, values: values![owner] }
}

impl Store {
    /// The live secrets of a connection or a webhook.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets(&self, owner: &str, now: Timestamp) -> Result<Named, StoreError> {
        let mut named = Named::new();
        for row in self.db.lookup::<SecretRow>(&LIVE, values![owner, now]).await? {
            let secret = row.open(&self.vault)?;
            named.entry(row.name).or_default().push(secret);
        }
        Ok(named)
    }

    /// When each secret of these owners was last set, by owner and name; the values stay sealed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets_set(
        &self,
        owners: &[&str],
        now: Timestamp,
    ) -> Result<BTreeMap<String, BTreeMap<String, Timestamp>>, StoreError> {
        let keys = owners.iter().flat_map(|owner| values![*owner, now]).collect();
        let mut set: BTreeMap<String, BTreeMap<String, Timestamp>> = BTreeMap::new();
        for row in self.db.lookup::<SecretRow>(&LIVE, keys).await? {
            let of_owner = set.entry(row.owner_id).or_default();
            of_owner.entry(row.name).or_insert(Timestamp::from_millis(row.created_at));
        }
        Ok(set)
    }
}
