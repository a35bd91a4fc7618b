//! No bytes, however broken, may bring a provider down.

use proptest::prelude::*;
use segue::providers::{Body, RawRequest, TABLE};

use super::request::{Keys, NOW};
use super::sign::SIGNERS;

/// Bytes of any kind, and texts made of the pieces that parsers branch on.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "MessageSid=SM1",
        "&",
        "=",
        "%",
        "%ff",
        "%2",
        "+",
        "From=",
        "To=",
        "whatsapp:",
        ":",
        "NumMedia=99999999999",
        "MessageStatus=failed",
        "ErrorCode=",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"type\":",
        "\"message.received\"",
        "\"from\":{\"id\":\"1\"}",
        "\"id\":null",
        "\"at\":\"x\"",
        "\"\\u0000\"",
        "null",
        "1e999",
        "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",",
        "\"messaging\":[{\"sender\":{\"id\":7},",
        "\"message\":{\"mid\":\"m\"",
        "\"changes\":[{\"field\":\"feed\",\"value\":{",
        "}}]}]}",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

fn requests() -> impl Strategy<Value = RawRequest> {
    let methods = prop::sample::select(vec!["GET", "POST", "PUT", ""]);
    let types = prop::sample::select(vec![
        "application/json",
        "application/x-www-form-urlencoded; charset=utf-8",
        ";",
    ]);
    let names = prop::sample::select(vec![
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "X-Twilio-Signature",
        "X-Hub-Signature-256",
    ]);
    let headers = prop::collection::vec((names, prop::collection::vec(any::<u8>(), 0..20)), 0..6);
    (methods, "\\PC{0,40}", types, headers, bodies()).prop_map(|(method, url, media_type, headers, body)| {
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let content_type = ("content-type".to_owned(), media_type.as_bytes().to_vec());
        RawRequest {
            method: method.to_owned(),
            url,
            headers: headers.chain([content_type]).collect(),
            body: body.into(),
        }
    })
}

proptest! {
    #[test]
    fn no_request_makes_a_provider_panic(raw in requests()) {
        let keys = Keys::of(&SIGNERS.iter().map(|signer| signer.secret).collect::<Vec<_>>());
        for provider in TABLE {
            prop_assert!(keys.verify(*provider, &raw, NOW).is_err());
            let read = keys.with_door(|door| {
                door.verify(*provider, &raw, NOW).ok();
                provider.handshake(door, &raw);
                provider.parse(door, &Body::unsigned(&raw))
            });
            for event in read.into_iter().flatten() {
                prop_assert!(!event.key.is_empty() && !event.lane.is_empty());
            }
        }
    }
}
