//! Callbacks nobody vouched for: seeing which check failed, and taking them in once the mistake is mended.

use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::domain::id::{ConnectionId, RejectedId};
use crate::domain::time::Timestamp;
use crate::gateway::Rejection;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Admin, Granted};
use crate::http::json::{Command, Empty};
use crate::http::page::{List, Paging, Sort, read_cursor, slice};
use crate::http::problem::{Code, Problem};
use crate::http::query::Query;
use crate::http::routes::callbacks::refused;
use crate::store::rejected::Rejected;

/// A callback nobody vouched for. No value of it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RejectedCallback)]
pub(super) struct RejectedView {
    /// Its id.
    id: RejectedId,
    /// The check that failed.
    #[schema(example = "signature_mismatch")]
    failed_check: String,
    /// The names of its headers.
    #[schema(example = json!(["content-type", "x-twilio-signature"]))]
    header_names: Vec<String>,
    /// Bytes of its body.
    #[schema(example = 412)]
    size: i64,
    /// SHA-256 of its body.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    sha256: String,
    /// Whether it was kept whole, so that it can be replayed.
    replayable: bool,
    /// When it came.
    received_at: Timestamp,
    /// When it was last replayed with success.
    replayed_at: Option<Timestamp>,
}

impl From<Rejected> for RejectedView {
    fn from(one: Rejected) -> Self {
        Self {
            id: one.id,
            failed_check: one.failed_check,
            header_names: one.header_names,
            size: one.size,
            sha256: one.sha256,
            replayable: one.kept,
            received_at: one.received_at,
            replayed_at: one.replayed_at,
        }
    }
}

/// What became of a replayed callback.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replay {
    /// Events stored now.
    #[schema(example = 1)]
    events: usize,
    /// Events that were there already.
    #[schema(example = 0)]
    duplicates: usize,
    /// Items that were not understood.
    #[schema(example = 0)]
    quarantined: usize,
}

/// List rejected callbacks
///
/// A sample of the callbacks to this connection that were not verified, newest first: at most 100 are kept. They show
/// which check failed and what came, by size and hash; no value.
#[utoipa::path(tag = "Connections", params(Paging), security(("api_key" = ["admin"])),
    responses((status = 200, description = "A page of rejected callbacks.", body = List<RejectedView>)))]
#[get("/connections/{id}/rejected")]
pub(super) async fn list_rejected(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    query: Query<Paging>,
) -> Handled {
    let Query(Paging { limit, after }) = query;
    let after: Option<RejectedId> = read_cursor(after.as_deref())?;
    find(&api, &granted.workspace_id, &id).await?;
    let slice = slice(after.as_ref().map(RejectedId::as_str), limit, Sort::Newest);
    let page = api.store.list_rejected(&granted.workspace_id, &id, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page.map(RejectedView::from), |one| one.id.clone())))
}

/// Replay a rejected callback
///
/// It is verified again, with the secrets the connection has now, as of the moment it came, and taken in like any
/// other: what was taken in before is a duplicate. It never passes without a signature.
#[utoipa::path(tag = "Connections", security(("api_key" = ["admin"])),
    responses((status = 200, description = "It is verified and stored.", body = Replay)))]
#[post("/connections/{id}/rejected/{rejected}/replay")]
pub(super) async fn replay_rejected(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    path: web::Path<(ConnectionId, RejectedId)>,
    _command: Command<Empty>,
) -> Handled {
    let (id, rejected) = path.into_inner();
    find(&api, &granted.workspace_id, &id).await?;
    let kept = api.store.open_rejected(&granted.workspace_id, &id, &rejected).await?;
    let kept = kept.ok_or_else(|| Problem::not_found("The rejected callback"))?;
    let raw =
        kept.raw.ok_or_else(|| Problem::new(Code::RequestNotKept, "Its body has more than 256 KiB."))?;
    let done = api.gateway.replay(&id, raw, kept.received_at).await.map_err(|why| still_refused(&why))?;
    api.store.mark_replayed(&rejected, api.clock.now()).await?;
    let (events, duplicates, quarantined) = (done.events, done.duplicates, done.quarantined);
    Ok(HttpResponse::Ok().json(Replay { events, duplicates, quarantined }))
}

fn still_refused(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::Unverified => Problem::new(Code::StillUnverified, "It is still not verified."),
        other => refused(other),
    }
}
