//! `/v1/audit`: who changed what.

use actix_web::{HttpResponse, get, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::domain::id::AuditId;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Admin, Granted};
use crate::http::page::{List, Paging, Sort, read_cursor, slice};
use crate::http::query::Query;
use crate::store::audit::AuditView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_audit);
}

/// List administrative acts
///
/// Changes of connections, webhooks, deliveries, keys and workspaces, newest first: which key, what, when.
#[utoipa::path(tag = "Keys", params(Paging), security(("api_key" = ["admin"])),
    responses((status = 200, description = "A page of acts.", body = List<AuditView>)))]
#[get("/audit")]
async fn list_audit(api: web::Data<Api>, granted: Granted<Admin>, query: Query<Paging>) -> Handled {
    let Query(Paging { limit, after }) = query;
    let after: Option<AuditId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(AuditId::as_str), limit, Sort::Newest);
    let page = api.store.list_audit(&granted.workspace_id, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one: &AuditView| one.id.to_string())))
}
