//! Why there is no answer, and whether the other side may have seen the request all the same.

use std::error::Error;

/// There is no answer. Unless it is provably before the first byte, it is [`OutboundError::MaybeSent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The request never left.
    #[error("not sent: {0}")]
    NotSent(#[from] NotSent),
    /// The request may have arrived.
    #[error("no answer: {0}")]
    MaybeSent(#[from] MaybeSent),
}

/// Why it never left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The guard does not let it go there, or there is no such place.
    #[error(transparent)]
    Refused(#[from] TargetRefused),
    /// No connection: refused, timed out, or no common ground on TLS.
    #[error("the connection could not be made")]
    Unreachable,
    /// The URL, a header or the method is malformed.
    #[error("the request is malformed")]
    Malformed,
}

/// How the answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaybeSent {
    /// It did not come in time.
    #[error("it took too long")]
    TimedOut,
    /// The connection broke.
    #[error("the connection was lost")]
    Lost,
}

/// A target that is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// Neither `https` nor `http`.
    #[error("the URL must begin with https://")]
    Scheme,
    /// A user name or a password stands in it.
    #[error("the URL must not hold a user name or a password")]
    UserInfo,
    /// No host, or port 0.
    #[error("the URL has no usable host and port")]
    Host,
    /// The name has no address.
    #[error("the host name could not be resolved")]
    Unresolved,
    /// All its addresses are private or reserved.
    #[error("the host has no public address (SEGUE_ALLOW_PRIVATE_TARGETS permits private ones)")]
    PrivateAddress,
    /// In the clear to a place that is not expressly allowed.
    #[error("plain http is only for networks in SEGUE_ALLOW_PRIVATE_TARGETS")]
    PlainHttp,
}

impl OutboundError {
    /// A refusal by this side.
    pub(super) fn refused(why: TargetRefused) -> Self {
        Self::NotSent(NotSent::Refused(why))
    }
}

impl From<reqwest::Error> for OutboundError {
    fn from(error: reqwest::Error) -> Self {
        match refusal(&error) {
            Some(why) => Self::refused(why),
            None if error.is_builder() => NotSent::Malformed.into(),
            None if error.is_connect() => NotSent::Unreachable.into(),
            None if error.is_timeout() => MaybeSent::TimedOut.into(),
            None => MaybeSent::Lost.into(),
        }
    }
}

/// What the guard said, deep below the client's own error.
fn refusal(error: &reqwest::Error) -> Option<TargetRefused> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(why) = inner.downcast_ref() {
            return Some(*why);
        }
        cause = inner.source();
    }
    None
}
