//! OAuth 2.0 in the name of an account: a token lasts two hours, and each renewal replaces the refresh token too.
//!
//! <https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code>

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::Serializer;
use serde::Deserialize;

use super::super::{Access, HttpReply, HttpRequest, Renewed};
use super::send::API;
use crate::domain::secret::Secret;
use crate::domain::signature::encode_base64;

/// The account's token.
pub(super) const TOKEN: &str = "oauth2_access_token";
/// What a new one is asked for with, once.
pub(super) const REFRESH: &str = "oauth2_refresh_token";
/// The app's id.
pub(super) const CLIENT_ID: &str = "client_id";
/// The app's secret, where it can keep one.
pub(super) const CLIENT_SECRET: &str = "client_secret";

/// The request for a new token; an app without a secret names itself in the form.
pub(super) fn renew(access: &Access<'_>) -> Option<HttpRequest> {
    let (refresh, client_id) = (access.secrets.get(REFRESH)?, access.secrets.get(CLIENT_ID)?);
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh.expose());
    let mut headers = vec![("content-type", Secret::new("application/x-www-form-urlencoded"))];
    match access.secrets.get(CLIENT_SECRET) {
        Some(secret) => {
            let pair = format!("{}:{}", client_id.expose(), secret.expose());
            let basic = format!("Basic {}", encode_base64(pair.as_bytes()));
            headers.push(("authorization", Secret::new(basic)));
        }
        None => drop(form.append_pair(CLIENT_ID, client_id.expose())),
    }
    let url = format!("{}/2/oauth2/token", access.api_base(API));
    Some(HttpRequest { method: "POST", url, headers, body: Bytes::from(form.finish()) })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    error: Option<String>,
}

/// What X's answer means. One that reads as neither is taken as a refusal: the refresh token is used up.
pub(super) fn renewed(reply: &HttpReply) -> Renewed {
    let answer: Answer = serde_json::from_slice(&reply.body).unwrap_or_default();
    match (reply.status, answer.access_token) {
        (200..=299, Some(token)) => {
            let mut secrets = BTreeMap::from([(TOKEN, Secret::new(token))]);
            secrets.extend(answer.refresh_token.map(|token| (REFRESH, Secret::new(token))));
            Renewed::Granted { secrets, lasts: answer.expires_in.map(Duration::from_secs) }
        }
        (200..=299, None) => Renewed::Refused { why: "an answer of success without a token".into() },
        (400 | 401 | 403, None) => Renewed::Refused { why: word(answer.error, reply.status) },
        (status, _) => Renewed::Later { after: reply.retry_after, why: format!("http {status}") },
    }
}

/// X's own word for it, where it is one.
fn word(error: Option<String>, status: u16) -> String {
    let is_word = |text: &String| {
        (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    error.filter(is_word).unwrap_or_else(|| format!("http {status}"))
}
