//! The signature of a callback, and the challenge that comes before the first one.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use super::super::{Door, FailedCheck, RawRequest, Reply};
use crate::domain::secret::Secret;
use crate::domain::signature::{Algorithm, hmac_sha256};

pub(super) const SCHEMES: &[&str] = &[SHA256, SHA1];

const SHA256: &str = "meta-hub-sha256";
const SHA1: &str = "meta-hub-sha1";

const HEADER: &str = "X-Hub-Signature-256";
const OLD_HEADER: &str = "X-Hub-Signature";

/// Whether one of the secrets signed the body. The old header counts only where the new one is absent.
pub(super) fn check(door: &Door<'_>, raw: &RawRequest) -> Result<(), FailedCheck> {
    if raw.method != "POST" {
        return Err(FailedCheck::RequestNotUnderstood);
    }
    let is_old = !raw.has_header(HEADER) && raw.has_header(OLD_HEADER);
    let (scheme, header, prefix, algorithm) = match is_old {
        true => (SHA1, OLD_HEADER, "sha1=", Algorithm::Sha1),
        false => (SHA256, HEADER, "sha256=", Algorithm::Sha256),
    };
    if door.scheme().is_some_and(|pinned| pinned != scheme) {
        return Err(FailedCheck::SchemeNotAccepted);
    }
    if door.secrets.is_empty() {
        return Err(FailedCheck::SecretMissing);
    }
    let value = raw.header(header).ok_or(FailedCheck::SignatureMissing)?;
    let digits = value.strip_prefix(prefix).ok_or(FailedCheck::SignatureMalformed)?;
    let digest = hex::decode(digits).map_err(|_| FailedCheck::SignatureMalformed)?;
    let fits = |secret: &Secret| algorithm.fits(secret.expose().as_bytes(), &[&raw.body], &digest);
    if door.secrets.iter().any(fits) { Ok(()) } else { Err(FailedCheck::SignatureMismatch) }
}

/// Answers `hub.challenge`: 200 with the right token, 403 with a wrong one, 400 when there is nothing to answer with.
pub(super) fn challenge(door: &Door<'_>, raw: &RawRequest) -> Option<Result<Reply, FailedCheck>> {
    let values = Values::read(raw);
    if raw.method != "GET" || !values.are_a_challenge() {
        return None;
    }
    let tokens = door.named.get("verify_token").map_or(&[][..], Vec::as_slice);
    if tokens.is_empty() {
        return Some(Err(FailedCheck::SecretMissing));
    }
    let is_ours = |given: &str| tokens.iter().any(|token| is_same(token, given));
    let subscribes = values.get("hub.mode") == Some("subscribe");
    Some(Ok(match (values.get("hub.verify_token"), values.get("hub.challenge")) {
        (Some(token), Some(challenge)) if subscribes && is_ours(token) => reply(200, challenge),
        (Some(token), None) if subscribes && is_ours(token) => reply(400, ""),
        _ => reply(403, ""),
    }))
}

/// The values of a query.
struct Values(Vec<(String, String)>);

impl Values {
    fn read(raw: &RawRequest) -> Self {
        Self(form_urlencoded::parse(raw.query().as_bytes()).into_owned().collect())
    }

    fn are_a_challenge(&self) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with("hub."))
    }

    /// A value that stands exactly once and is not empty.
    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) if !value.is_empty() => Some(value),
            _ => None,
        }
    }
}

/// Compares in constant time: by digests, whose check is made for it.
fn is_same(token: &Secret, given: &str) -> bool {
    let key = b"hub.verify_token";
    let expected = token.expose();
    !expected.is_empty()
        && Algorithm::Sha256.fits(key, &[given.as_bytes()], &hmac_sha256(key, &[expected.as_bytes()]))
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
}
