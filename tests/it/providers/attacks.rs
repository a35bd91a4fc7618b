//! Each signed fixture is bent in every way an attacker could; all of it must be refused.

use std::time::Duration;

use segue::domain::time::Timestamp;

use super::cases::{Case, all};
use super::request::{Keys, NOW, Request};

fn refused(case: &Case, attack: &str, keys: &Keys, request: &Request, now: Timestamp) {
    let verdict = keys.verify(case.provider, &request.raw(), now);
    assert!(verdict.is_err(), "{}: {attack} was believed", case.name);
}

fn refused_now(case: &Case, attack: &str, request: &Request) {
    refused(case, attack, &case.keys, request, NOW);
}

/// The headers that signing added.
fn signature_headers(case: &Case) -> std::ops::Range<usize> {
    case.unsigned.headers.len()..case.signed().headers.len()
}

#[test]
fn a_missing_signature_header_is_refused() {
    for case in all() {
        for at in signature_headers(&case) {
            let mut request = case.signed();
            request.headers.remove(at);
            refused_now(&case, "a missing header", &request);
        }
    }
}

#[test]
fn a_doubled_or_emptied_signature_header_is_refused() {
    for case in all() {
        for at in signature_headers(&case) {
            let mut doubled = case.signed();
            doubled.headers.push(doubled.headers[at].clone());
            refused_now(&case, "a doubled header", &doubled);

            let mut emptied = case.signed();
            emptied.headers[at].1.clear();
            refused_now(&case, "an empty header", &emptied);
        }
    }
}

#[test]
fn another_secret_and_no_secret_are_refused() {
    for case in all() {
        for secrets in [&[case.signer.another_secret][..], &[""], &[]] {
            let keys = Keys { secrets: Keys::of(secrets).secrets, ..case.keys.clone() };
            refused(&case, "another secret", &keys, &case.signed(), NOW);
        }
        let rotating = Keys::of(&[case.signer.another_secret, case.signer.secret]);
        assert!(rotating.verify(case.provider, &case.signed().raw(), NOW).is_ok(), "{}: rotation", case.name);
    }
}

#[test]
fn an_empty_key_signs_nothing() {
    for case in all() {
        let mut request = case.unsigned.clone();
        (case.signer.sign)(&mut request, case.signer.blank_secret);
        let keys = Keys { secrets: Keys::of(&[case.signer.blank_secret]).secrets, ..case.keys.clone() };
        refused(&case, "an empty key", &keys, &request, NOW);
    }
}

#[test]
fn a_truncated_or_lengthened_body_is_refused() {
    for case in all().into_iter().filter(|case| !case.unsigned.body.is_empty()) {
        let mut shorter = case.signed();
        shorter.body.pop();
        refused_now(&case, "a truncated body", &shorter);

        let mut longer = case.signed();
        longer.body.push(b'0');
        refused_now(&case, "a lengthened body", &longer);
    }
}

#[test]
fn a_flipped_bit_anywhere_in_the_body_is_refused() {
    for case in all() {
        for at in 0..case.unsigned.body.len() {
            let mut request = case.signed();
            request.body[at] ^= 1;
            refused_now(&case, &format!("a flipped bit at {at}"), &request);
        }
    }
}

#[test]
fn another_url_is_refused_where_the_url_is_signed() {
    for case in all().into_iter().filter(|case| case.signer.signs_url) {
        let mut longer = case.signed();
        longer.url.push('1');
        refused_now(&case, "a lengthened url", &longer);

        let mut elsewhere = case.signed();
        elsewhere.url = elsewhere.url.replace("https://", "http://");
        refused_now(&case, "another url", &elsewhere);
    }
}

#[test]
fn a_stale_time_is_refused_where_a_time_is_signed() {
    for case in all().into_iter().filter(|case| case.signer.signs_time) {
        let (edge, beyond) = (Duration::from_secs(300), Duration::from_secs(301));
        for now in [NOW + beyond, NOW - beyond] {
            refused(&case, "a stale time", &case.keys, &case.signed(), now);
        }
        for now in [NOW + edge, NOW - edge] {
            assert!(
                case.keys.verify(case.provider, &case.signed().raw(), now).is_ok(),
                "{}: {now}",
                case.name
            );
        }
    }
}

#[test]
fn a_scheme_that_is_not_the_pinned_one_is_refused() {
    for case in all() {
        let verdicts = case.provider.schemes().iter().map(|scheme| {
            let keys = Keys { settings: serde_json::json!({"scheme": scheme}), ..case.keys.clone() };
            keys.verify(case.provider, &case.signed().raw(), NOW).is_ok()
        });
        assert_eq!(verdicts.filter(|believed| *believed).count(), 1, "{}: one scheme fits", case.name);
        let keys = Keys { settings: serde_json::json!({"scheme": "none"}), ..case.keys.clone() };
        refused(&case, "an unknown scheme", &keys, &case.signed(), NOW);
    }
}
