//! What the other side is asked to send, and what its answers come to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Recipient, Send};
use super::*;
use crate::domain::failure::FailureCode;
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::inbound::Media;
use crate::domain::message::MessageStatus;
use crate::domain::standard_webhooks::generate_secret;

const NOW: Timestamp = Timestamp::from_secs(1_795_342_500);
const PUBLIC_KEY: &str = "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";

fn compose(secret: Secret, settings: &Value, send: Send<'_>) -> Result<HttpRequest, Refusal> {
    Custom.compose(&Outgoing {
        needs_tag: false,
        delivery_id: &DeliveryId::new(NOW, &[1; 10]),
        account: &Account::from([("send_url".into(), "https://tool.example/in/segue?key=1".into())]),
        settings,
        secrets: &BTreeMap::from([("signing_secret".into(), secret)]),
        callback_url: "https://b.example/callbacks/conn_1",
        send,
        now: NOW,
    })
}

fn reply(channel: &Channel) -> Send<'_> {
    Send::Reply { post_id: "p1", thread_id: "t1", channel, text: "Please write to us" }
}

fn answer(status: u16, body: &str) -> Outcome {
    Custom.interpret(&HttpReply { status, retry_after: None, body: body.to_owned().into() }, false)
}

#[test]
fn a_message_is_posted_as_plain_json() {
    let message_id = &MessageId::new(NOW, &[1; 10]);
    let namespace = &Namespace::named("custom");
    let channel = &Channel::named("custom_dm");
    let to = Recipient { external_id: "u1", namespace, channel };
    let media = &[Media { url: "https://e.example/1".into(), content_type: None }];
    let send = Send::Message { message_id, part: 1, to, text: "Hello", media };
    let request = compose(generate_secret([1; 32]), &Value::Null, send).unwrap();
    assert_eq!(request.url, "https://tool.example/in/segue?key=1");
    let expected = json!({
        "type": "message.send", "id": DeliveryId::new(NOW, &[1; 10]), "message_id": message_id, "part": 1,
        "to": {"id": "u1"}, "channel": "custom_dm", "text": "Hello",
        "media": [{"url": "https://e.example/1", "content_type": null}],
    });
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
}

#[test]
fn a_public_reply_is_posted_under_another_host_where_one_is_set() {
    let channel = Channel::named("review");
    let settings = json!({"api_base": "http://127.0.0.1:9100"});
    let request = compose(generate_secret([1; 32]), &settings, reply(&channel)).unwrap();
    assert_eq!(request.url, "http://127.0.0.1:9100/in/segue?key=1");
    let expected = json!({
        "type": "post.reply", "id": DeliveryId::new(NOW, &[1; 10]), "post_id": "p1", "thread_id": "t1",
        "channel": "review", "text": "Please write to us",
    });
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
}

#[test]
fn what_goes_out_verifies_at_the_other_side() {
    let (secret, channel) = (generate_secret([1; 32]), Channel::named("review"));
    let request = compose(secret.clone(), &Value::Null, reply(&channel)).unwrap();
    let header = |name: &str| {
        let (_, value) = request.headers.iter().find(|(key, _)| *key == name).unwrap();
        value.expose()
    };
    let received = Received {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signatures: header("webhook-signature"),
        body: &request.body,
    };
    assert_eq!(received.verify(&[ReceiverKey::parse(&secret).unwrap()], NOW), Ok(()));
    assert_eq!(header("webhook-id"), DeliveryId::new(NOW, &[1; 10]).as_str());
}

#[test]
fn a_public_key_cannot_send() {
    let channel = Channel::named("review");
    let refusal = compose(Secret::new(PUBLIC_KEY), &Value::Null, reply(&channel)).unwrap_err();
    assert_eq!(refusal.0.code, FailureCode::Misconfigured);
}

#[test]
fn an_answer_of_success_may_name_an_id() {
    for (body, id) in
        [(r#"{"id":"x1"}"#, Some("x1".to_owned())), ("", None), ("[]", None), (r#"{"id":7}"#, None)]
    {
        assert_eq!(answer(202, body), Outcome::Accepted { id, status: MessageStatus::Sent }, "{body}");
    }
}

#[test]
fn what_may_pass_is_tried_again_and_the_rest_is_refused() {
    for status in [408, 429, 500, 502, 503, 504] {
        assert!(matches!(answer(status, ""), Outcome::Retry { .. }), "{status}");
    }
    let table = [
        (400, "", FailureCode::Rejected),
        (410, "", FailureCode::Misconfigured),
        (404, "", FailureCode::Misconfigured),
        (301, "", FailureCode::Misconfigured),
        (422, r#"{"error":{"code":"opted_out","detail":"They left."}}"#, FailureCode::OptedOut),
        (422, r#"{"error":{"code":"E1"}}"#, FailureCode::Rejected),
        (422, r#"{"error":"no"}"#, FailureCode::Rejected),
    ];
    for (status, body, expected) in table {
        let Outcome::Refused { failure } = answer(status, body) else { panic!("{status} was not refused") };
        assert_eq!(failure.code, expected, "{status} {body}");
    }
}

#[test]
fn its_account_and_its_secret_are_checked() {
    let wrong = |name: &str, value: &str| {
        Custom.check_account(&Account::from([(name.to_owned(), value.to_owned())])).unwrap_err().0
    };
    assert_eq!(wrong("send_url", "ftp://x"), "/account/send_url");
    assert_eq!(wrong("send_url", "/relative"), "/account/send_url");
    assert_eq!(wrong("namespace", "With Blanks"), "/account/namespace");
    assert_eq!(Custom.check_account(&Account::new()), Ok(()));

    for secret in [generate_secret([1; 32]), Secret::new(PUBLIC_KEY)] {
        assert_eq!(Custom.check_secret("signing_secret", &secret), Ok(()));
    }
    for text in ["", "password", "whsec_AAAA", "whpk_AAAA"] {
        assert!(Custom.check_secret("signing_secret", &Secret::new(text)).is_err(), "{text}");
    }
}
