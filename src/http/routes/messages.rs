//! Messages of a conversation.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::{Resolve, SendMessage};
use crate::domain::id::{ConversationId, MessageId};
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Granted, Read, Write};
use crate::http::etag::IfMatch;
use crate::http::json::Command;
use crate::http::page::{Limit, List, Sort, cursor, read_cursor};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::conversations::MessageSlice;
use crate::store::view::MessageView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_messages).service(send_message).service(resolve_message);
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListMessages {
    /// `asc` (default): in the order they were written; `desc`: the newest first.
    #[serde(default = "in_order")]
    #[param(inline, required = false)]
    sort: Sort,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    after: Option<String>,
}

const fn in_order() -> Sort {
    Sort::Oldest
}

/// List messages
#[utoipa::path(tag = "Conversations", params(ListMessages), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of messages.", body = List<MessageView>)))]
#[get("/conversations/{id}/messages")]
async fn list_messages(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<ConversationId>,
    query: Query<ListMessages>,
) -> Handled {
    let Query(ListMessages { sort, limit, after }) = query;
    let after = read_cursor(after.as_deref())?;
    let slice = MessageSlice { after, limit: limit.0, newest_first: sort == Sort::Newest };
    let messages = api.store.list_messages(&granted.workspace_id, &id, slice).await?;
    if messages.page.data.is_empty() {
        let talk = api.store.find_conversation(&granted.workspace_id, &id).await?;
        talk.ok_or_else(|| Problem::not_found("The conversation"))?;
    }
    let next = messages.page.more.then(|| cursor(&messages.last));
    Ok(HttpResponse::Ok().json(List { data: messages.page.data, next }))
}

/// Send a message
///
/// It is queued; events tell how far it gets. The text ends in the agent's initials.
#[utoipa::path(tag = "Conversations", params(IfMatch), request_body = SendMessage, security(("api_key" = ["write"])),
    responses((status = 202, description = "The message, queued.", body = MessageView)))]
#[post("/conversations/{id}/messages")]
async fn send_message(
    api: web::Data<Api>,
    granted: Granted<Write>,
    id: web::Path<ConversationId>,
    command: Command<SendMessage>,
) -> Handled {
    let mut input = command.input;
    input.agent = input.agent.or_else(|| granted.agent.clone());
    done(api.bridge.send_message(&command.caller, &id, input).await)
}

/// Resolve an unknown send
///
/// A message of status `unknown` was written to the provider, and nobody knows whether it was sent. A person finds out.
#[utoipa::path(tag = "Conversations", request_body = Resolve, security(("api_key" = ["write"])),
    responses((status = 200, description = "The message as it is now.", body = MessageView)))]
#[post("/messages/{id}/resolve")]
async fn resolve_message(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<MessageId>,
    command: Command<Resolve>,
) -> Handled {
    done(api.bridge.resolve_message(&command.caller, &id, command.input).await)
}
