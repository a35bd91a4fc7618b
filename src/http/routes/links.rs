//! `/v1/links`: what makes two identities one customer.

use actix_web::{delete, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::{CreateLink, EndLink};
use crate::domain::id::LinkId;
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Granted, Write};
use crate::http::json::Command;
use crate::store::view::LinkView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(create_link).service(end_link);
}

/// Link two identities
///
/// On your word, which shows at most `L1`: the two stay customers of their own, and the link is shown with its reason.
/// Only what both sides prove, as a handoff does, makes one customer of them.
#[utoipa::path(tag = "Customers", request_body = CreateLink, security(("api_key" = ["write"])), responses(
    (status = 201, description = "They are linked.", body = LinkView),
    (status = 200, description = "They were linked already.", body = LinkView),
))]
#[post("/links")]
async fn create_link(api: web::Data<Api>, granted: Granted<Write>, command: Command<CreateLink>) -> Handled {
    let agent = command.input.agent.or_else(|| granted.agent.clone());
    done(api.bridge.create_link(&command.caller, CreateLink { agent, ..command.input }).await)
}

/// End a link
///
/// Each side's customer is its own again, and whatever rested on the link stops with it. Nothing was copied when they
/// were linked, so nothing has to be moved back.
#[utoipa::path(tag = "Customers", request_body = EndLink, security(("api_key" = ["write"])),
    responses((status = 200, description = "The link, ended.", body = LinkView)))]
#[delete("/links/{id}")]
async fn end_link(
    api: web::Data<Api>,
    granted: Granted<Write>,
    id: web::Path<LinkId>,
    command: Command<EndLink>,
) -> Handled {
    let agent = command.input.agent.or_else(|| granted.agent.clone());
    done(api.bridge.end_link(&command.caller, &id, EndLink { agent, ..command.input }).await)
}
