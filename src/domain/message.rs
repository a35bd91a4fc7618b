//! A private message: its status only moves forward, and a long text is one message of several parts.

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::failure::{Failure, FailureCode};
use super::id::{BodyId, ComplaintId, ConnectionId, ConversationId, DeliveryId, IdentityId, MessageId};
use super::keyword::Keyword;
use super::segments::Segments;
use super::texts::TextName;
use super::time::Timestamp;

/// How far a message got. The order of the variants is their rank: a message never moves back.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Stored, waiting its turn.
    Queued,
    /// Being written to the provider.
    Sending,
    /// Written, and nobody knows whether it arrived.
    Unknown,
    /// The provider took it.
    Sent,
    /// It is on the customer's device.
    Delivered,
    /// The customer opened it.
    Read,
    /// It will not arrive.
    Failed,
}

impl MessageStatus {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        const ALL: [MessageStatus; 7] = [
            MessageStatus::Queued,
            MessageStatus::Sending,
            MessageStatus::Unknown,
            MessageStatus::Sent,
            MessageStatus::Delivered,
            MessageStatus::Read,
            MessageStatus::Failed,
        ];
        ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
}

impl Direction {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// One private message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The thread it belongs to.
    pub conversation_id: ConversationId,
    /// The complaint it is about, when known.
    pub complaint_id: Option<ComplaintId>,
    /// The account of ours it goes through.
    pub connection_id: ConnectionId,
    /// The customer's side.
    pub identity_id: IdentityId,
    /// Its place in the conversation, from 1.
    pub number: i64,
    /// Which way.
    pub direction: Direction,
    /// Where its text stands.
    pub body_id: BodyId,
    /// What the whole text asks for, if it is a keyword.
    pub keyword: Option<Keyword>,
    /// How far it got.
    pub status: MessageStatus,
    /// Since when.
    pub status_at: Timestamp,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Who at the brand wrote it.
    pub agent: Option<Agent>,
    /// The caller's own reference.
    pub client_ref: Option<String>,
    /// How many segments a carrier counts, on channels that count.
    pub segments: Option<Segments>,
    /// After this it is not sent any more.
    pub expires_at: Option<Timestamp>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// Which text of ours it is, where no person wrote it.
    pub automatic: Option<TextName>,
}

/// One provider request of an outgoing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The message.
    pub message_id: MessageId,
    /// Which request, from 0.
    pub part: i64,
    /// The delivery that carries it.
    pub delivery_id: DeliveryId,
    /// How far it got.
    pub status: MessageStatus,
    /// Since when.
    pub status_at: Timestamp,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

impl Part {
    /// Takes a report; `false` when it brings nothing new or does not fit the provider's id.
    pub fn report(&mut self, report: &Progress<'_>, now: Timestamp) -> bool {
        if let (Some(known), Some(told)) = (&self.provider_id, report.provider_id)
            && known != told
        {
            return false;
        }
        let learns_id = self.provider_id.is_none() && report.provider_id.is_some();
        if learns_id {
            self.provider_id = report.provider_id.map(str::to_owned);
        }
        if report.status <= self.status {
            return learns_id;
        }
        self.status = report.status;
        self.status_at = now;
        if report.status == MessageStatus::Failed {
            self.failure = report.failure.cloned().or_else(|| Some(unexplained()));
        }
        true
    }
}

fn unexplained() -> Failure {
    Failure::new(FailureCode::Rejected, "The provider gave no reason.")
}

/// News of one part.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The provider's id, where the report names one.
    pub provider_id: Option<&'a str>,
    /// How far it got.
    pub status: MessageStatus,
    /// Why it failed.
    pub failure: Option<&'a Failure>,
}

/// The status of a message over its parts: one failed part fails it, an unknown one makes it unknown, else it is
/// as far as its slowest part.
#[must_use]
pub fn fold(parts: &[Part]) -> MessageStatus {
    let has = |wanted| parts.iter().any(|part| part.status == wanted);
    if has(MessageStatus::Failed) {
        MessageStatus::Failed
    } else if has(MessageStatus::Unknown) {
        MessageStatus::Unknown
    } else {
        parts.iter().map(|part| part.status).min().unwrap_or(MessageStatus::Queued)
    }
}

impl Message {
    /// Moves to what its parts say, forward only; `true` when it moved.
    pub fn follow(&mut self, parts: &[Part], now: Timestamp) -> bool {
        let folded = fold(parts);
        if folded <= self.status {
            return false;
        }
        self.status = folded;
        self.status_at = now;
        self.failure = parts.iter().find_map(|part| part.failure.clone());
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(status: MessageStatus) -> Part {
        let now = Timestamp::from_millis(0);
        Part {
            message_id: MessageId::new(now, &[1; 10]),
            part: 0,
            delivery_id: DeliveryId::new(now, &[1; 10]),
            status,
            status_at: now,
            provider_id: None,
            failure: None,
        }
    }

    fn any_status() -> impl Strategy<Value = MessageStatus> {
        prop::sample::select(vec![
            MessageStatus::Queued,
            MessageStatus::Sending,
            MessageStatus::Unknown,
            MessageStatus::Sent,
            MessageStatus::Delivered,
            MessageStatus::Read,
            MessageStatus::Failed,
        ])
    }

    proptest! {
        #[test]
        fn a_part_never_moves_back(reports in prop::collection::vec(any_status(), 0..12)) {
            let mut part = part(MessageStatus::Queued);
            for status in reports {
                let before = part.status;
                part.report(&Progress { provider_id: None, status, failure: None }, Timestamp::from_millis(1));
                prop_assert!(part.status >= before);
                prop_assert_eq!(part.status, before.max(status));
            }
        }

        #[test]
        fn the_order_of_reports_does_not_matter(mut reports in prop::collection::vec(any_status(), 0..8)) {
            let end = |reports: &[MessageStatus]| {
                let mut part = part(MessageStatus::Queued);
                for status in reports {
                    let news = Progress { provider_id: None, status: *status, failure: None };
                    part.report(&news, Timestamp::from_millis(1));
                }
                part.status
            };
            let one = end(&reports);
            reports.reverse();
            prop_assert_eq!(one, end(&reports));
        }
    }

    #[test]
    fn a_message_is_as_far_as_its_slowest_part() {
        let parts = [part(MessageStatus::Delivered), part(MessageStatus::Sent)];
        assert_eq!(fold(&parts), MessageStatus::Sent);
        let failed = [part(MessageStatus::Delivered), part(MessageStatus::Failed)];
        assert_eq!(fold(&failed), MessageStatus::Failed);
    }

    #[test]
    fn a_report_for_another_provider_id_is_ignored() {
        let mut one = part(MessageStatus::Sent);
        one.provider_id = Some("SM1".into());
        let news = Progress { provider_id: Some("SM2"), status: MessageStatus::Delivered, failure: None };
        assert!(!one.report(&news, Timestamp::from_millis(1)));
        assert_eq!(one.status, MessageStatus::Sent);
    }
}
