//! Twilio Messaging: SMS, MMS, WhatsApp, RCS and Messenger.
//!
//! Signature: <https://www.twilio.com/docs/usage/security#validating-requests>.
//! Callbacks: <https://www.twilio.com/docs/messaging/guides/webhook-request>,
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.
//! Send: <https://www.twilio.com/docs/messaging/api/message-resource>.

mod callback;
mod errors;
mod fields;
mod send;
mod signature;

use serde_json::Value;

use super::contract::{SCHEME, check_scheme};
use super::{
    Account, Body, Door, FailedCheck, Field, HttpReply, HttpRequest, Need, Outcome, Outgoing, Provider,
    Quarantined, RawRequest, Refusal,
};
use crate::domain::channel::Channel;
use crate::domain::identity::{Namespace, is_e164};
use crate::domain::inbound::InboundEvent;
use crate::domain::time::Timestamp;

/// The provider `twilio`.
#[derive(Debug)]
pub(super) struct Twilio;

/// At least one of them says who sends.
const SENDER: Need = Need::OneOf("sender");

/// The longest time a message may wait at Twilio, in seconds.
const MAX_VALIDITY_SECONDS: u64 = 36_000;

impl Provider for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn account_fields(&self) -> &'static [Field] {
        &[
            Field { name: "account_sid", need: Need::Required, help: "The account, `AC…`." },
            Field {
                name: "number",
                need: SENDER,
                help: "Our sender: E.164, a short code or an alphanumeric name.",
            },
            Field { name: "messaging_service_sid", need: SENDER, help: "The Messaging Service, `MG…`." },
        ]
    }

    fn secret_fields(&self) -> &'static [Field] {
        &[
            Field {
                name: "auth_token",
                need: Need::Required,
                help: "The auth token: it signs callbacks, and sends where there is no API key.",
            },
            Field { name: "api_key_sid", need: Need::Optional, help: "An API key to send with, `SK…`." },
            Field { name: "api_key_secret", need: Need::Optional, help: "The secret of that API key." },
        ]
    }

    fn setting_fields(&self) -> &'static [Field] {
        &[
            SCHEME,
            Field {
                name: "validity_seconds",
                need: Need::Optional,
                help: "How long a message may wait at Twilio before it expires, 1 to 36000.",
            },
        ]
    }

    fn schemes(&self) -> &'static [&'static str] {
        signature::SCHEMES
    }

    fn check_account(&self, account: &Account) -> Result<(), (String, String)> {
        let check = |name: &str, fits: fn(&str) -> bool, why: &str| match account.get(name) {
            Some(value) if !fits(value) => Err((format!("/account/{name}"), why.to_owned())),
            _ => Ok(()),
        };
        check("account_sid", |sid| is_sid(sid, "AC"), "is AC and letters or digits")?;
        check("messaging_service_sid", |sid| is_sid(sid, "MG"), "is MG and letters or digits")?;
        check("number", is_sender, "is an E.164 number, a short code or an alphanumeric sender")
    }

    fn check_settings(&self, settings: &Value) -> Result<(), (String, String)> {
        check_scheme(self.schemes(), settings)?;
        match settings.get("validity_seconds") {
            Some(value) if !value.as_u64().is_some_and(|secs| (1..=MAX_VALIDITY_SECONDS).contains(&secs)) => {
                Err(("/settings/validity_seconds".into(), format!("is 1 to {MAX_VALIDITY_SECONDS}")))
            }
            _ => Ok(()),
        }
    }

    fn account_keys(&self, account: &Account) -> Vec<String> {
        ["number", "messaging_service_sid"].iter().filter_map(|name| account.get(*name).cloned()).collect()
    }

    fn app(&self, account: &Account) -> String {
        account.get("account_sid").cloned().unwrap_or_default()
    }

    fn check(&self, door: &Door<'_>, raw: &RawRequest, _now: Timestamp) -> Result<(), FailedCheck> {
        signature::check(door, raw)
    }

    fn parse(&self, _door: &Door<'_>, body: &Body<'_>) -> Vec<Result<InboundEvent, Quarantined>> {
        vec![callback::read(body.raw())]
    }

    fn private_channel(&self, account: &Account, namespace: &Namespace) -> Option<Channel> {
        match namespace.as_str() {
            "phone" => Some(Channel::sms()),
            "whatsapp" => Some(Channel::whatsapp()),
            "rcs" => Some(Channel::named("rcs")),
            // A page is no `number`: it can be reached only as a sender of the Messaging Service.
            page if page.starts_with("messenger:") && account.contains_key("messaging_service_sid") => {
                Some(Channel::named("messenger"))
            }
            _ => None,
        }
    }

    fn text_limit(&self, _channel: &Channel) -> usize {
        1600
    }

    fn media_limit(&self, channel: &Channel) -> usize {
        if *channel == Channel::whatsapp() { 1 } else { callback::MAX_MEDIA }
    }

    fn compose(&self, outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
        send::compose(outgoing)
    }

    fn interpret(&self, reply: &HttpReply, _is_public: bool) -> Outcome {
        send::interpret(reply)
    }
}

fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_sender(text: &str) -> bool {
    let is_short_code = (3..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let is_name = (1..=11).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" -_&+".contains(&b));
    is_e164(text) || is_short_code || is_name
}

#[cfg(test)]
mod tests;
