//! Every request has an id: the caller's own or a new one. It stands in the answer, in errors and in the log.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::Instrument;

use super::limits;
use crate::clock::{self, Stopwatch};
use crate::telemetry::metrics;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request being answered; empty outside of one.
pub(crate) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs a request under its id, and counts it.
pub(crate) async fn track(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let watch = Stopwatch::start();
    let id = sane(&request).unwrap_or_else(|| hex::encode(clock::random::<12>()));
    let method = request.method().clone();
    let span =
        tracing::info_span!("http.request", request_id = %id, %method, route = request.match_pattern());
    let mut response = CURRENT.scope(id.clone(), next.call(request)).instrument(span).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unknown".to_owned());
    metrics::request_served(method.as_str(), &route, response.status().as_u16(), watch.elapsed());
    limits::show(&mut response);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

/// What the caller sent, if it can stand in a log line.
fn sane(request: &ServiceRequest) -> Option<String> {
    let text = request.headers().get(&HEADER)?.to_str().ok()?;
    let fits = (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    fits.then(|| text.to_owned())
}
