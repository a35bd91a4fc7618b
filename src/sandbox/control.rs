//! The sandbox's own API, for tests and people: `docs/sandbox.md` describes it.

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::core::Sandbox;
use super::crowd::Gathering;
use super::faults::Faults;
use super::host::{Act, Refused};

/// So many threads are shown.
const MOST_THREADS: usize = 50;

/// The API at `/sandbox`, to be mounted on any application.
pub(super) fn mount(sandbox: &web::Data<Sandbox>) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + use<> {
    let sandbox = sandbox.clone();
    move |config| {
        config.service(web::scope("/sandbox").app_data(sandbox.clone()).configure(configure));
    }
}

fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/providers", web::get().to(list_providers))
        .route("/providers/{provider}", web::put().to(set_door))
        .route("/faults", web::get().to(get_faults))
        .route("/faults", web::put().to(set_faults))
        .route("/crowd", web::post().to(gather))
        .route("/feed", web::get().to(show_feed))
        .route("/inboxes", web::get().to(list_inboxes))
        .route("/calls", web::get().to(list_calls))
        .route("/callbacks", web::get().to(list_callbacks))
        .route("/{provider}/acts", web::post().to(act))
        .route("/{provider}/threads/{id}", web::get().to(get_thread))
        .route("/{provider}/inboxes/{customer}", web::get().to(get_inbox));
}

type Handled = Result<HttpResponse, Refused>;

/// Whoever holds the token.
struct Holder;

impl FromRequest for Holder {
    type Error = Refused;
    type Future = std::future::Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let stated = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let given = stated.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let sandbox = request.app_data::<web::Data<Sandbox>>();
        let is_holder = sandbox.is_some_and(|sandbox| sandbox.is_token(given));
        let refused =
            || Refused { status: 401, detail: "Send `Authorization: Bearer` and the token.".into() };
        std::future::ready(if is_holder { Ok(Self) } else { Err(refused()) })
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let body = json!({"type": "about:blank", "status": self.status, "detail": self.detail});
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json").body(body.to_string())
    }
}

async fn list_providers(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(sandbox.shown()))
}

/// Where a provider is to call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Door {
    callback_url: String,
}

async fn set_door(
    sandbox: web::Data<Sandbox>,
    _: Holder,
    provider: web::Path<String>,
    body: web::Bytes,
) -> Handled {
    let door: Door = read(&body)?;
    sandbox.open(&provider, &door.callback_url).await?;
    Ok(HttpResponse::Ok().json(json!({"callback_url": door.callback_url})))
}

async fn get_faults(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(sandbox.faults()))
}

async fn set_faults(sandbox: web::Data<Sandbox>, _: Holder, body: web::Bytes) -> Handled {
    let faults: Faults = read(&body)?;
    sandbox.set_faults(faults.clone());
    Ok(HttpResponse::Ok().json(faults))
}

/// Customers come who act of their own accord.
async fn gather(sandbox: web::Data<Sandbox>, _: Holder, body: web::Bytes) -> Handled {
    let wanted: Gathering = read(&body)?;
    sandbox.gather(&wanted)?;
    Ok(HttpResponse::Accepted().json(json!({"customers": wanted.customers})))
}

/// The newest threads, everywhere.
async fn show_feed(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(json!({"data": sandbox.feed(MOST_THREADS)})))
}

async fn list_inboxes(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(json!({"data": sandbox.phones()})))
}

async fn list_calls(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(json!({"data": sandbox.logs().0.lines()})))
}

async fn list_callbacks(sandbox: web::Data<Sandbox>, _: Holder) -> Handled {
    Ok(HttpResponse::Ok().json(json!({"data": sandbox.logs().1.lines()})))
}

async fn act(
    sandbox: web::Data<Sandbox>,
    _: Holder,
    provider: web::Path<String>,
    body: web::Bytes,
) -> Handled {
    let act: Act = read(&body)?;
    let id = sandbox.act(&provider, &act)?;
    Ok(HttpResponse::Created().json(json!({"id": id})))
}

async fn get_thread(sandbox: web::Data<Sandbox>, _: Holder, at: web::Path<(String, String)>) -> Handled {
    let (provider, id) = at.into_inner();
    let thread: Option<Value> = sandbox.host(&provider)?.thread(&id);
    Ok(HttpResponse::Ok().json(thread.ok_or_else(|| Refused::missing("thread"))?))
}

async fn get_inbox(sandbox: web::Data<Sandbox>, _: Holder, at: web::Path<(String, String)>) -> Handled {
    let (provider, customer) = at.into_inner();
    Ok(HttpResponse::Ok().json(sandbox.host(&provider)?.inbox(&customer)))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|why| Refused::act(why.to_string()))
}
