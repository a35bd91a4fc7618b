//! Links: reading for a decision, writing what was decided.

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::json;
use super::value::{args, values};
use super::write::{Statement, Write};
use crate::domain::id::{BodyId, IdentityId, LinkId, WorkspaceId};
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    22,
    "INSERT INTO link (id, workspace_id, one_id, other_id, level, joining, proofs, state, standing, note_body_id,
        end_note_body_id, valid_from, valid_until, recorded_at, event_seq, version) VALUES ",
    16,
);

static UPDATE: Statement = Statement::update(
    23,
    "UPDATE link SET level = v.column3, joining = v.column4, proofs = v.column5, state = v.column6,
        standing = v.column7, note_body_id = v.column8, end_note_body_id = v.column9, valid_until = v.column10,
        event_seq = v.column11, version = version + 1
    FROM (VALUES ",
    11,
    ") AS v WHERE link.id = v.column1 AND link.version = v.column2",
);

/// The columns of [`LinkRow`], of a table called `l`.
macro_rules! link_columns {
    () => {
        "l.id, l.workspace_id, l.one_id, l.other_id, l.joining, l.proofs, l.standing, l.note_body_id, l.end_note_body_id,
        l.valid_from, l.valid_until, l.recorded_at, l.event_seq, l.version"
    };
}

/// All of identities, from either end.
pub(super) const OF_IDENTITIES: Bulk = Bulk::new(
    concat!("SELECT ", link_columns!(), " FROM (VALUES "),
    1,
    ") AS v
    JOIN link l ON l.one_id = v.column1 OR l.other_id = v.column1
    WHERE l.state <> 'ended'
    ORDER BY l.id",
);

/// The two ends of links.
pub(super) const ENDS: Bulk =
    Bulk::new("SELECT l.one_id, l.other_id FROM (VALUES ", 1, ") AS v JOIN link l ON l.id = v.column1");

/// Those whose time is over, the longest first.
const EXPIRED: &str = "SELECT l.id, l.workspace_id FROM link l
    WHERE l.state <> 'ended' AND l.valid_until IS NOT NULL AND l.valid_until <= $1
    ORDER BY l.valid_until
    LIMIT 100";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(EXPIRED)];
pub(super) const LOOKUPS: &[Bulk] = &[OF_IDENTITIES, ENDS];

#[derive(Debug, FromRow)]
pub(super) struct LinkRow {
    id: String,
    workspace_id: String,
    one_id: String,
    other_id: String,
    joining: i64,
    proofs: String,
    standing: String,
    note_body_id: Option<String>,
    end_note_body_id: Option<String>,
    valid_from: i64,
    valid_until: Option<i64>,
    recorded_at: i64,
    event_seq: i64,
    version: i64,
}

impl LinkRow {
    pub(super) fn read(self) -> Result<Link, StoreError> {
        let row = self.id.as_str();
        let bad = |column| StoreError::inconsistent("link", column, row);
        let body = |id: &Option<String>| id.as_deref().map(BodyId::parse).transpose();
        Ok(Link {
            id: LinkId::parse(row).map_err(|_| bad("id"))?,
            workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
            between: [
                IdentityId::parse(&self.one_id).map_err(|_| bad("one_id"))?,
                IdentityId::parse(&self.other_id).map_err(|_| bad("other_id"))?,
            ],
            is_joining: self.joining == 1,
            proofs: json::read(&self.proofs, "link", "proofs", row)?,
            state: json::read(&self.standing, "link", "standing", row)?,
            note_body_id: body(&self.note_body_id).map_err(|_| bad("note_body_id"))?,
            end_note_body_id: body(&self.end_note_body_id).map_err(|_| bad("end_note_body_id"))?,
            valid_from: Timestamp::from_millis(self.valid_from),
            valid_until: self.valid_until.map(Timestamp::from_millis),
            recorded_at: Timestamp::from_millis(self.recorded_at),
            event_seq: self.event_seq,
            version: self.version,
        })
    }
}

/// A new link.
pub fn insert(link: &Link) -> Write {
    let [one, other] = &link.between;
    Write {
        statement: &INSERT,
        values: values![
            &link.id,
            &link.workspace_id,
            one,
            other,
            link.level().number(),
            link.is_joining,
            json::write(&link.proofs),
            link.state.as_str(),
            json::write(&link.state),
            link.note_body_id.as_ref(),
            link.end_note_body_id.as_ref(),
            link.valid_from,
            link.valid_until,
            link.recorded_at,
            link.event_seq,
            link.version,
        ],
    }
}

/// The changed state of a link read at version `read`.
pub fn update(link: &Link, read: i64) -> Write {
    Write {
        statement: &UPDATE,
        values: values![
            &link.id,
            read,
            link.level().number(),
            link.is_joining,
            json::write(&link.proofs),
            link.state.as_str(),
            json::write(&link.state),
            link.note_body_id.as_ref(),
            link.end_note_body_id.as_ref(),
            link.valid_until,
            link.event_seq,
        ],
    }
}

impl Store {
    /// Links whose validity is over and which have not ended, with their tenants; at most 100.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired_links(&self, now: Timestamp) -> Result<Vec<(LinkId, WorkspaceId)>, StoreError> {
        let rows: Vec<(String, String)> = self.db.all(EXPIRED, args![now]).await?;
        let read = |(id, workspace): (String, String)| {
            let bad = |column| StoreError::inconsistent("link", column, &id);
            let link = LinkId::parse(&id).map_err(|_| bad("id"))?;
            Ok((link, WorkspaceId::parse(&workspace).map_err(|_| bad("workspace_id"))?))
        };
        rows.into_iter().map(read).collect()
    }
}
