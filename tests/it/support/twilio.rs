//! Twilio as a caller: signs as its documents say, apart from the code under test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::service::Service;

/// The account token of every test.
pub(crate) const TOKEN: &str = "an-auth-token";

/// Our number in every test.
pub(crate) const NUMBER: &str = "+15005550006";

/// Makes a connection to Twilio whose host is `api_base`; its id and its path for callbacks.
pub(crate) async fn connect(service: &Service, api_base: Option<&str>) -> (String, String) {
    let mut settings = json!({});
    if let Some(base) = api_base {
        settings["api_base"] = Value::from(base);
    }
    let made = service
        .post(
            "/v1/connections",
            json!({
                "provider": "twilio", "name": "Support SMS",
                "account": {"account_sid": "AC00000000000000000000000000000001", "number": NUMBER},
                "secrets": {"auth_token": TOKEN}, "settings": settings
            }),
        )
        .await;
    (made["id"].as_str().unwrap().to_owned(), made["callback_url"].as_str().unwrap().to_owned())
}

/// The form of an inbound text.
pub(crate) fn text(sid: &str, from: &str, body: &str) -> Vec<(String, String)> {
    let fields = [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("From", from),
        ("To", NUMBER),
        ("Body", body),
        ("NumMedia", "0"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The form of a status callback.
pub(crate) fn status(sid: &str, to: &str, status: &str) -> Vec<(String, String)> {
    let fields = [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("From", NUMBER),
        ("To", to),
        ("MessageStatus", status),
        ("ApiVersion", "2010-04-01"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Posts a form as Twilio does; the answer's status, or none when nobody answered.
pub(crate) async fn post(service: &Service, url: &str, form: &[(String, String)]) -> Option<u16> {
    post_signed(service, url, form, &sign(url, form)).await
}

/// Posts a form under a given signature.
pub(crate) async fn post_signed(
    service: &Service,
    url: &str,
    form: &[(String, String)],
    signature: &str,
) -> Option<u16> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = service
        .http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(body);
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let body = answer.text().await.ok()?;
    assert!(status != 200 || body.is_empty(), "a taken callback has an empty answer");
    Some(status)
}

/// URL and sorted fields under HMAC-SHA1.
pub(crate) fn sign(url: &str, form: &[(String, String)]) -> String {
    let mut fields = form.to_vec();
    fields.sort();
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}
