//! `/v1/figures`: what became of many.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::operations::OperationFigures;
use crate::store::view::HandoffFigures;

const DAY: Duration = Duration::from_secs(86_400);

/// The longest span that is counted at once.
const MOST_DAYS: u32 = 92;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(show_handoff_figures).service(show_operation_figures);
}

/// Of which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Span {
    /// Invited at this time or later; default: 30 days before `to`.
    from: Option<Timestamp>,
    /// And before this time; default: now. At most 92 days after `from`.
    to: Option<Timestamp>,
}

impl Span {
    fn read(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or(to - 30 * DAY);
        if from >= to {
            return Err(Problem::invalid_parameter("from", "is not before `to`"));
        }
        if from.until(to) > MOST_DAYS * DAY {
            return Err(Problem::invalid_parameter(
                "from",
                format!("is at most {MOST_DAYS} days before `to`"),
            ));
        }
        Ok((from, to))
    }
}

/// Show figures of handoffs
///
/// What became of the invitations of a span of time: how many customers came how far, what the others did, and how long
/// the steps took. An invitation is counted on the UTC day it was made, with what has become of it by now: the figures of
/// the last days still grow, and a conversation that began counts as one also when it has ended since. Moves and returns go
/// on from another handoff and are not counted.
#[utoipa::path(tag = "Handoffs", params(Span), security(("api_key" = ["read"])),
    responses((status = 200, description = "The figures.", body = HandoffFigures)))]
#[get("/figures/handoffs")]
async fn show_handoff_figures(api: web::Data<Api>, granted: Granted<Read>, query: Query<Span>) -> Handled {
    let Query(span) = query;
    let figures = api.store.handoff_figures(&granted.workspace_id, span.read(api.clock.now())?).await?;
    Ok(HttpResponse::Ok().json(figures))
}

/// Show how the workspace stands
///
/// What waits at this moment and since when, and what went wrong and is not mended. Where everything is in order, what
/// waits is seconds old at most.
#[utoipa::path(tag = "Operations", security(("api_key" = ["read"])),
    responses((status = 200, description = "The figures.", body = OperationFigures)))]
#[get("/figures/operations")]
async fn show_operation_figures(api: web::Data<Api>, granted: Granted<Read>) -> Handled {
    Ok(HttpResponse::Ok().json(api.store.operation_figures(&granted.workspace_id).await?))
}
