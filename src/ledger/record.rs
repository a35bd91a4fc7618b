//! One record's own key: it commits to the person without naming them, and seals the evidence.
//!
//! It is derived from the person's key and the record's id, so that records of one person cannot be told to be theirs,
//! and giving one key away opens one record. When the person's key is destroyed nobody can derive it again.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde_json::Value;

use super::canonical::{NotCanonical, canonical};
use crate::domain::signature::hmac_sha256;

/// What a commitment begins with.
const COMMITMENT: &[u8] = b"handoff-consent/v1\0";

/// What the sealing key is derived with; version 1 of the sealed form.
const PAYLOAD: &[u8] = b"handoff-consent/payload/v1";
const KEY_ID: &[u8] = b"handoff-consent/key-id/v1";

const FORMAT: u8 = 1;
const HEAD: usize = 1 + 24;

/// The key of one record. It does not print.
#[derive(Clone)]
pub struct RecordKey([u8; 32]);

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

impl RecordKey {
    /// From `HKDF-SHA256(person's key, record id)`.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From hexadecimal digits, as a customer's copy holds it.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }

    /// In hexadecimal digits, for the customer's own copy.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Which key this is, for whoever holds it; it says nothing to anybody else.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(&hmac_sha256(&self.0, &[KEY_ID])[..8])
    }

    /// The commitment to an identity, a JSON value.
    ///
    /// # Errors
    /// [`NotCanonical`] when the value has no canonical form.
    pub fn commit(&self, identity: &Value) -> Result<[u8; 32], NotCanonical> {
        Ok(hmac_sha256(&self.0, &[COMMITMENT, canonical(identity)?.as_bytes()]))
    }

    /// Seals evidence, bound to its record.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 24], record_id: &str, plain: &[u8]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: record_id.as_bytes() };
        #[expect(clippy::expect_used, reason = "fails only beyond 256 GiB, which no caller can hold")]
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).expect("the text fits the cipher");
        [&[FORMAT], &nonce[..], &sealed[..]].concat()
    }

    /// Opens what [`Self::seal`] made for the same record.
    #[must_use]
    pub fn open(&self, record_id: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; 24] = sealed.get(1..HEAD)?.try_into().ok()?;
        if sealed[0] != FORMAT {
            return None;
        }
        let payload = Payload { msg: &sealed[HEAD..], aad: record_id.as_bytes() };
        self.cipher().decrypt(&XNonce::from(nonce), payload).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&hmac_sha256(&self.0, &[PAYLOAD]).into())
    }
}
