//! What goes out: `message.send` and `post.reply`, posted to `send_url` and signed with `whsec_`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{HttpReply, HttpRequest, Outcome, Outgoing, Quarantined, Refusal, Send};
use super::item::Item;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::{ReceiverKey, Version, signed_headers};

/// The request that asks the other side to send.
pub(super) fn compose(outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
    let body = Bytes::from(payload(outgoing).to_string());
    let id = outgoing.delivery_id.as_str();
    let headers = signed_headers(&[signing_secret(outgoing)?], id, outgoing.now, &body);
    Ok(HttpRequest { method: "POST", url: url(outgoing)?, headers, body })
}

fn payload(outgoing: &Outgoing<'_>) -> Value {
    let id = outgoing.delivery_id;
    match &outgoing.send {
        Send::Message { message_id, part, to, text, media } => json!({
            "type": "message.send", "id": id, "message_id": message_id, "part": part,
            "to": {"id": to.external_id}, "channel": to.channel, "text": text, "media": media,
        }),
        Send::PrivateReply { post_id, text } => json!({
            "type": "post.private_reply", "id": id, "post_id": post_id, "text": text,
        }),
        Send::Reply { post_id, thread_id, channel, text } => json!({
            "type": "post.reply", "id": id, "post_id": post_id, "thread_id": thread_id,
            "channel": channel, "text": text,
        }),
    }
}

fn signing_secret(outgoing: &Outgoing<'_>) -> Result<Secret, Refusal> {
    let secret = outgoing.secret("signing_secret")?;
    match ReceiverKey::parse(secret).map(|key| key.version()) {
        Some(Version::V1) => Ok(secret.clone()),
        _ => Err(misconfigured("A public key cannot sign what goes out: signing_secret must be whsec_….")),
    }
}

/// `send_url`, its scheme and host replaced by `api_base` where that is set.
fn url(outgoing: &Outgoing<'_>) -> Result<String, Refusal> {
    let configured = outgoing.field("send_url")?;
    let parsed = url::Url::parse(configured).map_err(|_| misconfigured("send_url is no URL."))?;
    let base = outgoing.api_base("");
    if base.is_empty() {
        return Ok(parsed.into());
    }
    Ok(format!("{base}{}", &parsed[url::Position::BeforePath..url::Position::AfterQuery]))
}

/// What an answer means. A repeated request has one effect there, so whatever may pass is tried again.
pub(super) fn interpret(reply: &HttpReply) -> Outcome {
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    match reply.status {
        200..=299 => Outcome::Accepted {
            id: answer.get("id").and_then(Value::as_str).map(str::to_owned),
            status: MessageStatus::Sent,
        },
        408 | 429 | 500..=599 => {
            Outcome::Retry { after: reply.retry_after, why: format!("http {}", reply.status) }
        }
        status => Outcome::Refused { failure: refusal(status, &answer) },
    }
}

fn refusal(http_status: u16, answer: &Value) -> Failure {
    let told = Item::of(answer, String::new()).ok().filter(|_| answer.get("error").is_some());
    match (told.and_then(|item| failure(&item).ok()), http_status) {
        (Some(failure), _) => failure,
        (None, 400 | 409 | 413 | 422) => Failure::new(FailureCode::Rejected, "The other side refused it."),
        (None, status) => {
            let detail = format!("The other side answered {status} at send_url.");
            Failure::new(FailureCode::Misconfigured, detail)
        }
    }
}

/// Why it failed, as `{"error":{"code","detail"}}` says: a code of ours counts as ours, any other is kept beside.
pub(super) fn failure(item: &Item<'_>) -> Result<Failure, Quarantined> {
    let Some(error) = item.child("error")? else {
        return Ok(Failure::new(FailureCode::Rejected, "The other side gave no reason."));
    };
    let detail = error.text("detail")?.unwrap_or_else(|| "The other side gave no reason.".into());
    Ok(match error.text("code")? {
        Some(code) => {
            let ours = serde_json::from_value(Value::from(code.as_str())).unwrap_or(FailureCode::Rejected);
            Failure::by_provider(ours, code, detail)
        }
        None => Failure::new(FailureCode::Rejected, detail),
    })
}

fn misconfigured(detail: &str) -> Refusal {
    Refusal(Failure::new(FailureCode::Misconfigured, detail))
}
