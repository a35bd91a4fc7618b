//! How many callbacks of a connection passed of late.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::domain::health::WINDOW;
use crate::domain::id::ConnectionId;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};

/// Callbacks of the last minutes.
#[derive(Debug, Serialize, ToSchema)]
struct HeardCallbacks {
    /// Of so many seconds.
    #[schema(example = 300)]
    seconds: u64,
    /// How many were verified.
    #[schema(example = 120)]
    accepted: i64,
    /// How many were not, by the check that failed.
    #[schema(example = json!({"signature_mismatch": 3}))]
    rejected: BTreeMap<String, i64>,
}

/// Count callbacks
///
/// How many callbacks to this connection were verified in the last five minutes and how many were not, by the check that
/// failed; written down every few seconds.
#[utoipa::path(tag = "Connections", security(("api_key" = ["read"])),
    responses((status = 200, description = "The counts.", body = HeardCallbacks)))]
#[get("/connections/{id}/callbacks")]
pub(super) async fn count_callbacks(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<ConnectionId>,
) -> Handled {
    find(&api, &granted.workspace_id, &id).await?;
    let mut tallied = api.store.tallied(&BTreeSet::from([id.clone()]), api.clock.now()).await?;
    let of = tallied.remove(&*id).unwrap_or_default();
    let (seconds, accepted, rejected) = (WINDOW.as_secs(), of.count.accepted, of.failed_checks);
    Ok(HttpResponse::Ok().json(HeardCallbacks { seconds, accepted, rejected }))
}
