//! Signature primitives for both directions: HMAC and the bytes around it. Nothing here knows a provider.
//!
//! Every comparison is done by `Mac::verify_slice`, in constant time, on decoded digests. No error holds a digest.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::time::Timestamp;

/// How far a signed time may be from ours, in seconds, either way and inclusive.
pub const WINDOW_SECS: u64 = 300;

/// Which check a signature failed; never what would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It is not of the form its scheme prescribes.
    #[error("the signature is malformed")]
    Malformed,
    /// No key made it over these bytes.
    #[error("the signature does not fit")]
    Mismatch,
    /// The signed time is missing, unreadable or too far from ours.
    #[error("the signed time is stale")]
    Stale,
    /// There is no usable key to check it with.
    #[error("there is no usable key")]
    NoKey,
}

/// The hash inside an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA1, 20 bytes: for providers that still sign with it.
    Sha1,
    /// HMAC-SHA256, 32 bytes.
    Sha256,
}

impl Algorithm {
    /// Whether `key` made `digest` over the parts laid end to end. An empty key made nothing.
    #[must_use]
    pub fn fits(self, key: &[u8], parts: &[&[u8]], digest: &[u8]) -> bool {
        match self {
            Self::Sha1 => fits::<Sha1>(key, parts, digest),
            Self::Sha256 => fits::<Sha256>(key, parts, digest),
        }
    }
}

/// The HMAC-SHA256 of the parts laid end to end.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    mac::<Sha256>(key, parts).finalize().into_bytes().into()
}

/// The HMAC-SHA1 of the parts laid end to end: for providers that still demand it.
#[must_use]
pub fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    mac::<Sha1>(key, parts).finalize().into_bytes().into()
}

/// The SHA-256 of some bytes in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Decodes standard base64, padding and all; anything else is malformed.
///
/// # Errors
/// [`SignatureError::Malformed`].
pub fn decode_base64(text: &str) -> Result<Vec<u8>, SignatureError> {
    STANDARD.decode(text).map_err(|_| SignatureError::Malformed)
}

/// Decodes base64 in the alphabet for URLs, without padding; anything else is malformed.
///
/// # Errors
/// [`SignatureError::Malformed`].
pub fn decode_base64url(text: &str) -> Result<Vec<u8>, SignatureError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| SignatureError::Malformed)
}

/// Encodes standard base64 with padding.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Encodes base64 in the alphabet for URLs, without padding.
#[must_use]
pub fn encode_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether signed unix seconds, written in digits, lie within [`WINDOW_SECS`] of `now`.
///
/// # Errors
/// [`SignatureError::Stale`] when they do not, or are no such number.
pub fn check_time(signed: &str, now: Timestamp) -> Result<(), SignatureError> {
    let in_digits = !signed.is_empty() && signed.bytes().all(|b| b.is_ascii_digit());
    let secs: i64 = signed.parse().ok().filter(|_| in_digits).ok_or(SignatureError::Stale)?;
    if now.secs().abs_diff(secs) <= WINDOW_SECS { Ok(()) } else { Err(SignatureError::Stale) }
}

fn fits<H: EagerHash>(key: &[u8], parts: &[&[u8]], digest: &[u8]) -> bool {
    !key.is_empty() && mac::<H>(key, parts).verify_slice(digest).is_ok()
}

fn mac<H: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Hmac<H> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length: RFC 2104")]
    let mut mac = Hmac::<H>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const KEY: &[u8] = b"Jefe";
    const TEXT: &[u8] = b"what do ya want for nothing?";
    const DIGEST: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn the_published_digest_fits_however_the_text_is_cut() {
        let digest = hex::decode(DIGEST).unwrap();
        assert!(Algorithm::Sha256.fits(KEY, &[TEXT], &digest));
        assert!(Algorithm::Sha256.fits(KEY, &[&TEXT[..5], &TEXT[5..]], &digest));
        assert_eq!(hmac_sha256(KEY, &[TEXT]).to_vec(), digest);
    }

    #[test]
    fn a_shortened_digest_and_an_empty_key_do_not_fit() {
        let digest = hex::decode(DIGEST).unwrap();
        assert!(!Algorithm::Sha256.fits(KEY, &[TEXT], &digest[..31]));
        assert!(!Algorithm::Sha256.fits(KEY, &[TEXT], &[]));
        assert!(!Algorithm::Sha1.fits(KEY, &[TEXT], &digest));
        assert!(!Algorithm::Sha256.fits(b"", &[TEXT], &hmac_sha256(b"", &[TEXT])));
    }

    #[test]
    fn base64_needs_its_padding_and_its_own_alphabet() {
        assert!(decode_base64("AAA=").is_ok());
        for wrong in ["AAA", "AA-_", " AAA=", "AAA=\n", "AAB="] {
            assert_eq!(decode_base64(wrong), Err(SignatureError::Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn the_window_is_inclusive_both_ways() {
        let now = Timestamp::from_secs(1_771_000_000);
        for fresh in ["1770999700", "1771000000", "1771000300"] {
            assert_eq!(check_time(fresh, now), Ok(()), "{fresh}");
        }
        for stale in ["1770999699", "1771000301", "", "+1771000000", "1771000000.0", "99999999999999999999"] {
            assert_eq!(check_time(stale, now), Err(SignatureError::Stale), "{stale}");
        }
    }
}
