//! Sending to Messenger, answering in public, and what the answers mean.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/send-api>

use bytes::Bytes;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Access, HttpReply, HttpRequest, Outcome, Outgoing, Recipient, Refusal, Send};
use super::callback::{part_word, private_channel};
use super::errors::{self, Advice};
use super::{HUMAN_AGENT, proof};
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::inbound::Media;
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;

const API: &str = "https://graph.facebook.com";
const VERSION: &str = "v25.0";

/// The request that sends a message or a public answer.
pub(super) fn compose(outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
    match &outgoing.send {
        Send::Message { message_id, part, to, text, media } => {
            let page_id = outgoing.field("page_id")?;
            let mut message = content(text, media)?;
            message["metadata"] = json!(part_word(message_id, *part));
            let body = private(outgoing, to, &message)?;
            request(outgoing, &format!("{page_id}/messages"), ("application/json", body.to_string()))
        }
        Send::PrivateReply { post_id, text } => {
            let page_id = outgoing.field("page_id")?;
            let body =
                json!({"recipient": {"comment_id": path_safe(post_id)?}, "message": content(text, &[])?});
            request(outgoing, &format!("{page_id}/messages"), ("application/json", body.to_string()))
        }
        Send::Reply { post_id, text, .. } => {
            if text.is_empty() {
                return Err(refusal(FailureCode::InvalidContent, "The answer is empty."));
            }
            let form = Serializer::new(String::new()).append_pair("message", text).finish();
            let path = format!("{}/comments", path_safe(post_id)?);
            request(outgoing, &path, ("application/x-www-form-urlencoded", form))
        }
    }
}

fn request(
    outgoing: &Outgoing<'_>,
    path: &str,
    (content_type, body): (&str, String),
) -> Result<HttpRequest, Refusal> {
    let token = outgoing.secret("page_token")?;
    let proof = proof::make(outgoing.secret("app_secret")?, token);
    Ok(HttpRequest {
        method: "POST",
        url: format!("{}/{path}?appsecret_proof={proof}", base(&outgoing.access())),
        headers: vec![
            ("authorization", Secret::new(format!("Bearer {}", token.expose()))),
            ("content-type", Secret::new(content_type)),
        ],
        body: Bytes::from(body),
    })
}

/// Where calls of the connection's version of the Graph API go.
pub(super) fn base(access: &Access<'_>) -> String {
    let version = access.settings.get("graph_version").and_then(Value::as_str).unwrap_or(VERSION);
    format!("{}/{version}", access.api_base(API))
}

fn private(outgoing: &Outgoing<'_>, to: &Recipient<'_>, message: &Value) -> Result<Value, Refusal> {
    if *to.channel != private_channel() {
        return Err(refusal(
            FailureCode::Misconfigured,
            "Facebook sends private messages by Messenger alone.",
        ));
    }
    let mut body = json!({
        "recipient": {"id": to.external_id}, "messaging_type": "RESPONSE", "message": message,
    });
    if outgoing.needs_tag {
        body["messaging_type"] = json!("MESSAGE_TAG");
        body["tag"] = json!(HUMAN_AGENT);
    }
    Ok(body)
}

/// A text or one attachment: Messenger takes no message with both.
fn content(text: &str, media: &[Media]) -> Result<Value, Refusal> {
    match (text, media) {
        ("", []) => Err(refusal(FailureCode::InvalidContent, "The message is empty.")),
        (text, []) => Ok(json!({"text": text})),
        ("", [one]) => {
            Ok(json!({"attachment": {"type": kind(one), "payload": {"url": one.url, "is_reusable": false}}}))
        }
        _ => Err(refusal(
            FailureCode::InvalidContent,
            "A Messenger message has a text or one attachment, not both.",
        )),
    }
}

fn kind(media: &Media) -> &'static str {
    let family = media.content_type.as_deref().and_then(|name| name.split('/').next()).unwrap_or_default();
    match family {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ => "file",
    }
}

/// An id that may stand in a path as it is.
fn path_safe(id: &str) -> Result<&str, Refusal> {
    let is_safe = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_safe.then_some(id).ok_or_else(|| refusal(FailureCode::InvalidRecipient, "The post has no usable id."))
}

fn refusal(code: FailureCode, detail: &str) -> Refusal {
    Refusal(Failure::new(code, detail))
}

/// Facebook's word on a send, or on why there is none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    message_id: Option<String>,
    recipient_id: Option<String>,
    id: Option<String>,
    error: Option<Fault>,
}

/// An error of the Graph API.
#[derive(Deserialize)]
pub(super) struct Fault {
    pub(super) code: u64,
    #[serde(default)]
    pub(super) error_subcode: Option<u64>,
    #[serde(default)]
    is_transient: bool,
}

/// Whom a private message reached.
pub(super) fn recipient(reply: &HttpReply) -> Option<String> {
    let answer: Answer = serde_json::from_slice(&reply.body).ok()?;
    answer.recipient_id
}

/// What an answer means. Facebook takes no idempotency key: without its word, nobody knows.
pub(super) fn interpret(reply: &HttpReply) -> Outcome {
    let answer: Answer = serde_json::from_slice(&reply.body).unwrap_or_default();
    let why = || format!("http {}", reply.status);
    match (reply.status, answer.error) {
        (_, Some(fault)) => refused(reply, &fault),
        (200..=299, None) => match answer.message_id.or(answer.id) {
            Some(id) => Outcome::Accepted { id: Some(id), status: MessageStatus::Sent },
            None => Outcome::Unknown { why: "an answer of success without an id".into() },
        },
        (429, None) => Outcome::Retry { after: reply.retry_after, why: why() },
        (300..=399 | 401 | 403..=405, None) => Outcome::Refused {
            failure: Failure::new(FailureCode::Misconfigured, "Facebook does not let this Page send."),
        },
        (400..=499, None) if reply.status != 408 => {
            Outcome::Refused { failure: Failure::new(FailureCode::Rejected, "Facebook refused it.") }
        }
        _ => Outcome::Unknown { why: why() },
    }
}

fn refused(reply: &HttpReply, fault: &Fault) -> Outcome {
    let (advice, failure) = errors::judge(fault.code, fault.error_subcode);
    let is_passing = match advice {
        Advice::Retry => true,
        Advice::GiveUp => fault.is_transient,
        Advice::Unsure => fault.is_transient || reply.status == 429 || reply.status >= 500,
    };
    if is_passing {
        let code = failure.provider_code.unwrap_or_default();
        return Outcome::Retry {
            after: reply.retry_after,
            why: format!("http {} code {code}", reply.status),
        };
    }
    Outcome::Refused { failure }
}
