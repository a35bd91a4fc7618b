//! The signature of callbacks, and the challenge by which X asks whether we know the consumer secret.
//!
//! <https://docs.x.com/x-api/webhooks/introduction>

use super::super::{Door, FailedCheck, RawRequest, Reply};
use crate::domain::signature::{Algorithm, decode_base64, encode_base64, hmac_sha256};

pub(super) const SCHEME: &str = "x-webhook-signature";

const SIGNATURE: &str = "x-twitter-webhooks-signature";
const CHALLENGE: &str = "crc_token";
const LONGEST_CHALLENGE: usize = 128;

/// Whether one of the secrets signed the body; of a GET, its query.
pub(super) fn check(door: &Door<'_>, raw: &RawRequest) -> Result<(), FailedCheck> {
    let signed = match raw.method.as_str() {
        "POST" => raw.body.as_ref(),
        // What the query's signature does not cover must not ride along.
        "GET" if raw.body.is_empty() => raw.query().as_bytes(),
        _ => return Err(FailedCheck::RequestNotUnderstood),
    };
    if door.scheme().is_some_and(|pinned| pinned != SCHEME) {
        return Err(FailedCheck::SchemeNotAccepted);
    }
    if door.secrets.is_empty() {
        return Err(FailedCheck::SecretMissing);
    }
    let digest = digest(raw.header(SIGNATURE).ok_or(FailedCheck::SignatureMissing)?)?;
    let fits = |secret: &str| Algorithm::Sha256.fits(secret.as_bytes(), &[signed], &digest);
    if door.secrets.iter().any(|secret| fits(secret.expose())) {
        Ok(())
    } else {
        Err(FailedCheck::SignatureMismatch)
    }
}

fn digest(header: &str) -> Result<Vec<u8>, FailedCheck> {
    let text = header.strip_prefix("sha256=").ok_or(FailedCheck::SignatureMalformed)?;
    let digest = decode_base64(text)?;
    if digest.len() == 32 { Ok(digest) } else { Err(FailedCheck::SignatureMalformed) }
}

/// Answers `GET …?crc_token=…` with the newest secret.
pub(super) fn handshake(door: &Door<'_>, raw: &RawRequest) -> Option<Result<Reply, FailedCheck>> {
    if raw.method != "GET" {
        return None;
    }
    // A plus sign stands for itself: the token is base64.
    let query = raw.query().replace('+', "%2B");
    let mut tokens = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == CHALLENGE);
    let (_, token) = tokens.next()?;
    if tokens.next().is_some() || !is_challenge(&token) {
        return Some(Err(FailedCheck::ChallengeRefused));
    }
    Some(answer(door, &token))
}

/// Nothing else is signed: an answer must never be a signature of a callback of the asker's choice.
fn is_challenge(token: &str) -> bool {
    (1..=LONGEST_CHALLENGE).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b))
}

fn answer(door: &Door<'_>, token: &str) -> Result<Reply, FailedCheck> {
    let newest = door.secrets.iter().find(|secret| !secret.expose().is_empty());
    let key = newest.ok_or(FailedCheck::SecretMissing)?.expose().as_bytes();
    let digest = encode_base64(&hmac_sha256(key, &[token.as_bytes()]));
    let body = serde_json::json!({"response_token": format!("sha256={digest}")}).to_string();
    Ok(Reply { status: 200, content_type: "application/json", body })
}
