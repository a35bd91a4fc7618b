//! What an identity agreed to: one record per purpose, whose history is ledger events.

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::event::EventType;
use super::id::{ConsentId, HandoffId, IdentityId, MessageId, WorkspaceId};
use super::time::Timestamp;

/// What may be done with the customer's word. Purposes never spread from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Purpose {
    /// To go on with the case on that channel.
    #[serde(rename = "handoff.relay")]
    HandoffRelay,
    /// To take two identities for one person.
    #[serde(rename = "identity.link")]
    IdentityLink,
    /// To show what was written before on another channel.
    #[serde(rename = "transcript.replay")]
    TranscriptReplay,
    /// To be told how the case goes.
    #[serde(rename = "case.updates")]
    CaseUpdates,
    /// To be advertised to; only ever in writing.
    #[serde(rename = "marketing")]
    Marketing,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: [Self; 5] =
        [Self::HandoffRelay, Self::IdentityLink, Self::TranscriptReplay, Self::CaseUpdates, Self::Marketing];

    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandoffRelay => "handoff.relay",
            Self::IdentityLink => "identity.link",
            Self::TranscriptReplay => "transcript.replay",
            Self::CaseUpdates => "case.updates",
            Self::Marketing => "marketing",
        }
    }

    /// The purpose of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// Where a consent stands (W3C DPV 2.3, consent statuses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Asked for, not answered.
    Requested,
    /// Given.
    Granted,
    /// Given again after it had ended.
    Renewed,
    /// The customer said no.
    Refused,
    /// The customer took it back.
    Withdrawn,
    /// Its time is over.
    Expired,
    /// What it was for is over.
    Terminated,
    /// It was given by the wrong person, from the beginning.
    Invalidated,
}

impl ConsentState {
    /// Every state there is.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Granted,
        Self::Renewed,
        Self::Refused,
        Self::Withdrawn,
        Self::Expired,
        Self::Terminated,
        Self::Invalidated,
    ];

    /// The word in JSON and SQL; also the last part of the event's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Granted => "granted",
            Self::Renewed => "renewed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Terminated => "terminated",
            Self::Invalidated => "invalidated",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether it permits.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Granted | Self::Renewed)
    }

    /// The event that tells of coming here.
    #[must_use]
    pub const fn event(self) -> EventType {
        match self {
            Self::Requested => EventType::ConsentRequested,
            Self::Granted => EventType::ConsentGranted,
            Self::Renewed => EventType::ConsentRenewed,
            Self::Refused => EventType::ConsentRefused,
            Self::Withdrawn => EventType::ConsentWithdrawn,
            Self::Expired => EventType::ConsentExpired,
            Self::Terminated => EventType::ConsentTerminated,
            Self::Invalidated => EventType::ConsentInvalidated,
        }
    }

    /// Whether a record may go from here to there. What was invalidated stays so; only what had been given comes back.
    #[must_use]
    pub const fn may_become(self, to: Self) -> bool {
        match to {
            Self::Requested => false,
            Self::Granted | Self::Refused => matches!(self, Self::Requested),
            Self::Renewed => {
                matches!(
                    self,
                    Self::Granted | Self::Renewed | Self::Withdrawn | Self::Expired | Self::Terminated
                )
            }
            Self::Withdrawn => matches!(self, Self::Requested | Self::Granted | Self::Renewed),
            Self::Expired | Self::Terminated => {
                matches!(self, Self::Requested | Self::Granted | Self::Renewed)
            }
            Self::Invalidated => !matches!(self, Self::Invalidated | Self::Refused),
        }
    }
}

/// How the customer gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A keyword by text message.
    KeywordSms,
    /// A button in a private message.
    DmButton,
    /// A text in a private message.
    DmText,
    /// A page after signing in at the platform.
    OauthPage,
    /// An agent wrote it down.
    AgentRecorded,
    /// In writing, elsewhere.
    Written,
}

impl Method {
    const ALL: [Self; 6] =
        [Self::KeywordSms, Self::DmButton, Self::DmText, Self::OauthPage, Self::AgentRecorded, Self::Written];

    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeywordSms => "keyword_sms",
            Self::DmButton => "dm_button",
            Self::DmText => "dm_text",
            Self::OauthPage => "oauth_page",
            Self::AgentRecorded => "agent_recorded",
            Self::Written => "written",
        }
    }

    /// The method of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// The words a customer was shown, by their exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// Which edition of the text.
    #[schema(example = "1")]
    pub version: String,
    /// SHA-256 of its bytes, in hex.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub sha256: String,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its id, stable over its history.
    pub id: ConsentId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// Who bears it: whoever was asked while requested, whoever agreed once granted.
    pub identity_id: IdentityId,
    /// The other side, where it is about two.
    pub counterpart_id: Option<IdentityId>,
    /// The handoff it belongs to; none when imported.
    pub handoff_id: Option<HandoffId>,
    /// What for.
    pub purpose: Purpose,
    /// On which medium.
    pub channel: Channel,
    /// Where it stands.
    pub state: ConsentState,
    /// How it was given.
    pub method: Option<Method>,
    /// ISO 639-1 code of the notice's language.
    pub language: String,
    /// The words that were shown.
    pub notice: Option<Notice>,
    /// Our question.
    pub prompt_message_id: Option<MessageId>,
    /// The customer's own message that gave it.
    pub evidence_message_id: Option<MessageId>,
    /// Whether it came from another system's records.
    pub is_imported: bool,
    /// When it was asked for.
    pub requested_at: Option<Timestamp>,
    /// When it was given, last.
    pub granted_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Until when it permits; open-ended when none.
    pub valid_until: Option<Timestamp>,
    /// The place of its newest event in the ledger, once sealed.
    pub ledger_index: Option<i64>,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl Consent {
    /// Whether it permits now.
    #[must_use]
    pub fn permits(&self, now: Timestamp) -> bool {
        self.state.is_valid() && self.valid_until.is_none_or(|until| now < until)
    }

    /// Goes to another state; `false`, and nothing changed, where that is no way to go.
    pub fn become_state(&mut self, to: ConsentState, now: Timestamp) -> bool {
        if !self.state.may_become(to) {
            return false;
        }
        self.state = to;
        self.ledger_index = None;
        if to.is_valid() {
            self.granted_at = Some(now);
            self.ended_at = None;
        } else {
            self.ended_at = Some(now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_is_granted_and_only_what_was_given_is_renewed() {
        use ConsentState::{Expired, Granted, Invalidated, Refused, Renewed, Requested, Withdrawn};
        assert!(Requested.may_become(Granted));
        assert!(!Withdrawn.may_become(Granted));
        assert!(Withdrawn.may_become(Renewed));
        assert!(Expired.may_become(Renewed));
        assert!(!Requested.may_become(Renewed));
        assert!(!Refused.may_become(Renewed));
        assert!(!Refused.may_become(Withdrawn));
        for state in ConsentState::ALL {
            assert!(!Invalidated.may_become(state), "{state:?}");
            assert!(!state.may_become(Requested), "{state:?}");
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in ConsentState::ALL {
            assert_eq!(ConsentState::parse(state.as_str()), Some(state));
            assert_eq!(state.event().as_str(), format!("consent.{}", state.as_str()));
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.as_str()), Some(purpose));
        }
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(method));
        }
    }
}
