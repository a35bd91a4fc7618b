//! `/v1/webhooks`: who is told of what.

mod input;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use self::input::{CreateWebhook, Recover, UpdateWebhook, check};
use crate::bridge::{CommandError, Refusal};
use crate::clock;
use crate::coordination::Wake;
use crate::domain::id::{WebhookId, WorkspaceId};
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::generate_secret;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{OVERLAP, WebhookStatus};
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::json::{Command, Empty};
use crate::http::page::{List, Paging, Sort, read_cursor, slice};
use crate::http::query::Query;
use crate::store::view::WebhookView;
use crate::store::webhook::{self, SECRET, Webhook};
use crate::store::{Answer, Write, deliveries, secret};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(list_webhooks)
        .service(create_webhook)
        .service(get_webhook)
        .service(update_webhook)
        .service(delete_webhook)
        .service(rotate_webhook)
        .service(test_webhook)
        .service(recover_webhook);
}

/// A webhook with its secret, shown once.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookView,
    /// What signs its requests (Standard Webhooks): keep it, it is not shown again.
    #[schema(example = "whsec_…")]
    secret: String,
}

/// What a test sent.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookTested {
    /// The event that is on its way to this webhook alone.
    #[schema(example = "evt_01kap0bswxev1bjsph3xxwkkrz")]
    event_id: String,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
struct Recovering {
    /// How many deliveries were put back in line.
    #[schema(example = 12)]
    recovering: i64,
}

type Decided = Result<(Vec<Write>, Answer), CommandError>;

fn show_once(status: u16, webhook: Webhook, secret: &Secret) -> Answer {
    let secret = secret.expose().to_owned();
    Answer { status, body: json!(WebhookWithSecret { webhook: webhook.into(), secret }) }
}

fn add_secret(api: &Api, webhook: &Webhook, value: &Secret, now: Timestamp) -> Write {
    let place = (webhook.id.as_str(), SECRET);
    secret::insert(api.store.vault(), &webhook.workspace_id, place, value, now)
}

async fn find(api: &Api, workspace: &WorkspaceId, id: &WebhookId) -> Result<Webhook, CommandError> {
    let found = api.store.find_webhook(workspace, id).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("The webhook"))?)
}

/// List webhooks
#[utoipa::path(tag = "Webhooks", params(Paging), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of webhooks.", body = List<WebhookView>)))]
#[get("/webhooks")]
async fn list_webhooks(api: web::Data<Api>, granted: Granted<Read>, query: Query<Paging>) -> Handled {
    let Query(Paging { limit, after }) = query;
    let after: Option<WebhookId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(WebhookId::as_str), limit, Sort::Oldest);
    let page = api.store.list_webhooks(&granted.workspace_id, slice).await?.map(WebhookView::from);
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.id.clone())))
}

/// Create a webhook
///
/// Requests to it are signed by the Standard Webhooks specification; the secret is shown this once.
#[utoipa::path(tag = "Webhooks", request_body = CreateWebhook, security(("api_key" = ["admin"])),
    responses((status = 201, description = "The webhook with its secret.", body = WebhookWithSecret)))]
#[post("/webhooks")]
async fn create_webhook(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    command: Command<CreateWebhook>,
) -> Handled {
    let decide = || async {
        let now = api.clock.now();
        let made = command.input.webhook(&granted.workspace_id, now);
        check(&api, &made).await?;
        let secret = generate_secret(clock::random());
        let writes = vec![webhook::insert(&made), add_secret(&api, &made, &secret, now)];
        Ok((writes, show_once(201, made, &secret)))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Get a webhook
#[utoipa::path(tag = "Webhooks", security(("api_key" = ["read"])),
    responses((status = 200, description = "The webhook.", body = WebhookView)))]
#[get("/webhooks/{id}")]
async fn get_webhook(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<WebhookId>) -> Handled {
    let found = find(&api, &granted.workspace_id, &id).await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(found)))
}

/// Change a webhook
///
/// What is absent stays. `status` `enabled` also ends a failing streak.
#[utoipa::path(tag = "Webhooks", request_body = UpdateWebhook, security(("api_key" = ["admin"])),
    responses((status = 200, description = "The webhook as it is now.", body = WebhookView)))]
#[patch("/webhooks/{id}")]
async fn update_webhook(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<WebhookId>,
    command: Command<UpdateWebhook>,
) -> Handled {
    let decide = || async {
        let now = api.clock.now();
        let before = find(&api, &granted.workspace_id, &id).await?;
        let after = command.input.applied_to(before, now);
        check(&api, &after).await?;
        let write = webhook::update(&after, now);
        Ok((vec![write], Answer { status: 200, body: json!(WebhookView::from(after)) }))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Delete a webhook
///
/// Nothing more goes to it, and its secrets are destroyed.
#[utoipa::path(tag = "Webhooks", security(("api_key" = ["admin"])),
    responses((status = 204, description = "It is deleted.")))]
#[delete("/webhooks/{id}")]
async fn delete_webhook(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<WebhookId>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let found = find(&api, &granted.workspace_id, &id).await?;
        let writes = webhook::delete(&found, api.clock.now()).into();
        Ok((writes, Answer { status: 204, body: Value::Null }))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Rotate a webhook's secret
///
/// For 24 hours requests carry two signatures, so that a receiver may hold either secret.
#[utoipa::path(tag = "Webhooks", security(("api_key" = ["admin"])),
    responses((status = 200, description = "The webhook with its new secret.", body = WebhookWithSecret)))]
#[post("/webhooks/{id}/rotate")]
async fn rotate_webhook(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<WebhookId>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let now = api.clock.now();
        let found = find(&api, &granted.workspace_id, &id).await?;
        let secret = generate_secret(clock::random());
        let old = secret::retire(id.as_str(), SECRET, now + OVERLAP);
        Ok((vec![old, add_secret(&api, &found, &secret, now)], show_once(200, found, &secret)))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Test a webhook
///
/// Sends a `webhook.test` event to it alone.
#[utoipa::path(tag = "Webhooks", security(("api_key" = ["admin"])),
    responses((status = 202, description = "The event is on its way.", body = WebhookTested)))]
#[post("/webhooks/{id}/test")]
async fn test_webhook(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    id: web::Path<WebhookId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.test_webhook(&command.caller, &id).await)
}

/// Send dead deliveries again
///
/// All deliveries to this webhook made from `since` up to `until` that were given up are put back in line.
#[utoipa::path(tag = "Webhooks", request_body = Recover, security(("api_key" = ["admin"])),
    responses((status = 202, description = "They are in line.", body = Recovering)))]
#[post("/webhooks/{id}/recover")]
async fn recover_webhook(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<WebhookId>,
    command: Command<Recover>,
) -> Handled {
    let decide = || recover(&api, &granted.workspace_id, &id, &command.input);
    let outcome = api.bridge.write(&command.caller, decide).await;
    api.coordination.notify(Wake::Deliveries);
    done(outcome)
}

async fn recover(api: &Api, workspace: &WorkspaceId, id: &WebhookId, input: &Recover) -> Decided {
    let now = api.clock.now();
    let found = find(api, workspace, id).await?;
    if found.status == WebhookStatus::Disabled {
        let detail = "The webhook is disabled; enable it before its deliveries are sent again.";
        return Err(Refusal::conflict("webhook_disabled", detail).into());
    }
    let window = input.window(now)?;
    let recovering = api.store.count_dead(id, window).await?;
    let answer = Answer { status: 202, body: json!(Recovering { recovering }) };
    Ok((vec![deliveries::recover(id, window, now)], answer))
}
