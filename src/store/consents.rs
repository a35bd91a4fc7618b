//! Consents as they are read, and those whose time has come.

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::consent::{ConsentRow, consent_columns};
use super::engine::Sql;
use super::error::StoreError;
use super::page::{Page, Slice};
use super::value::args;
use super::view;
use crate::domain::consent::{ConsentState, Purpose};
use crate::domain::id::{ConsentId, ConversationId, HandoffId, IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;

macro_rules! list {
    ($beyond:literal, $order:literal) => {
        concat!(
            "SELECT ",
            consent_columns!(),
            " FROM consent n WHERE n.workspace_id = $1 AND n.id ",
            $beyond,
            " $2 AND ($4 = '' OR n.identity_id = $4) AND ($5 = '' OR n.handoff_id = $5)
                AND ($6 = '' OR n.purpose = $6) AND ($7 = '' OR n.state = $7) AND ($8 = '' OR n.channel = $8)
            ORDER BY n.id ",
            $order,
            " LIMIT $3"
        )
    };
}

const NEWEST: &str = list!("<", "DESC");
const OLDEST: &str = list!(">", "ASC");
const FIND: &str =
    concat!("SELECT ", consent_columns!(), " FROM consent n WHERE n.workspace_id = $1 AND n.id = $2");
const OF_CONVERSATION: &str = concat!(
    "SELECT ",
    consent_columns!(),
    " FROM consent n JOIN conversation c ON c.identity_id = n.identity_id AND c.channel = n.channel
    WHERE c.workspace_id = $1 AND c.id = $2 ORDER BY n.id DESC LIMIT 50"
);
const DUE: &str = "SELECT n.id, n.workspace_id FROM consent n
    WHERE n.valid_until IS NOT NULL AND n.ended_at IS NULL AND n.valid_until <= $1 ORDER BY n.valid_until LIMIT 200";

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(NEWEST), Sql::same(OLDEST), Sql::same(FIND), Sql::same(OF_CONVERSATION), Sql::same(DUE)];

/// Which consents; what is absent asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct ConsentFilter {
    /// Who bears them.
    pub identity_id: Option<IdentityId>,
    /// Of which handoff.
    pub handoff_id: Option<HandoffId>,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Where they stand.
    pub state: Option<ConsentState>,
    /// On which medium; empty for all.
    pub channel: String,
}

#[derive(Debug, FromRow)]
struct DueRow {
    id: String,
    workspace_id: String,
}

impl Store {
    /// A consent of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_consent(
        &self,
        workspace: &WorkspaceId,
        id: &ConsentId,
    ) -> Result<Option<Json>, StoreError> {
        let rows = self.db.all(FIND, args![workspace, id]).await?;
        Ok(show(rows)?.pop())
    }

    /// Consents of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_consents(
        &self,
        workspace: &WorkspaceId,
        filter: &ConsentFilter,
        slice: Slice<'_>,
    ) -> Result<Page<Json>, StoreError> {
        let text = if slice.newest_first { NEWEST } else { OLDEST };
        let args = args![
            workspace,
            slice.edge(),
            slice.rows(),
            filter.identity_id.as_ref().map_or("", IdentityId::as_str),
            filter.handoff_id.as_ref().map_or("", HandoffId::as_str),
            filter.purpose.map_or("", Purpose::as_str),
            filter.state.map_or("", ConsentState::as_str),
            &filter.channel,
        ];
        let page = slice.page(self.db.all::<ConsentRow>(text, args).await?);
        Ok(Page { data: show(page.data)?, more: page.more })
    }

    /// What the customer of a conversation agreed to on its channel, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consents_of_conversation(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Vec<Json>, StoreError> {
        show(self.db.all(OF_CONVERSATION, args![workspace, id]).await?)
    }

    /// Consents whose time is over, the longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_consents(&self, now: Timestamp) -> Result<Vec<(WorkspaceId, ConsentId)>, StoreError> {
        let rows: Vec<DueRow> = self.db.all(DUE, args![now]).await?;
        let read = |row: DueRow| {
            let bad = |_| StoreError::inconsistent("consent", "id", &row.id);
            Ok((WorkspaceId::parse(&row.workspace_id).map_err(bad)?, ConsentId::parse(&row.id).map_err(bad)?))
        };
        rows.into_iter().map(read).collect()
    }
}

fn show(rows: Vec<ConsentRow>) -> Result<Vec<Json>, StoreError> {
    rows.into_iter().map(|row| Ok(view::consent(&row.read()?).data)).collect()
}
