//! Signing and verifying, against the official library and against each other.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_771_000_000);
const BODY: &[u8] = br#"{"type":"message.received"}"#;

fn secret(byte: u8) -> Secret {
    generate_secret([byte; 32])
}

fn private(byte: u8) -> Secret {
    Secret::new(format!("whsk_{}", encode_base64(&[byte; 32])))
}

fn public(byte: u8) -> Secret {
    let key = SigningKey::from_bytes(&[byte; 32]).verifying_key();
    Secret::new(format!("whpk_{}", encode_base64(key.as_bytes())))
}

fn verify(signatures: &str, keys: &[Secret]) -> Result<(), SignatureError> {
    let keys: Vec<ReceiverKey> = keys.iter().filter_map(ReceiverKey::parse).collect();
    Received { id: "evt_1", timestamp: "1771000000", signatures, body: BODY }.verify(&keys, NOW)
}

fn signed(secrets: &[Secret]) -> String {
    sign(secrets, "evt_1", NOW.secs(), BODY)
}

#[test]
fn while_rotating_a_receiver_may_hold_either_secret() {
    let signatures = signed(&[secret(2), secret(1)]);
    assert_eq!(signatures.split(' ').count(), 2);
    assert_eq!(verify(&signatures, &[secret(1)]), Ok(()));
    assert_eq!(verify(&signatures, &[secret(2)]), Ok(()));
    assert_eq!(verify(&signatures, &[secret(3)]), Err(SignatureError::Mismatch));
    assert_eq!(verify(&signed(&[secret(1)]), &[secret(3), secret(1)]), Ok(()));
}

#[test]
fn the_official_library_signs_the_same() {
    let official = standardwebhooks::Webhook::new(secret(1).expose()).unwrap();
    assert_eq!(official.sign("evt_1", NOW.secs(), BODY).unwrap(), signed(&[secret(1)]));
}

#[test]
fn an_ed25519_pair_signs_and_verifies() {
    let signature = signed(&[private(7)]);
    assert!(signature.starts_with("v1a,"));
    assert_eq!(verify(&signature, &[public(7)]), Ok(()));
    assert_eq!(verify(&signature, &[public(8)]), Err(SignatureError::Mismatch));
}

#[test]
fn a_private_key_may_be_written_with_its_public_half() {
    let pair = SigningKey::from_bytes(&[7; 32]).to_keypair_bytes();
    let written = Secret::new(format!("whsk_{}", encode_base64(&pair)));
    assert_eq!(signed(&[written]), signed(&[private(7)]));
}

#[test]
fn the_tag_and_the_key_must_belong_together() {
    let under_v1 = signed(&[private(7)]).replace("v1a,", "v1,");
    assert_eq!(verify(&under_v1, &[public(7)]), Err(SignatureError::Mismatch));
    let under_v1a = signed(&[secret(1)]).replace("v1,", "v1a,");
    assert_eq!(verify(&under_v1a, &[secret(1)]), Err(SignatureError::Mismatch));
}

#[test]
fn a_key_may_have_lost_its_prefix_and_its_padding() {
    let whole = secret(1);
    let bare = whole.expose().trim_start_matches("whsec_").trim_end_matches('=').to_owned();
    assert_eq!(verify(&signed(std::slice::from_ref(&whole)), &[Secret::new(bare.as_str())]), Ok(()));
    assert!(is_shared_secret(&whole));
    assert!(!is_shared_secret(&Secret::new(bare)));
}

#[test]
fn what_is_no_key_opens_nothing() {
    for text in ["", "whsec_", "whpk_", "whpk_AAAA", "whsec_not base64"] {
        assert!(ReceiverKey::parse(&Secret::new(text)).is_none(), "{text}");
        assert!(sign(&[Secret::new(text)], "i", 0, b"").is_empty(), "{text}");
    }
    assert_eq!(verify(&signed(&[secret(1)]), &[]), Err(SignatureError::NoKey));
    assert_eq!(verify("", &[secret(1)]), Err(SignatureError::Malformed));
}

#[test]
fn a_secret_of_our_own_has_24_to_64_bytes() {
    for (bytes, good) in [(23, false), (24, true), (64, true), (65, false)] {
        let secret = Secret::new(format!("whsec_{}", encode_base64(&vec![1; bytes])));
        assert_eq!(is_shared_secret(&secret), good, "{bytes}");
    }
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_nothing_else_does(
        key in any::<[u8; 32]>(),
        body in proptest::collection::vec(any::<u8>(), 1..200),
        flip in any::<proptest::sample::Index>(),
    ) {
        let secret = generate_secret(key);
        let keys: Vec<ReceiverKey> = ReceiverKey::parse(&secret).into_iter().collect();
        let signatures = sign(std::slice::from_ref(&secret), "evt_1", NOW.secs(), &body);
        let received = Received { id: "evt_1", timestamp: "1771000000", signatures: &signatures, body: &body };
        prop_assert_eq!(received.verify(&keys, NOW), Ok(()));

        let mut forged = body.clone();
        forged[flip.index(body.len())] ^= 1;
        prop_assert_eq!(Received { body: &forged, ..received }.verify(&keys, NOW), Err(SignatureError::Mismatch));
    }
}
