//! What Facebook is asked to send, what its answers come to, and a batch with one broken item.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Recipient, Send};
use super::*;
use crate::domain::failure::FailureCode;
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::inbound::{Fact, Media};
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;

const NOW: Timestamp = Timestamp::from_secs(1_795_342_500);
const PAGE: &str = "102938475610293";

/// The proof of the vectors: the secret and the token below.
const PROOF: &str = "30682d1b894aa8ec8ff5ddbb57a8ff5335d2ac26aa2ec5363929b199f3ad7b6d";
const APP_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TOKEN: &str = "EAAGm0PX4ZCpsBAexampletoken1234567890ZD";

fn account() -> Account {
    [("app_id", "4711"), ("page_id", PAGE)].map(|(name, id)| (name.to_owned(), id.to_owned())).into()
}

fn compose_with(settings: &Value, secrets: &[&str], send: Send<'_>) -> Result<HttpRequest, Refusal> {
    let values = BTreeMap::from([("app_secret", APP_SECRET), ("page_token", TOKEN)]);
    let secrets = secrets.iter().map(|name| ((*name).to_owned(), Secret::new(values[name]))).collect();
    Facebook.compose(&Outgoing {
        needs_tag: settings.get("message_tag").is_some(),
        delivery_id: &DeliveryId::new(NOW, &[1; 10]),
        account: &account(),
        settings,
        secrets: &secrets,
        callback_url: "https://b.example/callbacks/conn_1",
        send,
        now: NOW,
    })
}

fn message(settings: &Value, text: &str, media: &[Media]) -> Result<HttpRequest, Refusal> {
    let (channel, namespace) = (Channel::named("messenger"), Namespace::named(&format!("messenger:{PAGE}")));
    let to = Recipient { external_id: "24012345678901234", namespace: &namespace, channel: &channel };
    let message_id = &MessageId::new(NOW, &[1; 10]);
    let send = Send::Message { message_id, part: 1, to, text, media };
    compose_with(settings, &["app_secret", "page_token"], send)
}

fn reply(settings: &Value, post_id: &str, text: &str) -> Result<HttpRequest, Refusal> {
    let channel = Channel::named("facebook_comment");
    let send = Send::Reply { post_id, thread_id: "1_2", channel: &channel, text };
    compose_with(settings, &["app_secret", "page_token"], send)
}

fn json_of(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn answer(status: u16, body: &Value) -> Outcome {
    Facebook.interpret(&HttpReply { status, retry_after: None, body: body.to_string().into() }, false)
}

#[test]
fn facebook_message_is_posted_to_the_page() {
    let request = message(&Value::Null, "Hello", &[]).unwrap();
    assert_eq!(
        request.url,
        format!("https://graph.facebook.com/v25.0/{PAGE}/messages?appsecret_proof={PROOF}")
    );
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(headers, [("authorization", bearer.as_str()), ("content-type", "application/json")]);
    let id = MessageId::new(NOW, &[1; 10]);
    let expected = json!({
        "recipient": {"id": "24012345678901234"}, "messaging_type": "RESPONSE",
        "message": {"text": "Hello", "metadata": format!("{id}/1")},
    });
    assert_eq!(json_of(&request), expected);
}

#[test]
fn facebook_settings_choose_the_host_and_the_version_and_a_late_answer_is_tagged() {
    let settings =
        json!({"api_base": "http://127.0.0.1:9100/", "graph_version": "v24.0", "message_tag": "HUMAN_AGENT"});
    let request = message(&settings, "Hello", &[]).unwrap();
    assert!(request.url.starts_with(&format!("http://127.0.0.1:9100/v24.0/{PAGE}/messages?")));
    assert_eq!(json_of(&request)["messaging_type"], "MESSAGE_TAG");
    assert_eq!(json_of(&request)["tag"], "HUMAN_AGENT");
}

#[test]
fn facebook_reply_is_a_comment_on_what_it_answers() {
    let request = reply(&Value::Null, "1122_99", "We are sorry & call you").unwrap();
    let expected = format!("https://graph.facebook.com/v25.0/1122_99/comments?appsecret_proof={PROOF}");
    assert_eq!(request.url, expected);
    assert_eq!(request.body, "message=We+are+sorry+%26+call+you");
}

#[test]
fn facebook_attachment_goes_alone() {
    let media = |name: &str| Media { url: "https://e.example/1".into(), content_type: Some(name.into()) };
    for (name, kind) in [("image/png", "image"), ("video/mp4", "video"), ("application/pdf", "file")] {
        let request = message(&Value::Null, "", &[media(name)]).unwrap();
        let attachment = &json_of(&request)["message"]["attachment"];
        assert_eq!(
            (&attachment["type"], &attachment["payload"]["url"]),
            (&json!(kind), &json!("https://e.example/1"))
        );
    }
    let both = message(&Value::Null, "text", &[media("image/png")]);
    assert_eq!(both.unwrap_err().0.code, FailureCode::InvalidContent);
}

#[test]
fn facebook_refuses_what_can_never_be_sent() {
    let code = |refused: Result<HttpRequest, Refusal>| refused.unwrap_err().0.code;
    assert_eq!(code(message(&Value::Null, "", &[])), FailureCode::InvalidContent);
    assert_eq!(code(reply(&Value::Null, "1", "")), FailureCode::InvalidContent);
    for id in ["", "1/../2", "1?x", "1#"] {
        assert_eq!(code(reply(&Value::Null, id, "text")), FailureCode::InvalidRecipient, "{id}");
    }
    let channel = Channel::named("facebook_comment");
    for secrets in [&["app_secret"][..], &["page_token"]] {
        let send = Send::Reply { post_id: "1", thread_id: "1", channel: &channel, text: "text" };
        assert_eq!(code(compose_with(&Value::Null, secrets, send)), FailureCode::Misconfigured);
    }
}

#[test]
fn facebook_takes_a_send_with_an_id() {
    let taken = |id: &str| Outcome::Accepted { id: Some(id.into()), status: MessageStatus::Sent };
    assert_eq!(answer(200, &json!({"recipient_id": "1", "message_id": "m_1"})), taken("m_1"));
    assert_eq!(answer(200, &json!({"id": "1_2"})), taken("1_2"));
}

#[test]
fn facebook_answers_are_told_apart_by_code_and_subcode() {
    let error = |code: u64, subcode: Option<u64>| json!({"error": {"message": "m", "code": code, "error_subcode": subcode}});
    let table = [
        (400, error(2, None), "retry"),
        (500, error(1, None), "retry"),
        (400, error(613, Some(1996)), "retry"),
        (429, error(99, None), "retry"),
        (500, error(99, None), "retry"),
        (400, json!({"error": {"code": 99, "is_transient": true}}), "retry"),
        (400, error(10, Some(2_018_278)), "WindowClosed"),
        (403, error(10, None), "Misconfigured"),
        (400, error(230, None), "Misconfigured"),
        (400, error(200, Some(1_545_041)), "Unreachable"),
        (400, error(551, Some(1_545_041)), "Unreachable"),
        (500, error(551, None), "Unreachable"),
        (400, error(100, Some(2_018_001)), "InvalidRecipient"),
        (400, error(100, Some(2_534_037)), "Rejected"),
        (400, error(100, None), "InvalidContent"),
        (401, error(190, Some(463)), "Misconfigured"),
        (400, error(368, None), "Misconfigured"),
        (400, error(99, None), "Rejected"),
        (429, Value::Null, "retry"),
        (400, Value::Null, "Rejected"),
        (404, Value::Null, "Misconfigured"),
        (302, Value::Null, "Misconfigured"),
        (200, json!({}), "unknown"),
        (408, Value::Null, "unknown"),
        (502, Value::Null, "unknown"),
    ];
    for (status, body, expected) in table {
        let told = match answer(status, &body) {
            Outcome::Accepted { .. } => "accepted".to_owned(),
            Outcome::Retry { .. } => "retry".to_owned(),
            Outcome::Unknown { .. } => "unknown".to_owned(),
            Outcome::Refused { failure } => format!("{:?}", failure.code),
        };
        assert_eq!(told, expected, "{status} {body}");
    }
}

#[test]
fn facebook_refusal_keeps_the_codes_and_not_the_words() {
    let body = json!({"error": {"message": "to Ana", "code": 10, "error_subcode": 2_018_278}});
    let Outcome::Refused { failure } = answer(400, &body) else { panic!("not refused") };
    assert_eq!(failure.provider_code.as_deref(), Some("10-2018278"));
    assert!(!failure.detail.contains("Ana"));
}

#[test]
fn facebook_batch_of_a_thousand_loses_only_the_broken_item() {
    let item = |at: usize| {
        let message = if at == 500 {
            json!({"text": "no mid"})
        } else {
            json!({"mid": format!("m_{at}"), "text": "x"})
        };
        json!({"sender": {"id": format!("{at}")}, "recipient": {"id": PAGE}, "timestamp": 1_794_000_001_500_i64,
            "message": message})
    };
    let items: Vec<_> = (0..1000).map(item).collect();
    let body = json!({"object": "page", "entry": [{"id": PAGE, "messaging": items}]});
    let raw = RawRequest {
        method: "POST".into(),
        url: "https://b.example/callbacks/conn_1".into(),
        headers: Vec::new(),
        body: body.to_string().into(),
    };
    let read = callback::read(&raw);
    let broken: Vec<_> = read.iter().filter_map(|item| item.as_ref().err()).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].at, "/entry/0/messaging/500/message/mid");
    let is_message = |event: &InboundEvent| matches!(event.fact, Fact::MessageReceived(_));
    assert_eq!(read.iter().flatten().filter(|event| is_message(event)).count(), 999);
}

#[test]
fn facebook_fields_and_settings_are_checked() {
    let wrong =
        |name: &str| Facebook.check_account(&[(name.to_owned(), "12a".to_owned())].into()).unwrap_err().0;
    assert_eq!(wrong("app_id"), "/account/app_id");
    assert_eq!(wrong("page_id"), "/account/page_id");
    assert_eq!(Facebook.check_account(&account()), Ok(()));
    let wrong = |settings: Value| Facebook.check_settings(&settings).unwrap_err().0;
    assert_eq!(wrong(json!({"graph_version": "25"})), "/settings/graph_version");
    assert_eq!(wrong(json!({"graph_version": "v25.0/../x"})), "/settings/graph_version");
    assert_eq!(wrong(json!({"message_tag": "ACCOUNT_UPDATE"})), "/settings/message_tag");
    assert_eq!(wrong(json!({"scheme": "none"})), "/settings/scheme");
    assert_eq!(Facebook.check_settings(&json!({"graph_version": "v25.0"})), Ok(()));
}

#[test]
fn facebook_reaches_in_private_only_whom_its_own_page_knows() {
    let reach = |name: &str| Facebook.private_channel(&account(), &Namespace::named(name)).map(String::from);
    assert_eq!(reach(&format!("messenger:{PAGE}")).as_deref(), Some("messenger"));
    assert_eq!(reach("messenger:1"), None);
    assert_eq!(reach(&format!("facebook:{PAGE}")), None);
}

/// What a form with this payload, signed by this key, is judged to be.
fn asked(payload: &Value, key: &str, now: Timestamp) -> Result<PersonRef, FailedCheck> {
    let encode = |bytes: &[u8]| {
        let text = crate::domain::signature::encode_base64(bytes);
        text.trim_end_matches('=').replace('+', "-").replace('/', "_")
    };
    let payload = encode(payload.to_string().as_bytes());
    let digest = crate::domain::signature::hmac_sha256(key.as_bytes(), &[payload.as_bytes()]);
    let raw = RawRequest {
        method: "POST".into(),
        url: "https://b.example/callbacks/conn_1/deletion".into(),
        headers: vec![("Content-Type".into(), b"application/x-www-form-urlencoded".to_vec())],
        body: format!("signed_request={}.{payload}", encode(&digest)).into(),
    };
    let (account, settings, named) = (account(), Value::Null, BTreeMap::new());
    let secrets = [Secret::new(APP_SECRET)];
    let door = Door { account: &account, settings: &settings, secrets: &secrets, named: &named };
    Facebook.signed_request(&door, &raw, now).unwrap()
}

#[test]
fn facebook_signed_request_is_judged_by_key_algorithm_and_age() {
    let said = |algorithm: &str, issued_at: i64| json!({"algorithm": algorithm, "issued_at": issued_at, "user_id": "7"});
    let day = 86_400;
    let judged = |algorithm: &str, age: i64| asked(&said(algorithm, NOW.secs() - age), APP_SECRET, NOW);
    let person = PersonRef { user_id: "7".into(), issued_at: NOW };
    assert_eq!(judged("hmac-sha256", 0), Ok(person));
    assert!(judged("HMAC-SHA256", 90 * day).is_ok() && judged("HMAC-SHA256", -300).is_ok());
    assert_eq!(judged("HMAC-SHA256", 90 * day + 1), Err(FailedCheck::TimestampStale));
    assert_eq!(judged("HMAC-SHA256", -301), Err(FailedCheck::TimestampStale));
    assert_eq!(judged("none", 0), Err(FailedCheck::SchemeNotAccepted));
    assert_eq!(asked(&said("none", 0), "another", NOW), Err(FailedCheck::SignatureMismatch));
    let unnamed = json!({"algorithm": "HMAC-SHA256", "issued_at": NOW.secs()});
    assert_eq!(asked(&unnamed, APP_SECRET, NOW), Err(FailedCheck::RequestNotUnderstood));
}
