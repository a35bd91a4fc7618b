//! Deliveries to webhooks.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::Refusal;
use crate::coordination::Wake;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{DeliveryId, WebhookId};
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::json::{Command, Empty};
use crate::http::page::{Limit, List, Sort, read_cursor, slice};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::Answer;
use crate::store::deliveries::{self, DeliveryView};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_deliveries).service(retry_delivery);
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListDeliveries {
    /// Where it stands.
    state: Option<DeliveryState>,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    after: Option<String>,
}

/// List a webhook's deliveries
///
/// Newest first.
#[utoipa::path(tag = "Webhooks", params(ListDeliveries), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of deliveries.", body = List<DeliveryView>)))]
#[get("/webhooks/{id}/deliveries")]
async fn list_deliveries(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<WebhookId>,
    query: Query<ListDeliveries>,
) -> Handled {
    let Query(ListDeliveries { state, limit, after }) = query;
    let webhook = api.store.find_webhook(&granted.workspace_id, &id).await?;
    webhook.ok_or_else(|| Problem::not_found("The webhook"))?;
    let after: Option<DeliveryId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(DeliveryId::as_str), limit, Sort::Newest);
    let page = api.store.list_deliveries(&granted.workspace_id, &id, state, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.id.clone())))
}

/// Send a delivery again
///
/// One to a webhook that has ended, well or not. The receiver sees the same `webhook-id`.
#[utoipa::path(tag = "Webhooks", security(("api_key" = ["admin"])),
    responses((status = 202, description = "It is in line.", body = DeliveryView)))]
#[post("/deliveries/{id}/retry")]
async fn retry_delivery(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<DeliveryId>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let now = api.clock.now();
        let found = api.store.find_delivery(&granted.workspace_id, &id).await?;
        let mut delivery = found.ok_or_else(|| Refusal::not_found("The delivery"))?;
        if !matches!(delivery.state, DeliveryState::Settled | DeliveryState::Dead) {
            let detail = format!("The delivery is {}.", delivery.state.as_str());
            return Err(Refusal::conflict("delivery_open", detail).into());
        }
        delivery.put_back(now);
        Ok((vec![deliveries::retry(&id, now)], Answer { status: 202, body: json!(delivery) }))
    };
    let outcome = api.bridge.write(&command.caller, decide).await;
    api.coordination.notify(Wake::Deliveries);
    done(outcome)
}
