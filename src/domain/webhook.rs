//! A subscriber's URL and which events go to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::EventType;

/// How long an endpoint may fail before it is switched off.
pub const DISABLED_AFTER: Duration = Duration::from_secs(5 * 24 * 3600);

/// How long an old secret signs beside the new one after a rotation.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// Whether a webhook works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStatus {
    /// It gets its events.
    Enabled,
    /// Deliveries to it have been failing.
    Failing,
    /// It gets nothing until it is enabled again.
    Disabled,
}

impl WebhookStatus {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Failing => "failing",
            Self::Disabled => "disabled",
        }
    }
}

/// Whether a pattern can ever take an event: `*`, a family such as `message.*`, or a full name. Families of later
/// features are accepted by their first word.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    const LATER: [&str; 4] = ["handoff.", "consent.", "identity.", "connection."];
    EventType::ALL.iter().any(|kind| kind.fits(text))
        || LATER.iter().any(|family| text.starts_with(family) && text.len() > family.len())
}

#[cfg(test)]
mod tests {
    use super::is_pattern;

    #[test]
    fn only_patterns_that_can_match_are_accepted() {
        for good in ["*", "message.*", "reply.sent", "handoff.active", "consent.*"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "mesage.*", "message", "handoff.", "message.sent "] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
