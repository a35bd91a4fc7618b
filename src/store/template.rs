//! A workspace's own texts in place of ours. Every change is a new version; an empty one gives way to ours again.

use std::collections::HashMap;

use sqlx::FromRow;

use super::Store;
use super::engine::{Bulk, Sql, Tx};
use super::error::StoreError;
use super::value::{Value, args, values};
use super::write::{Statement, Write};
use crate::domain::id::WorkspaceId;
use crate::domain::texts::{OwnTexts, TextName};
use crate::domain::time::Timestamp;

static INSERT: Statement = Statement::insert(
    9,
    "INSERT INTO template (workspace_id, name, language, version, text, created_at) VALUES ",
    6,
);

/// The newest version of every text of workspaces, those that gave way to ours too.
const NEWEST: Bulk = Bulk::new(
    "SELECT t.workspace_id, t.name, t.language, t.version, t.text, t.created_at
    FROM (VALUES ",
    1,
    ") AS v
    JOIN template t ON t.workspace_id = v.column1
    WHERE t.version = (SELECT MAX(n.version) FROM template n
        WHERE n.workspace_id = t.workspace_id AND n.name = t.name AND n.language = t.language)",
);

const VERSIONS: &str = "SELECT t.workspace_id, t.name, t.language, t.version, t.text, t.created_at
    FROM template t
    WHERE t.workspace_id = $1 AND t.name = $2 AND t.language = $3
    ORDER BY t.version DESC
    LIMIT 200";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(VERSIONS)];

pub(super) const LOOKUPS: &[Bulk] = &[NEWEST];

/// One version of a workspace's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnText {
    /// Which text.
    pub name: TextName,
    /// In which language.
    pub language: String,
    /// 1 for the first.
    pub version: i64,
    /// The words; none from where ours count again.
    pub text: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

impl OwnText {
    /// The edition it is called by where it is shown to somebody.
    #[must_use]
    pub fn edition(&self) -> String {
        format!("own-{}", self.version)
    }
}

#[derive(Debug, FromRow)]
struct TemplateRow {
    workspace_id: String,
    name: String,
    language: String,
    version: i64,
    text: String,
    created_at: i64,
}

impl TemplateRow {
    /// None for a text this program does not know.
    fn read(self) -> Option<OwnText> {
        Some(OwnText {
            name: TextName::parse(&self.name)?,
            language: self.language,
            version: self.version,
            text: (!self.text.is_empty()).then_some(self.text),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

/// A new version.
pub fn insert(workspace: &WorkspaceId, own: &OwnText) -> Write {
    let text = own.text.as_deref().unwrap_or_default();
    let values = values![workspace, own.name.as_str(), &own.language, own.version, text, own.created_at];
    Write { statement: &INSERT, values }
}

/// The texts of workspaces that are in force.
pub(super) async fn load(
    tx: &mut Tx,
    workspaces: Vec<Value>,
) -> Result<HashMap<WorkspaceId, OwnTexts>, StoreError> {
    let mut texts: HashMap<WorkspaceId, OwnTexts> = HashMap::new();
    for row in tx.lookup::<TemplateRow>(&NEWEST, workspaces).await? {
        let bad = |_| StoreError::inconsistent("template", "workspace_id", &row.workspace_id);
        let workspace = WorkspaceId::parse(&row.workspace_id).map_err(bad)?;
        let Some(own) = row.read() else { continue };
        let edition = own.edition();
        if let Some(text) = own.text {
            texts.entry(workspace).or_default().insert((own.name, own.language), (edition, text));
        }
    }
    Ok(texts)
}

impl Store {
    /// The newest version of each own text of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_own_texts(&self, workspace: &WorkspaceId) -> Result<Vec<OwnText>, StoreError> {
        let rows: Vec<TemplateRow> = self.db.lookup(&NEWEST, values![workspace]).await?;
        Ok(rows.into_iter().filter_map(TemplateRow::read).collect())
    }

    /// The versions of one text, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_versions(
        &self,
        workspace: &WorkspaceId,
        name: TextName,
        language: &str,
    ) -> Result<Vec<OwnText>, StoreError> {
        let args = args![workspace, name.as_str(), language];
        let rows: Vec<TemplateRow> = self.db.all(VERSIONS, args).await?;
        Ok(rows.into_iter().filter_map(TemplateRow::read).collect())
    }
}
