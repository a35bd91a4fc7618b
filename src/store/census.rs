//! What is in a database, in numbers: what is still to be done, and what has come in.

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;
use crate::domain::time::Timestamp;

const COUNT: &str = "SELECT
        (SELECT COUNT(*) FROM inbound_event WHERE state = 'pending') AS pending,
        (SELECT COUNT(*) FROM inbound_event WHERE state = 'quarantined') AS quarantined,
        (SELECT COUNT(*) FROM delivery
            WHERE kind = 'webhook' AND state IN ('pending', 'leased', 'sending')) AS untold,
        (SELECT COUNT(*) FROM delivery
            WHERE kind = 'provider' AND state IN ('pending', 'leased', 'sending')) AS unsent,
        (SELECT COUNT(*) FROM delivery WHERE kind = 'provider' AND state = 'unknown') AS unknown,
        (SELECT COUNT(*) FROM delivery WHERE kind = 'webhook' AND state = 'dead') AS dead,
        (SELECT COUNT(*) FROM event WHERE position IS NULL) AS unnumbered,
        (SELECT COUNT(*) FROM ledger_inbox) AS unsealed,
        (SELECT COUNT(*) FROM ledger_leaf) AS sealed,
        (SELECT COUNT(*) FROM message WHERE direction = 'in') AS messages,
        (SELECT COUNT(*) FROM post WHERE author = 'customer') AS posts";

const HANDOFFS: &str = "SELECT
        (SELECT COUNT(*) FROM handoff WHERE parent_id IS NULL) AS invited,
        (SELECT COUNT(*) FROM handoff WHERE state = 'active') AS active,
        (SELECT COUNT(*) FROM handoff WHERE state = 'suspended') AS suspended,
        (SELECT COUNT(*) FROM handoff h WHERE h.state = 'active' AND NOT EXISTS (
            SELECT 1 FROM consent c
            WHERE c.handoff_id = h.id AND c.purpose = 'handoff.relay' AND c.state = 'granted')) AS without_consent,
        (SELECT COUNT(*) FROM (
            SELECT complaint_id FROM handoff WHERE parent_id IS NULL AND ended_at IS NULL
            GROUP BY complaint_id HAVING COUNT(*) > 1) several) AS invited_twice,
        (SELECT COUNT(*) FROM message WHERE direction = 'out' AND external_key IS NOT NULL AND automatic IS NULL)
            + (SELECT COUNT(*) FROM post WHERE author = 'brand' AND delivery_id IS NULL) AS learned";

const SEALINGS: &str = "SELECT leaf, sealed_at FROM ledger_leaf";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(COUNT), Sql::same(HANDOFFS), Sql::same(SEALINGS)];

/// Handoffs of all workspaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct HandoffCensus {
    /// Invitations; what goes on from another handoff is none.
    pub invited: i64,
    /// Handoffs that are relayed now.
    pub active: i64,
    /// Those that are held because something speaks against them.
    pub suspended: i64,
    /// Of them, those that nobody agreed to.
    pub without_consent: i64,
    /// Complaints with several invitations that are open.
    pub invited_twice: i64,
    /// Answers that are only known from the platform: written there by a colleague, or an echo nobody knew again.
    pub learned: i64,
}

/// A leaf of the ledger and when it got there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// Its exact bytes.
    pub leaf: Vec<u8>,
    /// When its head was signed.
    pub sealed_at: Timestamp,
}

/// Counts over all workspaces. It reads whole tables: for the end of a trial, not for a service at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Census {
    /// Inbound events that are not decided.
    pub pending: i64,
    /// Inbound events that were set aside.
    pub quarantined: i64,
    /// Deliveries to webhooks that are not done.
    pub untold: i64,
    /// Deliveries to providers that are not done.
    pub unsent: i64,
    /// Deliveries to providers whose end nobody saw.
    pub unknown: i64,
    /// Deliveries to webhooks that were given up.
    pub dead: i64,
    /// Events that have no position in the list yet.
    pub unnumbered: i64,
    /// Consent events that are not in the ledger yet.
    pub unsealed: i64,
    /// Leaves of the ledger.
    pub sealed: i64,
    /// Messages of customers.
    pub messages: i64,
    /// Public posts of customers.
    pub posts: i64,
}

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn census(&self) -> Result<Census, StoreError> {
        let found: Option<Census> = self.db.find(COUNT, args![]).await?;
        Ok(found.unwrap_or_default())
    }

    /// Counts handoffs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn handoff_census(&self) -> Result<HandoffCensus, StoreError> {
        let found: Option<HandoffCensus> = self.db.find(HANDOFFS, args![]).await?;
        Ok(found.unwrap_or_default())
    }

    /// Every leaf of every ledger.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sealings(&self) -> Result<Vec<Sealing>, StoreError> {
        let leaves: Vec<(Vec<u8>, i64)> = self.db.all(SEALINGS, args![]).await?;
        let one = |(leaf, at)| Sealing { leaf, sealed_at: Timestamp::from_millis(at) };
        Ok(leaves.into_iter().map(one).collect())
    }
}
