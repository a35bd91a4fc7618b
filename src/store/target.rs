//! Where deliveries go, with the secrets that are needed there.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::json;
use super::value::args;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::providers::Account;

const CONNECTION: &str =
    "SELECT c.provider, c.account, c.settings FROM connection c WHERE c.id = $1 AND c.deleted_at IS NULL";

const WEBHOOK: &str =
    "SELECT w.url FROM webhook w WHERE w.id = $1 AND w.deleted_at IS NULL AND w.status <> 'disabled'";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(CONNECTION), Sql::same(WEBHOOK)];

/// A connection to send through.
#[derive(Clone, Debug)]
pub struct SendingConnection {
    /// The provider's name.
    pub provider: String,
    /// Who we are there.
    pub account: Account,
    /// How it behaves; an object.
    pub settings: Json,
    /// The newest live value of each secret.
    pub secrets: BTreeMap<String, Secret>,
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
    provider: String,
    account: String,
    settings: String,
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
        Ok(Some(SendingConnection {
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
