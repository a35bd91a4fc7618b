//! Our own plain JSON, signed by Standard Webhooks both ways: for any tool, review site or script.
//!
//! What comes in is in `custom/callback.rs`, what goes out in `custom/send.rs`. Signature:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

mod callback;
mod item;
mod send;

use super::contract::SCHEME;
use super::{
    Account, Body, Door, FailedCheck, Field, HttpReply, HttpRequest, Need, Outcome, Outgoing, Provider,
    Quarantined, RawRequest, Refusal,
};
use crate::domain::channel::Channel;
use crate::domain::identity::Namespace;
use crate::domain::inbound::InboundEvent;
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::{Received, ReceiverKey, Version, is_shared_secret};
use crate::domain::time::Timestamp;

/// The provider `custom`.
#[derive(Debug)]
pub(super) struct Custom;

const SCHEME_V1: &str = "standard-webhooks-v1";
const SCHEME_V1A: &str = "standard-webhooks-v1a";

impl Provider for Custom {
    fn name(&self) -> &'static str {
        "custom"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["generic"]
    }

    fn account_fields(&self) -> &'static [Field] {
        &[
            Field {
                name: "send_url",
                need: Need::Optional,
                help: "Where messages and public replies are posted to.",
            },
            Field {
                name: "namespace",
                need: Need::Optional,
                help: "The kind of id its people have; `custom` by default. Connections that share one share people.",
            },
        ]
    }

    fn secret_fields(&self) -> &'static [Field] {
        &[Field {
            name: "signing_secret",
            need: Need::Required,
            help: "`whsec_…` for both ways, or `whpk_…`, the public key of what comes in.",
        }]
    }

    fn setting_fields(&self) -> &'static [Field] {
        &[SCHEME]
    }

    fn schemes(&self) -> &'static [&'static str] {
        &[SCHEME_V1, SCHEME_V1A]
    }

    fn check_account(&self, account: &Account) -> Result<(), (String, String)> {
        let is_http =
            |text: &String| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if account.get("send_url").is_some_and(|text| !is_http(text)) {
            return Err(("/account/send_url".into(), "is an absolute http or https URL".into()));
        }
        if account.get("namespace").is_some_and(|name| !is_namespace(name)) {
            return Err(("/account/namespace".into(), "is 1 to 120 of a-z, 0-9, `.`, `_` and `-`".into()));
        }
        Ok(())
    }

    fn check_secret(&self, _name: &str, value: &Secret) -> Result<(), String> {
        match ReceiverKey::parse(value) {
            Some(ReceiverKey::Public(_)) => Ok(()),
            Some(ReceiverKey::Shared(_)) if is_shared_secret(value) => Ok(()),
            _ => Err("is whsec_ and 24 to 64 bytes in base64, or whpk_ and an Ed25519 public key".into()),
        }
    }

    /// The URL is its only name.
    fn account_keys(&self, _account: &Account) -> Vec<String> {
        Vec::new()
    }

    fn app(&self, _account: &Account) -> String {
        String::new()
    }

    fn check(&self, door: &Door<'_>, raw: &RawRequest, now: Timestamp) -> Result<(), FailedCheck> {
        let header = |name| raw.header(name).ok_or(FailedCheck::SignatureMissing);
        let received = Received {
            id: header("webhook-id")?,
            timestamp: header("webhook-timestamp")?,
            signatures: header("webhook-signature")?,
            body: &raw.body,
        };
        Ok(received.verify(&accepted_keys(door)?, now)?)
    }

    fn parse(&self, door: &Door<'_>, body: &Body<'_>) -> Vec<Result<InboundEvent, Quarantined>> {
        callback::read(&namespace(door.account), body.raw())
    }

    fn private_channel(&self, account: &Account, wanted: &Namespace) -> Option<Channel> {
        (namespace(account) == *wanted).then(callback::private_channel)
    }

    /// A medium that was named has private messages only as far as its customers use them: reviews have none.
    fn private_namespace(&self, account: &Account, public: &Channel) -> Option<Namespace> {
        (public.as_str() == callback::PUBLIC).then(|| namespace(account))
    }

    fn replies_in_public(&self) -> bool {
        true
    }

    fn text_limit(&self, _channel: &Channel) -> usize {
        10_000
    }

    fn media_limit(&self, _channel: &Channel) -> usize {
        10
    }

    fn compose(&self, outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal> {
        send::compose(outgoing)
    }

    fn interpret(&self, reply: &HttpReply, _is_public: bool) -> Outcome {
        send::interpret(reply)
    }

    /// `webhook-id` is the delivery's id, the same on every try.
    fn is_idempotent(&self) -> bool {
        true
    }
}

fn is_namespace(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    (1..=120).contains(&text.len()) && text.bytes().all(fits)
}

fn namespace(account: &Account) -> Namespace {
    Namespace::named(account.get("namespace").map_or("custom", String::as_str))
}

/// The keys of the pinned scheme, or all.
fn accepted_keys(door: &Door<'_>) -> Result<Vec<ReceiverKey>, FailedCheck> {
    let keys = door.secrets.iter().filter_map(ReceiverKey::parse);
    let version = match door.scheme() {
        None => return Ok(keys.collect()),
        Some(SCHEME_V1) => Version::V1,
        Some(SCHEME_V1A) => Version::V1a,
        Some(_) => return Err(FailedCheck::SchemeNotAccepted),
    };
    Ok(keys.filter(|key| key.version() == version).collect())
}

#[cfg(test)]
mod tests;
