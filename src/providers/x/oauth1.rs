//! OAuth 1.0a with HMAC-SHA1: <https://www.rfc-editor.org/rfc/rfc5849#section-3.4>.
//!
//! Of a JSON request only the query and the `oauth_*` parameters are signed.

use crate::domain::secret::Secret;
use crate::domain::signature::{encode_base64, hmac_sha1, sha256_hex};
use crate::domain::time::Timestamp;

/// The keys of an app and of an account.
pub(super) struct Keys<'a> {
    pub(super) consumer_key: &'a Secret,
    pub(super) consumer_secret: &'a Secret,
    pub(super) token: &'a Secret,
    pub(super) token_secret: &'a Secret,
}

/// What makes one signature unlike any other.
pub(super) struct Stamp {
    pub(super) nonce: String,
    pub(super) secs: i64,
}

impl Stamp {
    /// The stamp of one try: another try is composed at another moment.
    pub(super) fn of(seed: &str, now: Timestamp) -> Self {
        let mut nonce = sha256_hex(format!("{seed}:{}", now.millis()).as_bytes());
        nonce.truncate(32);
        Self { nonce, secs: now.secs() }
    }
}

/// The value of the `Authorization` header.
pub(super) fn authorization(keys: &Keys<'_>, method: &str, url: &str, stamp: &Stamp) -> Secret {
    let mut fields = fields(keys, stamp);
    let text = base_string(method, url, &fields);
    fields.push(("oauth_signature", sign(keys, &text)));
    fields.sort();
    let pairs = fields.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value)));
    Secret::new(format!("OAuth {}", pairs.collect::<Vec<_>>().join(", ")))
}

fn fields(keys: &Keys<'_>, stamp: &Stamp) -> Vec<(&'static str, String)> {
    vec![
        ("oauth_consumer_key", keys.consumer_key.expose().to_owned()),
        ("oauth_nonce", stamp.nonce.clone()),
        ("oauth_signature_method", "HMAC-SHA1".into()),
        ("oauth_timestamp", stamp.secs.to_string()),
        ("oauth_token", keys.token.expose().to_owned()),
        ("oauth_version", "1.0".into()),
    ]
}

/// The text that is signed: the method, the URL without its query, and all parameters in order.
fn base_string(method: &str, url: &str, fields: &[(&str, String)]) -> String {
    let (bare, query) = url.split_once('?').unwrap_or((url, ""));
    let of_query = form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (encode(&k), encode(&v)));
    let of_fields = fields.iter().map(|(name, value)| (encode(name), encode(value)));
    let mut pairs: Vec<(String, String)> = of_query.chain(of_fields).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{method}&{}&{}", encode(bare), encode(&pairs.join("&")))
}

fn sign(keys: &Keys<'_>, text: &str) -> String {
    let key = format!("{}&{}", encode(keys.consumer_secret.expose()), encode(keys.token_secret.expose()));
    encode_base64(&hmac_sha1(key.as_bytes(), &[text.as_bytes()]))
}

/// Percent-encoding of all but the unreserved characters of RFC 3986.
fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let one = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// A value of a vector's `Authorization` header.
    fn value(header: &str, name: &str) -> String {
        let quoted = header.split(&format!("{name}=\"")).nth(1).unwrap();
        quoted.split('"').next().unwrap().to_owned()
    }

    fn check(vector: &Value) {
        let text = |name: &str| vector[name].as_str().unwrap();
        let header = vector["headers"]["Authorization"].as_str().unwrap();
        let secret = |name: &str| Secret::new(value(header, name));
        let keys = Keys {
            consumer_key: &secret("oauth_consumer_key"),
            consumer_secret: &Secret::new(text("secret")),
            token: &secret("oauth_token"),
            token_secret: &Secret::new(text("token_secret")),
        };
        let secs = value(header, "oauth_timestamp").parse().unwrap();
        let stamp = Stamp { nonce: value(header, "oauth_nonce"), secs };
        // A form body is signed like the query; a JSON body is not.
        let is_form = vector["headers"]["Content-Type"] == "application/x-www-form-urlencoded";
        let form = if is_form { format!("&{}", text("body")) } else { String::new() };
        let url = format!("{}{form}", text("url"));
        if let Some(expected) = vector["base_string"].as_str() {
            assert_eq!(
                base_string(text("method"), &url, &fields(&keys, &stamp)),
                expected,
                "{}",
                vector["id"]
            );
        }
        let ours = authorization(&keys, text("method"), &url, &stamp);
        assert_eq!(value(ours.expose(), "oauth_signature"), encode(text("expect")), "{}", vector["id"]);
        assert_eq!(ours.expose() == header, vector["valid"] == true, "{}", vector["id"]);
    }

    #[test]
    fn every_published_request_gets_its_signature() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("../../../tests/fixtures/vectors/x_oauth1.json")).unwrap();
        assert_eq!(vectors.len(), 3);
        vectors.iter().for_each(check);
    }

    #[test]
    fn another_moment_and_another_delivery_have_another_nonce() {
        let nonce = |seed: &str, at: i64| Stamp::of(seed, Timestamp::from_millis(at)).nonce;
        assert_eq!(nonce("a", 1), nonce("a", 1));
        assert_ne!(nonce("a", 1), nonce("a", 2));
        assert_ne!(nonce("a", 1), nonce("b", 1));
    }
}
