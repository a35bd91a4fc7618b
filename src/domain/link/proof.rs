//! What a link rests on: a method, the level it gives, the evidence, and who brought it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::agent::Agent;
use crate::domain::id::{IdentityId, KeyId};
use crate::domain::time::Timestamp;

/// How long a proof holds before it must be given again.
const HOLDS_FOR: Duration = Duration::from_secs(365 * 86_400);

/// How much a proof shows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Level {
    /// Somebody says so.
    L0,
    /// One side has shown that it is itself.
    L1,
    /// A secret given to one side in private came back from the other.
    L2,
    /// L2, and the platform itself vouches for the account.
    L3,
}

impl Level {
    /// The number in SQL.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The level of that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::L0, Self::L1, Self::L2, Self::L3].into_iter().find(|level| level.number() == number)
    }
}

/// How two identities were shown to be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkMethod {
    /// The customer cited a case whose reference anybody can read.
    CaseReference,
    /// The same phone number on two channels.
    SameNumber,
    /// A person at the desk says so, with a reason.
    Manual,
    /// A token shown in the private channel was texted from the phone.
    DmToken,
    /// A phrase texted to the phone was posted by the account.
    Phrase,
    /// A code texted to the phone was typed in the private channel.
    Code,
    /// The platform's private reply to a post was answered.
    PrivateReply,
    /// The platform's own account linking.
    AccountLinking,
    /// Signed in at the platform, then texted the token.
    Oauth,
}

impl LinkMethod {
    /// The most this method can show.
    #[must_use]
    pub const fn highest(self) -> Level {
        match self {
            Self::CaseReference => Level::L0,
            Self::SameNumber | Self::Manual => Level::L1,
            Self::Phrase | Self::Code => Level::L2,
            Self::DmToken | Self::PrivateReply | Self::AccountLinking | Self::Oauth => Level::L3,
        }
    }

    /// Whether it rests on what a person at the desk says.
    #[must_use]
    pub const fn is_manual(self) -> bool {
        matches!(self, Self::Manual)
    }
}

/// Who brought something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The customer, from one of their identities.
    Customer {
        /// Which.
        identity_id: IdentityId,
    },
    /// A person at the desk.
    Desk {
        /// The API key they used.
        key_id: KeyId,
        /// Their name, where it was given.
        agent: Option<Agent>,
    },
    /// The service itself, by a rule.
    Service,
}

/// One proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = LinkEvidence)]
pub struct Proof {
    /// How it was shown.
    pub method: LinkMethod,
    /// How much it shows.
    level: Level,
    /// The messages and posts it consists of.
    #[schema(example = json!(["msg_01kap0bswxev1bjsph3xxwkkrz"]))]
    pub evidence: Vec<String>,
    /// Who brought it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl Proof {
    /// A proof; a level above what the method can show is lowered to that.
    #[must_use]
    pub fn new(method: LinkMethod, level: Level, evidence: Vec<String>, by: Actor, at: Timestamp) -> Self {
        Self { method, level: level.min(method.highest()), evidence, by, at }
    }

    /// How much it shows.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level.min(self.method.highest())
    }
}

/// A proof that two identities are one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkProof {
    /// The two, in any order.
    pub between: [IdentityId; 2],
    /// The proof.
    pub proof: Proof,
    /// Until when it holds.
    pub valid_until: Option<Timestamp>,
    /// Why a person says so, where one does.
    pub note: Option<String>,
}

impl LinkProof {
    /// A proof that holds for a year.
    #[must_use]
    pub fn new(between: [IdentityId; 2], proof: Proof) -> Self {
        let valid_until = Some(proof.at + HOLDS_FOR);
        Self { between, proof, valid_until, note: None }
    }

    /// Whether it makes one customer of the two where that takes `least`. Nothing below L2 ever does.
    #[must_use]
    pub fn joins(&self, least: Level) -> bool {
        self.proof.level() >= least.max(Level::L2)
    }

    /// The two, the lower id first.
    #[must_use]
    pub fn pair(&self) -> [IdentityId; 2] {
        let mut pair = self.between.clone();
        pair.sort();
        pair
    }
}
