//! `/v1/workspace`: how the caller's own workspace wants things done.

use actix_web::{get, patch, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::bridge::{Caller, CommandError, Refusal};
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;
use crate::domain::workspace::{WorkspaceSettings, merged};
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::etag::IfMatch;
use crate::http::json::Command;
use crate::http::{Api, fields};
use crate::store::workspace::{self, ConfiguredWorkspace};
use crate::store::{Answer, Write};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(get_workspace).service(update_workspace);
}

/// The caller's workspace, with its settings as they are in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfiguredWorkspace)]
struct ConfiguredView {
    /// Its id.
    id: WorkspaceId,
    /// What the operator calls it.
    #[schema(example = "Example Bank")]
    name: String,
    /// Its settings, defaults filled in.
    #[serde(flatten)]
    settings: WorkspaceSettings,
    /// Grows with every change; the `ETag`.
    #[schema(example = 3)]
    version: i64,
    /// When it was made.
    created_at: Timestamp,
}

/// Get the workspace
#[utoipa::path(tag = "Workspaces", security(("api_key" = ["read"])),
    responses((status = 200, description = "The workspace of the key.", body = ConfiguredView,
        headers(("ETag" = String, description = "Its version.")))))]
#[get("/workspace")]
async fn get_workspace(api: web::Data<Api>, granted: Granted<Read>) -> Handled {
    let known = api.store.find_configured(&granted.workspace_id).await?;
    let view = known.map(|known| effective(&known.set).map(|settings| view(known, settings))).transpose()?;
    found(view, "The workspace")
}

/// Change the workspace's settings
///
/// A merge patch: what is absent stays, null takes a setting back to its default.
#[utoipa::path(tag = "Workspaces", params(IfMatch), request_body = WorkspaceSettings,
    security(("api_key" = ["admin"])),
    responses((status = 200, description = "The workspace as it is now.", body = ConfiguredView)))]
#[patch("/workspace")]
async fn update_workspace(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    command: Command<Map<String, Value>>,
) -> Handled {
    let Command { caller, input, .. } = &command;
    done(api.bridge.write(caller, || change(&api, caller, input)).await)
}

async fn change(
    api: &Api,
    caller: &Caller,
    patch: &Map<String, Value>,
) -> Result<(Vec<Write>, Answer), CommandError> {
    let known = api.store.find_configured(&caller.workspace_id).await?;
    let known = known.ok_or_else(|| Refusal::not_found("The workspace"))?;
    if caller.if_match.is_some_and(|wanted| wanted != known.version) {
        return Err(Refusal::VersionMismatch { current: known.version }.into());
    }
    let set = merged(&known.set, patch);
    let settings = effective(&set)?;
    settings.check().map_err(|(pointer, detail)| Refusal::Invalid { pointer, detail })?;
    let write = workspace::set(&caller.workspace_id, known.version, &set);
    let after = ConfiguredWorkspace { set, version: known.version + 1, ..known };
    Ok((vec![write], Answer { status: 200, body: view(after, settings) }))
}

/// What was set, over the defaults.
fn effective(set: &Map<String, Value>) -> Result<WorkspaceSettings, Refusal> {
    fields::read(Value::Object(set.clone()))
        .map_err(|misfit| Refusal::invalid(&misfit.pointer(), misfit.detail))
}

fn view(known: ConfiguredWorkspace, settings: WorkspaceSettings) -> Value {
    let ConfiguredWorkspace { workspace, version, .. } = known;
    json!(ConfiguredView {
        id: workspace.id,
        settings: settings.named(&workspace.name),
        name: workspace.name,
        version,
        created_at: workspace.created_at,
    })
}
