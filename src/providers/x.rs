//! X: public posts and private messages, by the X Activity API and the older Account Activity API.
//!
//! Webhooks and their signature: <https://docs.x.com/x-api/webhooks/introduction>.
//! Events: <https://docs.x.com/x-api/activity/introduction>,
//! <https://docs.x.com/x-api/account-activity/introduction>.
//! Send: <https://docs.x.com/x-api/posts/create-post>,
//! <https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id>.

mod callback;
mod errors;
mod oauth1;
mod oauth2;
mod send;
mod signature;
mod webhook;

use serde_json::Value;

use super::contract::{SCHEME, check_scheme};
use super::{
    Access, Account, Body, Door, FailedCheck, Field, HttpReply, HttpRequest, Need, Outcome, Outgoing,
    Provider, Quarantined, RawRequest, Refusal, Renewed, Reply,
};
use crate::domain::channel::Channel;
use crate::domain::identity::Namespace;
use crate::domain::inbound::InboundEvent;
use crate::domain::time::Timestamp;
use crate::domain::weight;

/// The provider `x`.
#[derive(Debug)]
pub(super) struct X;

/// The kind of id of people on X: the same in public and in private.
const NAMESPACE: &str = "x";

/// The longest text of a private message, in characters.
const DM_LIMIT: usize = 10_000;

/// The setting that puts a button for private messages under public answers.
const BUTTON: &str = "private_message_button";

impl Provider for X {
    fn name(&self) -> &'static str {
        "x"
    }

    fn account_fields(&self) -> &'static [Field] {
        &[
            Field { name: "user_id", need: Need::Required, help: "Our account's id, in digits." },
            Field { name: "handle", need: Need::Optional, help: "Our account's handle without the @." },
            Field {
                name: "app_id",
                need: Need::Optional,
                help: "The X app, where connections of one workspace belong to several.",
            },
        ]
    }

    fn secret_fields(&self) -> &'static [Field] {
        &[
            Field {
                name: "consumer_secret",
                need: Need::Required,
                help: "The app's API secret key: it signs callbacks and answers the challenge.",
            },
            Field { name: "consumer_key", need: Need::Optional, help: "The app's API key, for OAuth 1.0a." },
            Field { name: "access_token", need: Need::Optional, help: "The account's access token." },
            Field {
                name: "access_token_secret",
                need: Need::Optional,
                help: "The secret of an OAuth 1.0a access token; without it the token is an OAuth 2.0 one.",
            },
            Field {
                name: oauth2::TOKEN,
                need: Need::Optional,
                help: "The account's OAuth 2.0 token, which is renewed; it counts before `access_token`.",
            },
            Field {
                name: oauth2::REFRESH,
                need: Need::Optional,
                help: "What a new OAuth 2.0 token is asked for with (scope `offline.access`); replaced each time.",
            },
            Field {
                name: oauth2::CLIENT_ID,
                need: Need::Optional,
                help: "The app's OAuth 2.0 client id, to renew with.",
            },
            Field {
                name: oauth2::CLIENT_SECRET,
                need: Need::Optional,
                help: "The app's OAuth 2.0 client secret, where it is a confidential client.",
            },
            Field {
                name: webhook::BEARER,
                need: Need::Optional,
                help: "The app's own bearer token, to look up its webhook when the connection is tested.",
            },
        ]
    }

    fn setting_fields(&self) -> &'static [Field] {
        &[
            SCHEME,
            Field {
                name: BUTTON,
                need: Need::Optional,
                help: "Whether public answers carry a button for private messages; true unless set.",
            },
        ]
    }

    fn schemes(&self) -> &'static [&'static str] {
        &[signature::SCHEME]
    }

    fn check_account(&self, account: &Account) -> Result<(), (String, String)> {
        let check = |name: &str, fits: fn(&str) -> bool, why: &str| match account.get(name) {
            Some(value) if !fits(value) => Err((format!("/account/{name}"), why.to_owned())),
            _ => Ok(()),
        };
        check("user_id", is_id, "is 1 to 20 digits")?;
        check("handle", is_handle, "is 1 to 15 letters, digits or _, without the @")
    }

    fn check_settings(&self, settings: &Value) -> Result<(), (String, String)> {
        check_scheme(self.schemes(), settings)?;
        match settings.get(BUTTON) {
            Some(value) if !value.is_boolean() => {
                Err((format!("/settings/{BUTTON}"), "is true or false".into()))
            }
            _ => Ok(()),
        }
    }

    fn account_keys(&self, account: &Account) -> Vec<String> {
        account.get("user_id").cloned().into_iter().collect()
    }

    fn app(&self, account: &Account) -> String {
        account.get("app_id").cloned().unwrap_or_default()
    }

    fn handshake(&self, door: &Door<'_>, raw: &RawRequest) -> Option<Result<Reply, FailedCheck>> {
        signature::handshake(door, raw)
    }

    fn check(&self, door: &Door<'_>, raw: &RawRequest, _now: Timestamp) -> Result<(), FailedCheck> {
        signature::check(door, raw)
    }

    fn parse(&self, _door: &Door<'_>, body: &Body<'_>) -> Vec<Result<InboundEvent, Quarantined>> {
        callback::read(body.raw())
    }

    fn private_channel(&self, _account: &Account, namespace: &Namespace) -> Option<Channel> {
        (namespace.as_str() == NAMESPACE).then(dm_channel)
    }

    fn private_namespace(&self, _account: &Account, _public: &Channel) -> Option<Namespace> {
        Some(Namespace::named(NAMESPACE))
    }

    fn replies_in_public(&self) -> bool {
        true
    }

    fn text_limit(&self, channel: &Channel) -> usize {
        if *channel == dm_channel() { DM_LIMIT } else { weight::LIMIT }
    }

    fn media_limit(&self, _channel: &Channel) -> usize {
        // An attachment must be uploaded before, by requests of its own.
        0
    }

    fn compose(&self, outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
        send::compose(outgoing)
    }

    fn interpret(&self, reply: &HttpReply, is_public: bool) -> Outcome {
        send::interpret(reply, is_public)
    }

    fn refuses_token(&self, reply: &HttpReply) -> bool {
        reply.status == 401
    }

    fn renew(&self, access: &Access<'_>) -> Option<HttpRequest> {
        oauth2::renew(access)
    }

    fn renewed(&self, reply: &HttpReply) -> Renewed {
        oauth2::renewed(reply)
    }

    fn ask_subscription(
        &self,
        access: &Access<'_>,
        answers: &[HttpReply],
    ) -> Option<Result<HttpRequest, Refusal>> {
        webhook::ask(access, answers).map(Ok)
    }

    fn read_subscription(&self, access: &Access<'_>, answers: &[HttpReply]) -> Result<String, String> {
        webhook::read(access, answers)
    }
}

fn dm_channel() -> Channel {
    Channel::named("x_dm")
}

/// Whether it is an id of a person or a post: an unsigned 64-bit number in digits.
fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_handle(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests;
