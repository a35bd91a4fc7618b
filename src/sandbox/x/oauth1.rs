//! OAuth 1.0a as X checks it: HMAC-SHA1 over method, URL and parameters; a time near now, a nonce never seen.
//!
//! <https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature>

use std::collections::BTreeMap;

use crate::domain::signature::{Algorithm, decode_base64};
use crate::domain::time::Timestamp;
use crate::sandbox::host::{Call, pairs};

const WINDOW_SECS: u64 = 300;

/// Who may call.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) consumer_key: String,
    pub(super) consumer_secret: String,
    pub(super) token: String,
    pub(super) token_secret: String,
}

/// The nonces that were used, by the second they were signed for.
#[derive(Debug, Default)]
pub(super) struct Nonces(BTreeMap<i64, Vec<String>>);

/// Whether the call is by the holder of these keys; a call counts once.
pub(super) fn is_authentic(keys: &Keys, call: &Call, nonces: &mut Nonces, now: Timestamp) -> bool {
    let Some(stated) = header(call.header("authorization")) else { return false };
    let of = |name: &str| stated.get(name).map_or("", String::as_str);
    let is_known = of("oauth_consumer_key") == keys.consumer_key && of("oauth_token") == keys.token;
    let is_method = of("oauth_signature_method") == "HMAC-SHA1" && matches!(of("oauth_version"), "" | "1.0");
    let signed = base(call, &stated);
    let key = format!("{}&{}", encode(&keys.consumer_secret), encode(&keys.token_secret));
    let digest = decode_base64(of("oauth_signature")).unwrap_or_default();
    let fits = Algorithm::Sha1.fits(key.as_bytes(), &[signed.as_bytes()], &digest);
    is_known && is_method && fits && nonces.take(of("oauth_timestamp"), of("oauth_nonce"), now)
}

impl Nonces {
    fn take(&mut self, stamp: &str, nonce: &str, now: Timestamp) -> bool {
        let Ok(secs) = stamp.parse::<i64>() else { return false };
        if nonce.is_empty() || now.secs().abs_diff(secs) > WINDOW_SECS {
            return false;
        }
        let oldest = now.secs() - 2 * i64::try_from(WINDOW_SECS).unwrap_or(0);
        self.0 = self.0.split_off(&oldest);
        let used = self.0.entry(secs).or_default();
        let is_new = !used.iter().any(|one| one == nonce);
        used.push(nonce.to_owned());
        is_new
    }
}

/// The parameters of an `Authorization: OAuth …` header.
fn header(value: &str) -> Option<BTreeMap<String, String>> {
    let parameters = value.strip_prefix("OAuth ")?.split(',');
    let one = |text: &str| {
        let (name, value) = text.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        Some((decode(name), decode(value)))
    };
    parameters.map(one).collect()
}

/// What is signed; a JSON body takes no part.
fn base(call: &Call, stated: &BTreeMap<String, String>) -> String {
    let oauth = stated.iter().filter(|(name, _)| *name != "oauth_signature" && *name != "realm");
    let mut all: Vec<(String, String)> = oauth.map(|(name, value)| (encode(name), encode(value))).collect();
    all.extend(pairs(call.query.as_bytes()).iter().map(|(name, value)| (encode(name), encode(value))));
    all.sort();
    let joined: Vec<String> = all.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let bare = call.url.split('?').next().unwrap_or_default();
    format!("{}&{}&{}", call.method, encode(bare), encode(&joined.join("&")))
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Percent-decoding alone: a plus is a plus.
fn decode(text: &str) -> String {
    let kept = text.replace('+', "%2B");
    form_urlencoded::parse(kept.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn published() -> Vec<Value> {
        serde_json::from_str(include_str!("../../../tests/fixtures/vectors/x_oauth1.json")).unwrap()
    }

    /// A request of the published vectors with the keys it was signed with, and its moment.
    fn request(vector: &Value) -> (Call, Keys, Timestamp) {
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let stated = header(vector["headers"]["Authorization"].as_str().unwrap()).unwrap();
        let url = text("url");
        let call = Call {
            method: text("method"),
            path: String::new(),
            query: url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
            url,
            headers: [(
                "authorization".to_owned(),
                vector["headers"]["Authorization"].as_str().unwrap().into(),
            )]
            .into(),
            body: Vec::new(),
        };
        let keys = Keys {
            consumer_key: stated["oauth_consumer_key"].clone(),
            consumer_secret: text("secret"),
            token: stated["oauth_token"].clone(),
            token_secret: text("token_secret"),
        };
        (call, keys, Timestamp::from_secs(stated["oauth_timestamp"].parse().unwrap()))
    }

    #[test]
    fn published_requests_pass_once_and_only_near_their_time() {
        let of_json = |one: &&Value| one["headers"]["Content-Type"] != "application/x-www-form-urlencoded";
        let vectors = published();
        let vectors: Vec<&Value> = vectors.iter().filter(of_json).collect();
        assert!(!vectors.is_empty());
        for vector in vectors {
            let (call, keys, then) = request(vector);
            let is_valid = vector["valid"] == true;
            let mut nonces = Nonces::default();
            assert_eq!(is_authentic(&keys, &call, &mut nonces, then), is_valid, "{}", vector["id"]);
            assert!(!is_authentic(&keys, &call, &mut nonces, then), "a nonce counts once");
            let later = Timestamp::from_secs(then.secs() + 301);
            assert!(!is_authentic(&keys, &call, &mut Nonces::default(), later), "it is stale");
        }
    }

    #[test]
    fn another_secret_or_another_url_does_not_fit() {
        let vectors = published();
        let (call, keys, then) = request(vectors.iter().find(|one| one["valid"] == true).unwrap());
        let other = Keys { token_secret: "another".into(), ..keys };
        assert!(!is_authentic(&other, &call, &mut Nonces::default(), then));
    }
}
