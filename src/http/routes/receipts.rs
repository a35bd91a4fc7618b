//! Receipts: for a system by the API, for a customer by a link of their own.
//!
//! The page shows nothing personal and may be asked for again, so that a preview in a chat uses nothing up. The copy,
//! which opens the record, comes by a button and once.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, post, web};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use super::ledger::newest;
use crate::domain::id::ConsentId;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};
use crate::http::problem::{Problem, ProblemBody};
use crate::ledger::evidence::Evidence;
use crate::ledger::leaf;
use crate::ledger::receipt::Receipt;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(show_receipt);
}

pub(super) fn collect_public(config: &mut ServiceConfig<'_>) {
    config.service(style).service(show_page).service(take_copy);
}

/// Show the receipt of a consent
///
/// A C2SP tlog-proof of its newest event, verifiable offline: `extra` holds the leaf's exact bytes.
#[utoipa::path(tag = "Ledger", security(("api_key" = ["read"])), responses(
    (status = 200, description = "The receipt.", body = String, content_type = "text/plain"),
    (status = 409, description = "`not_sealed`: its newest event waits to be sealed.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[get("/consents/{id}/receipt")]
async fn show_receipt(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<String>) -> Handled {
    let unknown = || Problem::not_found("The consent");
    let workspace = &granted.workspace_id;
    let consent = ConsentId::parse(&id).map_err(|_| unknown())?;
    let index = newest(&api, workspace, &consent).await?;
    let leaf = api.store.ledger_leaves(workspace, (index, index + 1), 1).await?.pop().ok_or_else(unknown)?;
    let receipt = api.store.receipt(workspace, leaf).await?.ok_or_else(unknown)?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(receipt.to_text()))
}

/// The style of the receipt page
#[utoipa::path(tag = "Ledger", responses((status = 200, description = "A style sheet.", body = String,
    content_type = "text/css")))]
#[get("/r/page.css")]
async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("receipts/page.css"))
}

/// Show a customer their receipt
///
/// A page for whoever holds the link: what was agreed to and when, and a button for a copy. It may be shown again until
/// the copy is taken.
#[utoipa::path(tag = "Ledger", responses(
    (status = 200, description = "The page.", body = String, content_type = "text/html"),
    (status = 404, description = "The link is unknown, over or used.", body = String, content_type = "text/html"),
    (status = 503, description = "The database is away.", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/r/{token}")]
async fn show_page(api: web::Data<Api>, token: web::Path<String>) -> Handled {
    let Some((workspace, record)) = api.store.find_receipt_link(&token, api.clock.now()).await? else {
        return Ok(gone());
    };
    let evidence = api.store.evidence(&workspace, &record).await?;
    let body = evidence.map_or_else(|| include_str!("receipts/waiting.html").to_owned(), |all| body(&all));
    Ok(page(StatusCode::OK, &body))
}

/// Take a customer's copy
///
/// The receipts of the record with the evidence and the key that opens them and nothing else. It uses the link up.
#[utoipa::path(tag = "Ledger", responses(
    (status = 200, description = "The copy, to be kept.", body = Object),
    (status = 404, description = "The link is unknown, over or used.", body = String, content_type = "text/html"),
    (status = 503, description = "The database is away.", body = ProblemBody, content_type = "application/problem+json"),
))]
#[post("/r/{token}")]
async fn take_copy(api: web::Data<Api>, token: web::Path<String>) -> Handled {
    let now = api.clock.now();
    let Some((workspace, record)) = api.store.find_receipt_link(&token, now).await? else {
        return Ok(gone());
    };
    // Only what is there to be taken uses the link up.
    let Some(evidence) = api.store.evidence(&workspace, &record).await? else {
        return Ok(page(StatusCode::OK, include_str!("receipts/waiting.html")));
    };
    if api.store.use_receipt_link(&token, now).await?.is_none() {
        return Ok(gone());
    }
    let name = format!("attachment; filename=\"receipt-{record}.json\"");
    Ok(closed(StatusCode::OK).insert_header((header::CONTENT_DISPOSITION, name)).json(evidence))
}

fn closed(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

fn page(status: StatusCode, body: &str) -> HttpResponse {
    let text = include_str!("receipts/page.html").replace("{body}", body);
    closed(status).content_type("text/html; charset=utf-8").body(text)
}

fn gone() -> HttpResponse {
    page(StatusCode::NOT_FOUND, include_str!("receipts/gone.html"))
}

/// What the leaves say, and what they are signed with.
fn body(evidence: &Evidence) -> String {
    let receipts = evidence.entries.iter().filter_map(|entry| Receipt::parse(&entry.receipt).ok());
    let receipts: Vec<Receipt> = receipts.collect();
    let rows: String = receipts.iter().map(row).collect();
    let checkpoint = receipts.last().map_or("", |receipt| receipt.checkpoint.as_str());
    include_str!("receipts/body.html")
        .replace("{record}", &escape(&evidence.record_id))
        .replace("{rows}", &rows)
        .replace("{vkey}", &escape(&evidence.vkey))
        .replace("{checkpoint}", &escape(checkpoint))
}

fn row(receipt: &Receipt) -> String {
    let said = leaf::read(&receipt.leaf).unwrap_or(Value::Null);
    let word = |name: &str| escape(said[name].as_str().unwrap_or("–"));
    format!(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        word("at"),
        word("event"),
        word("purpose"),
        word("channel"),
        receipt.index
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
