//! From what a caller gives to a connection: its fields, its targets and its accounts are checked here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use crate::bridge::{CommandError, Refusal};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::providers::check::{Wrong, check_account, check_secrets, check_secrets_complete, check_settings};
use crate::providers::{self, Account, Provider};
use crate::store::connection::Connection;
use crate::store::{Write, secret, token};

/// How long unsigned callbacks may be let in.
const REPORT_ONLY: Duration = Duration::from_secs(72 * 3600);

/// Set by us beside `verification`.
const REPORT_ONLY_UNTIL: &str = "report_only_until";

/// What is kept under a name, sealed.
pub(super) type Secrets = BTreeMap<String, Secret>;

/// A connection that may be written.
pub(super) struct Setup {
    pub(super) connection: Connection,
    pub(super) keys: Vec<String>,
}

/// The provider of that name.
pub(super) fn provider(name: &str) -> Result<&'static dyn Provider, Refusal> {
    let names: Vec<&str> = providers::TABLE.iter().map(|one| one.name()).collect();
    providers::find(name)
        .ok_or_else(|| Refusal::invalid("/provider", format!("is one of {}", names.join(", "))))
}

pub(super) fn wrong((pointer, detail): Wrong) -> Refusal {
    Refusal::Invalid { pointer, detail }
}

/// What changed about a connection, with nulls taken away; a merge patch (RFC 7396) one level deep.
pub(super) fn merged(before: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut after = before.clone();
    for (name, value) in patch {
        if value.is_null() {
            after.shift_remove(name);
        } else {
            after.insert(name.clone(), value.clone());
        }
    }
    after
}

/// Whether our secrets would go elsewhere than before.
pub(super) fn leads_elsewhere(before: &Connection, account: &Account, settings: &Map<String, Value>) -> bool {
    before.account != *account || before.settings.get("api_base") != settings.get("api_base")
}

/// The settings as they are kept: with the end of `report_only`.
pub(super) fn kept_settings(before: &Value, mut given: Map<String, Value>, now: Timestamp) -> Value {
    given.shift_remove(REPORT_ONLY_UNTIL);
    if given.get("verification").and_then(Value::as_str) == Some("report_only") {
        let running = before.get(REPORT_ONLY_UNTIL).cloned();
        given.insert(REPORT_ONLY_UNTIL.into(), running.unwrap_or_else(|| json!(now + REPORT_ONLY)));
    }
    Value::Object(given)
}

impl Setup {
    /// Checks a connection whose fields are all in place.
    pub(super) async fn check(api: &Api, mut connection: Connection) -> Result<Self, CommandError> {
        let provider = provider(&connection.provider)?;
        check_name(&connection.name)?;
        check_account(provider, &connection.account).map_err(wrong)?;
        let mut settings = connection.settings.as_object().cloned().unwrap_or_default();
        settings.shift_remove(REPORT_ONLY_UNTIL);
        check_settings(provider, &settings).map_err(wrong)?;
        check_targets(api, &connection).await?;
        connection.app = provider.app(&connection.account);
        let keys = provider.account_keys(&connection.account);
        check_free(api, &connection, &keys).await?;
        Ok(Self { connection, keys })
    }
}

/// Checks secrets for a provider; when all are asked for, that none is missing.
pub(super) fn check_all_secrets(
    provider: &dyn Provider,
    secrets: &Secrets,
    all: bool,
) -> Result<(), Refusal> {
    check_secrets(provider, secrets).map_err(wrong)?;
    if all {
        check_secrets_complete(provider, |name| secrets.contains_key(name)).map_err(wrong)?;
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if (1..=120).contains(&name.trim().chars().count()) {
        return Ok(());
    }
    Err(Refusal::invalid("/name", "has 1 to 120 characters"))
}

/// The places of ours that requests of this connection go to.
pub(super) fn targets(connection: &Connection) -> Vec<(&'static str, Option<Url>)> {
    let send_url = connection.account.get("send_url").map(String::as_str);
    let api_base = connection.settings.get("api_base").and_then(Value::as_str);
    let given = [("/account/send_url", send_url), ("/settings/api_base", api_base)];
    given.into_iter().filter_map(|(at, url)| Some((at, Url::parse(url?).ok()))).collect()
}

async fn check_targets(api: &Api, connection: &Connection) -> Result<(), Refusal> {
    for (pointer, url) in targets(connection) {
        let url = url.ok_or_else(|| Refusal::invalid(pointer, "is an absolute URL"))?;
        api.outbound.check_target(&url).await.map_err(|why| Refusal::invalid(pointer, why.to_string()))?;
    }
    Ok(())
}

async fn check_free(api: &Api, connection: &Connection, keys: &[String]) -> Result<(), CommandError> {
    let (workspace, provider) = (&connection.workspace_id, &connection.provider);
    match api.store.account_holder(workspace, provider, keys).await? {
        Some(id) if id != connection.id.as_str() => {
            let detail = format!("The connection {id} has this account already.");
            Err(Refusal::conflict("account_taken", detail).into())
        }
        _ => Ok(()),
    }
}

/// Writes new values of secrets; older ones of the same name end after `overlap`.
pub(super) fn write_secrets(
    api: &Api,
    connection: &Connection,
    secrets: &Secrets,
    overlap: Duration,
    now: Timestamp,
) -> Vec<Write> {
    let owner = connection.id.as_str();
    let mut writes = Vec::new();
    for (name, value) in secrets {
        writes.push(secret::retire(owner, name, now + overlap));
        writes.push(secret::insert(api.store.vault(), &connection.workspace_id, (owner, name), value, now));
    }
    if !secrets.is_empty() {
        writes.push(token::reset(&connection.id));
    }
    writes
}
