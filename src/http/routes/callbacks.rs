//! Where providers call. Bytes are handed on as they came; what is wrong with them is not told.

use actix_web::{HttpRequest, HttpResponse, route, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::gateway::{Answer, Call, Rejection};
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::json::read_body;
use crate::http::problem::{Code, Problem, ProblemBody};

/// WhatsApp sends up to 3 MiB.
const LARGEST: usize = 4 * 1024 * 1024;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(receive_callback);
}

/// Receive a callback
///
/// For providers. The raw bytes are verified by the connection's secrets; 200 with an empty body means that what came
/// is stored durably. Challenges of providers are answered as they ask.
#[utoipa::path(tag = "Callbacks", responses(
    (status = 200, description = "It is stored, or the answer to a challenge."),
    (status = 401, description = "It is not verified.", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "There is no such connection.", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 413, description = "It has more than 4 MiB.", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 503, description = "It could not be stored; send it again.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[route("/callbacks/{connection_id}", method = "GET", method = "POST")]
async fn receive_callback(
    api: web::Data<Api>,
    request: HttpRequest,
    connection_id: web::Path<String>,
    payload: web::Payload,
) -> Handled {
    let call = Call {
        connection: connection_id.into_inner(),
        method: request.method().to_string(),
        query: request.query_string().to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: read_body(payload.into_inner(), LARGEST).await?,
    };
    match api.gateway.receive(call).await.map_err(|rejection| refused(&rejection))? {
        Answer::Stored => Ok(HttpResponse::Ok().finish()),
        Answer::Handshake(reply) => Ok(handshake(&reply)),
    }
}

fn handshake(reply: &crate::providers::Reply) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default();
    HttpResponse::build(status).content_type(reply.content_type).body(reply.body.clone())
}

fn refused(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::UnknownConnection => Problem::not_found("The connection"),
        Rejection::Unverified => Problem::new(Code::Unverified, "unverified"),
        Rejection::Overloaded | Rejection::Unavailable(_) => Problem::unavailable(),
    }
}
