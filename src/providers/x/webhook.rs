//! Whether X holds our webhook and calls it: <https://docs.x.com/x-api/webhooks/introduction>.

use bytes::Bytes;
use serde::Deserialize;

use super::super::{Access, HttpReply, HttpRequest};
use super::send::API;
use crate::domain::secret::Secret;

/// The app's own token, which no account gave.
pub(super) const BEARER: &str = "bearer_token";

/// The request that lists the app's webhooks.
pub(super) fn ask(access: &Access<'_>) -> Option<HttpRequest> {
    let bearer = format!("Bearer {}", access.secrets.get(BEARER)?.expose());
    Some(HttpRequest {
        method: "GET",
        url: format!("{}/2/webhooks", access.api_base(API)),
        headers: vec![("authorization", Secret::new(bearer))],
        body: Bytes::new(),
    })
}

#[derive(Deserialize)]
struct Webhooks {
    #[serde(default)]
    data: Vec<Webhook>,
}

#[derive(Deserialize)]
struct Webhook {
    id: String,
    url: String,
    valid: bool,
}

/// A sentence when X calls us, else one that says why it does not.
pub(super) fn read(access: &Access<'_>, reply: &HttpReply) -> Result<String, String> {
    if !(200..=299).contains(&reply.status) {
        return Err(match reply.status {
            401 | 403 => "X did not accept the bearer_token".into(),
            status => format!("X did not say: http {status}"),
        });
    }
    let found: Webhooks =
        serde_json::from_slice(&reply.body).map_err(|_| "X's answer is not understood".to_owned())?;
    let url = access.callback_url;
    match found.data.iter().find(|webhook| webhook.url == url) {
        Some(webhook) if webhook.valid => Ok(format!("X calls it as webhook {}", webhook.id)),
        Some(webhook) => Err(format!(
            "X has switched webhook {} off because its challenge failed; PUT /2/webhooks/{} tries again",
            webhook.id, webhook.id
        )),
        None => Err(format!("not subscribed: X has no webhook with the URL {url}")),
    }
}
