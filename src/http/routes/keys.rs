//! `/v1/keys`.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::Refusal;
use crate::clock;
use crate::domain::agent::Agent;
use crate::domain::id::{KeyId, WorkspaceId};
use crate::domain::scope::{Scope, allows};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Admin, Granted};
use crate::http::json::{Command, Empty};
use crate::http::page::{List, Paging, Sort, read_cursor, slice};
use crate::http::problem::{Code, Problem};
use crate::http::query::Query;
use crate::store::key::{self, ApiKey};
use crate::store::{Answer, Write};
use crate::vault::new_api_key;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_keys).service(create_key).service(revoke_key);
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
struct KeyView {
    /// Its public half.
    id: KeyId,
    /// What it is for.
    #[schema(example = "Ticket system")]
    name: String,
    /// The last characters of its secret.
    #[schema(example = "3f9a")]
    hint: String,
    /// What it may do.
    scopes: Vec<Scope>,
    /// Who speaks when a request names nobody.
    agent: Option<Agent>,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends by itself.
    expires_at: Option<Timestamp>,
}

/// An API key with its secret, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedKey {
    #[serde(flatten)]
    key: KeyView,
    /// The secret: keep it, it is not shown again.
    #[schema(example = "sk_…")]
    secret: String,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, hint, scopes, agent, created_at, expires_at, workspace_id: _ } = key;
        Self { id, name, hint, scopes, agent, created_at, expires_at }
    }
}

/// A key that is being made.
pub(super) struct NewKey {
    key: ApiKey,
    secret: Secret,
}

impl NewKey {
    pub(super) fn make(workspace: &WorkspaceId, name: &str, scopes: Vec<Scope>, now: Timestamp) -> Self {
        let secret = new_api_key(clock::random());
        let key = ApiKey {
            id: KeyId::new(now, &clock::chance()),
            workspace_id: workspace.clone(),
            name: name.to_owned(),
            hint: key::hint(&secret),
            scopes,
            agent: None,
            created_at: now,
            expires_at: None,
        };
        Self { key, secret }
    }

    pub(super) fn insert(&self) -> Write {
        key::insert(&self.key, &self.secret)
    }

    pub(super) fn shown(&self) -> CreatedKey {
        CreatedKey { key: KeyView::from(self.key.clone()), secret: self.secret.expose().to_owned() }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    /// What it is for.
    #[schema(example = "Ticket system", min_length = 1, max_length = 120)]
    name: String,
    /// What it may do: nothing that your own key may not.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// Who speaks when a request names nobody.
    #[serde(default)]
    agent: Option<Agent>,
    /// When it ends by itself.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

impl CreateKey {
    fn check(&self, held: &[Scope], now: Timestamp) -> Result<(), Problem> {
        if !(1..=120).contains(&self.name.trim().chars().count()) {
            return Err(Problem::invalid("/name", "has 1 to 120 characters"));
        }
        if self.scopes.is_empty() {
            return Err(Problem::invalid("/scopes", "names at least one scope"));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Problem::invalid("/expires_at", "is in the past"));
        }
        match self.scopes.iter().find(|scope| !allows(held, **scope)) {
            Some(scope) => {
                let detail = format!("Your own key does not have the scope `{}`.", scope.as_str());
                Err(Problem::new(Code::ScopeMissing, detail))
            }
            None => Ok(()),
        }
    }
}

/// List keys
///
/// Those that were not revoked. Secrets are never shown again.
#[utoipa::path(tag = "Keys", params(Paging), security(("api_key" = ["admin"])),
    responses((status = 200, description = "A page of keys.", body = List<KeyView>)))]
#[get("/keys")]
async fn list_keys(api: web::Data<Api>, granted: Granted<Admin>, query: Query<Paging>) -> Handled {
    let Query(Paging { limit, after }) = query;
    let after: Option<KeyId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(KeyId::as_str), limit, Sort::Oldest);
    let page = api.store.list_keys(&granted.workspace_id, slice).await?.map(KeyView::from);
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.id.clone())))
}

/// Create a key
///
/// The secret is shown this once.
#[utoipa::path(tag = "Keys", request_body = CreateKey, security(("api_key" = ["admin"])),
    responses((status = 201, description = "The key with its secret.", body = CreatedKey)))]
#[post("/keys")]
async fn create_key(api: web::Data<Api>, granted: Granted<Admin>, command: Command<CreateKey>) -> Handled {
    let (input, now) = (command.input, api.clock.now());
    input.check(&granted.scopes, now)?;
    let mut new = NewKey::make(&granted.workspace_id, input.name.trim(), input.scopes, now);
    new.key.agent = input.agent;
    new.key.expires_at = input.expires_at;
    let decide = || async { Ok((vec![new.insert()], Answer { status: 201, body: json!(new.shown()) })) };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Revoke a key
///
/// It works nowhere any more within two seconds.
#[utoipa::path(tag = "Keys", security(("api_key" = ["admin"])),
    responses((status = 204, description = "It is revoked.")))]
#[delete("/keys/{id}")]
async fn revoke_key(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<KeyId>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let key = api.store.find_key(&granted.workspace_id, &id).await?;
        let key = key.ok_or_else(|| Refusal::not_found("The key"))?;
        Ok((vec![key::revoke(&key, api.clock.now())], Answer { status: 204, body: Value::Null }))
    };
    let outcome = api.bridge.write(&command.caller, decide).await;
    api.keys.clear();
    done(outcome)
}
