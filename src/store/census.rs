//! What is in a database, in numbers: what is still to be done, and what has come in.

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;

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

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(COUNT)];

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
}
