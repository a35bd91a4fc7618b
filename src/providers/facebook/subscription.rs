//! Whether the Page tells our app: <https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps>.

use bytes::Bytes;
use serde::Deserialize;

use super::super::{Access, HttpReply, HttpRequest, Refusal};
use super::send::{self, Fault};
use super::{errors, proof};
use crate::domain::secret::Secret;

/// The fields that callbacks are read from; without one of them something never comes.
const FIELDS: &[&str] = &[
    "feed",
    "mention",
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
];

/// The request that lists the apps the Page tells.
pub(super) fn ask(access: &Access<'_>) -> Result<HttpRequest, Refusal> {
    let token = access.secret("page_token")?;
    let proof = proof::make(access.secret("app_secret")?, token);
    let page_id = access.field("page_id")?;
    Ok(HttpRequest {
        method: "GET",
        url: format!("{}/{page_id}/subscribed_apps?appsecret_proof={proof}", send::base(access)),
        headers: vec![("authorization", Secret::new(format!("Bearer {}", token.expose())))],
        body: Bytes::new(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    data: Option<Vec<App>>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct App {
    id: String,
    #[serde(default)]
    subscribed_fields: Vec<String>,
}

/// A sentence when the Page tells us all we read, else one that says what is missing.
pub(super) fn read(access: &Access<'_>, reply: &HttpReply) -> Result<String, String> {
    let answer: Answer = serde_json::from_slice(&reply.body).unwrap_or_default();
    if let Some(fault) = answer.error {
        let (_, failure) = errors::judge(fault.code, fault.error_subcode);
        return Err(format!("Facebook did not say: {}", failure.detail));
    }
    let apps = answer.data.ok_or_else(|| format!("Facebook did not say: http {}", reply.status))?;
    let ours = access.account.get("app_id").map(String::as_str).unwrap_or_default();
    let Some(app) = apps.iter().find(|app| app.id == ours) else {
        return Err(format!("not subscribed: the Page does not tell the app {ours}"));
    };
    let missing: Vec<&str> = FIELDS
        .iter()
        .copied()
        .filter(|field| !app.subscribed_fields.iter().any(|one| one == field))
        .collect();
    match missing.as_slice() {
        [] => Ok("the Page tells the app all it reads".into()),
        missing => Err(format!("subscribed, but without the fields {}", missing.join(", "))),
    }
}
