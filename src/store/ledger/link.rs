//! Links by which customers come to their own receipts: a token that is kept as a hash, good for a while and for one copy.

use super::super::Store;
use crate::domain::id::{ConsentId, WorkspaceId};
use crate::domain::signature::encode_base64url;
use crate::domain::time::Timestamp;
use crate::ledger::hash::sha256;
use crate::store::engine::Sql;
use crate::store::error::StoreError;
use crate::store::value::{args, values};
use crate::store::write::{Statement, Write};

static INSERT: Statement = Statement::insert(
    63,
    "INSERT INTO receipt_link (token_hash, workspace_id, record_id, created_at, expires_at) VALUES ",
    5,
);

const FIND: &str = "SELECT workspace_id, record_id FROM receipt_link
    WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL";

const USE: &str = "UPDATE receipt_link SET used_at = $2
    WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL
    RETURNING workspace_id, record_id";

const PRUNE: &str = "DELETE FROM receipt_link
    WHERE token_hash IN (SELECT token_hash FROM receipt_link WHERE expires_at <= $1 LIMIT $2)";

pub(in crate::store) const STATEMENTS: &[Sql] = &[Sql::same(FIND), Sql::same(USE), Sql::same(PRUNE)];

/// How long a link is good by default.
pub const GOOD_FOR: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

/// A link to the receipt of a consent: its path under the public URL, and the row to be written with the message that
/// carries it. Only whoever holds the link can use it; the database knows its hash.
#[must_use]
pub fn receipt_link(
    workspace: &WorkspaceId,
    consent: &ConsentId,
    random: [u8; 32],
    (now, expires_at): (Timestamp, Timestamp),
) -> (String, Write) {
    let token = encode_base64url(&random);
    let values = values![sha256(token.as_bytes()), workspace, consent.as_str(), now, expires_at];
    (format!("/r/{token}"), Write { statement: &INSERT, values })
}

/// Whose receipt a link shows.
pub type Linked = (WorkspaceId, String);

impl Store {
    /// Where a link leads; none when it is unknown, over or used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_receipt_link(&self, token: &str, now: Timestamp) -> Result<Option<Linked>, StoreError> {
        let row: Option<(String, String)> = self.db.find(FIND, args![sha256(token.as_bytes()), now]).await?;
        row.map(read).transpose()
    }

    /// Uses a link up; where it led. Of two who try at once one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_receipt_link(&self, token: &str, now: Timestamp) -> Result<Option<Linked>, StoreError> {
        let rows: Vec<(String, String)> = self.db.change(USE, args![sha256(token.as_bytes()), now]).await?;
        rows.into_iter().next().map(read).transpose()
    }

    /// Links that were good until then.
    #[must_use]
    pub fn prunable_receipt_links(&self, until: Timestamp) -> crate::store::retention::Prunable {
        crate::store::retention::Prunable::new(
            "receipt_link",
            PRUNE,
            args![until, crate::store::retention::STEP],
        )
    }
}

fn read((workspace, record): (String, String)) -> Result<Linked, StoreError> {
    let id = WorkspaceId::parse(&workspace);
    id.map(|id| (id, record))
        .map_err(|_| StoreError::inconsistent("receipt_link", "workspace_id", &workspace))
}
