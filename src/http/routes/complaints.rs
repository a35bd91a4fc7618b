//! `/v1/complaints`.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::{ComplaintPatch, CreateComplaint, Reply};
use crate::domain::channel::Channel;
use crate::domain::complaint::ComplaintStatus;
use crate::domain::id::{ComplaintId, ConnectionId, CustomerId};
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Granted, Read, Write};
use crate::http::etag::IfMatch;
use crate::http::json::Command;
use crate::http::page::{Limit, List, Sort, check_search, read_cursor, slice};
use crate::http::query::Query;
use crate::store::view::{ComplaintView, PostView};
use crate::store::{Filter, Search};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(list_complaints)
        .service(create_complaint)
        .service(get_complaint)
        .service(update_complaint)
        .service(reply_to_complaint);
}

/// Which complaints.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListComplaints {
    /// Where the desk stands with it.
    status: Option<ComplaintStatus>,
    /// The medium.
    #[param(value_type = Option<Channel>)]
    channel: Option<Channel>,
    /// Our account.
    connection_id: Option<ConnectionId>,
    /// Whose.
    customer_id: Option<CustomerId>,
    /// Who at the desk has it.
    assignee: Option<String>,
    /// Stored at this time or later.
    since: Option<Timestamp>,
    /// Words that the names or the public texts hold, all of them; or a telephone number with its `+`. One request
    /// looks through a thousand at most: where `next` is there, it goes on from there, although the page is not full.
    #[param(max_length = 100)]
    q: Option<String>,
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

impl ListComplaints {
    fn filter(&self) -> Filter {
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        Filter {
            status: self.status.map(ComplaintStatus::as_str),
            channel: text(self.channel.as_ref().map(Channel::as_str)),
            connection_id: text(self.connection_id.as_ref().map(ConnectionId::as_str)),
            customer_id: text(self.customer_id.as_ref().map(CustomerId::as_str)),
            assignee: text(self.assignee.as_deref()),
            since: self.since.unwrap_or_default(),
            search: Search::of(self.q.as_deref().unwrap_or_default()),
        }
    }
}

/// List complaints
#[utoipa::path(tag = "Complaints", params(ListComplaints), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of complaints.", body = List<ComplaintView>)))]
#[get("/complaints")]
async fn list_complaints(
    api: web::Data<Api>,
    granted: Granted<Read>,
    query: Query<ListComplaints>,
) -> Handled {
    let Query(list) = query;
    check_search(list.q.as_deref())?;
    let after: Option<ComplaintId> = read_cursor(list.after.as_deref())?;
    let slice = slice(after.as_ref().map(ComplaintId::as_str), list.limit, list.sort);
    let found = api.store.list_complaints(&granted.workspace_id, &list.filter(), slice).await?;
    Ok(HttpResponse::Ok().json(List::found(found)))
}

/// Record a complaint
///
/// For complaints no callback brings. The same post `id` again answers 200 with the complaint that is there.
#[utoipa::path(tag = "Complaints", request_body = CreateComplaint, security(("api_key" = ["write"])), responses(
    (status = 201, description = "It is stored.", body = ComplaintView),
    (status = 200, description = "The post was known already.", body = ComplaintView),
))]
#[post("/complaints")]
async fn create_complaint(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    command: Command<CreateComplaint>,
) -> Handled {
    done(api.bridge.create_complaint(&command.caller, command.input).await)
}

/// Get a complaint
#[utoipa::path(tag = "Complaints", security(("api_key" = ["read"])),
    responses((status = 200, description = "The complaint with its thread.", body = ComplaintView,
        headers(("ETag" = String, description = "Its version.")))))]
#[get("/complaints/{id}")]
async fn get_complaint(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<ComplaintId>) -> Handled {
    found(api.store.find_complaint(&granted.workspace_id, &id).await?, "The complaint")
}

/// Change a complaint
///
/// Status, assignee and tags. What is absent stays.
#[utoipa::path(tag = "Complaints", params(IfMatch), request_body = ComplaintPatch,
    security(("api_key" = ["write"])),
    responses((status = 200, description = "The complaint as it is now.", body = ComplaintView)))]
#[patch("/complaints/{id}")]
async fn update_complaint(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<ComplaintId>,
    command: Command<ComplaintPatch>,
) -> Handled {
    done(api.bridge.update_complaint(&command.caller, &id, command.input).await)
}

/// Reply in public
///
/// The reply is queued; `reply.sent` or `reply.failed` tells how it ended. The text ends in the agent's initials. A text
/// with a phone number, an e-mail address or a card number is refused (`public_leak`), unless it is of a connection of
/// yours.
#[utoipa::path(tag = "Complaints", params(IfMatch), request_body = Reply, security(("api_key" = ["write"])),
    responses((status = 202, description = "The reply, queued.", body = PostView)))]
#[post("/complaints/{id}/replies")]
async fn reply_to_complaint(
    api: web::Data<Api>,
    granted: Granted<Write>,
    id: web::Path<ComplaintId>,
    command: Command<Reply>,
) -> Handled {
    let agent = command.input.agent.clone().or_else(|| granted.agent.clone());
    done(api.bridge.reply(&command.caller, &id, Reply { agent, ..command.input }).await)
}
