//! Where deliveries go, with the secrets that are needed there.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::json;
use super::value::args;
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::providers::{Access, Account};

const CONNECTION: &str =
    "SELECT c.id, c.workspace_id, c.provider, c.account, c.settings, t.generation, t.renewed_at,
        t.expires_at, t.refused_at
    FROM connection c
    LEFT JOIN connection_token t ON t.connection_id = c.id
    WHERE c.id = $1 AND c.deleted_at IS NULL";

const WEBHOOK: &str =
    "SELECT w.url FROM webhook w WHERE w.id = $1 AND w.deleted_at IS NULL AND w.status <> 'disabled'";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(CONNECTION), Sql::same(WEBHOOK)];

/// A connection to send through.
#[derive(Clone, Debug)]
pub struct SendingConnection {
    /// Its id.
    pub id: ConnectionId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The provider's name.
    pub provider: String,
    /// Who we are there.
    pub account: Account,
    /// How it behaves; an object.
    pub settings: Json,
    /// The newest live value of each secret.
    pub secrets: BTreeMap<String, Secret>,
    /// How its token stands, where it has one that ends.
    pub token: TokenState,
}

impl SendingConnection {
    /// What its provider is called with.
    #[must_use]
    pub fn access<'a>(&'a self, callback_url: &'a str) -> Access<'a> {
        Access { account: &self.account, settings: &self.settings, secrets: &self.secrets, callback_url }
    }
}

/// How far a token that ends is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenState {
    /// How often it was renewed.
    pub generation: i64,
    /// When it last was.
    pub renewed_at: Option<Timestamp>,
    /// When it ends, where that is known.
    pub expires_at: Option<Timestamp>,
    /// When the provider refused to renew it.
    pub refused_at: Option<Timestamp>,
}

/// A webhook that takes events.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    /// Where events are posted.
    pub url: String,
    /// All live secrets, newest first: each of them signs.
    pub secrets: Vec<Secret>,
}

#[derive(Debug, FromRow)]
struct ConnectionRow {
    id: String,
    workspace_id: String,
    provider: String,
    account: String,
    settings: String,
    generation: Option<i64>,
    renewed_at: Option<i64>,
    expires_at: Option<i64>,
    refused_at: Option<i64>,
}

impl ConnectionRow {
    fn token(&self) -> TokenState {
        TokenState {
            generation: self.generation.unwrap_or_default(),
            renewed_at: self.renewed_at.map(Timestamp::from_millis),
            expires_at: self.expires_at.map(Timestamp::from_millis),
            refused_at: self.refused_at.map(Timestamp::from_millis),
        }
    }
}

impl Store {
    /// A connection to send through; `None` once it was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sending_connection(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<SendingConnection>, StoreError> {
        let Some(row) = self.db.find::<ConnectionRow>(CONNECTION, args![id]).await? else { return Ok(None) };
        let secrets = self.secrets(id, now).await?;
        let newest = |(name, values): (String, Vec<Secret>)| Some((name, values.into_iter().next()?));
        let bad = |column| StoreError::inconsistent("connection", column, id);
        Ok(Some(SendingConnection {
            id: ConnectionId::parse(&row.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&row.workspace_id).map_err(|_| bad("workspace_id"))?,
            token: row.token(),
            account: json::read(&row.account, "connection", "account", id)?,
            settings: json::read(&row.settings, "connection", "settings", id)?,
            provider: row.provider,
            secrets: secrets.into_iter().filter_map(newest).collect(),
        }))
    }

    /// A webhook to deliver to; `None` once it was deleted or switched off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_target(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<WebhookTarget>, StoreError> {
        let Some((url,)) = self.db.find::<(String,)>(WEBHOOK, args![id]).await? else { return Ok(None) };
        let secrets = self.secrets(id, now).await?.into_values().flatten().collect();
        Ok(Some(WebhookTarget { url, secrets }))
    }
}
