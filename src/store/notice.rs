//! The exact words customers were shown, by their hash.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

const FIND: &str = "SELECT n.sha256, n.name, n.language, n.version, n.text, n.created_at
    FROM notice n
    WHERE n.workspace_id = $1 AND n.sha256 = $2";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(FIND)];

/// The words customers were shown before they agreed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WholeNotice)]
pub struct NoticeView {
    /// SHA-256 of `text` in UTF-8, in hex.
    #[schema(example = "84705f21790a41fbe4b188a1ef399cd3f4ba1b571a12cd9eaaf4fef9119e656b")]
    pub sha256: String,
    /// Which text it is.
    #[schema(example = "ask.token")]
    pub name: String,
    /// Its language; ISO 639-1.
    #[schema(example = "en")]
    pub language: String,
    /// The edition of the template: a number is ours, `own-` and a number a workspace's own.
    #[schema(example = "1")]
    pub version: String,
    /// The words. Names in braces stand where each customer saw a value of their own.
    pub text: String,
    /// When it was first shown.
    pub created_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct NoticeRow {
    sha256: String,
    name: String,
    language: String,
    version: String,
    text: String,
    created_at: i64,
}

impl NoticeRow {
    fn read(self) -> NoticeView {
        let Self { sha256, name, language, version, text, created_at } = self;
        NoticeView { sha256, name, language, version, text, created_at: Timestamp::from_millis(created_at) }
    }
}

impl Store {
    /// A notice by its hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_notice(
        &self,
        workspace: &WorkspaceId,
        sha256: &str,
    ) -> Result<Option<NoticeView>, StoreError> {
        Ok(self.db.find::<NoticeRow>(FIND, args![workspace, sha256]).await?.map(NoticeRow::read))
    }
}
