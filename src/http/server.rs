//! The servers: the public one, and the one for operators.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::problem::Problem;
use super::{Api, request_id, routes};
use crate::telemetry::Metrics;

const HEADERS_IN: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(75);
const STOP_SECONDS: u64 = 20;

/// Serves the API and the callbacks, and what `pages` mounts beside them.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    api: web::Data<Api>,
    listener: TcpListener,
    pages: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(api.clone())
            .app_data(
                web::PathConfig::default().error_handler(|_, _| Problem::not_found("The resource").into()),
            )
            .wrap(from_fn(request_id::track))
            .configure(routes::configure)
            .configure(&pages)
            .default_service(web::to(no_route))
    };
    let server = HttpServer::new(app)
        .keep_alive(KeepAlive::Timeout(IDLE))
        .client_request_timeout(HEADERS_IN)
        .shutdown_timeout(STOP_SECONDS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Serves the probes and the metrics to operators.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_ops(api: web::Data<Api>, metrics: Metrics, listener: TcpListener) -> io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(api.clone())
            .app_data(web::Data::new(metrics.clone()))
            .configure(routes::health::configure_ops)
            .route("/metrics", web::get().to(show_metrics))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn show_metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.render())
}

async fn no_route() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found("The path"))
}
