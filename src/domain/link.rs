//! A link: a reversible edge between two identities, as strong as its proof and never stronger.

mod component;
mod proof;

pub use self::component::{Endpoint, Review, assign, review};
pub use self::proof::{Actor, Level, LinkMethod, LinkProof, Proof};

use serde::{Deserialize, Serialize};

use super::id::{BodyId, IdentityId, LinkId, WorkspaceId};
use super::time::Timestamp;

/// How many proofs a link keeps; the first one stays.
const PROOFS_KEPT: usize = 20;

/// Why a link does not join for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspendReason {
    /// One side says it is not theirs.
    Disputed,
    /// A used token came again.
    TokenReused,
    /// The number may have changed hands.
    NumberStale,
    /// The card behind the number was changed.
    SimSwap,
    /// The account is gone or locked at its platform.
    AccountGone,
    /// The customer could not be told that the two now belong together.
    Undeliverable,
}

/// Why a link is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A person at the desk took it apart.
    Unlinked,
    /// The customer no longer agrees to be linked.
    Withdrawn,
    /// A dispute was upheld.
    Disputed,
    /// The wrong person was linked.
    Invalidated,
    /// Its validity is over and nobody proved it anew.
    Expired,
    /// One of its identities was erased.
    Erased,
}

/// Where a link stands, with what belongs to that state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// It holds.
    Live,
    /// It may hold again: it joins nothing until it is proved anew or resumed.
    Suspended {
        /// Since when.
        since: Timestamp,
        /// Why.
        why: SuspendReason,
        /// Who saw to it.
        by: Actor,
    },
    /// It is over for good.
    Ended {
        /// When.
        at: Timestamp,
        /// Why.
        why: EndReason,
        /// Who saw to it.
        by: Actor,
    },
}

impl LinkState {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspended { .. } => "suspended",
            Self::Ended { .. } => "ended",
        }
    }
}

/// A step that the state of a link does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing brings an ended link back.
    #[error("the link has ended")]
    Ended,
    /// It is suspended already.
    #[error("the link is suspended already")]
    Suspended,
    /// There is nothing to resume.
    #[error("the link is not suspended")]
    NotSuspended,
}

/// An edge between two identities of one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// The two it joins, the lower id first.
    pub between: [IdentityId; 2],
    /// Whether its newest proof reached the workspace's level when it was given.
    pub is_joining: bool,
    /// What it rests on, the newest last. Never empty.
    pub proofs: Vec<Proof>,
    /// Where it stands.
    pub state: LinkState,
    /// Why a person made it, where a person did.
    pub note_body_id: Option<BodyId>,
    /// What a person said when they ended it.
    pub end_note_body_id: Option<BodyId>,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// Until when it holds without a new proof; of an ended one, until when it held.
    pub valid_until: Option<Timestamp>,
    /// When we learned of it.
    pub recorded_at: Timestamp,
    /// Events told about it so far.
    pub event_seq: i64,
    /// Grows with every change.
    pub version: i64,
}

impl Link {
    /// A new link on its first proof; `least` is the level at which the workspace joins.
    #[must_use]
    pub fn new(
        id: LinkId,
        workspace_id: WorkspaceId,
        proof: &LinkProof,
        least: Level,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            workspace_id,
            between: proof.pair(),
            is_joining: proof.joins(least),
            proofs: vec![proof.proof.clone()],
            state: LinkState::Live,
            note_body_id: None,
            end_note_body_id: None,
            valid_from: proof.proof.at,
            valid_until: proof.valid_until,
            recorded_at: now,
            event_seq: 0,
            version: 1,
        }
    }

    /// The level of its newest proof.
    #[must_use]
    pub fn level(&self) -> Level {
        self.proofs.last().map_or(Level::L0, Proof::level)
    }

    /// When its newest proof was given.
    #[must_use]
    pub fn proved_at(&self) -> Timestamp {
        self.proofs.last().map_or(self.recorded_at, |proof| proof.at)
    }

    /// Whether a person made it by hand: it is shown as such.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.proofs.last().is_some_and(|proof| proof.method.is_manual())
    }

    /// Whether it makes one customer of its two identities.
    #[must_use]
    pub fn joins(&self) -> bool {
        self.is_joining && self.state == LinkState::Live
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, LinkState::Ended { .. })
    }

    /// The same link, proved anew. A weaker proof changes nothing; one at least as strong renews it, and brings a
    /// suspended link back.
    ///
    /// # Errors
    /// [`LinkError::Ended`].
    pub fn prove(mut self, proof: &LinkProof, least: Level) -> Result<Self, LinkError> {
        if self.is_over() {
            return Err(LinkError::Ended);
        }
        if proof.proof.level() < self.level() {
            return Ok(self);
        }
        if self.proofs.len() == PROOFS_KEPT {
            self.proofs.remove(1);
        }
        self.proofs.push(proof.proof.clone());
        self.is_joining = proof.joins(least);
        self.valid_until = proof.valid_until;
        self.state = LinkState::Live;
        Ok(self)
    }

    /// The same link, joining nothing for now.
    ///
    /// # Errors
    /// [`LinkError`] when it is suspended or over already.
    pub fn suspend(mut self, why: SuspendReason, by: Actor, now: Timestamp) -> Result<Self, LinkError> {
        match self.state {
            LinkState::Live => {
                self.state = LinkState::Suspended { since: now, why, by };
                Ok(self)
            }
            LinkState::Suspended { .. } => Err(LinkError::Suspended),
            LinkState::Ended { .. } => Err(LinkError::Ended),
        }
    }

    /// The same link, as it was before it was suspended.
    ///
    /// # Errors
    /// [`LinkError`] when it is not suspended.
    pub fn resume(mut self) -> Result<Self, LinkError> {
        match self.state {
            LinkState::Suspended { .. } => {
                self.state = LinkState::Live;
                Ok(self)
            }
            LinkState::Live => Err(LinkError::NotSuspended),
            LinkState::Ended { .. } => Err(LinkError::Ended),
        }
    }

    /// The same link, over.
    ///
    /// # Errors
    /// [`LinkError::Ended`].
    pub fn end(mut self, why: EndReason, by: Actor, now: Timestamp) -> Result<Self, LinkError> {
        if self.is_over() {
            return Err(LinkError::Ended);
        }
        self.state = LinkState::Ended { at: now, why, by };
        self.valid_until = Some(now);
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
