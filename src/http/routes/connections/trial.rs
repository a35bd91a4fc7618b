//! Trying a connection out without sending anything to anybody.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::setup::targets;
use crate::domain::connection::{Verification, callback_url, verification};
use crate::http::Api;
use crate::http::problem::Problem;
use crate::outbound::DEFAULT_TIMEOUT;
use crate::providers::check::{check_account, check_secrets_complete};
use crate::providers::{self, Access, Provider, Refusal};
use crate::store::TokenState;
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
    /// `account`, `secrets`, `target`, `callback_url`, `verification`, `token` or `subscription`.
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

impl Check {
    /// With a sentence either way.
    fn told(name: &'static str, found: Result<String, String>) -> Self {
        let ok = found.is_ok();
        Self { name, ok, detail: found.unwrap_or_else(|why| why) }
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
        if checks.iter().all(|check| check.name != "target" || check.ok) {
            checks.extend(asked(api, provider, connection).await?);
        }
        Ok(Self { ok: checks.iter().all(|check| check.ok), checks })
    }
}

/// How the token stands, and whether the platform will call us; where one can tell.
async fn asked(api: &Api, provider: &dyn Provider, connection: &Connection) -> Result<Vec<Check>, Problem> {
    let id = connection.id.as_str();
    let Some(sending) = api.store.sending_connection(id, api.clock.now()).await? else { return Ok(vec![]) };
    let url = callback_url(&connection.settings, &api.public_url, id);
    let access = sending.access(&url);
    let mut checks = Vec::new();
    if provider.renew(&access).is_some() {
        checks.push(Check::told("token", token(&sending.token)));
    }
    if let Some(found) = subscription(api, provider, &access).await {
        checks.push(Check::told("subscription", found));
    }
    Ok(checks)
}

/// Asks until there is nothing left to ask; `None` where the platform cannot tell.
async fn subscription(
    api: &Api,
    provider: &dyn Provider,
    access: &Access<'_>,
) -> Option<Result<String, String>> {
    let mut answers = Vec::new();
    while let Some(request) = provider.ask_subscription(access, &answers) {
        let request = match request {
            Err(Refusal(failure)) => return Some(Err(format!("was not asked for: {}", failure.detail))),
            Ok(request) => request,
        };
        match api.outbound.send(request, DEFAULT_TIMEOUT).await {
            Err(why) => return Some(Err(format!("the platform did not answer: {why}"))),
            Ok(reply) => answers.push(reply),
        }
    }
    (!answers.is_empty()).then(|| provider.read_subscription(access, &answers))
}

fn token(state: &TokenState) -> Result<String, String> {
    match state {
        TokenState { refused_at: Some(at), .. } => {
            Err(format!("the provider refused to renew it at {at}; connect the account again"))
        }
        TokenState { expires_at: Some(at), .. } => Ok(format!("lasts until {at} and is renewed before")),
        _ => Ok("is renewed when the provider asks for it".into()),
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
