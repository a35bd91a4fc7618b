//! `/v1/handoffs`, and the offer of one on a complaint.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::Caller;
use crate::bridge::command::{MoveHandoff, OfferHandoff};
use crate::domain::channel::Channel;
use crate::domain::handoff::HandoffState;
use crate::domain::id::{ComplaintId, ConversationId, HandoffId};
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Granted, Read, Write};
use crate::http::etag::IfMatch;
use crate::http::json::{Command, Empty};
use crate::http::page::{Limit, List, Sort, read_cursor, slice};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::query::Query;
use crate::store::handoffs::HandoffFilter;
use crate::store::view::{HandoffTimeline, HandoffView, OfferedHandoff, WaysView};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(list_ways)
        .service(offer_handoff)
        .service(list_handoffs)
        .service(get_handoff)
        .service(move_handoff)
        .service(cancel_handoff)
        .service(prove_handoff);
}

/// Which handoffs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListHandoffs {
    /// Where they stand.
    state: Option<HandoffState>,
    /// Of which complaint.
    complaint_id: Option<ComplaintId>,
    /// To which conversation.
    conversation_id: Option<ConversationId>,
    /// The private channel they lead to.
    #[param(value_type = Option<Channel>)]
    channel: Option<Channel>,
    /// Begun at this time or later.
    since: Option<Timestamp>,
    /// The order, by the time of the invitation.
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

/// List the ways of a complaint
///
/// Which ways to a private channel are open now, and why the others are not, as an offer would find it. The first one is
/// the one an offer takes by itself.
#[utoipa::path(tag = "Handoffs", security(("api_key" = ["read"])),
    responses((status = 200, description = "The ways.", body = WaysView),
        (status = 409, description = "`erased`: the customer's data was erased; there is no way any more.", body = ProblemBody,
            content_type = "application/problem+json")))]
#[get("/complaints/{id}/ways")]
async fn list_ways(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<ComplaintId>) -> Handled {
    let caller =
        Caller { workspace_id: granted.workspace_id.clone(), idempotency: None, if_match: None, act: None };
    done(api.bridge.ways_of_complaint(&caller, &id).await)
}

/// Offer a handoff
///
/// Invites the customer to go on in private, by the first way that is open: `P1` the platform's own private messages;
/// `P2` from there to another channel, by a token the customer texts; `P3` where there are none, by a phrase the account
/// posts; `P5` where nothing can be proven (the answer's `invitation` is for you to bring to the customer). The answer
/// says which way is taken and why others are not. A complaint is invited once; a refusal is final until the customer
/// asks. `handoff.*` events tell how it goes on.
#[utoipa::path(tag = "Handoffs", params(IfMatch), request_body = OfferHandoff, security(("api_key" = ["write"])),
    responses((status = 201, description = "The customer is invited.", body = OfferedHandoff)))]
#[post("/complaints/{id}/handoffs")]
async fn offer_handoff(
    api: web::Data<Api>,
    granted: Granted<Write>,
    id: web::Path<ComplaintId>,
    command: Command<OfferHandoff>,
) -> Handled {
    let agent = command.input.agent.clone().or_else(|| granted.agent.clone());
    let input = OfferHandoff { agent, ..command.input };
    done(api.bridge.offer_handoff(&command.caller, &id, input).await)
}

/// List handoffs
#[utoipa::path(tag = "Handoffs", params(ListHandoffs), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of handoffs.", body = List<HandoffView>)))]
#[get("/handoffs")]
async fn list_handoffs(api: web::Data<Api>, granted: Granted<Read>, query: Query<ListHandoffs>) -> Handled {
    let Query(list) = query;
    let after: Option<HandoffId> = read_cursor(list.after.as_deref())?;
    let slice = slice(after.as_ref().map(HandoffId::as_str), list.limit, list.sort);
    let filter = HandoffFilter {
        state: list.state,
        complaint_id: list.complaint_id,
        conversation_id: list.conversation_id,
        channel: list.channel.map(String::from).unwrap_or_default(),
        since: list.since.unwrap_or_default(),
    };
    let page = api.store.list_handoffs(&granted.workspace_id, &filter, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one: &HandoffView| one.id.to_string())))
}

/// Get a handoff
#[utoipa::path(tag = "Handoffs", security(("api_key" = ["read"])),
    responses((status = 200, description = "The handoff with the way it went.", body = HandoffTimeline)))]
#[get("/handoffs/{id}")]
async fn get_handoff(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<HandoffId>) -> Handled {
    let found = api.store.find_handoff(&granted.workspace_id, &id).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(|| Problem::not_found("The handoff"))?))
}

/// Move a conversation to another channel
///
/// From an active private conversation to a channel with a number: the account gets a token there and texts it from its
/// phone. A new handoff begins; the old one stays active until the new one is.
#[utoipa::path(tag = "Handoffs", request_body = MoveHandoff, security(("api_key" = ["write"])),
    responses((status = 201, description = "The new handoff.", body = OfferedHandoff)))]
#[post("/handoffs/{id}/move")]
async fn move_handoff(
    api: web::Data<Api>,
    granted: Granted<Write>,
    id: web::Path<HandoffId>,
    command: Command<MoveHandoff>,
) -> Handled {
    let agent = command.input.agent.clone().or_else(|| granted.agent.clone());
    done(api.bridge.move_handoff(&command.caller, &id, MoveHandoff { agent, ..command.input }).await)
}

/// Call a handoff off
#[utoipa::path(tag = "Handoffs", request_body = Option<Empty>, security(("api_key" = ["write"])),
    responses((status = 200, description = "The handoff, cancelled.", body = HandoffView)))]
#[post("/handoffs/{id}/cancel")]
async fn cancel_handoff(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<HandoffId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.cancel_handoff(&command.caller, &id).await)
}

/// Have it proven again
///
/// Sends the account a new token: after a suspension, or when the old one ran out.
#[utoipa::path(tag = "Handoffs", request_body = Option<Empty>, security(("api_key" = ["write"])),
    responses((status = 200, description = "The handoff; the token is on its way.", body = HandoffView)))]
#[post("/handoffs/{id}/prove")]
async fn prove_handoff(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<HandoffId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.prove_handoff(&command.caller, &id).await)
}
