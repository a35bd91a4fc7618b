//! The form field by which Meta tells that a person wants their data deleted, or took the app away.
//!
//! <https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback>

use serde_json::Value;

use super::super::{Door, FailedCheck, PersonRef, RawRequest};
use crate::domain::inbound::{ASK_AHEAD, ASK_LASTS};
use crate::domain::secret::Secret;
use crate::domain::signature::{Algorithm, decode_base64url};
use crate::domain::time::Timestamp;

/// Who is meant; `None` when the request is no such form.
pub(super) fn read(
    door: &Door<'_>,
    raw: &RawRequest,
    now: Timestamp,
) -> Option<Result<PersonRef, FailedCheck>> {
    let media_type = raw.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
    if raw.method != "POST" || media_type != "application/x-www-form-urlencoded" {
        return None;
    }
    let mut found = form_urlencoded::parse(&raw.body)
        .filter(|(name, _)| name == "signed_request")
        .map(|(_, value)| value);
    let field = found.next()?;
    Some(match found.next() {
        Some(_) => Err(FailedCheck::SignatureMalformed),
        None => verify(door.secrets, &field, now),
    })
}

/// The signature first, then the algorithm, then the age: nothing unsigned is read.
fn verify(secrets: &[Secret], field: &str, now: Timestamp) -> Result<PersonRef, FailedCheck> {
    if secrets.is_empty() {
        return Err(FailedCheck::SecretMissing);
    }
    let (signature, payload) = field.split_once('.').ok_or(FailedCheck::SignatureMalformed)?;
    let digest = decode_base64url(signature)?;
    let signed =
        |secret: &Secret| Algorithm::Sha256.fits(secret.expose().as_bytes(), &[payload.as_bytes()], &digest);
    if !secrets.iter().any(signed) {
        return Err(FailedCheck::SignatureMismatch);
    }
    let said: Value =
        serde_json::from_slice(&decode_base64url(payload)?).map_err(|_| FailedCheck::RequestNotUnderstood)?;
    let algorithm = said.get("algorithm").and_then(Value::as_str).unwrap_or_default();
    if !algorithm.eq_ignore_ascii_case("HMAC-SHA256") {
        return Err(FailedCheck::SchemeNotAccepted);
    }
    person(&said, now)
}

/// Its own `expires` is the end of a login, an hour after it was issued, and would refuse what is tried again.
fn person(said: &Value, now: Timestamp) -> Result<PersonRef, FailedCheck> {
    let issued_at = said.get("issued_at").and_then(Value::as_i64).map(Timestamp::from_secs);
    let issued_at = issued_at
        .filter(|at| *at >= now - ASK_LASTS && *at <= now + ASK_AHEAD)
        .ok_or(FailedCheck::TimestampStale)?;
    let user_id = match said.get("user_id") {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(FailedCheck::RequestNotUnderstood),
    };
    Ok(PersonRef { user_id, issued_at })
}
