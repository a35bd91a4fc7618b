//! The four signature schemes of Twilio, told apart by what the request carries.
//!
//! <https://www.twilio.com/docs/usage/security#validating-requests>

use super::super::{Door, FailedCheck, RawRequest};
use super::fields::{Carrier, decode_form};
use crate::domain::signature::{Algorithm, decode_base64, sha256_hex};

pub(super) const SCHEMES: &[&str] = &[FORM, GET, JSON, SHARED_KEY];

const FORM: &str = "twilio-form-hmac-sha1";
const GET: &str = "twilio-get-hmac-sha1";
const JSON: &str = "twilio-json-bodysha256";
const SHARED_KEY: &str = "twilio-sharedkey-hmac-sha256";

const SIGNATURE: &str = "X-Twilio-Signature";
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

/// Whether one of the secrets signed the URL and what belongs to it.
pub(super) fn check(door: &Door<'_>, raw: &RawRequest) -> Result<(), FailedCheck> {
    let carrier = Carrier::of(raw).ok_or(FailedCheck::RequestNotUnderstood)?;
    let algorithm = algorithm(raw)?;
    if door.scheme().is_some_and(|pinned| pinned != scheme(carrier, algorithm)) {
        return Err(FailedCheck::SchemeNotAccepted);
    }
    if door.secrets.is_empty() {
        return Err(FailedCheck::SecretMissing);
    }
    let digest = decode_base64(raw.header(SIGNATURE).ok_or(FailedCheck::SignatureMissing)?)?;
    let values = signed_values(carrier, raw)?;
    let urls = with_and_without_port(&raw.url);
    let fits = door.secrets.iter().any(|secret| {
        let key = secret.expose().as_bytes();
        urls.iter().any(|url| algorithm.fits(key, &[url.as_bytes(), values.as_bytes()], &digest))
    });
    if fits { Ok(()) } else { Err(FailedCheck::SignatureMismatch) }
}

fn scheme(carrier: Carrier, algorithm: Algorithm) -> &'static str {
    match (algorithm, carrier) {
        (Algorithm::Sha256, _) => SHARED_KEY,
        (Algorithm::Sha1, Carrier::Form) => FORM,
        (Algorithm::Sha1, Carrier::Query) => GET,
        (Algorithm::Sha1, Carrier::Json) => JSON,
    }
}

/// HMAC-SHA1, unless the settings header, `key=<id>,algorithm=<name>`, names another.
fn algorithm(raw: &RawRequest) -> Result<Algorithm, FailedCheck> {
    if !raw.has_header(SETTINGS) {
        return Ok(Algorithm::Sha1);
    }
    let settings = raw.header(SETTINGS).unwrap_or_default();
    let mut names = settings.split(',').filter_map(|pair| pair.trim().strip_prefix("algorithm="));
    match (names.next(), names.next()) {
        (Some("HMAC_SHA256"), None) => Ok(Algorithm::Sha256),
        (Some("HMAC_SHA1"), None) => Ok(Algorithm::Sha1),
        _ => Err(FailedCheck::SchemeNotAccepted),
    }
}

/// What is signed after the URL: the sorted values of a form. The URL of a JSON request holds its body's hash.
fn signed_values(carrier: Carrier, raw: &RawRequest) -> Result<String, FailedCheck> {
    match carrier {
        Carrier::Query => Ok(String::new()),
        Carrier::Json => check_body_hash(raw).map(|()| String::new()),
        Carrier::Form => {
            let mut pairs = decode_form(&raw.body).ok_or(FailedCheck::RequestNotUnderstood)?;
            pairs.sort();
            pairs.dedup();
            Ok(pairs.into_iter().flat_map(|(name, value)| [name, value]).collect())
        }
    }
}

fn check_body_hash(raw: &RawRequest) -> Result<(), FailedCheck> {
    let mut hashes = raw.query().split('&').filter_map(|pair| pair.strip_prefix("bodySHA256="));
    match (hashes.next(), hashes.next()) {
        (Some(hash), None) if hash == sha256_hex(&raw.body) => Ok(()),
        _ => Err(FailedCheck::BodyHashMismatch),
    }
}

/// Twilio's back ends disagree on whether the port belongs to the signed URL; its SDKs accept both, and so do we.
fn with_and_without_port(url: &str) -> [String; 2] {
    let url = url.split('#').next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // A colon inside `user:password@` or `[::1]` begins no port.
    let port_at = authority.rfind(':').filter(|at| !authority[*at..].contains(['@', ']']));
    let other = match port_at {
        Some(at) => format!("{scheme}://{}{path}", &authority[..at]),
        None => format!("{scheme}://{authority}:{}{path}", if scheme == "https" { 443 } else { 80 }),
    };
    [url.to_owned(), other]
}

#[cfg(test)]
mod tests {
    use super::with_and_without_port;

    #[test]
    fn a_port_is_told_from_a_password_and_from_an_address() {
        let table = [
            ("https://a.example/x?y=1:2", "https://a.example:443/x?y=1:2"),
            ("http://a.example", "http://a.example:80"),
            ("https://a.example:8443/x", "https://a.example/x"),
            ("https://user:pass@a.example/x", "https://user:pass@a.example:443/x"),
            ("https://user:pass@a.example:443/x", "https://user:pass@a.example/x"),
            ("https://[::1]/x", "https://[::1]:443/x"),
            ("https://[::1]:8443/x", "https://[::1]/x"),
            ("https://a.example?x=1", "https://a.example:443?x=1"),
        ];
        for (url, other) in table {
            assert_eq!(with_and_without_port(url), [url, other]);
        }
        assert_eq!(with_and_without_port("https://a.example/x#rc=2")[0], "https://a.example/x");
    }
}
