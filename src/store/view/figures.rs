//! Figures over many handoffs as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::channel::Channel;
use crate::domain::handoff::Path;
use crate::domain::time::Timestamp;

/// How many invitations, and how far they came by now. `active`, `refused`, `expired`, `cancelled` and `waiting` add up to
/// `invited`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Customers who were invited.
    #[schema(example = 40)]
    pub invited: i64,
    /// Of them: who showed to be the account that complains, or, where nothing can be proven, was asked to agree.
    #[schema(example = 31)]
    pub proven: i64,
    /// Of them: who agreed.
    #[schema(example = 27)]
    pub agreed: i64,
    /// Of them: with whom a private conversation began, whatever became of it.
    #[schema(example = 26)]
    pub active: i64,
    /// Who said no before it began, or took the consent back.
    #[schema(example = 3)]
    pub refused: i64,
    /// Who did not come in time.
    #[schema(example = 6)]
    pub expired: i64,
    /// Those that were called off or ended from our side before they began.
    #[schema(example = 1)]
    pub cancelled: i64,
    /// Those that are still on their way.
    #[schema(example = 4)]
    pub waiting: i64,
}

/// How long something took: the lower median and the 90th percentile, both of them times that were really measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Times {
    /// Of how many handoffs.
    #[schema(example = 26)]
    pub count: i64,
    /// Half of them took no longer, in milliseconds.
    #[schema(example = 94_000)]
    pub median_ms: i64,
    /// Nine of ten took no longer, in milliseconds.
    #[schema(example = 1_260_000)]
    pub p90_ms: i64,
}

/// The invitations of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayFigures {
    /// The day, in UTC.
    #[schema(example = "2026-11-22", format = Date)]
    pub day: String,
    /// What became of them by now.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The invitations by a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WayFigures {
    /// The way.
    pub path: Path,
    /// The private channel it leads to.
    pub channel: Channel,
    /// What became of them by now.
    #[serde(flatten)]
    pub counts: Counts,
    /// From the invitation to the private conversation; null where none began.
    pub took: Option<Times>,
}

/// How long the steps took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepFigures {
    /// From the invitation until the account had shown itself.
    pub proven: Option<Times>,
    /// From there until the customer agreed.
    pub agreed: Option<Times>,
    /// From there until the private conversation was on.
    pub active: Option<Times>,
    /// From the invitation to the private conversation.
    pub whole: Option<Times>,
}

/// What became of the invitations of a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandoffFigures {
    /// Invited at this time or later.
    pub from: Timestamp,
    /// And before this time.
    pub to: Timestamp,
    /// All of them.
    pub total: Counts,
    /// How long the steps took; null where none was taken.
    pub times: StepFigures,
    /// By the day of the invitation, each day of the span, oldest first.
    pub days: Vec<DayFigures>,
    /// By way and channel, the most used first.
    pub ways: Vec<WayFigures>,
}
