//! Signing as the platforms do it, written from their documents and apart from the code under test.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::request::{NOW, Request};

/// How a platform signs, and what its signature covers.
pub(super) struct Signer {
    pub(super) provider: &'static str,
    pub(super) secret: &'static str,
    pub(super) another_secret: &'static str,
    /// A secret that was set but holds no key.
    pub(super) blank_secret: &'static str,
    pub(super) signs_url: bool,
    pub(super) signs_time: bool,
    /// Adds the signature's headers.
    pub(super) sign: fn(&mut Request, &str),
}

pub(super) const SIGNERS: &[Signer] = &[
    Signer {
        provider: "twilio",
        secret: "an-auth-token",
        another_secret: "another-auth-token",
        blank_secret: "",
        signs_url: true,
        signs_time: false,
        sign: twilio,
    },
    Signer {
        provider: "custom",
        secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        another_secret: "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
        blank_secret: "whsec_",
        signs_url: false,
        signs_time: true,
        sign: standard_webhooks,
    },
    Signer {
        provider: "facebook",
        secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        another_secret: "aa11bb22cc33dd44ee55ff6600778899",
        blank_secret: "",
        signs_url: false,
        signs_time: false,
        sign: hub,
    },
];

fn twilio(request: &mut Request, secret: &str) {
    let mut text = match request.header("content-type") {
        Some("application/json") => {
            let hash = hex::encode(Sha256::digest(&request.body));
            request.url = format!("{}?bodySHA256={hash}", request.url);
            request.url.clone()
        }
        _ => request.url.clone(),
    };
    if request.header("content-type") == Some("application/x-www-form-urlencoded") {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
        pairs.sort();
        pairs.iter().for_each(|(name, value)| text.extend([name.as_str(), value.as_str()]));
    }
    let shared_key = request.header("x-twilio-webhooks-signature-settings").is_some();
    let digest = if shared_key {
        mac::<Hmac<Sha256>>(secret.as_bytes(), text.as_bytes())
    } else {
        mac::<Hmac<Sha1>>(secret.as_bytes(), text.as_bytes())
    };
    request.headers.push(("X-Twilio-Signature".into(), STANDARD.encode(digest)));
}

fn standard_webhooks(request: &mut Request, secret: &str) {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, time) = ("wh_1", NOW.secs().to_string());
    let text = [id.as_bytes(), time.as_bytes(), request.body.as_slice()].join(&b'.');
    let digest = mac::<Hmac<Sha256>>(&key, &text);
    request.headers.push(("webhook-id".into(), id.into()));
    request.headers.push(("webhook-timestamp".into(), time));
    request.headers.push(("webhook-signature".into(), format!("v1,{}", STANDARD.encode(digest))));
}

fn hub(request: &mut Request, secret: &str) {
    let digest = mac::<Hmac<Sha256>>(secret.as_bytes(), &request.body);
    request.headers.push(("X-Hub-Signature-256".into(), format!("sha256={}", hex::encode(digest))));
}

fn mac<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}
