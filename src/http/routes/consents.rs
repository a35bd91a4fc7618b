//! `/v1/consents`.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::ImportConsent;
use crate::domain::channel::Channel;
use crate::domain::consent::{ConsentState, Purpose};
use crate::domain::id::{ConsentId, HandoffId, IdentityId};
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Consent, Granted, Read};
use crate::http::json::Command;
use crate::http::page::{Limit, List, Sort, read_cursor, slice};
use crate::http::query::Query;
use crate::store::consents::ConsentFilter;
use crate::store::view::ConsentView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_consents).service(import_consent).service(get_consent);
}

/// Which consents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListConsents {
    /// Who bears them.
    identity_id: Option<IdentityId>,
    /// Of which handoff.
    handoff_id: Option<HandoffId>,
    /// What for.
    purpose: Option<Purpose>,
    /// Where they stand.
    state: Option<ConsentState>,
    /// On which medium.
    #[param(value_type = Option<Channel>)]
    channel: Option<Channel>,
    /// The order, by the time it was stored.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: Sort,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    after: Option<String>,
}

/// List consents
#[utoipa::path(tag = "Consents", params(ListConsents), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of consents.", body = List<ConsentView>)))]
#[get("/consents")]
async fn list_consents(api: web::Data<Api>, granted: Granted<Read>, query: Query<ListConsents>) -> Handled {
    let Query(list) = query;
    let after: Option<ConsentId> = read_cursor(list.after.as_deref())?;
    let slice = slice(after.as_ref().map(ConsentId::as_str), list.limit, list.sort);
    let filter = ConsentFilter {
        identity_id: list.identity_id,
        handoff_id: list.handoff_id,
        purpose: list.purpose,
        state: list.state,
        channel: list.channel.map(String::from).unwrap_or_default(),
    };
    let page = api.store.list_consents(&granted.workspace_id, &filter, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one: &Value| one["id"].clone())))
}

/// Import a consent
///
/// What a customer agreed to elsewhere, from your records: it is marked as imported, and sealed in the ledger with the
/// evidence you give. An import never lifts an opt-out.
#[utoipa::path(tag = "Consents", request_body = ImportConsent, security(("api_key" = ["consent"])),
    responses((status = 201, description = "It is on record.", body = ConsentView)))]
#[post("/consents")]
async fn import_consent(
    api: web::Data<Api>,
    _granted: Granted<Consent>,
    command: Command<ImportConsent>,
) -> Handled {
    done(api.bridge.import_consent(&command.caller, command.input).await)
}

/// Get a consent
#[utoipa::path(tag = "Consents", security(("api_key" = ["read"])),
    responses((status = 200, description = "The consent.", body = ConsentView)))]
#[get("/consents/{id}")]
async fn get_consent(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<ConsentId>) -> Handled {
    found(api.store.find_consent(&granted.workspace_id, &id).await?, "The consent")
}
