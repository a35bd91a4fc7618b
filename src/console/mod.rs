//! The desk's pages at `/console`: static files in the binary that speak to the public API alone.

use actix_web::{HttpResponse, web};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Mounts the pages on an application.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/console", web::get().to(page))
        .route("/console/inbox.js", web::get().to(inbox))
        .route("/console/api.js", web::get().to(api))
        .route("/console/console.css", web::get().to(style));
}

fn file(media_type: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(("content-security-policy", POLICY))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cache-control", "no-cache"))
        .body(text)
}

async fn page() -> HttpResponse {
    file("text/html; charset=utf-8", include_str!("console.html"))
}

async fn inbox() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("inbox.js"))
}

async fn api() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("api.js"))
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("console.css"))
}
