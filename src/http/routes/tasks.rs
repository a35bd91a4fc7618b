//! `/v1/tasks`: what a person must look at.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::command::ResolveTask;
use crate::domain::id::TaskId;
use crate::domain::task::TaskState;
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Granted, Read, Write};
use crate::http::json::{Command, Empty};
use crate::http::page::{Limit, List, Sort, read_cursor, slice};
use crate::http::query::Query;
use crate::store::view::TaskView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_tasks).service(get_task).service(close_task).service(resolve_task);
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListTasks {
    /// Open or closed.
    state: Option<TaskState>,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    after: Option<String>,
}

/// List tasks
///
/// Newest first.
#[utoipa::path(tag = "Tasks", params(ListTasks), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of tasks.", body = List<TaskView>)))]
#[get("/tasks")]
async fn list_tasks(api: web::Data<Api>, granted: Granted<Read>, query: Query<ListTasks>) -> Handled {
    let Query(ListTasks { state, limit, after }) = query;
    let after: Option<TaskId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(TaskId::as_str), limit, Sort::Newest);
    let page = api.store.list_tasks(&granted.workspace_id, state, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one: &Value| one["id"].clone())))
}

/// Get a task
#[utoipa::path(tag = "Tasks", security(("api_key" = ["read"])),
    responses((status = 200, description = "The task.", body = TaskView)))]
#[get("/tasks/{id}")]
async fn get_task(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<TaskId>) -> Handled {
    found(api.store.find_task(&granted.workspace_id, &id).await?, "The task")
}

/// Close a task
#[utoipa::path(tag = "Tasks", security(("api_key" = ["write"])),
    responses((status = 200, description = "The task, closed.", body = TaskView)))]
#[post("/tasks/{id}/close")]
async fn close_task(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<TaskId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.close_task(&command.caller, &id).await)
}

/// Resolve an opt-out review
///
/// A customer wrote something that may be an opt-out; nothing is sent to them on that channel until a person has read
/// it. `opt_out` makes it one; with `no_opt_out` sending goes on.
#[utoipa::path(tag = "Tasks", request_body = ResolveTask, security(("api_key" = ["write"])),
    responses((status = 200, description = "The task, closed.", body = TaskView)))]
#[post("/tasks/{id}/resolve")]
async fn resolve_task(
    api: web::Data<Api>,
    _granted: Granted<Write>,
    id: web::Path<TaskId>,
    command: Command<ResolveTask>,
) -> Handled {
    done(api.bridge.resolve_task(&command.caller, &id, command.input).await)
}
