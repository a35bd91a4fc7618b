//! Callbacks nobody vouched for: the last few of each connection, sealed, to be looked at and replayed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::json;
use super::page::{Page, Slice};
use super::value::args;
use crate::clock;
use crate::domain::id::{ConnectionId, RejectedId, WorkspaceId};
use crate::domain::time::Timestamp;

/// How many are kept of each connection.
pub const KEPT: i64 = 100;

const INSERT: &str =
    "INSERT INTO rejected_callback (id, workspace_id, connection_id, failed_check, header_names, size,
        sha256, day, ciphertext, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Those beyond the newest $2 of a connection.
const TRIM: &str = "DELETE FROM rejected_callback
    WHERE connection_id = $1 AND id IN (
        SELECT id FROM rejected_callback WHERE connection_id = $1 ORDER BY id DESC LIMIT 1000 OFFSET $2)";

const LIST: &str = "SELECT id, failed_check, header_names, size, sha256, received_at, replayed_at,
        CASE WHEN ciphertext IS NULL THEN 0 ELSE 1 END AS kept
    FROM rejected_callback
    WHERE workspace_id = $1 AND connection_id = $2 AND id < $3
    ORDER BY id DESC
    LIMIT $4";

const OPEN: &str = "SELECT day, ciphertext, received_at FROM rejected_callback
    WHERE workspace_id = $1 AND connection_id = $2 AND id = $3";

const REPLAYED: &str = "UPDATE rejected_callback SET replayed_at = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(INSERT), Sql::same(TRIM), Sql::same(LIST), Sql::same(OPEN), Sql::same(REPLAYED)];

/// A rejected callback to keep.
#[derive(Clone, Debug)]
pub struct NewRejected {
    /// Its id.
    pub id: RejectedId,
    /// The tenant of the connection that was called.
    pub workspace_id: WorkspaceId,
    /// The connection that was called.
    pub connection_id: ConnectionId,
    /// Which check failed.
    pub failed_check: &'static str,
    /// The names of its headers, as they came.
    pub header_names: Vec<String>,
    /// Bytes of its body.
    pub size: i64,
    /// SHA-256 of its body.
    pub sha256: [u8; 32],
    /// The request, to be sealed; none when it is too large to keep.
    pub raw: Option<RawCall>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawCall {
    /// `GET` or `POST`.
    pub method: String,
    /// What followed `?`, undecoded.
    pub query: String,
    /// Header names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A rejected callback as it is listed: what was sent stays sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its id.
    pub id: RejectedId,
    /// Which check failed.
    pub failed_check: String,
    /// The names of its headers.
    pub header_names: Vec<String>,
    /// Bytes of its body.
    pub size: i64,
    /// SHA-256 of its body, as hex.
    pub sha256: String,
    /// Whether it was kept whole.
    pub kept: bool,
    /// When it came.
    pub received_at: Timestamp,
    /// When it was last replayed with success.
    pub replayed_at: Option<Timestamp>,
}

/// A rejected callback as it is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCall {
    /// The request; none when it was too large to keep.
    pub raw: Option<RawCall>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Bytes as base64, so that they can stand in JSON.
#[derive(Serialize, Deserialize)]
struct Packed {
    method: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl RawCall {
    fn pack(&self) -> Vec<u8> {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), STANDARD.encode(value)));
        let packed = Packed {
            method: self.method.clone(),
            query: self.query.clone(),
            headers: headers.collect(),
            body: STANDARD.encode(&self.body),
        };
        json::write(&packed).into_bytes()
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let packed: Packed = serde_json::from_slice(bytes).ok()?;
        let header = |(name, value)| Some((name, STANDARD.decode::<String>(value).ok()?));
        Some(Self {
            headers: packed.headers.into_iter().map(header).collect::<Option<_>>()?,
            body: STANDARD.decode(packed.body).ok()?,
            method: packed.method,
            query: packed.query,
        })
    }
}

#[derive(Debug, FromRow)]
struct Row {
    id: String,
    failed_check: String,
    header_names: String,
    size: i64,
    sha256: Vec<u8>,
    received_at: i64,
    replayed_at: Option<i64>,
    kept: i64,
}

impl Row {
    fn read(self) -> Result<Rejected, StoreError> {
        let bad = |column| StoreError::inconsistent("rejected_callback", column, &self.id);
        Ok(Rejected {
            id: RejectedId::parse(&self.id).map_err(|_| bad("id"))?,
            header_names: json::read(&self.header_names, "rejected_callback", "header_names", &self.id)?,
            failed_check: self.failed_check,
            size: self.size,
            sha256: hex::encode(&self.sha256),
            kept: self.kept == 1,
            received_at: Timestamp::from_millis(self.received_at),
            replayed_at: self.replayed_at.map(Timestamp::from_millis),
        })
    }
}

fn context(id: &RejectedId) -> String {
    format!("rejected/{id}")
}

impl Store {
    /// Keeps a rejected callback, and of its connection the newest [`KEPT`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_rejected(&self, new: &NewRejected) -> Result<(), StoreError> {
        let day = new.received_at.day();
        let key = self.day_key(day).await?;
        let seal = |raw: &RawCall| key.seal(clock::random(), &context(&new.id), &raw.pack());
        let row = args![
            &new.id,
            &new.workspace_id,
            &new.connection_id,
            new.failed_check,
            json::write(&new.header_names),
            new.size,
            new.sha256,
            day,
            new.raw.as_ref().map(seal),
            new.received_at,
        ];
        self.db.execute(INSERT, row).await?;
        self.db.execute(TRIM, args![&new.connection_id, KEPT]).await?;
        Ok(())
    }

    /// The rejected callbacks of a connection, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_rejected(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        slice: Slice<'_>,
    ) -> Result<Page<Rejected>, StoreError> {
        let args = args![workspace, connection, slice.edge(), slice.rows()];
        slice.page(self.db.all::<Row>(LIST, args).await?).try_map(Row::read)
    }

    /// A rejected callback of a connection, opened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_rejected(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        id: &RejectedId,
    ) -> Result<Option<KeptCall>, StoreError> {
        let row: Option<(i64, Option<Vec<u8>>, i64)> =
            self.db.find(OPEN, args![workspace, connection, id]).await?;
        let Some((day, sealed, received_at)) = row else { return Ok(None) };
        let raw = match sealed {
            Some(sealed) => {
                let plain = self.day_key(day).await?.open(&context(id), &sealed)?;
                let bad = || StoreError::inconsistent("rejected_callback", "ciphertext", id.as_str());
                Some(RawCall::unpack(&plain).ok_or_else(bad)?)
            }
            None => None,
        };
        Ok(Some(KeptCall { raw, received_at: Timestamp::from_millis(received_at) }))
    }

    /// Notes that a rejected callback was replayed with success.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_replayed(&self, id: &RejectedId, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(REPLAYED, args![id, now]).await.map(drop)
    }
}
