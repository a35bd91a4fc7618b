//! A connection as the API shows it: secrets only by when they were set.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::connection::callback_url;
use crate::domain::health::Health;
use crate::domain::id::ConnectionId;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::store::connection::Connection;
use crate::store::health::Standing;

/// When each secret was set, by name.
pub(super) type SetSecrets = BTreeMap<String, Timestamp>;

/// Our account at a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(super) struct ConnectionView {
    /// Its id.
    pub(super) id: ConnectionId,
    /// The provider.
    #[schema(example = "twilio")]
    provider: String,
    /// What the desk calls it.
    #[schema(example = "Support SMS")]
    name: String,
    /// Who we are there.
    #[schema(example = json!({"account_sid": "AC00000000000000000000000000000000", "number": "+15005550006"}))]
    account: BTreeMap<String, String>,
    /// How it behaves. `report_only_until` says when `report_only` ends.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({"verification": "enforce"}))]
    settings: Value,
    /// When each secret was last set; the values are never shown.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"auth_token": "2026-11-22T10:15:00.000Z"}))]
    secrets: BTreeMap<String, Timestamp>,
    /// The URL to give to the provider.
    #[schema(example = "https://segue.example.com/callbacks/conn_01kap0bswxev1bjsph3xxwkkrz")]
    callback_url: String,
    /// Whether its callbacks pass: `failing` while most of them are not verified.
    health: Health,
    /// When a verified callback last came; written down every few seconds.
    last_callback_at: Option<Timestamp>,
    /// When a challenge of the provider was last answered.
    last_challenge_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// How connections stand.
pub(super) type Standings = BTreeMap<ConnectionId, Standing>;

/// A connection with its secrets and how it stands, among those of several.
pub(super) fn of(
    api: &Api,
    connection: Connection,
    set: &BTreeMap<String, SetSecrets>,
    standings: &Standings,
) -> ConnectionView {
    let secrets = set.get(connection.id.as_str()).cloned().unwrap_or_default();
    let standing = standings.get(&connection.id);
    ConnectionView {
        callback_url: callback_url(&connection.settings, &api.public_url, connection.id.as_str()),
        health: standing.map_or(Health::Live, |standing| standing.health),
        last_callback_at: standing.and_then(|standing| standing.last_callback_at),
        last_challenge_at: standing.and_then(|standing| standing.last_challenge_at),
        id: connection.id,
        provider: connection.provider,
        name: connection.name,
        account: connection.account,
        settings: connection.settings,
        secrets,
        created_at: connection.created_at,
        updated_at: connection.updated_at,
    }
}

/// A connection with its secrets, as JSON.
pub(super) fn show(api: &Api, connection: Connection, secrets: SetSecrets, standings: &Standings) -> Value {
    let set = BTreeMap::from([(connection.id.to_string(), secrets)]);
    json!(of(api, connection, &set, standings))
}
