//! Sending through Twilio, and what its answers mean.
//!
//! <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>

use bytes::Bytes;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::Value;

use super::super::{HttpReply, HttpRequest, Outcome, Outgoing, Recipient, Refusal, Send};
use super::callback::status;
use super::errors;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::inbound::Media;
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;
use crate::domain::signature::encode_base64;

const API: &str = "https://api.twilio.com";

/// The request that creates a message.
pub(super) fn compose(outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
    let account_sid = outgoing.field("account_sid")?;
    Ok(HttpRequest {
        method: "POST",
        url: format!("{}/2010-04-01/Accounts/{account_sid}/Messages.json", outgoing.api_base(API)),
        headers: vec![
            ("authorization", authorization(outgoing, account_sid)?),
            ("content-type", Secret::new("application/x-www-form-urlencoded")),
        ],
        body: Bytes::from(form(outgoing)?),
    })
}

/// An API key where there is one: it can be withdrawn without touching the account.
fn authorization(outgoing: &Outgoing<'_>, account_sid: &str) -> Result<Secret, Refusal> {
    let pair = match (outgoing.secrets.get("api_key_sid"), outgoing.secrets.get("api_key_secret")) {
        (Some(sid), Some(secret)) => format!("{}:{}", sid.expose(), secret.expose()),
        _ => format!("{account_sid}:{}", outgoing.secret("auth_token")?.expose()),
    };
    Ok(Secret::new(format!("Basic {}", encode_base64(pair.as_bytes()))))
}

fn form(outgoing: &Outgoing<'_>) -> Result<String, Refusal> {
    let Send::Message { message_id, part, to, text, media } = &outgoing.send else {
        return Err(Refusal(Failure::new(
            FailureCode::Misconfigured,
            "Twilio has no public posts to answer.",
        )));
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("To", &address(to, to.external_id));
    append_sender(&mut form, outgoing, to)?;
    append_content(&mut form, text, media)?;
    if let Some(seconds) = outgoing.settings.get("validity_seconds").and_then(Value::as_u64) {
        form.append_pair("ValidityPeriod", &seconds.to_string());
    }
    let callback = format!("{}?message={message_id}&part={part}", outgoing.callback_url);
    form.append_pair("StatusCallback", &callback);
    Ok(form.finish())
}

fn append_sender(
    form: &mut Serializer<'_, String>,
    outgoing: &Outgoing<'_>,
    to: &Recipient<'_>,
) -> Result<(), Refusal> {
    let of = |name: &str| outgoing.account.get(name);
    let (service, number) = (of("messaging_service_sid"), of("number"));
    if service.is_none() && number.is_none() {
        return Err(Refusal::misconfigured("number"));
    }
    if let Some(service) = service {
        form.append_pair("MessagingServiceSid", service);
    }
    if let Some(number) = number {
        form.append_pair("From", &address(to, number));
    }
    Ok(())
}

fn append_content(form: &mut Serializer<'_, String>, text: &str, media: &[Media]) -> Result<(), Refusal> {
    if text.is_empty() && media.is_empty() {
        return Err(Refusal(Failure::new(FailureCode::InvalidContent, "The message is empty.")));
    }
    if !text.is_empty() {
        form.append_pair("Body", text);
    }
    form.extend_pairs(media.iter().map(|item| ("MediaUrl", &item.url)));
    Ok(())
}

/// An address as Twilio writes it on the recipient's channel: both ends carry its prefix.
fn address(to: &Recipient<'_>, id: &str) -> String {
    match to.channel.as_str() {
        "sms" => id.to_owned(),
        channel => format!("{channel}:{id}"),
    }
}

/// Twilio's word on a message, or on why there is none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    sid: Option<String>,
    /// The message's word; in an error, the HTTP status again.
    status: Option<Value>,
    error_code: Option<Value>,
    code: Option<Value>,
}

/// A code as text, whether it came as a number or as a text.
fn code_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// What an answer means. Twilio takes no idempotency key, so only an answer that says the message was not taken may
/// lead to a second try.
pub(super) fn interpret(reply: &HttpReply) -> Outcome {
    let answer: Option<Answer> = serde_json::from_slice(&reply.body).ok();
    let code = code_of(answer.as_ref().and_then(|answer| answer.code.as_ref()));
    let why = || format!("http {} code {}", reply.status, code.as_deref().unwrap_or("none"));
    match reply.status {
        200..=299 => taken(answer),
        429 => Outcome::Retry { after: reply.retry_after, why: why() },
        503 if code.is_some() || reply.retry_after.is_some() => {
            Outcome::Retry { after: reply.retry_after, why: why() }
        }
        400..=499 if reply.status != 408 => match &code {
            Some(code) if errors::is_passing(code) => Outcome::Retry { after: reply.retry_after, why: why() },
            code => Outcome::Refused { failure: refusal(reply.status, code.as_deref()) },
        },
        300..=399 => Outcome::Refused { failure: refusal(reply.status, None) },
        _ => Outcome::Unknown { why: why() },
    }
}

fn taken(answer: Option<Answer>) -> Outcome {
    let Some(Answer { sid: Some(id), status: word, error_code, .. }) = answer else {
        return Outcome::Unknown { why: "an answer of success without a sid".into() };
    };
    let status = word.as_ref().and_then(Value::as_str).and_then(status).unwrap_or(MessageStatus::Queued);
    match code_of(error_code.as_ref()) {
        Some(code) if status == MessageStatus::Failed => Outcome::Refused { failure: errors::failure(&code) },
        _ => Outcome::Accepted { id: Some(id), status },
    }
}

fn refusal(http_status: u16, code: Option<&str>) -> Failure {
    match (code, http_status) {
        (_, 401 | 403) | (None, 300..=399 | 404 | 405) => Failure {
            code: FailureCode::Misconfigured,
            provider_code: code.map(str::to_owned),
            detail: "Twilio does not let this account send.".into(),
        },
        (Some(code), _) => errors::failure(code),
        (None, _) => Failure::new(FailureCode::Rejected, "Twilio refused it."),
    }
}
