//! Where providers call. Bytes are handed on as they came; what is wrong with them is not told.

use actix_web::{HttpRequest, HttpResponse, get, post, route, web};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::gateway::{Answer, Call, Rejection, Wish};
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::json::read_body;
use crate::http::problem::{Code, Problem, ProblemBody};

/// WhatsApp sends up to 3 MiB.
const LARGEST: usize = 4 * 1024 * 1024;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(receive_callback)
        .service(ask_deletion)
        .service(ask_deauthorization)
        .service(show_deletion);
}

/// Why a request to a callback URL is not taken, for the document.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the document is made from its shape")]
enum NotTaken {
    /// It is not verified.
    #[response(status = 401, content_type = "application/problem+json")]
    Unverified(ProblemBody),
    /// There is no such connection.
    #[response(status = 404, content_type = "application/problem+json")]
    UnknownConnection(ProblemBody),
    /// It has more than 4 MiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// It could not be stored; send it again.
    #[response(status = 503, content_type = "application/problem+json")]
    NotStored(ProblemBody),
}

/// Receive a callback
///
/// For providers. The raw bytes are verified by the connection's secrets; 200 with an empty body means that what came
/// is stored durably. Challenges of providers are answered as they ask.
#[utoipa::path(tag = "Callbacks", responses(
    (status = 200, description = "It is stored, or the answer to a challenge."),
    NotTaken,
))]
#[route("/callbacks/{connection_id}", method = "GET", method = "POST")]
async fn receive_callback(
    api: web::Data<Api>,
    request: HttpRequest,
    connection_id: web::Path<String>,
    payload: web::Payload,
) -> Handled {
    let call = call(&request, connection_id.into_inner(), payload).await?;
    match api.gateway.receive(call).await.map_err(|rejection| refused(&rejection))? {
        Answer::Stored => Ok(HttpResponse::Ok().finish()),
        Answer::Handshake(reply) => Ok(handshake(&reply)),
    }
}

/// What a platform shows the person who asked.
#[derive(Debug, Serialize, ToSchema)]
struct DeletionAnswer {
    /// A page about the request.
    #[schema(example = "https://bridge.example.com/callbacks/conn_01kap0bswxev1bjsph3xxwkkrz/deletion/9f3c")]
    url: String,
    /// The code of the request; the same request has the same code.
    #[schema(example = "9f3c0d5a6b1e4f2a8c7d9e0f1a2b3c4d")]
    confirmation_code: String,
}

/// Ask for deletion
///
/// For platforms: a person wants their data deleted. The signed request opens a task; the same one opens no second.
#[utoipa::path(tag = "Callbacks", responses(
    (status = 200, description = "It is stored.", body = DeletionAnswer),
    NotTaken,
))]
#[post("/callbacks/{connection_id}/deletion")]
async fn ask_deletion(
    api: web::Data<Api>,
    request: HttpRequest,
    connection_id: web::Path<String>,
    payload: web::Payload,
) -> Handled {
    let call = call(&request, connection_id.into_inner(), payload).await?;
    let promised = api.gateway.ask(call, Wish::Deletion).await.map_err(|rejection| refused(&rejection))?;
    Ok(HttpResponse::Ok().json(DeletionAnswer { url: promised.url, confirmation_code: promised.code }))
}

/// Report a withdrawal
///
/// For platforms: a person took the app's access away. The signed request opens a task; the same one opens no second.
#[utoipa::path(tag = "Callbacks", responses(
    (status = 200, description = "It is stored."),
    NotTaken,
))]
#[post("/callbacks/{connection_id}/deauthorize")]
async fn ask_deauthorization(
    api: web::Data<Api>,
    request: HttpRequest,
    connection_id: web::Path<String>,
    payload: web::Payload,
) -> Handled {
    let call = call(&request, connection_id.into_inner(), payload).await?;
    api.gateway.ask(call, Wish::Deauthorization).await.map_err(|rejection| refused(&rejection))?;
    Ok(HttpResponse::Ok().finish())
}

/// Show a deletion request
///
/// For the person who asked: what happens with a request. It tells nothing about whether there is one.
#[utoipa::path(tag = "Callbacks", responses(
    (status = 200, description = "A page in plain text.", body = String, content_type = "text/plain"),
    (status = 404, description = "It is no code.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[get("/callbacks/{connection_id}/deletion/{code}")]
async fn show_deletion(path: web::Path<(String, String)>) -> Handled {
    let (_, code) = path.into_inner();
    if code.len() != 32 || !code.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Problem::not_found("The request"));
    }
    let page = format!(
        "Requests for the deletion of data are carried out by a person within 30 days.\n\
         To ask about yours, name this code: {code}\n"
    );
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(page))
}

/// The request as it came.
async fn call(request: &HttpRequest, connection: String, payload: web::Payload) -> Result<Call, Problem> {
    let header =
        |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.to_string(), value.as_bytes().to_vec())
        };
    Ok(Call {
        connection,
        method: request.method().to_string(),
        query: request.query_string().to_owned(),
        headers: request.headers().iter().map(header).collect(),
        body: read_body(payload.into_inner(), LARGEST).await?,
    })
}

fn handshake(reply: &crate::providers::Reply) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default();
    HttpResponse::build(status).content_type(reply.content_type).body(reply.body.clone())
}

/// What a caller is told of a callback that was not taken.
pub(super) fn refused(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::UnknownConnection => Problem::not_found("The connection"),
        Rejection::Unverified => Problem::new(Code::Unverified, "unverified"),
        Rejection::Overloaded | Rejection::Unavailable(_) => Problem::unavailable(),
    }
}
