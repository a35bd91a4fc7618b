//! What X is asked to send, and what its answers come to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::super::{Recipient, Send};
use super::*;
use crate::domain::failure::FailureCode;
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::inbound::Media;
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;

const NOW: Timestamp = Timestamp::from_secs(1_795_342_500);

const OAUTH1: &[(&str, &str)] = &[
    ("consumer_secret", "cs"),
    ("consumer_key", "ck"),
    ("access_token", "at"),
    ("access_token_secret", "ats"),
];

const BEARER: &[(&str, &str)] = &[("consumer_secret", "cs"), ("access_token", "at")];

/// What is sent in these tests; the rest stays the same.
struct Sending {
    secrets: &'static [(&'static str, &'static str)],
    settings: Value,
    text: String,
}

impl Default for Sending {
    fn default() -> Self {
        Self { secrets: BEARER, settings: Value::Null, text: "Sorry! Please write to us.".into() }
    }
}

impl Sending {
    fn compose(&self, send: Send<'_>) -> Result<HttpRequest, Refusal> {
        let secrets: BTreeMap<String, Secret> =
            self.secrets.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        X.compose(&Outgoing {
            needs_tag: false,
            delivery_id: &DeliveryId::new(NOW, &[1; 10]),
            account: &Account::from([("user_id".to_owned(), "2244994945".to_owned())]),
            settings: &self.settings,
            secrets: &secrets,
            callback_url: "https://b.example/callbacks/conn_1",
            send,
            now: NOW,
        })
    }

    fn reply(&self) -> Result<HttpRequest, Refusal> {
        let channel = &Channel::named("x_post");
        self.compose(Send::Reply { post_id: "198", thread_id: "190", channel, text: &self.text })
    }

    fn message(&self, to: &str, media: &[Media]) -> Result<HttpRequest, Refusal> {
        let to = Recipient {
            external_id: to,
            namespace: &Namespace::named("x"),
            channel: &Channel::named("x_dm"),
        };
        let message_id = &MessageId::new(NOW, &[1; 10]);
        self.compose(Send::Message { message_id, part: 0, to, text: &self.text, media })
    }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn code(refused: Result<HttpRequest, Refusal>) -> FailureCode {
    refused.unwrap_err().0.code
}

fn answer(status: u16, is_public: bool, body: &str) -> Outcome {
    X.interpret(&HttpReply { status, retry_after: None, body: body.to_owned().into() }, is_public)
}

fn refusal(status: u16, is_public: bool, body: &str) -> FailureCode {
    match answer(status, is_public, body) {
        Outcome::Refused { failure } => failure.code,
        other => panic!("{status} {body}: {other:?}"),
    }
}

#[test]
fn an_answer_carries_a_button_for_private_messages() {
    let request = Sending::default().reply().unwrap();
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://api.x.com/2/tweets"));
    assert_eq!(request.headers[0].1.expose(), "Bearer at");
    let expected = json!({
        "text": "Sorry! Please write to us.",
        "reply": {"in_reply_to_tweet_id": "198"},
        "direct_message_deep_link": "https://x.com/messages/compose?recipient_id=2244994945",
    });
    assert_eq!(body(&request), expected);
}

#[test]
fn the_button_and_the_host_can_be_set() {
    let settings = json!({"api_base": "http://127.0.0.1:9100/", "private_message_button": false});
    let request = Sending { settings, ..Sending::default() }.reply().unwrap();
    assert_eq!(request.url, "http://127.0.0.1:9100/2/tweets");
    assert!(body(&request).get("direct_message_deep_link").is_none());
}

#[test]
fn a_message_goes_to_the_person() {
    let request = Sending::default().message("1234567890", &[]).unwrap();
    assert_eq!(request.url, "https://api.x.com/2/dm_conversations/with/1234567890/messages");
    assert_eq!(body(&request), json!({"text": "Sorry! Please write to us."}));
}

#[test]
fn a_token_with_a_secret_signs_by_oauth_1() {
    let request = Sending { secrets: OAUTH1, ..Sending::default() }.reply().unwrap();
    let header = request.headers[0].1.expose();
    assert!(header.starts_with("OAuth oauth_consumer_key=\"ck\", oauth_nonce=\""), "{header}");
    assert!(header.contains("oauth_timestamp=\"1795342500\", oauth_token=\"at\""), "{header}");
    const UNKEYED: &[(&str, &str)] = &[("access_token", "at"), ("access_token_secret", "ats")];
    let unkeyed = Sending { secrets: UNKEYED, ..Sending::default() };
    assert_eq!(code(unkeyed.reply()), FailureCode::Misconfigured);
}

#[test]
fn what_can_never_be_sent_is_refused_before_it_is() {
    let with = |text: String| Sending { text, ..Sending::default() };
    assert!(with("é".repeat(280)).reply().is_ok());
    assert_eq!(code(with("é".repeat(281)).reply()), FailureCode::InvalidContent);
    assert!(with("漢".repeat(140)).reply().is_ok());
    assert_eq!(code(with("漢".repeat(141)).reply()), FailureCode::InvalidContent);
    assert!(with("漢".repeat(10_000)).message("1", &[]).is_ok());
    assert_eq!(code(with(String::new()).message("1", &[])), FailureCode::InvalidContent);
    assert_eq!(code(with("a".into()).message("../1", &[])), FailureCode::InvalidRecipient);
    let media = [Media { url: "https://e.example/1".into(), content_type: None }];
    assert_eq!(code(with("a".into()).message("1", &media)), FailureCode::InvalidContent);
    assert_eq!(code(Sending { secrets: &[], ..Sending::default() }.reply()), FailureCode::Misconfigured);
}

#[test]
fn what_x_took_has_its_id() {
    let accepted = |id: &str| Outcome::Accepted { id: Some(id.into()), status: MessageStatus::Sent };
    assert_eq!(answer(201, true, r#"{"data":{"id":"199","text":"a"}}"#), accepted("199"));
    let dm = r#"{"data":{"dm_conversation_id":"123-456","dm_event_id":"128"}}"#;
    assert_eq!(answer(201, false, dm), accepted("128"));
    assert!(matches!(answer(201, true, "{}"), Outcome::Unknown { .. }));
}

#[test]
fn only_what_was_surely_not_taken_is_tried_again() {
    let after = Some(Duration::from_secs(60));
    let limited = X.interpret(&HttpReply { status: 429, retry_after: after, body: "".into() }, true);
    assert!(matches!(limited, Outcome::Retry { after: wait, .. } if wait == after));
    let busy = r#"{"errors":[{"code":130,"message":"Over capacity"}]}"#;
    assert!(matches!(answer(503, true, busy), Outcome::Retry { .. }));
    for status in [408, 500, 502, 503, 504] {
        assert!(matches!(answer(status, true, "oops"), Outcome::Unknown { .. }), "{status}");
    }
}

#[test]
fn a_refusal_says_whose_fault_it_is() {
    let forbidden = r#"{"title":"Forbidden","detail":"no","type":"about:blank","status":403}"#;
    assert_eq!(refusal(403, true, forbidden), FailureCode::Rejected);
    assert_eq!(refusal(403, false, forbidden), FailureCode::Unreachable);
    assert_eq!(refusal(401, false, "{}"), FailureCode::Misconfigured);
    assert_eq!(refusal(402, true, ""), FailureCode::Misconfigured);
    assert_eq!(refusal(404, false, ""), FailureCode::InvalidRecipient);
    assert_eq!(refusal(400, true, ""), FailureCode::Rejected);
    assert_eq!(refusal(403, true, r#"{"errors":[{"code":326}]}"#), FailureCode::Misconfigured);
    let setup = r#"{"type":"https://api.x.com/2/problems/client-forbidden"}"#;
    assert_eq!(refusal(403, false, setup), FailureCode::Misconfigured);
}

#[test]
fn fields_have_their_shapes() {
    let wrong = |name: &str, value: &str| {
        X.check_account(&Account::from([(name.to_owned(), value.to_owned())])).map_err(|(at, _)| at)
    };
    assert_eq!(wrong("user_id", "2244994945"), Ok(()));
    assert_eq!(wrong("user_id", "@brand"), Err("/account/user_id".into()));
    assert_eq!(wrong("handle", "@brand"), Err("/account/handle".into()));
    let settings = |value: Value| X.check_settings(&json!({"private_message_button": value})).is_ok();
    assert!(settings(json!(false)) && !settings(json!("no")));
}
