//! `/v1/workspaces`: for operators.

use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::keys::{CreatedKey, NewKey};
use crate::clock;
use crate::domain::id::WorkspaceId;
use crate::domain::scope::Scope;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done};
use crate::http::auth::{Granted, Operator};
use crate::http::json::Command;
use crate::http::page::{List, Paging, Sort, read_cursor, slice};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::Answer;
use crate::store::workspace::{self, Workspace};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_workspaces).service(create_workspace);
}

/// A tenant: one brand or contact center.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
struct WorkspaceView {
    /// Its id.
    id: WorkspaceId,
    /// What the operator calls it.
    #[schema(example = "Example Bank")]
    name: String,
    /// When it was made.
    created_at: Timestamp,
    /// Its first key, of scope `admin`; in the creating answer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<CreatedKey>,
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        Self { id: workspace.id, name: workspace.name, created_at: workspace.created_at, key: None }
    }
}

/// A workspace to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateWorkspace {
    /// What the operator calls it.
    #[schema(example = "Example Bank", min_length = 1, max_length = 120)]
    name: String,
}

/// List workspaces
#[utoipa::path(tag = "Workspaces", params(Paging), security(("api_key" = ["operator"])),
    responses((status = 200, description = "A page of workspaces.", body = List<WorkspaceView>)))]
#[get("/workspaces")]
async fn list_workspaces(api: web::Data<Api>, _granted: Granted<Operator>, query: Query<Paging>) -> Handled {
    let Query(Paging { limit, after }) = query;
    let after: Option<WorkspaceId> = read_cursor(after.as_deref())?;
    let slice = slice(after.as_ref().map(WorkspaceId::as_str), limit, Sort::Oldest);
    let page = api.store.list_workspaces(slice).await?.map(WorkspaceView::from);
    Ok(HttpResponse::Ok().json(List::of(page, |one| one.id.clone())))
}

/// Create a workspace
///
/// Answers its first key, whose secret is shown this once.
#[utoipa::path(tag = "Workspaces", request_body = CreateWorkspace, security(("api_key" = ["operator"])),
    responses((status = 201, description = "The workspace and its first key.", body = WorkspaceView)))]
#[post("/workspaces")]
async fn create_workspace(
    api: web::Data<Api>,
    _granted: Granted<Operator>,
    command: Command<CreateWorkspace>,
) -> Handled {
    let name = command.input.name.trim();
    if !(1..=120).contains(&name.chars().count()) {
        return Err(Problem::invalid("/name", "has 1 to 120 characters"));
    }
    let now = api.clock.now();
    let made =
        Workspace { id: WorkspaceId::new(now, &clock::chance()), name: name.to_owned(), created_at: now };
    let key = NewKey::make(&made.id, "First admin key", vec![Scope::Admin], now);
    let decide = || async {
        let view = WorkspaceView { key: Some(key.shown()), ..WorkspaceView::from(made.clone()) };
        Ok((vec![workspace::insert(&made), key.insert()], Answer { status: 201, body: json!(view) }))
    };
    done(api.bridge.write(&command.caller, decide).await)
}
