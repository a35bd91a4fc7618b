//! Why a message did not arrive.

use serde::{Deserialize, Serialize};

/// A refusal or a loss, in our word and the provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Failure {
    /// Our stable reason.
    pub code: FailureCode,
    /// The provider's own code, if it gave one.
    #[serde(default)]
    #[schema(example = "30003")]
    pub provider_code: Option<String>,
    /// A sentence for a person; never the message text.
    #[schema(example = "The handset could not be reached.")]
    pub detail: String,
}

/// The closed set of reasons for which a message fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The recipient has opted out.
    OptedOut,
    /// The address does not exist or cannot receive this.
    InvalidRecipient,
    /// The recipient could not be reached.
    Unreachable,
    /// A carrier or the platform filtered the content.
    Filtered,
    /// The content is not acceptable (too long, empty, media).
    InvalidContent,
    /// Our account or connection is not set up for this.
    Misconfigured,
    /// It was not sent within its validity.
    Expired,
    /// It was taken back before it was sent.
    Cancelled,
    /// The platform's time window for this message is over.
    WindowClosed,
    /// Our own rules for sending did not allow it.
    PolicyRefused,
    /// Any other final refusal.
    Rejected,
}

impl FailureCode {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::InvalidRecipient => "invalid_recipient",
            Self::Unreachable => "unreachable",
            Self::Filtered => "filtered",
            Self::InvalidContent => "invalid_content",
            Self::Misconfigured => "misconfigured",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::WindowClosed => "window_closed",
            Self::PolicyRefused => "policy",
            Self::Rejected => "rejected",
        }
    }
}

impl Failure {
    /// A failure in our own words.
    #[must_use]
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { code, provider_code: None, detail: detail.into() }
    }

    /// A failure with the provider's code beside ours.
    #[must_use]
    pub fn by_provider(
        code: FailureCode,
        provider_code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { code, provider_code: Some(provider_code.into()), detail: detail.into() }
    }
}
