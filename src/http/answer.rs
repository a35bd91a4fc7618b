//! Answers of commands and reads.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::Value;

use super::etag;
use super::problem::Problem;
use crate::bridge::Outcome;
use crate::store::Answer;

/// What a handler gives.
pub(crate) type Handled = Result<HttpResponse, Problem>;

/// The answer to a command.
pub(crate) fn done(outcome: Outcome) -> Handled {
    let Answer { status, body } = outcome?;
    Ok(resource(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), &body))
}

/// One resource that may not be there.
pub(crate) fn found(body: Option<Value>, what: &str) -> Handled {
    let body = body.ok_or_else(|| Problem::not_found(what))?;
    Ok(resource(StatusCode::OK, &body))
}

/// A resource, with its version as `ETag` where it has one. 204 has no body.
fn resource(status: StatusCode, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if let Some(version) = body.get("version").and_then(Value::as_i64) {
        response.insert_header((header::ETAG, etag::tag(version)));
    }
    if status == StatusCode::NO_CONTENT { response.finish() } else { response.json(body) }
}
