//! Errors as the API answers them: RFC 9457, one table of codes. Causes of failures on our side go to the log alone.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::request_id;
use crate::bridge::{CommandError, Refusal};
use crate::domain::policy::Reason;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// The media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! problems {
    ($($name:ident = $status:literal $code:literal $title:literal $about:literal;)+) => {
        /// A kind of error, stable for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum Code {$(
            #[doc = $about]
            #[serde(rename = $code)]
            $name,
        )+}

        impl Code {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in `code`, and the fragment of `type`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $code,)+}
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self {$(Self::$name => $status,)+}
            }

            /// The short sentence in `title`.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {$(Self::$name => $title,)+}
            }

            /// What it means and what to do.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self {$(Self::$name => $about,)+}
            }
        }
    };
}

problems! {
    BadRequest = 400 "bad_request" "The request is malformed" "A header or the query string is not well-formed.";
    InvalidJson = 400 "invalid_json" "The body is not JSON" "The body is not valid UTF-8 JSON, or is nested too deeply.";
    BadCursor = 400 "bad_cursor" "The cursor is not understood" "Give `next` of an earlier page of the same list.";
    Unauthorized = 401 "unauthorized" "A valid API key is needed" "Send `Authorization: Bearer sk_…`. The key is missing, unknown, expired or revoked. Keys are never taken from a URL.";
    Unverified = 401 "unverified" "The callback is not verified" "No live secret of this connection signed these bytes.";
    ScopeMissing = 403 "scope_missing" "The key may not do this" "The key lacks the scope this operation asks for, or would give away more than it has.";
    NotFound = 404 "not_found" "There is no such thing here" "It does not exist, or belongs to another workspace.";
    Conflict = 409 "conflict" "The present state does not allow this" "Read the resource again; `detail` says what stands in the way.";
    VersionMismatch = 409 "version_mismatch" "Somebody changed it meanwhile" "`If-Match` names an older version. Read it again, then decide again.";
    IdempotencyInFlight = 409 "idempotency_in_flight" "The same request is being worked on" "A request under this `Idempotency-Key` has not ended yet. Try again in a moment.";
    AccountTaken = 409 "account_taken" "Another connection has this account" "An account belongs to one live connection of a workspace.";
    ConnectionDeleted = 409 "connection_deleted" "The connection was deleted" "Nothing can be sent through it any more.";
    HandoffLive = 409 "handoff_live" "A handoff is under way" "A complaint has one handoff at a time. `detail` names it; cancel it first, or wait for its end.";
    HandoffOver = 409 "handoff_over" "The handoff is over" "Nothing leads on from here. Coming back is a new handoff.";
    HandoffNotActive = 409 "handoff_not_active" "The handoff is not active" "Only a private conversation that is on can be moved to another channel.";
    NothingToProve = 409 "nothing_to_prove" "There is nothing to prove" "A token is of use while the account writes in private and the other side is not proven, or after a suspension.";
    ComplaintDeleted = 409 "complaint_deleted" "The complaint was deleted" "Its author took it away; there is nothing to reply to.";
    Erased = 409 "erased" "The customer was erased" "Their data is gone for good; nothing can be sent or changed here.";
    LinkState = 409 "link_state" "The link does not allow this" "Read the link again: it has ended, or was suspended or resumed meanwhile.";
    NotUnknown = 409 "not_unknown" "The outcome is known" "Only a message of status `unknown` can be resolved.";
    TaskClosed = 409 "task_closed" "The task is closed" "Somebody closed it before.";
    TaskNeedsAnswer = 409 "task_needs_answer" "The task needs an answer" "`POST /v1/tasks/{id}/resolve` says what the customer meant.";
    WebhookDisabled = 409 "webhook_disabled" "The webhook is disabled" "Enable it first.";
    DeliveryOpen = 409 "delivery_open" "The delivery is not over" "It is in line or on its way; only one that has ended can be sent again.";
    RequestNotKept = 409 "request_not_kept" "The request was not kept" "Its body was larger than 256 KiB, so it cannot be replayed. Ask the provider to send it again.";
    NotSealed = 409 "not_sealed" "The event is not sealed yet" "It is accepted and waits for its place in the ledger. Try again in a moment; `consent.sealed` tells when.";
    CursorExpired = 410 "cursor_expired" "The position is gone" "Events older than the oldest kept one were asked for. Read the resources themselves, then go on from the newest event.";
    BodyTooLarge = 413 "body_too_large" "The body is too large" "Bodies may have 256 KiB, callbacks 4 MiB.";
    UnsupportedMediaType = 415 "unsupported_media_type" "The body must be JSON" "Send `Content-Type: application/json`.";
    InvalidField = 422 "invalid_field" "A field is wrong" "`errors` says which and why.";
    IdempotencyMismatch = 422 "idempotency_mismatch" "The Idempotency-Key was used for another request" "Use a new key for a new request.";
    OptedOut = 422 "opted_out" "The customer has opted out" "Nothing is sent to them on this channel until they opt in again.";
    NoConsent = 422 "no_consent" "The customer has not agreed" "They write first, or a handoff invites them.";
    Unreachable = 422 "unreachable" "The customer cannot be reached this way" "The connection cannot send to this customer or thread.";
    PublicLeak = 422 "public_leak" "The public text gives something away" "It holds a phone number, an e-mail address or a card number that is not your own, a code that is still in use, or what a leak pattern of the workspace takes.";
    PolicyRefused = 422 "policy" "The rules for sending do not allow this" "`reason` says which rule, `until` when it will allow it, where waiting helps. `GET /v1/conversations/{id}/policy` lists all that stand in the way.";
    NoPath = 422 "no_path" "No way to a private channel is open" "`detail` says why each way is closed. Connect a number, or answer in public.";
    Refused = 422 "refused" "The customer said no" "They are not asked again unless they ask for it: then set `asked_by_customer`.";
    AlreadyInvited = 422 "already_invited" "The customer was invited once" "A complaint is invited once. If the customer asks for it, set `asked_by_customer`.";
    StillUnverified = 422 "still_unverified" "The callback is still not verified" "No secret the connection has now signs these bytes as of the moment they came. Set the secret, or the address the provider calls, right; then replay it again.";
    RateLimited = 429 "rate_limited" "Too many requests" "Wait as long as `Retry-After` says.";
    Internal = 500 "internal" "Something went wrong on our side" "It is in our log under `request_id`.";
    Unavailable = 503 "unavailable" "The service cannot answer now" "It is overloaded or its database is away. Wait as long as `Retry-After` says.";
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The kind of an error, stable for programs."))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "ProblemCode".into()
    }
}

impl Code {
    fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

/// What is wrong with one field or parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/account/number")]
    pub pointer: Option<String>,
    /// Name of the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "status")]
    pub parameter: Option<String>,
    /// A sentence about it.
    #[schema(example = "is an E.164 number, a short code or an alphanumeric sender")]
    pub detail: String,
}

/// An error, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(example = "/docs/problems#invalid_field")]
    kind: String,
    /// The same sentence for every error of this code.
    #[schema(example = "A field is wrong")]
    title: &'static str,
    /// The HTTP status again.
    #[schema(example = 422)]
    status: u16,
    /// What happened this time.
    #[schema(example = "/account/number: is an E.164 number, a short code or an alphanumeric sender")]
    detail: String,
    /// The kind of error, stable for programs.
    code: Code,
    /// The `X-Request-Id` of this request, to be told to the operator.
    #[schema(example = "01kap0bswxev1bjsph3xxwkkrz")]
    request_id: String,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Which rule for sending stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// When that rule will allow it, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// An error on its way to the caller.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    rule: Option<(Reason, Option<Timestamp>)>,
}

impl Problem {
    /// An error of that kind; `detail` is for the caller and holds no secret.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None, rule: None }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("{what} was not found."))
    }

    pub(crate) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        let errors =
            vec![FieldError { pointer: Some(pointer.clone()), parameter: None, detail: detail.clone() }];
        Self { errors, ..Self::new(Code::InvalidField, format!("{pointer}: {detail}")) }
    }

    pub(crate) fn invalid_parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        let (name, detail) = (name.into(), detail.into());
        let errors =
            vec![FieldError { pointer: None, parameter: Some(name.clone()), detail: detail.clone() }];
        Self { errors, ..Self::new(Code::InvalidField, format!("{name}: {detail}")) }
    }

    /// A public text that gives something away.
    fn leak(detail: String) -> Self {
        let pointer = Some("/text".to_owned());
        let errors = vec![FieldError { pointer, parameter: None, detail: detail.clone() }];
        Self { errors, ..Self::new(Code::PublicLeak, detail) }
    }

    /// A failure on our side; the cause is for the log alone.
    pub(crate) fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(Code::Internal, "The cause is in the log of the service.")
    }

    pub(crate) fn unavailable() -> Self {
        let problem = Self::new(Code::Unavailable, "Please try again in a moment.");
        problem.retry_after(Duration::from_secs(1))
    }

    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("/docs/problems#{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status(),
            detail: self.detail.clone(),
            code: self.code,
            request_id: request_id::current(),
            errors: self.errors.clone(),
            reason: self.rule.map(|(reason, _)| reason),
            until: self.rule.and_then(|(_, until)| until),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        if self.code == Code::Unauthorized {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.content_type(MEDIA_TYPE).body(serde_json::json!(self.body()).to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() || error.is_conflict() {
            tracing::warn!(cause = %error, "the database could not be used");
            return Self::unavailable();
        }
        Self::internal(&error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let said = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } => Self::new(Code::NotFound, said),
            Refusal::VersionMismatch { .. } => Self::new(Code::VersionMismatch, said),
            Refusal::Invalid { pointer, detail } => Self::invalid(pointer, detail),
            Refusal::Leak { detail } => Self::leak(detail),
            Refusal::Conflict { code, detail } => {
                Self::new(Code::find(&code).unwrap_or(Code::Conflict), detail)
            }
            Refusal::Rule { reason, until } => {
                let code = Code::find(reason.as_str()).unwrap_or(Code::PolicyRefused);
                Self { rule: Some((reason, until)), ..Self::new(code, said) }
            }
            Refusal::Policy { code, detail } => {
                Self::new(Code::find(&code).unwrap_or(Code::PolicyRefused), detail)
            }
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::IdempotencyMismatch => Self::new(Code::IdempotencyMismatch, error.to_string()),
            CommandError::Store(error) => error.into(),
        }
    }
}
