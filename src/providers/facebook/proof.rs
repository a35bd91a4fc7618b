//! The proof that a call comes from the app: <https://developers.facebook.com/docs/graph-api/guides/secure-requests>.

use super::super::{Door, FailedCheck, RawRequest};
use crate::domain::secret::Secret;
use crate::domain::signature::{Algorithm, hmac_sha256};

/// The value of `appsecret_proof` beside this access token.
pub(super) fn make(app_secret: &Secret, token: &Secret) -> String {
    hex::encode(hmac_sha256(app_secret.expose().as_bytes(), &[token.expose().as_bytes()]))
}

/// Whether a captured call carries the right proof; `None` when it carries none. It proves nothing about a body.
pub(super) fn check(door: &Door<'_>, raw: &RawRequest) -> Option<Result<(), FailedCheck>> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(raw.query().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let given = value("appsecret_proof")?;
    let token = raw.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    Some(fits(door, &given, token, value("appsecret_time").as_deref()))
}

fn fits(door: &Door<'_>, given: &str, token: Option<&str>, time: Option<&str>) -> Result<(), FailedCheck> {
    let token = token.ok_or(FailedCheck::SignatureMissing)?.as_bytes();
    let digest = hex::decode(given).map_err(|_| FailedCheck::SignatureMalformed)?;
    let timed = time.map(|time| format!("|{time}")).unwrap_or_default();
    let proves = |secret: &Secret| {
        Algorithm::Sha256.fits(secret.expose().as_bytes(), &[token, timed.as_bytes()], &digest)
    };
    if door.secrets.iter().any(proves) { Ok(()) } else { Err(FailedCheck::SignatureMismatch) }
}
