//! `/v1/connections`: our accounts at providers.

mod heard;
mod input;
mod quarantine;
mod rejected;
mod trial;
mod view;

use std::time::Duration;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use self::input::{CreateConnection, ListConnections, RotateSecrets, UpdateConnection};
use self::trial::Trial;
use self::view::{ConnectionView, Standings, show};
use super::setup::{Setup, check_all_secrets, provider, write_secrets};
use crate::bridge::{CommandError, Refusal};
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::json::{Command, Empty};
use crate::http::page::{List, Sort, read_cursor, slice};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::connection::{self, Connection};
use crate::store::{Answer, StoreError, Write};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(list_connections)
        .service(create_connection)
        .service(get_connection)
        .service(update_connection)
        .service(delete_connection)
        .service(rotate_secrets)
        .service(test_connection)
        .service(heard::count_callbacks)
        .service(rejected::list_rejected)
        .service(quarantine::list_quarantined)
        .service(rejected::replay_rejected);
}

type Decided = Result<(Vec<Write>, Answer), CommandError>;

/// List connections
#[utoipa::path(tag = "Connections", params(ListConnections), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of connections.", body = List<ConnectionView>)))]
#[get("/connections")]
async fn list_connections(
    api: web::Data<Api>,
    granted: Granted<Read>,
    query: Query<ListConnections>,
) -> Handled {
    let Query(ListConnections { provider, limit, after }) = query;
    let after: Option<ConnectionId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(ConnectionId::as_str), limit, Sort::Oldest);
    let page = api.store.list_connections(&granted.workspace_id, provider.as_deref(), slice).await?;
    let owners: Vec<&str> = page.data.iter().map(|one| one.id.as_str()).collect();
    let set = api.store.secrets_set(&owners, api.clock.now()).await?;
    let ids = page.data.iter().map(|one| one.id.clone()).collect();
    let standings = api.store.standing(&ids).await?;
    let page = page.map(|one| view::of(&api, one, &set, &standings));
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.id.clone())))
}

/// Create a connection
///
/// `GET /v1/providers` tells which fields each provider takes. Secrets are write-only. An account belongs to one
/// connection of a workspace.
#[utoipa::path(tag = "Connections", request_body = CreateConnection, security(("api_key" = ["admin"])),
    responses((status = 201, description = "The connection, with the URL to give to the provider.",
        body = ConnectionView)))]
#[post("/connections")]
async fn create_connection(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    command: Command<CreateConnection>,
) -> Handled {
    let decide = || create(&api, &granted.workspace_id, &command.input);
    done(api.bridge.write(&command.caller, decide).await)
}

async fn create(api: &Api, workspace: &WorkspaceId, input: &CreateConnection) -> Decided {
    let now = api.clock.now();
    check_all_secrets(provider(&input.provider)?, &input.secrets, true)?;
    let setup = Setup::check(api, input.connection(workspace, now)).await?;
    let mut writes = connection::insert(&setup.connection, &setup.keys);
    writes.extend(write_secrets(api, &setup.connection, &input.secrets, Duration::ZERO, now));
    let set = input.secrets.keys().map(|name| (name.clone(), now)).collect();
    Ok((writes, Answer { status: 201, body: show(api, setup.connection, set, &Standings::new()) }))
}

/// Get a connection
#[utoipa::path(tag = "Connections", security(("api_key" = ["read"])),
    responses((status = 200, description = "The connection.", body = ConnectionView)))]
#[get("/connections/{id}")]
async fn get_connection(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<ConnectionId>) -> Handled {
    let found = find(&api, &granted.workspace_id, &id).await?;
    let set = api.store.secrets_set(&[id.as_str()], api.clock.now()).await?;
    let standings = standing(&api, &id).await?;
    Ok(HttpResponse::Ok().json(view::of(&api, found, &set, &standings)))
}

async fn find(api: &Api, workspace: &WorkspaceId, id: &ConnectionId) -> Result<Connection, CommandError> {
    let found = api.store.find_connection(workspace, id).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("The connection"))?)
}

async fn standing(api: &Api, id: &ConnectionId) -> Result<Standings, StoreError> {
    api.store.standing(&[id.clone()].into()).await
}

/// Change a connection
///
/// `account` and `settings` are merged field by field; null takes a field away. Changing `account` or
/// `settings.api_base` sends our secrets elsewhere, so all of them must be given again in the same request.
#[utoipa::path(tag = "Connections", request_body = UpdateConnection, security(("api_key" = ["admin"])),
    responses((status = 200, description = "The connection as it is now.", body = ConnectionView)))]
#[patch("/connections/{id}")]
async fn update_connection(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    command: Command<UpdateConnection>,
) -> Handled {
    let decide = || update(&api, &granted.workspace_id, &id, &command.input);
    done(api.bridge.write(&command.caller, decide).await)
}

async fn update(api: &Api, workspace: &WorkspaceId, id: &ConnectionId, input: &UpdateConnection) -> Decided {
    let now = api.clock.now();
    let before = find(api, workspace, id).await?;
    let mut set = api.store.secrets_set(&[id.as_str()], now).await?.remove(id.as_str()).unwrap_or_default();
    let after = input.applied_to(&before, now)?;
    input.check_secrets(&before, &after, set.keys())?;
    let setup = Setup::check(api, after).await?;
    let mut writes = connection::update(&setup.connection, &setup.keys, now);
    writes.extend(write_secrets(api, &setup.connection, &input.secrets, Duration::ZERO, now));
    set.extend(input.secrets.keys().map(|name| (name.clone(), now)));
    let body = show(api, setup.connection, set, &standing(api, id).await?);
    Ok((writes, Answer { status: 200, body }))
}

/// Delete a connection
///
/// Callbacks to it are refused from then on and its secrets are destroyed. What came through it stays.
#[utoipa::path(tag = "Connections", security(("api_key" = ["admin"])),
    responses((status = 204, description = "It is deleted.")))]
#[delete("/connections/{id}")]
async fn delete_connection(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let found = find(&api, &granted.workspace_id, &id).await?;
        let writes = connection::delete(&found, api.clock.now());
        Ok((writes, Answer { status: 204, body: Value::Null }))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

/// Rotate secrets
///
/// The new values count at once; the old ones go on verifying for `overlap_seconds`.
#[utoipa::path(tag = "Connections", request_body = RotateSecrets, security(("api_key" = ["admin"])),
    responses((status = 200, description = "The connection.", body = ConnectionView)))]
#[post("/connections/{id}/secrets")]
async fn rotate_secrets(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    command: Command<RotateSecrets>,
) -> Handled {
    let decide = || rotate(&api, &granted.workspace_id, &id, &command.input);
    done(api.bridge.write(&command.caller, decide).await)
}

async fn rotate(api: &Api, workspace: &WorkspaceId, id: &ConnectionId, input: &RotateSecrets) -> Decided {
    let now = api.clock.now();
    let found = find(api, workspace, id).await?;
    check_all_secrets(provider(&found.provider)?, &input.secrets, false)?;
    let overlap = input.overlap()?;
    let mut set = api.store.secrets_set(&[id.as_str()], now).await?.remove(id.as_str()).unwrap_or_default();
    set.extend(input.secrets.keys().map(|name| (name.clone(), now)));
    let writes = write_secrets(api, &found, &input.secrets, overlap, now);
    Ok((writes, Answer { status: 200, body: show(api, found, set, &standing(api, id).await?) }))
}

/// Test a connection
///
/// Checks that nothing is missing, that the provider's address may be reached, and that callbacks can come in over
/// https; asks the platform, where it can tell, whether it will call. Sends nothing to anybody.
#[utoipa::path(tag = "Connections", security(("api_key" = ["admin"])),
    responses((status = 200, description = "What was checked.", body = Trial)))]
#[post("/connections/{id}/test")]
async fn test_connection(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<ConnectionId>,
    _command: Command<Empty>,
) -> Handled {
    let found = find(&api, &granted.workspace_id, &id).await.map_err(Problem::from)?;
    Ok(HttpResponse::Ok().json(Trial::of(&api, &found).await?))
}
