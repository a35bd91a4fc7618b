//! `/v1/conversations`.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::{ConversationPatch, OpenConversation};
use crate::domain::channel::Channel;
use crate::domain::conversation::ConversationStatus;
use crate::domain::id::{ConnectionId, ConversationId, CustomerId};
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Granted, Read, Write};
use crate::http::etag::IfMatch;
use crate::http::json::{Command, Empty};
use crate::http::page::{Limit, List, Sort, check_search, read_cursor, slice};
use crate::http::query::Query;
use crate::store::view::{ConversationView, WholeConversation};
use crate::store::{Filter, Search};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(list_conversations)
        .service(open_conversation)
        .service(get_conversation)
        .service(update_conversation)
        .service(close_conversation);
}

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListConversations {
    /// Open or closed.
    status: Option<ConversationStatus>,
    /// The medium.
    #[param(value_type = Option<Channel>)]
    channel: Option<Channel>,
    /// Our account.
    connection_id: Option<ConnectionId>,
    /// Whose.
    customer_id: Option<CustomerId>,
    /// Who at the desk has it.
    assignee: Option<String>,
    /// Begun at this time or later.
    since: Option<Timestamp>,
    /// Words that the names or the public texts hold, all of them; or a telephone number with its `+`. One request
    /// looks through a thousand at most: where `next` is there, it goes on from there, although the page is not full.
    #[param(max_length = 100)]
    q: Option<String>,
    /// The order, by the time it began.
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

impl ListConversations {
    fn filter(&self) -> Filter {
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        Filter {
            status: self.status.map(ConversationStatus::as_str),
            channel: text(self.channel.as_ref().map(Channel::as_str)),
            connection_id: text(self.connection_id.as_ref().map(ConnectionId::as_str)),
            customer_id: text(self.customer_id.as_ref().map(CustomerId::as_str)),
            assignee: text(self.assignee.as_deref()),
            since: self.since.unwrap_or_default(),
            search: Search::of(self.q.as_deref().unwrap_or_default()),
        }
    }
}

/// List conversations
#[utoipa::path(tag = "Conversations", params(ListConversations), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of conversations.", body = List<ConversationView>)))]
#[get("/conversations")]
async fn list_conversations(
    api: web::Data<Api>,
    granted: Granted<Read>,
    query: Query<ListConversations>,
) -> Handled {
    let Query(list) = query;
    check_search(list.q.as_deref())?;
    let after: Option<ConversationId> = read_cursor(list.after.as_deref())?;
    let slice = slice(after.as_ref().map(ConversationId::as_str), list.limit, list.sort);
    let found = api.store.list_conversations(&granted.workspace_id, &list.filter(), slice).await?;
    Ok(HttpResponse::Ok().json(List::found(found)))
}

/// Open a conversation
///
/// With a customer who may be written to on that channel. There is one conversation per customer and connection: when
/// it is there, the answer is 200 with it.
#[utoipa::path(tag = "Conversations", request_body = OpenConversation, security(("api_key" = ["write"])), responses(
    (status = 201, description = "It is open.", body = ConversationView),
    (status = 200, description = "It was there already.", body = ConversationView),
))]
#[post("/conversations")]
async fn open_conversation(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    command: Command<OpenConversation>,
) -> Handled {
    done(api.bridge.open_conversation(&command.caller, command.input).await)
}

/// Get a conversation
///
/// In one read all that the desk needs beside its messages: the complaints with their public threads, the handoffs with
/// the ways they went, and what the customer agreed to on this channel.
#[utoipa::path(tag = "Conversations", security(("api_key" = ["read"])),
    responses((status = 200, description = "The conversation.", body = WholeConversation,
        headers(("ETag" = String, description = "Its version.")))))]
#[get("/conversations/{id}")]
async fn get_conversation(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<ConversationId>,
) -> Handled {
    found(api.store.whole_conversation(&granted.workspace_id, &id).await?, "The conversation")
}

/// Change a conversation
///
/// Assign it, or mark everything as read. What is absent stays.
#[utoipa::path(tag = "Conversations", params(IfMatch), request_body = ConversationPatch,
    security(("api_key" = ["write"])),
    responses((status = 200, description = "The conversation as it is now.", body = ConversationView)))]
#[patch("/conversations/{id}")]
async fn update_conversation(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<ConversationId>,
    command: Command<ConversationPatch>,
) -> Handled {
    done(api.bridge.update_conversation(&command.caller, &id, command.input).await)
}

/// Close a conversation
///
/// The customer's next text opens it again.
#[utoipa::path(tag = "Conversations", params(IfMatch), security(("api_key" = ["write"])),
    responses((status = 200, description = "The conversation, closed.", body = ConversationView)))]
#[post("/conversations/{id}/close")]
async fn close_conversation(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<ConversationId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.close_conversation(&command.caller, &id).await)
}
