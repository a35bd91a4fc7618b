//! What going out depends on: our accounts, the suppressions, the tenants' settings, and who wants to be told.

use serde_json::Value as Json;
use sqlx::FromRow;

use super::{Needs, World, keys};
use crate::domain::id::{ConnectionId, IdentityId, WorkspaceId};
use crate::domain::leak::Bounds;
use crate::providers::Account;
use crate::store::engine::{Bulk, Tx};
use crate::store::error::StoreError;
use crate::store::policy::{self, StandingRow};
use crate::store::value::{Value, values};
use crate::store::webhook::{SUBSCRIPTIONS, SubscriptionRow};
use crate::store::workspace::{SETTINGS, SettingsRow};
use crate::store::{Store, json, suppression, template};

pub(super) const CONNECTIONS: Bulk = Bulk::new(
    "SELECT c.id, c.workspace_id, c.provider, c.account, c.settings, c.deleted_at
    FROM (VALUES ",
    1,
    ") AS v JOIN connection c ON c.id = v.column1",
);

/// The live accounts of tenants.
pub(super) const LIVE_OF_WORKSPACES: Bulk = Bulk::new(
    "SELECT c.id, c.workspace_id, c.provider, c.account, c.settings, c.deleted_at
    FROM (VALUES ",
    1,
    ") AS v JOIN connection c ON c.workspace_id = v.column1 WHERE c.deleted_at IS NULL",
);

/// Our account at a provider, as a decision sees it.
#[derive(Clone, Debug)]
pub struct KnownConnection {
    /// Its id.
    pub id: ConnectionId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The provider's name.
    pub provider: String,
    /// Its fields.
    pub account: Account,
    /// As configured; an object.
    pub settings: Json,
    /// Whether it still works.
    pub is_live: bool,
}

#[derive(Debug, FromRow)]
struct ConnectionRow {
    id: String,
    workspace_id: String,
    provider: String,
    account: String,
    settings: String,
    deleted_at: Option<i64>,
}

impl ConnectionRow {
    fn read(self) -> Result<KnownConnection, StoreError> {
        let bad = |column| StoreError::inconsistent("connection", column, &self.id);
        Ok(KnownConnection {
            id: ConnectionId::parse(&self.id).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            provider: self.provider.clone(),
            account: json::read(&self.account, "connection", "account", &self.id)?,
            settings: json::read(&self.settings, "connection", "settings", &self.id)?,
            is_live: self.deleted_at.is_none(),
        })
    }
}

impl World {
    /// Our accounts and the suppressions, where something will be sent.
    pub(super) async fn load_sending(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let mut ids = needs.connections.clone();
        let mut addresses = Vec::new();
        if needs.sends {
            ids.extend(self.conversations.values().map(|talk| talk.value.connection_id.clone()));
            ids.extend(self.complaints.values().map(|one| one.value.connection_id.clone()));
            for known in self.identities.values() {
                addresses.extend(values![
                    &known.identity.id,
                    &known.identity.workspace_id,
                    known.suppression_key.clone()
                ]);
            }
        }
        let mut rows: Vec<ConnectionRow> = tx.lookup(&CONNECTIONS, keys(&ids)).await?;
        rows.extend(tx.lookup(&LIVE_OF_WORKSPACES, keys(&needs.accounts_of)).await?);
        for row in rows {
            let known = row.read()?;
            self.connections.insert(known.id.clone(), known);
        }
        let bad = |id: &str| StoreError::inconsistent("identity", "id", id);
        let rows: Vec<(String, String, String)> = tx.lookup(&suppression::OF_IDENTITIES, addresses).await?;
        for (identity, channel, source) in rows {
            let id = IdentityId::parse(&identity).map_err(|_| bad(&identity))?;
            self.suppressed.insert((id, channel), policy::suppression(&source));
        }
        if needs.sends {
            self.load_standings(tx).await?;
        }
        Ok(())
    }

    /// Where the consents to the relay stand, in the conversations at hand.
    async fn load_standings(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let talks = self.conversations.keys().map(Value::from).collect();
        for row in tx.lookup::<StandingRow>(&policy::STANDINGS, talks).await? {
            let (place, standing) = row.read()?;
            self.standings.insert(place, standing);
        }
        Ok(())
    }

    /// How the tenants want things done.
    pub(super) async fn load_settings(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        for row in tx.lookup::<SettingsRow>(&SETTINGS, keys(&needs.workspaces)).await? {
            let (workspace, settings) = row.read()?;
            self.settings.insert(workspace, settings);
        }
        Ok(())
    }

    /// What the tenants say in their own words.
    pub(super) async fn load_texts(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        if needs.texts || !self.handoffs.is_empty() {
            self.texts = template::load(tx, keys(&needs.workspaces)).await?;
        }
        Ok(())
    }

    /// The webhooks that want to be told.
    pub(super) async fn load_subscriptions(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        for row in tx.lookup::<SubscriptionRow>(&SUBSCRIPTIONS, keys(&needs.workspaces)).await? {
            let (workspace, subscription) = row.read()?;
            self.subscriptions.entry(workspace).or_default().push(subscription);
        }
        Ok(())
    }
}

impl Store {
    /// What may and must not stand in public for a workspace: the accounts of its live connections, and what it set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_bounds(&self, workspace: &WorkspaceId) -> Result<Bounds, StoreError> {
        let rows: Vec<ConnectionRow> = self.db.lookup(&LIVE_OF_WORKSPACES, values![workspace]).await?;
        let live = rows.into_iter().map(ConnectionRow::read).collect::<Result<Vec<_>, _>>()?;
        let ours = live.into_iter().flat_map(|one| one.account.into_values()).collect();
        let mut bounds = Bounds { ours, patterns: Vec::new() };
        for row in self.db.lookup::<SettingsRow>(&SETTINGS, values![workspace]).await? {
            let (_, settings) = row.read()?;
            bounds.ours.extend(settings.public_addresses);
            bounds.patterns = settings.leak_patterns;
        }
        Ok(bounds)
    }

    /// A connection as a decision sees it; deleted ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_connection(&self, id: &ConnectionId) -> Result<Option<KnownConnection>, StoreError> {
        let rows: Vec<ConnectionRow> = self.db.lookup(&CONNECTIONS, vec![Value::from(id)]).await?;
        rows.into_iter().next().map(ConnectionRow::read).transpose()
    }
}
