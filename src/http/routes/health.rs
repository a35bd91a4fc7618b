//! Whether the process is up, and whether it can work.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::problem::{Problem, ProblemBody};

const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(healthz).service(readyz);
}

/// The probes on the operators' port.
pub(in crate::http) fn configure_ops(config: &mut web::ServiceConfig) {
    config.service(healthz).service(readyz);
}

/// How the process is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// The process is up
///
/// Says nothing about the database.
#[utoipa::path(tag = "Service", responses((status = 200, description = "It is up.", body = Health)))]
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// The service can work
///
/// The database answers.
#[utoipa::path(tag = "Service", responses(
    (status = 200, description = "It can work.", body = Health),
    (status = 503, description = "The database is away.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[get("/readyz")]
async fn readyz(api: web::Data<Api>) -> Handled {
    match tokio::time::timeout(PATIENCE, api.store.now()).await {
        Ok(Ok(_)) => Ok(HttpResponse::Ok().json(json!({"status": "ok"}))),
        _ => Err(Problem::unavailable()),
    }
}
