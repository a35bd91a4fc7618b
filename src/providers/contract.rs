//! What a provider must be able to do, and the values that cross that border.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::access::{Access, Renewed};
use super::outgoing::{HttpReply, HttpRequest, Outcome, Outgoing, Refusal};
use super::person::PersonRef;
use super::raw::RawRequest;
use super::reply::Reply;
use crate::domain::channel::Channel;
use crate::domain::identity::{Namespace, Party};
use crate::domain::inbound::{InboundEvent, Trust};
use crate::domain::secret::Secret;
use crate::domain::signature::SignatureError;
use crate::domain::time::Timestamp;

/// An outside platform.
pub trait Provider: Send + Sync {
    /// Its name in the API.
    fn name(&self) -> &'static str;

    /// Other names that captured requests know it by; `inspect` takes them too.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// The fields of `account`; a field that is required alone or together with its alternatives.
    fn account_fields(&self) -> &'static [Field];

    /// The fields of `secrets`; the first is the one that verifies callbacks.
    fn secret_fields(&self) -> &'static [Field];

    /// The fields of `settings` beyond the common ones (`api_base`, `public_url`, `callback_url`, `verification`).
    fn setting_fields(&self) -> &'static [Field];

    /// Ids of its signature schemes, the current one first.
    fn schemes(&self) -> &'static [&'static str];

    /// Checks values that the field tables cannot (shapes of numbers, keys, URLs).
    ///
    /// # Errors
    /// The JSON pointer of the wrong field and a sentence about it.
    fn check_account(&self, account: &Account) -> Result<(), (String, String)>;

    /// Checks the form of one secret.
    ///
    /// # Errors
    /// A sentence about what is wrong; never the value.
    fn check_secret(&self, _name: &str, _value: &Secret) -> Result<(), String> {
        Ok(())
    }

    /// Checks the values of its own setting fields; by default, that `scheme` is one of [`Self::schemes`].
    ///
    /// # Errors
    /// The JSON pointer of the wrong field and a sentence about it.
    fn check_settings(&self, settings: &Value) -> Result<(), (String, String)> {
        check_scheme(self.schemes(), settings)
    }

    /// The keys by which callbacks name this account, best first (a number, a page id).
    fn account_keys(&self, account: &Account) -> Vec<String>;

    /// The app that shares one callback URL among accounts (`account_sid`, `app_id`); empty when there is none.
    fn app(&self, account: &Account) -> String;

    /// Answers a challenge; `None` when the request is none.
    fn handshake(&self, _door: &Door<'_>, _raw: &RawRequest) -> Option<Result<Reply, FailedCheck>> {
        None
    }

    /// Whom a signed form asks to forget or to let go; `None` when the request is no such form.
    fn signed_request(
        &self,
        _door: &Door<'_>,
        _raw: &RawRequest,
        _now: Timestamp,
    ) -> Option<Result<PersonRef, FailedCheck>> {
        None
    }

    /// Whether a captured call carries the app's proof; for `inspect` alone: it vouches for no body and lets none in.
    fn proof(&self, _door: &Door<'_>, _raw: &RawRequest) -> Option<Result<(), FailedCheck>> {
        None
    }

    /// Whether one of the door's secrets signed these raw bytes. Callers go through [`Door::verify`].
    ///
    /// # Errors
    /// Which check failed; never the expected value.
    fn check(&self, door: &Door<'_>, raw: &RawRequest, now: Timestamp) -> Result<(), FailedCheck>;

    /// The facts of a callback, one per item of a batch.
    fn parse(&self, door: &Door<'_>, body: &Body<'_>) -> Vec<Result<InboundEvent, Quarantined>>;

    /// The channel on which this account reaches an identity of that namespace, if it can.
    fn private_channel(&self, account: &Account, namespace: &Namespace) -> Option<Channel>;

    /// What kind of id a customer of that public medium has in this account's private messages, where the platform has
    /// private messages at all.
    fn private_namespace(&self, _account: &Account, _public: &Channel) -> Option<Namespace> {
        None
    }

    /// How long after a public post one private message may answer it, where the platform allows that.
    fn private_reply_window(&self) -> Option<Duration> {
        None
    }

    /// Whom a private answer to a public post reached, by the provider's word.
    fn reached(&self, _account: &Account, _reply: &HttpReply) -> Option<Party> {
        None
    }

    /// Whether it can answer a public post.
    fn replies_in_public(&self) -> bool {
        false
    }

    /// The longest text of one request, in characters.
    fn text_limit(&self, channel: &Channel) -> usize;

    /// The most attachments of one message.
    fn media_limit(&self, channel: &Channel) -> usize;

    /// Whether attachments go in a request without a text, so that a message with both takes two.
    fn sends_media_alone(&self, _channel: &Channel) -> bool {
        false
    }

    /// The request that sends this.
    ///
    /// # Errors
    /// [`Refusal`] when it can never be sent as it is.
    fn compose(&self, outgoing: &Outgoing<'_>) -> Result<HttpRequest, Refusal>;

    /// What the provider's answer means, to a public answer or to a private message.
    fn interpret(&self, reply: &HttpReply, is_public: bool) -> Outcome;

    /// Whether a refusal is one of the account's token alone: with a renewed one the same request may be taken.
    fn refuses_token(&self, _reply: &HttpReply) -> bool {
        false
    }

    /// The request that renews the account's token, where the connection has what that takes. The renewed one counts
    /// alone, so it is asked for by one at a time.
    fn renew(&self, _access: &Access<'_>) -> Option<HttpRequest> {
        None
    }

    /// What the answer to [`Self::renew`] means.
    fn renewed(&self, reply: &HttpReply) -> Renewed {
        Renewed::Refused { why: format!("http {}", reply.status) }
    }

    /// The next request that asks the platform whether it will call us, given its answers to those before; `None` where
    /// nothing is left to ask, or it cannot tell.
    fn ask_subscription(
        &self,
        _access: &Access<'_>,
        _answers: &[HttpReply],
    ) -> Option<Result<HttpRequest, Refusal>> {
        None
    }

    /// What the answers to [`Self::ask_subscription`] say.
    ///
    /// # Errors
    /// A sentence about what will not come.
    fn read_subscription(&self, _access: &Access<'_>, _answers: &[HttpReply]) -> Result<String, String> {
        Err("the platform cannot tell".into())
    }

    /// Whether sending the same request twice has one effect there.
    fn is_idempotent(&self) -> bool {
        false
    }
}

/// The setting that pins one signature scheme.
pub(super) const SCHEME: Field =
    Field { name: "scheme", need: Need::Optional, help: "The only signature scheme that is accepted." };

/// Whether `settings.scheme`, if it is there, is one of these.
pub(super) fn check_scheme(schemes: &[&str], settings: &Value) -> Result<(), (String, String)> {
    match settings.get("scheme") {
        Some(scheme) if !scheme.as_str().is_some_and(|name| schemes.contains(&name)) => {
            Err(("/settings/scheme".into(), format!("is one of {}", schemes.join(", "))))
        }
        _ => Ok(()),
    }
}

/// A named field of a connection, with the sentence the API documents it by.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Whether a connection cannot do without it, or needs one of a named group.
    pub need: Need,
    /// What it is.
    pub help: &'static str,
}

/// Whether a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Required,
    /// At least one field of the group of that name.
    OneOf(&'static str),
    /// No.
    Optional,
}

/// The fields of our account at a provider: flat texts, not secret.
pub type Account = BTreeMap<String, String>;

/// The connection a callback was sent to: what is needed to verify and to read it.
#[derive(Clone, Debug)]
pub struct Door<'a> {
    /// Who must understand it.
    pub account: &'a Account,
    /// `settings` as configured; an object.
    pub settings: &'a Value,
    /// Every live value of the verifying secret, newest first.
    pub secrets: &'a [Secret],
    /// Live values of all secrets by name, for handshakes with a token of their own.
    pub named: &'a BTreeMap<String, Vec<Secret>>,
}

impl Door<'_> {
    /// Checks the raw bytes; the only way to a signed [`Body`].
    ///
    /// # Errors
    /// [`Unverified`] with the check that failed.
    pub fn verify<'r>(
        &self,
        provider: &dyn Provider,
        raw: &'r RawRequest,
        now: Timestamp,
    ) -> Result<Body<'r>, Unverified> {
        provider.check(self, raw, now).map_err(Unverified)?;
        Ok(Body { raw, trust: Trust::Signed })
    }

    /// The pinned scheme, if `settings.scheme` names one.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.settings.get("scheme").and_then(Value::as_str)
    }
}

/// Bytes that may be parsed: verified, or let in by `report_only` and marked so.
#[derive(Clone, Copy, Debug)]
pub struct Body<'r> {
    raw: &'r RawRequest,
    trust: Trust,
}

impl<'r> Body<'r> {
    /// Bytes nobody vouches for; for connections whose `verification` is `report_only` alone.
    #[must_use]
    pub fn unsigned(raw: &'r RawRequest) -> Self {
        Self { raw, trust: Trust::Unsigned }
    }

    /// The request.
    #[must_use]
    pub fn raw(&self) -> &'r RawRequest {
        self.raw
    }

    /// Whether verification made this value.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust
    }
}

/// Why a callback was not believed; for logs, metrics and `inspect`, never for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unverified(pub FailedCheck);

/// The checks a callback can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum FailedCheck {
    /// The header that carries the signature is absent or doubled.
    SignatureMissing,
    /// The signature is not of the right form.
    SignatureMalformed,
    /// No live secret made this signature over these bytes.
    SignatureMismatch,
    /// The signed time is missing or too far from ours.
    TimestampStale,
    /// The body does not have the hash that was signed.
    BodyHashMismatch,
    /// The scheme or the algorithm is unknown, or not the pinned one.
    SchemeNotAccepted,
    /// The connection has no usable secret.
    SecretMissing,
    /// The method or the content type is none this provider sends.
    RequestNotUnderstood,
    /// The challenge does not carry the right token, or not the right form of one.
    ChallengeRefused,
}

impl FailedCheck {
    /// The word in logs, metrics and `inspect`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureMissing => "signature_missing",
            Self::SignatureMalformed => "signature_malformed",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampStale => "timestamp_stale",
            Self::BodyHashMismatch => "body_hash_mismatch",
            Self::SchemeNotAccepted => "scheme_not_accepted",
            Self::SecretMissing => "secret_missing",
            Self::RequestNotUnderstood => "request_not_understood",
            Self::ChallengeRefused => "challenge_refused",
        }
    }
}

impl From<SignatureError> for FailedCheck {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Malformed => Self::SignatureMalformed,
            SignatureError::Mismatch => Self::SignatureMismatch,
            SignatureError::Stale => Self::TimestampStale,
            SignatureError::NoKey => Self::SecretMissing,
        }
    }
}

/// An item of a callback that cannot be understood; kept, never retried by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Where in the body, as a JSON pointer or a parameter name.
    pub at: String,
    /// What is wrong with it; no content.
    pub why: String,
}
