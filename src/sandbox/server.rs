//! The sandbox's HTTP server: the providers under their names, its own API under `/sandbox`.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use super::control;
use super::core::Sandbox;
use super::host::{Call, Reply};

const LARGEST: usize = 1 << 20;

/// How long a connection is held open: longer than the service keeps one it does not use, so that none closes while a
/// request is on its way.
const IDLE: Duration = Duration::from_secs(120);

/// How long a request that is never answered is held.
const SILENCE: Duration = Duration::from_secs(120);

pub(super) fn serve(sandbox: Arc<Sandbox>, listener: TcpListener) -> io::Result<Server> {
    let sandbox: web::Data<Sandbox> = sandbox.into();
    let app = move || {
        App::new()
            .app_data(sandbox.clone())
            .app_data(web::PayloadConfig::new(LARGEST))
            .configure(control::mount(&sandbox))
            .route("/{provider}/{path:.*}", web::route().to(provider))
    };
    let server = HttpServer::new(app).workers(2).keep_alive(IDLE).shutdown_timeout(1).disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn provider(
    sandbox: web::Data<Sandbox>,
    request: HttpRequest,
    at: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (provider, path) = at.into_inner();
    if sandbox.host(&provider).is_err() {
        return HttpResponse::NotFound().finish();
    }
    match sandbox.serve(&provider, &call(&sandbox, &request, path, &body)).await {
        Some(reply) => answer(&provider, reply),
        None => {
            tokio::time::sleep(SILENCE).await;
            HttpResponse::GatewayTimeout().finish()
        }
    }
}

fn call(sandbox: &Sandbox, request: &HttpRequest, path: String, body: &[u8]) -> Call {
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Call {
        method: request.method().to_string(),
        path,
        query: request.query_string().to_owned(),
        url: format!("{}{}", sandbox.url(), request.uri()),
        headers: headers.collect(),
        body: body.to_vec(),
    }
}

fn answer(provider: &str, reply: Reply) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.insert_header(("x-segue-sandbox", provider.to_owned()));
    response.content_type("application/json").body(reply.body.to_string())
}
