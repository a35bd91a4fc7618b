//! `/v1/events`: what happened, in order.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::domain::event::EventType;
use crate::domain::id::WorkspaceId;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};
use crate::http::page::{Limit, List};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::query::Query;
use crate::store::EventView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_events);
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListEvents {
    /// Events of this kind alone.
    #[serde(rename = "type")]
    kind: Option<EventType>,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before, or the `id` of an event of the stream; default: the oldest event kept.
    #[param(example = "4711")]
    after: Option<String>,
}

/// List events
///
/// Oldest first, each with the resource as it was. `next` is null only on an empty page: keep the last one and ask
/// again later.
#[utoipa::path(tag = "Events", params(ListEvents), security(("api_key" = ["read"])), responses(
    (status = 200, description = "A page of events.", body = List<EventView>),
    (status = 410, description = "`cursor_expired`: the events after this one are not kept any more.",
        body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/events")]
async fn list_events(api: web::Data<Api>, granted: Granted<Read>, query: Query<ListEvents>) -> Handled {
    let Query(ListEvents { kind, limit, after }) = query;
    let after = match after {
        Some(text) => check_position(&api, &granted.workspace_id, &text).await?,
        None => 0,
    };
    let events = api.store.events_after(&granted.workspace_id, after, kind, limit.0).await?;
    let next = events.last().map(|(position, _)| position.to_string());
    let data: Vec<EventView> = events.into_iter().map(|(_, event)| event).collect();
    Ok(HttpResponse::Ok().json(List { data, next }))
}

/// The position a caller wants to go on from; 0 is the beginning.
pub(super) async fn check_position(api: &Api, workspace: &WorkspaceId, text: &str) -> Result<i64, Problem> {
    let unknown = || Problem::new(Code::BadCursor, "This is no position of an event.");
    let position = text.parse().ok().filter(|position| *position >= 0).ok_or_else(unknown)?;
    let head = api.store.event_head(workspace).await?;
    if position > head {
        return Err(unknown());
    }
    // Where none is kept, the next one will be the oldest.
    let oldest = api.store.oldest_event(workspace).await?.unwrap_or(head + 1);
    if position + 1 < oldest {
        let detail = format!("The oldest event kept has the position {oldest}.");
        return Err(Problem::new(Code::CursorExpired, detail));
    }
    Ok(position)
}
