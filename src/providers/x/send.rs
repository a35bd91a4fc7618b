//! Sending: an answer to a post or a private message, and what X's answer means.
//!
//! <https://docs.x.com/x-api/posts/create-post>,
//! <https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id>

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{HttpReply, HttpRequest, Outcome, Outgoing, Recipient, Refusal, Send};
use super::errors::Problem;
use super::oauth1::{self, Keys, Stamp};
use super::{BUTTON, DM_LIMIT, NAMESPACE, is_id, oauth2};
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::message::MessageStatus;
use crate::domain::secret::Secret;
use crate::domain::weight;

pub(super) const API: &str = "https://api.x.com";

/// The request that posts an answer or sends a message.
pub(super) fn compose(outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
    let (path, body) = match &outgoing.send {
        Send::Reply { post_id, text, .. } => ("/2/tweets".to_owned(), reply(outgoing, post_id, text)?),
        Send::PrivateReply { .. } => {
            return Err(refused(FailureCode::InvalidContent, "X has no private answer to a post."));
        }
        Send::Message { to, text, media, .. } => {
            if !media.is_empty() {
                return Err(refused(FailureCode::InvalidContent, "Attachments cannot be sent to X."));
            }
            (message_path(to)?, message(text)?)
        }
    };
    let url = format!("{}{path}", outgoing.api_base(API));
    Ok(HttpRequest {
        method: "POST",
        headers: vec![
            ("authorization", authorization(outgoing, &url)?),
            ("content-type", Secret::new("application/json")),
        ],
        url,
        body: Bytes::from(body.to_string()),
    })
}

fn reply(outgoing: &Outgoing<'_>, post_id: &str, text: &str) -> Result<Value, Refusal> {
    check_text(text, weight::weigh(text), weight::LIMIT)?;
    if !is_id(post_id) {
        return Err(refused(FailureCode::Rejected, "The post that is answered has no id of X."));
    }
    let mut body = json!({"text": text, "reply": {"in_reply_to_tweet_id": post_id}});
    let wants_button = outgoing.settings.get(BUTTON).and_then(Value::as_bool).unwrap_or(true);
    if wants_button {
        let user_id = outgoing.field("user_id")?;
        let link = format!("https://x.com/messages/compose?recipient_id={user_id}");
        body["direct_message_deep_link"] = Value::from(link);
    }
    Ok(body)
}

fn message_path(to: &Recipient<'_>) -> Result<String, Refusal> {
    let id = to.external_id;
    if to.namespace.as_str() != NAMESPACE || !is_id(id) {
        return Err(refused(FailureCode::InvalidRecipient, "The recipient has no id of X."));
    }
    Ok(format!("/2/dm_conversations/with/{id}/messages"))
}

fn message(text: &str) -> Result<Value, Refusal> {
    check_text(text, text.chars().count(), DM_LIMIT)?;
    Ok(json!({"text": text}))
}

fn check_text(text: &str, length: usize, limit: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(refused(FailureCode::InvalidContent, "The text is empty."));
    }
    if length > limit {
        let detail =
            format!("The text has {length} characters as X counts them; at most {limit} are allowed.");
        return Err(Refusal(Failure::new(FailureCode::InvalidContent, detail)));
    }
    Ok(())
}

/// The token that is renewed, if there is one; else OAuth 1.0a where the token has a secret, else OAuth 2.0.
fn authorization(outgoing: &Outgoing<'_>, url: &str) -> Result<Secret, Refusal> {
    let bearer = |token: &Secret| Secret::new(format!("Bearer {}", token.expose()));
    if let Some(token) = outgoing.secrets.get(oauth2::TOKEN) {
        return Ok(bearer(token));
    }
    let token = outgoing.secret("access_token")?;
    let Some(token_secret) = outgoing.secrets.get("access_token_secret") else {
        return Ok(bearer(token));
    };
    let keys = Keys {
        consumer_key: outgoing.secret("consumer_key")?,
        consumer_secret: outgoing.secret("consumer_secret")?,
        token,
        token_secret,
    };
    let stamp = Stamp::of(&outgoing.delivery_id.to_string(), outgoing.now);
    Ok(oauth1::authorization(&keys, "POST", url, &stamp))
}

fn refused(code: FailureCode, detail: &str) -> Refusal {
    Refusal(Failure::new(code, detail))
}

/// What an answer means. X takes no idempotency key, so only an answer that says nothing was done may lead to a
/// second try.
pub(super) fn interpret(reply: &HttpReply, is_public: bool) -> Outcome {
    let problem = Problem::read(&reply.body);
    let why = || format!("http {} code {}", reply.status, problem.word().unwrap_or("none"));
    let is_busy = reply.retry_after.is_some() || problem.is_over_capacity();
    match reply.status {
        200..=299 => taken(&reply.body),
        429 => Outcome::Retry { after: reply.retry_after, why: why() },
        503 if is_busy => Outcome::Retry { after: reply.retry_after, why: why() },
        300..=499 if reply.status != 408 => {
            Outcome::Refused { failure: problem.failure(reply.status, is_public) }
        }
        _ => Outcome::Unknown { why: why() },
    }
}

fn taken(body: &[u8]) -> Outcome {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let id = ["/data/id", "/data/dm_event_id"].iter().find_map(|at| answer.pointer(at)?.as_str());
    match id {
        Some(id) => Outcome::Accepted { id: Some(id.to_owned()), status: MessageStatus::Sent },
        None => Outcome::Unknown { why: "an answer of success without an id".into() },
    }
}
