//! Handoffs as the desk reads them, and those whose time has come.

use std::collections::HashMap;

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::handoff::{HandoffRow, STEPS, StepRow, handoff_columns};
use super::page::{Page, Slice};
use super::value::{Value, args};
use super::view::{HandoffTimeline, HandoffView, StepView};
use crate::domain::handoff::HandoffState;
use crate::domain::id::{ComplaintId, ConversationId, HandoffId, IdentityId, WorkspaceId};
use crate::domain::time::Timestamp;

macro_rules! list {
    ($beyond:literal, $order:literal) => {
        concat!(
            "SELECT ",
            handoff_columns!(),
            " FROM handoff h WHERE h.workspace_id = $1 AND h.id ",
            $beyond,
            " $2 AND ($4 = '' OR h.state = $4) AND ($5 = '' OR h.complaint_id = $5)
                AND ($6 = '' OR h.conversation_id = $6) AND ($7 = '' OR h.channel = $7) AND h.created_at >= $8
            ORDER BY h.id ",
            $order,
            " LIMIT $3"
        )
    };
}

const NEWEST: &str = list!("<", "DESC");
const OLDEST: &str = list!(">", "ASC");
const FIND: &str =
    concat!("SELECT ", handoff_columns!(), " FROM handoff h WHERE h.workspace_id = $1 AND h.id = $2");
const OF_CONVERSATION: &str = concat!(
    "SELECT ",
    handoff_columns!(),
    " FROM handoff h WHERE h.workspace_id = $1 AND (h.conversation_id = $2 OR h.dm_conversation_id = $2)
    ORDER BY h.id DESC LIMIT 50"
);
const DUE: &str = "SELECT h.id, h.workspace_id FROM handoff h
    WHERE h.expires_at IS NOT NULL AND h.expires_at <= $1 ORDER BY h.expires_at LIMIT 200";

/// The account that complains, and whoever is linked with it.
const SIDES: &str = "SELECT c.identity_id FROM complaint c WHERE c.workspace_id = $1 AND c.id = $2
    UNION
    SELECT i.id FROM complaint c JOIN identity o ON o.id = c.identity_id
        JOIN identity i ON i.customer_id = o.customer_id
    WHERE c.workspace_id = $1 AND c.id = $2";

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(NEWEST),
    Sql::same(OLDEST),
    Sql::same(FIND),
    Sql::same(OF_CONVERSATION),
    Sql::same(DUE),
    Sql::same(SIDES),
];

/// Which handoffs; an empty text asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct HandoffFilter {
    /// Where they stand.
    pub state: Option<HandoffState>,
    /// Of which complaint.
    pub complaint_id: Option<ComplaintId>,
    /// To which conversation.
    pub conversation_id: Option<ConversationId>,
    /// The medium they lead to.
    pub channel: String,
    /// Begun at that time or later.
    pub since: Timestamp,
}

#[derive(Debug, FromRow)]
struct DueRow {
    id: String,
    workspace_id: String,
}

impl Store {
    /// A handoff of a workspace with the way it went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_handoff(
        &self,
        workspace: &WorkspaceId,
        id: &HandoffId,
    ) -> Result<Option<HandoffTimeline>, StoreError> {
        let rows = self.db.all(FIND, args![workspace, id]).await?;
        Ok(self.with_timelines(rows).await?.pop())
    }

    /// Handoffs of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_handoffs(
        &self,
        workspace: &WorkspaceId,
        filter: &HandoffFilter,
        slice: Slice<'_>,
    ) -> Result<Page<HandoffView>, StoreError> {
        let text = if slice.newest_first { NEWEST } else { OLDEST };
        let args = args![
            workspace,
            slice.edge(),
            slice.rows(),
            filter.state.map_or("", HandoffState::as_str),
            filter.complaint_id.as_ref().map_or("", ComplaintId::as_str),
            filter.conversation_id.as_ref().map_or("", ConversationId::as_str),
            &filter.channel,
            filter.since,
        ];
        let page = slice.page(self.db.all::<HandoffRow>(text, args).await?);
        page.try_map(|row| Ok(HandoffView::of(&row.read()?)))
    }

    /// The handoffs of a conversation, newest first, with the ways they went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn handoffs_of_conversation(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Vec<HandoffTimeline>, StoreError> {
        let rows = self.db.all(OF_CONVERSATION, args![workspace, id]).await?;
        self.with_timelines(rows).await
    }

    /// Handoffs whose state has run out, the longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_handoffs(&self, now: Timestamp) -> Result<Vec<(WorkspaceId, HandoffId)>, StoreError> {
        let rows: Vec<DueRow> = self.db.all(DUE, args![now]).await?;
        let read = |row: DueRow| {
            let bad = |_| StoreError::inconsistent("handoff", "id", &row.id);
            Ok((WorkspaceId::parse(&row.workspace_id).map_err(bad)?, HandoffId::parse(&row.id).map_err(bad)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// The account that complains and whoever is one person with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sides_of_complaint(
        &self,
        workspace: &WorkspaceId,
        id: &ComplaintId,
    ) -> Result<Vec<IdentityId>, StoreError> {
        let rows: Vec<(String,)> = self.db.all(SIDES, args![workspace, id]).await?;
        let read = |(id,): (String,)| {
            IdentityId::parse(&id).map_err(|_| StoreError::inconsistent("complaint", "identity_id", &id))
        };
        rows.into_iter().map(read).collect()
    }

    async fn with_timelines(&self, rows: Vec<HandoffRow>) -> Result<Vec<HandoffTimeline>, StoreError> {
        let ids = rows.iter().map(|row| Value::from(&row.id)).collect();
        let mut ways: HashMap<String, Vec<StepView>> = HashMap::new();
        for step in self.db.lookup::<StepRow>(&STEPS, ids).await? {
            let bad = || StoreError::inconsistent("handoff_step", "state", &step.handoff_id);
            let state = HandoffState::parse(&step.state).ok_or_else(bad)?;
            let at = Timestamp::from_millis(step.at);
            ways.entry(step.handoff_id).or_default().push(StepView { state, cause: step.cause, at });
        }
        let whole = |row: HandoffRow| {
            let timeline = ways.remove(&row.id).unwrap_or_default();
            Ok(HandoffTimeline { handoff: HandoffView::of(&row.read()?), timeline })
        };
        rows.into_iter().map(whole).collect()
    }
}
