//! What a platform that asks for a proof is answered.

/// The answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// Whether it turns the challenge down.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        self.status >= 400
    }
}
