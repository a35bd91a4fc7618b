//! Why X refused: <https://docs.x.com/x-api/fundamentals/response-codes-and-errors>.
//!
//! The second version of the API tells most by the HTTP status; numbers of the first still come along now and then.

use serde_json::Value;

use crate::domain::failure::{Failure, FailureCode};

use FailureCode::{InvalidContent, InvalidRecipient, Misconfigured, Rejected, Unreachable};

/// Numbers that say more than the status does.
const CODES: &[(&str, FailureCode, &str)] = &[
    ("64", Misconfigured, "Our account at X is suspended."),
    ("89", Misconfigured, "X did not accept the access token."),
    ("108", InvalidRecipient, "The recipient does not exist."),
    ("150", Unreachable, "The recipient does not take private messages from us."),
    ("151", Rejected, "X could not deliver the private message."),
    ("186", InvalidContent, "The post is too long."),
    ("187", InvalidContent, "The same text was posted before."),
    ("261", Misconfigured, "The app may not write."),
    ("326", Misconfigured, "Our account at X is locked."),
    ("349", Unreachable, "The recipient does not take private messages from us."),
    ("385", Rejected, "The post that was answered is gone or hidden from us."),
];

/// The ends of problem types that are our set-up's fault.
const SETUP_PROBLEMS: &[&str] =
    &["client-forbidden", "unsupported-authentication", "usage-capped", "oauth1-permissions"];

/// What X says about an error: its number and its problem type, where it gives them.
pub(super) struct Problem {
    code: Option<String>,
    kind: Option<String>,
}

impl Problem {
    /// Reads an answer's body, whatever it is.
    pub(super) fn read(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = body.pointer("/errors/0/code").and_then(|code| match code {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.chars().take(20).collect()),
            _ => None,
        });
        let kind = body.get("type").or_else(|| body.pointer("/errors/0/type")).and_then(Value::as_str);
        let kind = kind.and_then(|kind| kind.rsplit('/').next()).filter(|kind| is_word(kind));
        Self { code, kind: kind.map(str::to_owned) }
    }

    /// Whether X says that it is too busy and took nothing.
    pub(super) fn is_over_capacity(&self) -> bool {
        self.code.as_deref() == Some("130")
    }

    /// Their own word for it.
    pub(super) fn word(&self) -> Option<&str> {
        self.code.as_deref().or(self.kind.as_deref())
    }

    /// What a final refusal means.
    pub(super) fn failure(&self, status: u16, is_public: bool) -> Failure {
        let row = CODES.iter().find(|(code, ..)| self.code.as_deref() == Some(code));
        let (code, detail) = match row {
            Some((_, code, detail)) => (*code, *detail),
            None => self.by_status(status, is_public),
        };
        let theirs = self.word().map_or_else(|| status.to_string(), str::to_owned);
        Failure::by_provider(code, theirs, detail)
    }

    fn by_status(&self, status: u16, is_public: bool) -> (FailureCode, &'static str) {
        let is_setup = self.kind.as_deref().is_some_and(|kind| SETUP_PROBLEMS.contains(&kind));
        match status {
            401 => (Misconfigured, "X did not accept the account's credentials."),
            402 => (Misconfigured, "The app has no credit left at X."),
            403 if is_setup => (Misconfigured, "X does not let this app send."),
            403 if is_public => (Rejected, "X does not allow this answer to this post."),
            403 => (Unreachable, "The recipient does not take private messages from us."),
            404 if is_public => (Rejected, "The post that was answered is gone."),
            404 => (InvalidRecipient, "The recipient does not exist."),
            300..=399 | 405 => (Misconfigured, "X cannot be reached at this address."),
            _ => (Rejected, "X refused it."),
        }
    }
}

fn is_word(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
