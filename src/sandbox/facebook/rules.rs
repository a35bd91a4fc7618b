//! What Facebook lets a Page do: who may call, how long texts may be, when it may write to whom.
//!
//! <https://developers.facebook.com/docs/messenger-platform/policy/policy-overview>,
//! <https://developers.facebook.com/docs/graph-api/securing-requests>

use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::signature::Algorithm;
use crate::domain::time::Timestamp;
use crate::sandbox::host::{Call, Reply, field, pairs};

pub(super) const LONGEST_COMMENT: usize = 8000;
const LONGEST_MESSAGE: usize = 2000;
const LONGEST_METADATA: usize = 1000;

/// How long something public may be answered in private.
pub(super) const PRIVATE_REPLY: Duration = Duration::from_secs(7 * 24 * 3600);

const WINDOW: Duration = Duration::from_secs(24 * 3600);
const HUMAN_AGENT: Duration = Duration::from_secs(7 * 24 * 3600);

/// An answer as the Graph API writes its errors.
pub(super) fn error(status: u16, code: u32, subcode: Option<u32>, message: &str) -> Reply {
    let mut error = json!({
        "message": message, "type": "OAuthException", "code": code, "is_transient": code == 2,
        "fbtrace_id": "Sandbox",
    });
    if let Some(subcode) = subcode {
        error["error_subcode"] = json!(subcode);
    }
    Reply::new(status, json!({"error": error}))
}

/// Somebody who blocked the Page; it tells no more than that.
pub(super) fn unreachable() -> Reply {
    error(400, 551, Some(1_545_041), "This person isn't available right now.")
}

/// Whether the call has the Page's token, and a proof made of it with the app's secret.
pub(super) fn is_authentic(call: &Call, token: &str, app_secret: &str) -> Result<(), Reply> {
    let query = pairs(call.query.as_bytes());
    let bearer = call.header("authorization").strip_prefix("Bearer ");
    if bearer.or_else(|| field(&query, "access_token")) != Some(token) {
        return Err(error(401, 190, None, "Invalid OAuth access token."));
    }
    let proof = hex::decode(field(&query, "appsecret_proof").unwrap_or_default()).unwrap_or_default();
    match Algorithm::Sha256.fits(app_secret.as_bytes(), &[token.as_bytes()], &proof) {
        true => Ok(()),
        false => Err(error(400, 100, None, "Invalid appsecret_proof provided in the API argument")),
    }
}

/// `v25.0` and its like.
pub(super) fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    numbers.is_some_and(|(major, minor)| major.parse::<u8>().is_ok() && minor.parse::<u8>().is_ok())
}

/// What is sent: a text or one attachment.
pub(super) struct Content<'a> {
    pub(super) text: &'a str,
    pub(super) media: Option<&'a str>,
}

/// Reads the message of a send.
pub(super) fn content(message: &Value) -> Result<Content<'_>, Reply> {
    let wrong = |what: &str| error(400, 100, None, &format!("(#100) {what}"));
    let text = message["text"].as_str().unwrap_or_default();
    let media = message["attachment"]["payload"]["url"].as_str();
    if text.chars().count() > LONGEST_MESSAGE {
        return Err(wrong("Length of param message[text] must be less than or equal to 2000"));
    }
    if message["metadata"].as_str().is_some_and(|text| text.len() >= LONGEST_METADATA) {
        return Err(wrong("Length of param message[metadata] must be less than 1000"));
    }
    match (text.is_empty(), media) {
        (true, None) => Err(wrong("Must provide valid message text or attachment")),
        (false, Some(_)) => Err(wrong("Message cannot contain both text and attachment")),
        _ => Ok(Content { text, media }),
    }
}

/// Whether the window of somebody who last wrote then is open for this kind of message.
pub(super) fn may_write(body: &Value, last_in: Option<&Timestamp>, now: Timestamp) -> Result<(), Reply> {
    let span = match (body["messaging_type"].as_str(), body["tag"].as_str()) {
        (Some("RESPONSE" | "UPDATE"), None) => WINDOW,
        (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) => HUMAN_AGENT,
        _ => return Err(error(400, 100, None, "(#100) Param messaging_type or tag is not supported")),
    };
    match last_in {
        Some(last) if now <= *last + span => Ok(()),
        _ => Err(error(400, 10, Some(2_018_278), "This message is sent outside of allowed window.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(messaging_type: &str, tag: Option<&str>) -> Value {
        json!({"messaging_type": messaging_type, "tag": tag})
    }

    #[test]
    fn windows_close_and_people_have_longer_ones() {
        let last = Timestamp::from_secs(1_794_000_000);
        let after = |hours: u64| last + Duration::from_secs(hours * 3600);
        assert!(may_write(&kind("RESPONSE", None), Some(&last), after(24)).is_ok());
        assert!(may_write(&kind("RESPONSE", None), Some(&last), after(25)).is_err());
        assert!(may_write(&kind("MESSAGE_TAG", Some("HUMAN_AGENT")), Some(&last), after(25)).is_ok());
        assert!(
            may_write(&kind("MESSAGE_TAG", Some("HUMAN_AGENT")), Some(&last), after(24 * 7 + 1)).is_err()
        );
        assert!(may_write(&kind("MESSAGE_TAG", Some("ACCOUNT_UPDATE")), Some(&last), after(1)).is_err());
        assert!(may_write(&kind("RESPONSE", None), None, after(1)).is_err());
    }
}
