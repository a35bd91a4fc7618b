//! `/v1/notices`: the exact words customers were shown.

use actix_web::{get, web};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::Api;
use crate::http::answer::{Handled, found};
use crate::http::auth::{Granted, Read};
use crate::store::notice::NoticeView;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(get_notice);
}

/// Get a notice
///
/// The exact words a customer was shown, by the hash that stands in the consent and in its receipt.
#[utoipa::path(tag = "Texts", security(("api_key" = ["read"])),
    params(("sha256" = String, Path, description = "The hash, in hex.")),
    responses((status = 200, description = "The notice.", body = NoticeView)))]
#[get("/notices/{sha256}")]
async fn get_notice(api: web::Data<Api>, granted: Granted<Read>, sha256: web::Path<String>) -> Handled {
    let notice = api.store.find_notice(&granted.workspace_id, &sha256).await?;
    found(notice.map(|notice| json!(notice)), "The notice")
}
