//! Commands: a strict JSON body with everything around it that decides how it is run.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::fields;
use super::idempotency::{self, Held};
use super::problem::{Code, Problem};
use super::{Api, etag, request_id};
use crate::bridge::Caller;
use crate::store::audit::Act;
use crate::store::key::ApiKey;

/// The largest body of a command.
const LARGEST: usize = 256 * 1024;

/// The body of a command that takes nothing; may be absent.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// What a request that changes something asks for, and on whose behalf.
pub(crate) struct Command<T> {
    /// On whose behalf, and under which conditions.
    pub(crate) caller: Caller,
    /// The body.
    pub(crate) input: T,
    /// Ends with the request.
    _held: Option<Held>,
}

impl<T: DeserializeOwned> FromRequest for Command<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { receive(&request, payload).await })
    }
}

async fn receive<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Command<T>, Problem> {
    let internal = || Problem::internal(&"a command stands outside of the guard");
    let api = request.app_data::<web::Data<Api>>().ok_or_else(internal)?;
    let key = request.extensions().get::<ApiKey>().cloned().ok_or_else(internal)?;
    let body = read_body(payload, LARGEST).await?;
    check_type(request, &body)?;
    let idempotency = idempotency::read(request, &key, &body)?;
    let input = parse(&body)?;
    let held = idempotency.as_ref().map(|key| api.in_flight.hold(key.id)).transpose()?;
    let if_match = etag::if_match(request)?;
    let act = Some(act(request, &key));
    Ok(Command {
        caller: Caller { workspace_id: key.workspace_id, idempotency, if_match, act },
        input,
        _held: held,
    })
}

/// Who asks for what, as the audit log keeps it.
fn act(request: &HttpRequest, key: &ApiKey) -> Act {
    let route = request.match_pattern().unwrap_or_default();
    Act {
        key_id: key.id.clone(),
        action: format!("{} {route}", request.method()),
        subject: subject(request),
        request_id: request_id::current(),
    }
}

/// The resource a path names: by its id, or by all of its names.
fn subject(request: &HttpRequest) -> Option<String> {
    let info = request.match_info();
    let all: Vec<&str> = info.iter().map(|(_, value)| value).collect();
    info.get("id").map(str::to_owned).or_else(|| (!all.is_empty()).then(|| all.join("/")))
}

/// The whole body, if it is not larger than that.
pub(crate) async fn read_body(mut payload: Payload, largest: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Code::BadRequest, "The body did not arrive whole."))?;
        if body.len() + chunk.len() > largest {
            let detail = format!("The body has more than {largest} bytes.");
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn check_type(request: &HttpRequest, body: &[u8]) -> Result<(), Problem> {
    let stated = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = stated.and_then(|text| text.split(';').next()).map(str::trim);
    match essence {
        Some(text) if text.eq_ignore_ascii_case("application/json") => Ok(()),
        None if body.is_empty() => Ok(()),
        _ => Err(Problem::new(Code::UnsupportedMediaType, "The content type is not application/json.")),
    }
}

/// No body is an empty object. Syntax is checked first, then the type, so that the two are told apart.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let not_json = |error: serde_json::Error| Problem::new(Code::InvalidJson, error.to_string());
    let value: Value = serde_json::from_slice(body).map_err(not_json)?;
    if let Some(pointer) = fields::nul(&value) {
        return Err(Problem::invalid(pointer, "holds a NUL character, which no text may"));
    }
    fields::read(value).map_err(|misfit| Problem::invalid(misfit.pointer(), misfit.detail))
}
