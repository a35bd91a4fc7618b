//! What Twilio is asked to send, and what its answers come to.

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

fn account(pairs: &[(&str, &str)]) -> Account {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn secrets(pairs: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect()
}

/// What is sent in these tests; the rest stays the same.
struct Sending {
    account: Account,
    secrets: BTreeMap<String, Secret>,
    settings: Value,
    channel: Channel,
    text: &'static str,
    media: Vec<Media>,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            account: account(&[("account_sid", "AC1"), ("number", "+15005550006")]),
            secrets: secrets(&[("auth_token", "token")]),
            settings: Value::Null,
            channel: Channel::sms(),
            text: "Hello & welcome",
            media: Vec::new(),
        }
    }
}

impl Sending {
    fn compose(&self) -> Result<HttpRequest, Refusal> {
        let to =
            Recipient { external_id: "+12025550143", namespace: &Namespace::phone(), channel: &self.channel };
        let message_id = &MessageId::new(NOW, &[1; 10]);
        Twilio.compose(&Outgoing {
            needs_tag: false,
            delivery_id: &DeliveryId::new(NOW, &[1; 10]),
            account: &self.account,
            settings: &self.settings,
            secrets: &self.secrets,
            callback_url: "https://b.example/callbacks/conn_1",
            send: Send::Message { message_id, part: 2, to, text: self.text, media: &self.media },
            now: NOW,
        })
    }

    fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.compose().unwrap().body).into_owned().collect()
    }

    fn values(&self, name: &str) -> Vec<String> {
        self.form().into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    fn refusal(&self) -> FailureCode {
        self.compose().unwrap_err().0.code
    }
}

fn answer(status: u16, body: &str) -> Outcome {
    Twilio.interpret(&HttpReply { status, retry_after: None, body: body.to_owned().into() }, false)
}

#[test]
fn a_text_is_posted_to_the_account() {
    let sending = Sending::default();
    let request = sending.compose().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    let expected =
        [("authorization", "Basic QUMxOnRva2Vu"), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(headers, expected);
    let id = MessageId::new(NOW, &[1; 10]);
    let expected = [
        ("To", "+12025550143".to_owned()),
        ("From", "+15005550006".to_owned()),
        ("Body", "Hello & welcome".to_owned()),
        ("StatusCallback", format!("https://b.example/callbacks/conn_1?message={id}&part=2")),
    ];
    assert_eq!(sending.form(), expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn both_ends_of_a_channel_carry_its_prefix() {
    let sending = Sending { channel: Channel::whatsapp(), ..Sending::default() };
    assert_eq!(sending.values("To"), ["whatsapp:+12025550143"]);
    assert_eq!(sending.values("From"), ["whatsapp:+15005550006"]);
}

#[test]
fn a_messaging_service_an_api_key_and_settings_are_used_where_given() {
    let sending = Sending {
        account: account(&[("account_sid", "AC1"), ("messaging_service_sid", "MG1")]),
        secrets: secrets(&[("auth_token", "token"), ("api_key_sid", "SK1"), ("api_key_secret", "s")]),
        settings: json!({"api_base": "http://127.0.0.1:9100/", "validity_seconds": 600}),
        ..Sending::default()
    };
    let request = sending.compose().unwrap();
    assert_eq!(request.url, "http://127.0.0.1:9100/2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(request.headers[0].1.expose(), "Basic U0sxOnM=");
    assert_eq!(sending.values("MessagingServiceSid"), ["MG1"]);
    assert_eq!(sending.values("ValidityPeriod"), ["600"]);
    assert!(sending.values("From").is_empty());
}

#[test]
fn attachments_go_along_with_or_without_a_text() {
    let media = |url: &str| Media { url: url.to_owned(), content_type: None };
    let media = vec![media("https://e.example/1?a=b&c"), media("https://e.example/2")];
    let sending = Sending { text: "", media, ..Sending::default() };
    assert_eq!(sending.values("MediaUrl"), ["https://e.example/1?a=b&c", "https://e.example/2"]);
    assert!(sending.values("Body").is_empty());
}

#[test]
fn what_can_never_be_sent_is_refused_before_it_is() {
    let empty = Sending { text: "", ..Sending::default() };
    assert_eq!(empty.refusal(), FailureCode::InvalidContent);
    let nobody = Sending { account: account(&[("account_sid", "AC1")]), ..Sending::default() };
    assert_eq!(nobody.refusal(), FailureCode::Misconfigured);
    let locked = Sending { secrets: BTreeMap::new(), ..Sending::default() };
    assert_eq!(locked.refusal(), FailureCode::Misconfigured);
}

#[test]
fn an_accepted_message_has_its_sid_and_how_far_it_got() {
    let table = [
        ("queued", MessageStatus::Queued),
        ("accepted", MessageStatus::Queued),
        ("sending", MessageStatus::Queued),
        ("sent", MessageStatus::Sent),
        ("delivered", MessageStatus::Delivered),
    ];
    for (word, status) in table {
        let body = json!({"sid": "SM1", "status": word, "error_code": null}).to_string();
        assert_eq!(answer(201, &body), Outcome::Accepted { id: Some("SM1".into()), status }, "{word}");
    }
}

#[test]
fn only_an_answer_that_says_not_taken_leads_to_a_second_try() {
    let code = |code: u32| json!({"code": code, "message": "m", "status": 400}).to_string();
    let table = [
        (201, "{}".to_owned(), "unknown"),
        (201, "<html>".to_owned(), "unknown"),
        (500, "".to_owned(), "unknown"),
        (502, code(20500), "unknown"),
        (503, "".to_owned(), "unknown"),
        (503, code(20503), "retry"),
        (504, "".to_owned(), "unknown"),
        (408, "".to_owned(), "unknown"),
        (429, "".to_owned(), "retry"),
        (400, code(21611), "retry"),
        (400, code(21610), "OptedOut"),
        (400, code(21211), "InvalidRecipient"),
        (400, code(21617), "InvalidContent"),
        (400, code(99999), "Rejected"),
        (400, "".to_owned(), "Rejected"),
        (401, code(20003), "Misconfigured"),
        (403, "".to_owned(), "Misconfigured"),
        (404, "".to_owned(), "Misconfigured"),
        (302, "".to_owned(), "Misconfigured"),
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
fn the_delay_twilio_asks_for_is_kept() {
    let after = Some(Duration::from_secs(7));
    for status in [429, 503] {
        let reply = HttpReply { status, retry_after: after, body: "".into() };
        assert!(
            matches!(Twilio.interpret(&reply, false), Outcome::Retry { after: kept, .. } if kept == after),
            "{status}"
        );
    }
}

#[test]
fn any_success_with_a_sid_is_taken() {
    for body in
        [r#"{"sid":"SM1"}"#, r#"{"sid":"SM1","status":"accepted","error_code":"","code":"","extra":[]}"#]
    {
        for status in [200, 201, 202] {
            let taken = Outcome::Accepted { id: Some("SM1".into()), status: MessageStatus::Queued };
            assert_eq!(answer(status, body), taken, "{status} {body}");
        }
    }
}

#[test]
fn a_refusal_keeps_twilios_code_and_not_its_words() {
    let Outcome::Refused { failure } = answer(400, r#"{"code":21610,"message":"to +12025550143"}"#) else {
        panic!("not refused");
    };
    assert_eq!(failure.provider_code.as_deref(), Some("21610"));
    assert!(!failure.detail.contains("+1202"));
}

#[test]
fn the_fields_of_an_account_are_checked() {
    let wrong = |name: &str, value: &str| Twilio.check_account(&account(&[(name, value)])).unwrap_err().0;
    for value in ["", "AC", "MG1", "AC1/../x", "AC 1"] {
        assert_eq!(wrong("account_sid", value), "/account/account_sid");
    }
    for value in ["", "12", "123456789", "+0123456", "Way Too Long Name", "12 34"] {
        assert_eq!(wrong("number", value), "/account/number");
    }
    for value in ["+15005550006", "72975", "Acme Air"] {
        assert_eq!(Twilio.check_account(&account(&[("number", value)])), Ok(()), "{value}");
    }
}

#[test]
fn its_settings_are_checked() {
    let wrong = |settings: Value| Twilio.check_settings(&settings).unwrap_err().0;
    assert_eq!(wrong(json!({"validity_seconds": 0})), "/settings/validity_seconds");
    assert_eq!(wrong(json!({"validity_seconds": "600"})), "/settings/validity_seconds");
    assert_eq!(wrong(json!({"scheme": "standard-webhooks-v1"})), "/settings/scheme");
    assert_eq!(
        Twilio.check_settings(&json!({"scheme": "twilio-json-bodysha256", "validity_seconds": 600})),
        Ok(())
    );
    assert_eq!(Twilio.check_settings(&Value::Null), Ok(()));
}

#[test]
fn a_page_is_reached_only_through_a_messaging_service() {
    let number = account(&[("number", "+15005550006")]);
    let service = account(&[("messaging_service_sid", "MG1")]);
    let reach = |account, name| Twilio.private_channel(account, &Namespace::named(name)).map(String::from);
    assert_eq!(reach(&number, "phone").as_deref(), Some("sms"));
    assert_eq!(reach(&number, "whatsapp").as_deref(), Some("whatsapp"));
    assert_eq!(reach(&number, "messenger:5500"), None);
    assert_eq!(reach(&service, "messenger:5500").as_deref(), Some("messenger"));
    assert_eq!(reach(&number, "sms_sender"), None);
}
