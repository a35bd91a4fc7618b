//! Items that were set aside: what is wrong with them, and with which callback they came.

use actix_web::{HttpResponse, get, web};

use super::find;
use crate::domain::id::ConnectionId;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Admin, Granted};
use crate::http::page::{List, Paging, read_cursor};
use crate::http::query::Query;
use crate::store::quarantine::QuarantinedView;

/// List quarantined items
///
/// What came in verified callbacks and could not be understood or decided, newest first. The other items of the same
/// callback went on.
#[utoipa::path(tag = "Connections", params(Paging), security(("api_key" = ["admin"])),
    responses((status = 200, description = "A page of quarantined items.", body = List<QuarantinedView>)))]
#[get("/connections/{id}/quarantined")]
pub(super) async fn list_quarantined(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    query: Query<Paging>,
) -> Handled {
    let Query(Paging { limit, after }) = query;
    let before: Option<i64> = read_cursor(after.as_deref())?;
    find(&api, &granted.workspace_id, &id).await?;
    let page = api.store.list_quarantined(&granted.workspace_id, &id, before, limit.0).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.seq)))
}
