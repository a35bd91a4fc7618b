//! Trying a connection out without sending anything.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::setup::targets;
use crate::domain::connection::{Verification, callback_url, verification};
use crate::http::Api;
use crate::http::problem::Problem;
use crate::providers::check::{check_account, check_secrets_complete};
use crate::providers::{self, Provider};
use crate::store::connection::Connection;

/// What was checked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionTest)]
pub(super) struct Trial {
    /// Whether all of it is in order.
    ok: bool,
    /// Each check.
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionCheck)]
struct Check {
    /// `account`, `secrets`, `target`, `callback_url` or `verification`.
    #[schema(example = "secrets")]
    name: &'static str,
    /// Whether it is in order.
    ok: bool,
    /// What is wrong, or what was found.
    #[schema(example = "/secrets/auth_token: is missing")]
    detail: String,
}

impl Check {
    fn of<E: std::fmt::Display>(name: &'static str, found: Result<(), E>) -> Self {
        match found {
            Ok(()) => Self { name, ok: true, detail: "in order".into() },
            Err(why) => Self { name, ok: false, detail: why.to_string() },
        }
    }
}

impl Trial {
    pub(super) async fn of(api: &Api, connection: &Connection) -> Result<Self, Problem> {
        let provider = providers::find(&connection.provider);
        let provider = provider.ok_or_else(|| Problem::internal(&"a connection of no provider"))?;
        let mut checks = configured(api, provider, connection).await?;
        for (at, url) in targets(connection) {
            let reached = match url {
                Some(url) => api.outbound.check_target(&url).await.map_err(|why| format!("{at}: {why}")),
                None => Err(format!("{at}: is no URL")),
            };
            checks.push(Check::of("target", reached));
        }
        Ok(Self { ok: checks.iter().all(|check| check.ok), checks })
    }
}

async fn configured(
    api: &Api,
    provider: &dyn Provider,
    connection: &Connection,
) -> Result<Vec<Check>, Problem> {
    let now = api.clock.now();
    let secrets = api.store.secrets(connection.id.as_str(), now).await?;
    let said = |(at, why): (String, String)| format!("{at}: {why}");
    let complete = check_secrets_complete(provider, |name| secrets.contains_key(name));
    let url = callback_url(&connection.settings, &api.public_url, connection.id.as_str());
    let open = match verification(&connection.settings, now) {
        Verification::Enforce => Ok(()),
        Verification::ReportOnly => Err("unsigned callbacks are let in for now"),
    };
    let https = if url.starts_with("https://") { Ok(()) } else { Err(format!("{url} is not https")) };
    Ok(vec![
        Check::of("account", check_account(provider, &connection.account).map_err(said)),
        Check::of("secrets", complete.map_err(said)),
        Check::of("callback_url", https),
        Check::of("verification", open),
    ])
}
