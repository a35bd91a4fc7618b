//! The OpenAPI document, and a page that shows it without asking anybody else.

use actix_web::{HttpResponse, web};

use crate::http::openapi_json;
use crate::http::problem::Code;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/openapi.json", web::get().to(document))
        .route("/docs", web::get().to(page))
        .route("/docs/problems", web::get().to(problems))
        .route("/docs/page.js", web::get().to(script))
        .route("/docs/page.css", web::get().to(style));
}

fn file(media_type: &str, text: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(("content-security-policy", POLICY))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("referrer-policy", "no-referrer"))
        .body(text.into())
}

async fn document() -> HttpResponse {
    file("application/json", openapi_json())
}

async fn page() -> HttpResponse {
    file("text/html; charset=utf-8", include_str!("docs/page.html"))
}

async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("docs/page.js"))
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("docs/page.css"))
}

/// Where `type` of every error leads.
async fn problems() -> HttpResponse {
    let rows: String = Code::ALL.iter().map(|code| row(*code)).collect();
    file("text/html; charset=utf-8", include_str!("docs/problems.html").replace("{rows}", &rows))
}

fn row(code: Code) -> String {
    let (word, status, title) = (code.as_str(), code.status(), code.title());
    let about = code.about().replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<tr id=\"{word}\"><td><code>{word}</code></td><td>{status}</td><td>{title}</td><td>{about}</td></tr>\n"
    )
}
