//! What is given to make and to change connections.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::super::setup::{Secrets, check_all_secrets, kept_settings, leads_elsewhere, merged, provider};
use crate::bridge::Refusal;
use crate::clock;
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::http::page::Limit;
use crate::providers::Account;
use crate::store::connection::Connection;

const LONGEST_OVERLAP: u64 = 7 * 24 * 3600;

/// Which connections.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListConnections {
    /// Those to that provider.
    pub(super) provider: Option<String>,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    pub(super) limit: Limit,
    /// `next` of the page before.
    pub(super) after: Option<String>,
}

/// A connection to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateConnection {
    /// The provider.
    #[schema(example = "twilio")]
    pub(super) provider: String,
    /// What the desk calls it.
    #[schema(example = "Support SMS", min_length = 1, max_length = 120)]
    name: String,
    /// Who we are there.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"account_sid": "AC00000000000000000000000000000000", "number": "+15005550006"}))]
    account: Account,
    /// What verifies callbacks and signs requests; never shown again.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"auth_token": "…"}))]
    pub(super) secrets: Secrets,
    /// How it behaves.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Value>, example = json!({"verification": "enforce"}))]
    settings: Map<String, Value>,
}

impl CreateConnection {
    pub(super) fn connection(&self, workspace: &WorkspaceId, now: Timestamp) -> Connection {
        Connection {
            id: ConnectionId::new(now, &clock::chance()),
            workspace_id: workspace.clone(),
            provider: self.provider.clone(),
            name: self.name.clone(),
            app: String::new(),
            account: self.account.clone(),
            settings: kept_settings(&Value::Null, self.settings.clone(), now),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What to change of a connection. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateConnection {
    /// What the desk calls it.
    #[serde(default)]
    #[schema(example = "Support SMS", min_length = 1, max_length = 120)]
    name: Option<String>,
    /// Fields to change; null takes one away.
    #[serde(default)]
    #[schema(example = json!({"number": "+15005550006"}))]
    account: BTreeMap<String, Option<String>>,
    /// New values, which count at once and alone.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"auth_token": "…"}))]
    pub(super) secrets: Secrets,
    /// Fields to change; null takes one away.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Value>, example = json!({"verification": "enforce"}))]
    settings: Map<String, Value>,
}

impl UpdateConnection {
    pub(super) fn applied_to(&self, before: &Connection, now: Timestamp) -> Result<Connection, Refusal> {
        let mut after = before.clone();
        after.updated_at = now;
        after.name = self.name.clone().unwrap_or(after.name);
        for (name, value) in &self.account {
            match value {
                Some(value) => after.account.insert(name.clone(), value.clone()),
                None => after.account.remove(name),
            };
        }
        if self.settings.contains_key("report_only_until") {
            return Err(Refusal::invalid("/settings/report_only_until", "is set by the service"));
        }
        let settings = before.settings.as_object().cloned().unwrap_or_default();
        after.settings = kept_settings(&before.settings, merged(&settings, &self.settings), now);
        Ok(after)
    }

    /// Where requests go elsewhere than before, all secrets are asked for again: who may change a target must not get
    /// at secrets they do not know.
    pub(super) fn check_secrets<'a>(
        &self,
        before: &Connection,
        after: &Connection,
        mut set: impl Iterator<Item = &'a String>,
    ) -> Result<(), Refusal> {
        let settings = after.settings.as_object().cloned().unwrap_or_default();
        let elsewhere = leads_elsewhere(before, &after.account, &settings);
        check_all_secrets(provider(&before.provider)?, &self.secrets, elsewhere)?;
        match set.find(|name| elsewhere && !self.secrets.contains_key(*name)) {
            Some(name) => {
                let why = "must be given again when the account or api_base changes";
                Err(Refusal::invalid(&format!("/secrets/{name}"), why))
            }
            None => Ok(()),
        }
    }
}

/// New values of secrets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateSecrets {
    /// New values by name.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"auth_token": "…"}))]
    pub(super) secrets: Secrets,
    /// How long the old values go on verifying, in seconds; at most 7 days.
    #[serde(default = "a_day")]
    #[schema(example = 86400, default = 86400, maximum = 604_800)]
    overlap_seconds: u64,
}

const fn a_day() -> u64 {
    24 * 3600
}

impl RotateSecrets {
    pub(super) fn overlap(&self) -> Result<Duration, Refusal> {
        if self.secrets.is_empty() {
            return Err(Refusal::invalid("/secrets", "names at least one secret"));
        }
        if self.overlap_seconds > LONGEST_OVERLAP {
            return Err(Refusal::invalid("/overlap_seconds", format!("is at most {LONGEST_OVERLAP}")));
        }
        Ok(Duration::from_secs(self.overlap_seconds))
    }
}
