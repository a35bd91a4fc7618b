//! A private thread between a customer and the desk.

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::consent::ConsentState;
use super::handoff::InShort;
use super::id::{ComplaintId, ConnectionId, ConversationId, IdentityId, WorkspaceId};
use super::time::Timestamp;

/// Whether the desk still works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// Somebody may still write.
    Open,
    /// Done; the customer's next text opens it again.
    Closed,
}

impl ConversationStatus {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Why nothing may be sent in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Something speaks against the two sides being one person; it must be proven again.
    Suspended,
    /// The link was ended. The customer's next message lifts it.
    Unlinked,
    /// The customer took the consent back. Their START lifts it.
    Withdrawn,
}

impl Hold {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Unlinked => "unlinked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Suspended, Self::Unlinked, Self::Withdrawn].into_iter().find(|hold| hold.as_str() == word)
    }
}

/// A private thread: one per identity and connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// Our account.
    pub connection_id: ConnectionId,
    /// The customer's side.
    pub identity_id: IdentityId,
    /// The medium.
    pub channel: Channel,
    /// Open or closed.
    pub status: ConversationStatus,
    /// Who at the desk has it.
    pub assignee: Option<String>,
    /// Messages so far; the newest one's number.
    pub messages: i64,
    /// Inbound messages the desk has not answered or marked read.
    pub unread: i64,
    /// When the newest message was stored.
    pub last_message_at: Option<Timestamp>,
    /// When the customer last wrote.
    pub last_inbound_at: Option<Timestamp>,
    /// The newest handoff that led here.
    pub handoff: Option<InShort>,
    /// Where the customer's consent to the newest handoff stands.
    pub consent: Option<ConsentState>,
    /// Why nothing may be sent in it.
    pub hold: Option<Hold>,
    /// Since when the platform says that the customer cannot be reached in it.
    pub unreachable_since: Option<Timestamp>,
    /// The complaint that was spoken of last.
    pub complaint_id: Option<ComplaintId>,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
}

impl Conversation {
    /// Counts a message of the customer; `true` when it opened a closed conversation again.
    pub fn receive(&mut self, now: Timestamp) -> bool {
        let reopened = self.status == ConversationStatus::Closed;
        self.status = ConversationStatus::Open;
        self.messages += 1;
        self.unread += 1;
        self.last_message_at = Some(now);
        self.last_inbound_at = Some(now);
        self.hold = self.hold.filter(|hold| *hold != Hold::Unlinked);
        self.unreachable_since = None;
        reopened
    }

    /// Takes note that the platform refused a send because of whom it was for, until they write again; `false` when that
    /// is known, or when they wrote after it was `queued`.
    pub fn miss(&mut self, queued: Timestamp, now: Timestamp) -> bool {
        let wrote_since = self.last_inbound_at.is_some_and(|wrote| wrote > queued);
        if self.unreachable_since.is_some() || wrote_since {
            return false;
        }
        self.unreachable_since = Some(now);
        true
    }

    /// Counts a message of the desk, which has then read what stood before; `true` when it opened a closed
    /// conversation again.
    pub fn send(&mut self, now: Timestamp) -> bool {
        let reopened = self.status == ConversationStatus::Closed;
        self.status = ConversationStatus::Open;
        self.messages += 1;
        self.unread = 0;
        self.last_message_at = Some(now);
        reopened
    }

    /// Closes it; `false` when it was closed already.
    pub fn close(&mut self) -> bool {
        let open = self.status == ConversationStatus::Open;
        self.status = ConversationStatus::Closed;
        self.unread = 0;
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> Conversation {
        let now = Timestamp::from_millis(0);
        Conversation {
            id: ConversationId::new(now, &[1; 10]),
            workspace_id: WorkspaceId::new(now, &[1; 10]),
            connection_id: ConnectionId::new(now, &[1; 10]),
            identity_id: IdentityId::new(now, &[1; 10]),
            channel: Channel::sms(),
            status: ConversationStatus::Open,
            assignee: None,
            messages: 0,
            unread: 0,
            last_message_at: None,
            last_inbound_at: None,
            handoff: None,
            consent: None,
            hold: None,
            unreachable_since: None,
            complaint_id: None,
            event_seq: 0,
            version: 1,
            created_at: now,
        }
    }

    #[test]
    fn a_new_text_after_closed_reopens_the_same_conversation() {
        let mut talk = conversation();
        assert!(talk.close());
        assert!(talk.receive(Timestamp::from_millis(5)));
        assert_eq!(talk.status, ConversationStatus::Open);
        assert_eq!((talk.messages, talk.unread), (1, 1));
    }

    #[test]
    fn whom_a_send_did_not_reach_is_unreachable_until_they_write() {
        let at = Timestamp::from_millis;
        let mut talk = conversation();
        talk.receive(at(5));
        assert!(talk.miss(at(6), at(8)));
        assert!(!talk.miss(at(7), at(9)), "it is known");
        assert_eq!(talk.unreachable_since, Some(at(8)));
        talk.send(at(10));
        assert_eq!(talk.unreachable_since, Some(at(8)), "what we write is no sign of life");
        talk.receive(at(20));
        assert_eq!(talk.unreachable_since, None);
        assert!(!talk.miss(at(19), at(21)), "they wrote after it was queued");
        assert!(talk.miss(at(20), at(22)));
    }

    #[test]
    fn answering_reads_what_stood_before() {
        let mut talk = conversation();
        talk.receive(Timestamp::from_millis(5));
        assert!(!talk.send(Timestamp::from_millis(6)));
        assert_eq!((talk.messages, talk.unread), (2, 0));
    }
}
