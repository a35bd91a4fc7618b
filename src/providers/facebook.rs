//! Facebook Pages: comments, visitor posts and mentions in public, Messenger in private.
//!
//! Signature and challenge: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>.
//! Callbacks: <https://developers.facebook.com/docs/graph-api/webhooks/reference/page>,
//! <https://developers.facebook.com/docs/messenger-platform/webhooks>.
//! Send: <https://developers.facebook.com/docs/graph-api/reference/object/comments>,
//! <https://developers.facebook.com/docs/messenger-platform/reference/send-api>.

mod callback;
mod errors;
mod proof;
mod send;
mod signature;
mod signed_request;
mod subscription;

use std::time::Duration;

use serde_json::Value;

use super::contract::{SCHEME, check_scheme};
use super::{
    Access, Account, Body, Door, FailedCheck, Field, HttpReply, HttpRequest, Need, Outcome, Outgoing,
    PersonRef, Provider, Quarantined, RawRequest, Refusal, Reply,
};
use crate::domain::channel::Channel;
use crate::domain::identity::{Namespace, Party, Profile};
use crate::domain::inbound::InboundEvent;
use crate::domain::time::Timestamp;

/// The provider `facebook`.
#[derive(Debug)]
pub(super) struct Facebook;

/// The longest public comment, in characters.
const PUBLIC_LIMIT: usize = 8000;

/// The longest private message, in characters.
const PRIVATE_LIMIT: usize = 2000;

/// The only message tag there is a use for: a person answers within seven days.
const HUMAN_AGENT: &str = "HUMAN_AGENT";

impl Provider for Facebook {
    fn name(&self) -> &'static str {
        "facebook"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["meta_page", "meta_messenger"]
    }

    fn account_fields(&self) -> &'static [Field] {
        &[
            Field { name: "app_id", need: Need::Required, help: "The app that owns the subscription." },
            Field { name: "page_id", need: Need::Required, help: "The Page." },
        ]
    }

    fn secret_fields(&self) -> &'static [Field] {
        &[
            Field {
                name: "app_secret",
                need: Need::Required,
                help: "The app's secret: it signs callbacks and proves calls.",
            },
            Field {
                name: "verify_token",
                need: Need::Required,
                help: "The token of the challenge, as entered beside the callback URL.",
            },
            Field { name: "page_token", need: Need::Required, help: "A Page access token to send with." },
        ]
    }

    fn setting_fields(&self) -> &'static [Field] {
        &[
            SCHEME,
            Field {
                name: "graph_version",
                need: Need::Optional,
                help: "The version of the Graph API to call; default: v25.0.",
            },
            Field {
                name: "message_tag",
                need: Need::Optional,
                help: "`HUMAN_AGENT`, where the app may answer for seven days instead of one.",
            },
        ]
    }

    fn schemes(&self) -> &'static [&'static str] {
        signature::SCHEMES
    }

    fn check_account(&self, account: &Account) -> Result<(), (String, String)> {
        for name in ["app_id", "page_id"] {
            if account.get(name).is_some_and(|id| !is_number(id)) {
                return Err((format!("/account/{name}"), "is a number of 1 to 30 digits".into()));
            }
        }
        Ok(())
    }

    fn check_settings(&self, settings: &Value) -> Result<(), (String, String)> {
        check_scheme(self.schemes(), settings)?;
        let check = |name: &str, fits: fn(&str) -> bool, why: &str| match settings.get(name) {
            Some(value) if !value.as_str().is_some_and(fits) => {
                Err((format!("/settings/{name}"), why.to_owned()))
            }
            _ => Ok(()),
        };
        check("graph_version", is_version, "is a version such as v25.0")?;
        check("message_tag", |tag| tag == HUMAN_AGENT, "is HUMAN_AGENT")
    }

    fn account_keys(&self, account: &Account) -> Vec<String> {
        account.get("page_id").cloned().into_iter().collect()
    }

    fn app(&self, account: &Account) -> String {
        account.get("app_id").cloned().unwrap_or_default()
    }

    fn handshake(&self, door: &Door<'_>, raw: &RawRequest) -> Option<Result<Reply, FailedCheck>> {
        signature::challenge(door, raw)
    }

    fn signed_request(
        &self,
        door: &Door<'_>,
        raw: &RawRequest,
        now: Timestamp,
    ) -> Option<Result<PersonRef, FailedCheck>> {
        signed_request::read(door, raw, now)
    }

    fn proof(&self, door: &Door<'_>, raw: &RawRequest) -> Option<Result<(), FailedCheck>> {
        proof::check(door, raw)
    }

    fn check(&self, door: &Door<'_>, raw: &RawRequest, _now: Timestamp) -> Result<(), FailedCheck> {
        signature::check(door, raw)
    }

    fn parse(&self, _door: &Door<'_>, body: &Body<'_>) -> Vec<Result<InboundEvent, Quarantined>> {
        callback::read(body.raw())
    }

    fn private_channel(&self, account: &Account, namespace: &Namespace) -> Option<Channel> {
        let page = account.get("page_id")?;
        (*namespace == callback::private_namespace(page)).then(callback::private_channel)
    }

    fn private_namespace(&self, account: &Account, _public: &Channel) -> Option<Namespace> {
        account.get("page_id").map(|page| callback::private_namespace(page))
    }

    /// <https://developers.facebook.com/docs/messenger-platform/discovery/private-replies>
    fn private_reply_window(&self) -> Option<Duration> {
        Some(Duration::from_secs(7 * 86_400))
    }

    fn reached(&self, account: &Account, reply: &HttpReply) -> Option<Party> {
        let page = account.get("page_id")?;
        send::recipient(reply).map(|external_id| Party {
            namespace: callback::private_namespace(page),
            external_id,
            profile: Profile::default(),
        })
    }

    fn replies_in_public(&self) -> bool {
        true
    }

    fn text_limit(&self, channel: &Channel) -> usize {
        if *channel == callback::private_channel() { PRIVATE_LIMIT } else { PUBLIC_LIMIT }
    }

    fn media_limit(&self, _channel: &Channel) -> usize {
        1
    }

    fn sends_media_alone(&self, _channel: &Channel) -> bool {
        true
    }

    fn compose(&self, outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
        send::compose(outgoing)
    }

    fn interpret(&self, reply: &HttpReply, _is_public: bool) -> Outcome {
        send::interpret(reply)
    }

    fn ask_subscription(
        &self,
        access: &Access<'_>,
        answers: &[HttpReply],
    ) -> Option<Result<HttpRequest, Refusal>> {
        answers.is_empty().then(|| subscription::ask(access))
    }

    fn read_subscription(&self, access: &Access<'_>, answers: &[HttpReply]) -> Result<String, String> {
        let reply = answers.last().ok_or("Facebook was not asked")?;
        subscription::read(access, reply)
    }
}

fn is_number(text: &str) -> bool {
    (1..=30).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_version(text: &str) -> bool {
    let parts = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(major, minor)| {
        [major, minor]
            .iter()
            .all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests;
