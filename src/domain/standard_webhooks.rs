//! The Standard Webhooks scheme, both directions: `v1` is HMAC-SHA256, `v1a` is Ed25519.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::secret::Secret;
use super::signature::{Algorithm, SignatureError, check_time, decode_base64, encode_base64, hmac_sha256};
use super::time::Timestamp;

const SHARED: &str = "whsec_";
const PUBLIC: &str = "whpk_";
const PRIVATE: &str = "whsk_";

/// Keys are copied about by people, and the reference libraries forgive lost padding; signatures are not forgiven.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A version of the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HMAC-SHA256 with a shared secret.
    V1,
    /// Ed25519 with a key pair.
    V1a,
}

/// What a receiver checks signatures with.
#[derive(Clone, Debug)]
pub enum ReceiverKey {
    /// The bytes behind `whsec_`.
    Shared(Vec<u8>),
    /// The key behind `whpk_`.
    Public(Box<VerifyingKey>),
}

impl ReceiverKey {
    /// Reads `whpk_…`, or `whsec_…` whose prefix may be missing; `None` when it is neither.
    #[must_use]
    pub fn parse(secret: &Secret) -> Option<Self> {
        let text = secret.expose();
        if let Some(public) = text.strip_prefix(PUBLIC) {
            let bytes: [u8; 32] = KEY_BASE64.decode(public).ok()?.try_into().ok()?;
            return VerifyingKey::from_bytes(&bytes).ok().map(|key| Self::Public(Box::new(key)));
        }
        shared_bytes(text).map(Self::Shared)
    }

    /// The version whose signatures this key checks.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::Shared(_) => Version::V1,
            Self::Public(_) => Version::V1a,
        }
    }
}

/// A request as its receiver sees it: the three headers as they came and the raw body.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`: tokens `version,base64` between spaces.
    pub signatures: &'a str,
    /// The raw body.
    pub body: &'a [u8],
}

impl Received<'_> {
    /// Whether any listed signature of a known version fits any of the keys, at a time near `now`.
    ///
    /// # Errors
    /// The check that failed.
    pub fn verify(&self, keys: &[ReceiverKey], now: Timestamp) -> Result<(), SignatureError> {
        if keys.is_empty() {
            return Err(SignatureError::NoKey);
        }
        if self.id.is_empty() || !self.signatures.contains(',') {
            return Err(SignatureError::Malformed);
        }
        check_time(self.timestamp, now)?;
        let fits = self.signatures.split(' ').any(|token| keys.iter().any(|key| self.token_fits(token, key)));
        if fits { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    fn token_fits(&self, token: &str, key: &ReceiverKey) -> bool {
        match (token.split_once(','), key) {
            (Some(("v1", text)), ReceiverKey::Shared(key)) => decode_base64(text)
                .is_ok_and(|digest| Algorithm::Sha256.fits(key, &self.signed_parts(), &digest)),
            (Some(("v1a", text)), ReceiverKey::Public(key)) => {
                decode_base64(text).ok().and_then(|bytes| Signature::from_slice(&bytes).ok()).is_some_and(
                    |signature| key.verify_strict(&self.signed_parts().concat(), &signature).is_ok(),
                )
            }
            _ => false,
        }
    }

    fn signed_parts(&self) -> [&[u8]; 5] {
        signed_parts(self.id, self.timestamp, self.body)
    }
}

/// The value of `webhook-signature`: one token for each secret, in their order.
///
/// While a secret is rotated both sign, so that a receiver may hold either. A `whsk_` key signs `v1a`, any other `v1`;
/// what cannot sign (a public key, broken base64) is passed over, and the value is empty when nothing can.
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, timestamp_secs: i64, body: &[u8]) -> String {
    let timestamp = timestamp_secs.to_string();
    let parts = signed_parts(id, &timestamp, body);
    let tokens: Vec<String> = secrets.iter().filter_map(|secret| token(secret, &parts)).collect();
    tokens.join(" ")
}

/// The headers of a signed JSON request. Where nothing can sign, [`sign`] says so with an empty value.
#[must_use]
pub fn signed_headers(
    secrets: &[Secret],
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> Vec<(&'static str, Secret)> {
    let timestamp = at.secs();
    vec![
        ("content-type", Secret::new("application/json")),
        ("webhook-id", Secret::new(id)),
        ("webhook-timestamp", Secret::new(timestamp.to_string())),
        ("webhook-signature", Secret::new(sign(secrets, id, timestamp, body))),
    ]
}

/// Whether a secret has the form the specification asks of it: `whsec_` and base64 of 24 to 64 bytes.
#[must_use]
pub fn is_shared_secret(secret: &Secret) -> bool {
    secret
        .expose()
        .strip_prefix(SHARED)
        .and_then(shared_bytes)
        .is_some_and(|key| (24..=64).contains(&key.len()))
}

/// A new shared secret out of 32 random bytes.
#[must_use]
pub fn generate_secret(random: [u8; 32]) -> Secret {
    Secret::new(format!("{SHARED}{}", encode_base64(&random)))
}

fn token(secret: &Secret, parts: &[&[u8]]) -> Option<String> {
    let text = secret.expose();
    if let Some(private) = text.strip_prefix(PRIVATE) {
        let signature = signing_key(private)?.sign(&parts.concat());
        return Some(format!("v1a,{}", encode_base64(&signature.to_bytes())));
    }
    shared_bytes(text).map(|key| format!("v1,{}", encode_base64(&hmac_sha256(&key, parts))))
}

/// A private key is written as its 32-byte seed, or as seed and public key.
fn signing_key(text: &str) -> Option<SigningKey> {
    let bytes = KEY_BASE64.decode(text).ok()?;
    match <[u8; 64]>::try_from(bytes.as_slice()) {
        Ok(pair) => SigningKey::from_keypair_bytes(&pair).ok(),
        Err(_) => bytes.try_into().ok().map(|seed| SigningKey::from_bytes(&seed)),
    }
}

fn shared_bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = KEY_BASE64.decode(text.strip_prefix(SHARED).unwrap_or(text)).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

fn signed_parts<'a>(id: &'a str, timestamp: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

#[cfg(test)]
mod tests;
