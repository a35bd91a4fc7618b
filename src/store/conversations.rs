//! Conversations and their messages as the desk reads them.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use sqlx::FromRow;

use super::Store;
use super::conversation::{ConversationRow, conversation_columns};
use super::engine::Sql;
use super::error::StoreError;
use super::filter::{Filter, Texts};
use super::identity::{OwnerRow, owner_columns};
use super::message::{MessageRow, message_columns};
use super::page::{Page, Slice};
use super::search::{Found, Hunt};
use super::value::{Value, args};
use super::view;
use super::world::COMPLAINTS_OF;
use crate::domain::id::{ComplaintId, ConversationId, WorkspaceId};

macro_rules! from {
    () => {
        concat!(
            "SELECT ",
            conversation_columns!(),
            ", ",
            owner_columns!(),
            " FROM conversation c JOIN identity i ON i.id = c.identity_id "
        )
    };
}

macro_rules! list {
    ($beyond:literal, $order:literal, $status:literal) => {
        concat!(
            from!(),
            "WHERE c.workspace_id = $1 AND c.id ",
            $beyond,
            " $2 AND ($4 = '' OR c.channel = $4) AND ($5 = '' OR c.connection_id = $5)
                AND ($6 = '' OR i.customer_id = $6) AND ($7 = '' OR c.assignee = $7) AND c.created_at >= $8 ",
            $status,
            " ORDER BY c.id ",
            $order,
            " LIMIT $3"
        )
    };
}

macro_rules! messages {
    ($beyond:literal, $order:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM message m WHERE m.workspace_id = $1 AND m.conversation_id = $2 AND m.number ",
            $beyond,
            " $3 ORDER BY m.number ",
            $order,
            " LIMIT $4"
        )
    };
}

const FIND: &str = concat!(from!(), "WHERE c.workspace_id = $1 AND c.id = $2");
const OF_CUSTOMER: &str =
    concat!(from!(), "WHERE c.workspace_id = $1 AND i.customer_id = $2 ORDER BY c.id DESC LIMIT $3");
const TEXTS: Texts = Texts {
    newest: list!("<", "DESC", ""),
    oldest: list!(">", "ASC", ""),
    newest_of_status: list!("<", "DESC", "AND c.status = $9"),
    oldest_of_status: list!(">", "ASC", "AND c.status = $9"),
};
const MESSAGES: &str = messages!(">", "ASC");
const MESSAGES_NEWEST: &str = messages!("<", "DESC");

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(FIND),
    Sql::same(OF_CUSTOMER),
    Sql::same(TEXTS.newest),
    Sql::same(TEXTS.oldest),
    Sql::same(TEXTS.newest_of_status),
    Sql::same(TEXTS.oldest_of_status),
    Sql::same(MESSAGES),
    Sql::same(MESSAGES_NEWEST),
];

#[derive(Debug, FromRow)]
struct Row {
    #[sqlx(flatten)]
    conversation: ConversationRow,
    #[sqlx(flatten)]
    owner: OwnerRow,
}

/// Which messages of a conversation, by their number in it.
#[derive(Clone, Copy, Debug)]
pub struct MessageSlice {
    /// The number of the last message seen; none: from the beginning.
    pub after: Option<i64>,
    /// How many at most.
    pub limit: i64,
    /// Newest first, or in the order they were written.
    pub newest_first: bool,
}

/// A page of messages, and the number of the last one on it.
#[derive(Clone, Debug)]
pub struct Messages {
    /// The messages.
    pub page: Page<Json>,
    /// Where the next page begins.
    pub last: i64,
}

impl Store {
    /// A conversation of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_conversation(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Json>, StoreError> {
        let rows = self.db.all(FIND, args![workspace, id]).await?;
        Ok(self.show_conversations(rows).await?.pop())
    }

    /// A conversation of a workspace with its complaints, handoffs and consents.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn whole_conversation(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Json>, StoreError> {
        let Some(mut whole) = self.find_conversation(workspace, id).await? else { return Ok(None) };
        whole["complaints"] = Json::from(self.complaints_of_conversation(workspace, id).await?);
        whole["handoffs"] = json!(self.handoffs_of_conversation(workspace, id).await?);
        whole["consents"] = Json::from(self.consents_of_conversation(workspace, id).await?);
        Ok(Some(whole))
    }

    /// Conversations.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_conversations(
        &self,
        workspace: &WorkspaceId,
        filter: &Filter,
        slice: Slice<'_>,
    ) -> Result<Found, StoreError> {
        if let Some(number) = filter.search.number() {
            return self.conversations_of_number(workspace, number, slice).await;
        }
        if filter.search.is_empty() {
            return Ok(Found::page(self.page_of_conversations(workspace, filter, slice).await?));
        }
        let mut hunt = Hunt::new(&filter.search, slice);
        while hunt.look(self.page_of_conversations(workspace, filter, hunt.next(slice.newest_first)).await?) {
        }
        Ok(hunt.end())
    }

    async fn page_of_conversations(
        &self,
        workspace: &WorkspaceId,
        filter: &Filter,
        slice: Slice<'_>,
    ) -> Result<Page<Json>, StoreError> {
        let rows = self.db.all(filter.text(&TEXTS, slice), filter.args(workspace, slice)).await?;
        let page = slice.page(rows);
        Ok(Page { data: self.show_conversations(page.data).await?, more: page.more })
    }

    /// Of whoever has that number, and of all who are one person with them.
    async fn conversations_of_number(
        &self,
        workspace: &WorkspaceId,
        number: &str,
        slice: Slice<'_>,
    ) -> Result<Found, StoreError> {
        let Some(customer) = self.customer_of_number(workspace, number).await? else {
            return Ok(Found::nothing());
        };
        let rows = self.db.all(OF_CUSTOMER, args![workspace, customer, slice.limit]).await?;
        Ok(Found { data: self.show_conversations(rows).await?, after: None })
    }

    async fn show_conversations(&self, rows: Vec<Row>) -> Result<Vec<Json>, StoreError> {
        let complaints = self.complaints_of(&rows).await?;
        let mut resources = Vec::with_capacity(rows.len());
        for Row { conversation, owner } in rows {
            let conversation = conversation.read()?;
            let identity = owner.read(&conversation.workspace_id, &conversation.identity_id)?;
            let of_it = complaints.get(conversation.id.as_str()).map_or(&[][..], Vec::as_slice);
            resources.push(view::conversation(&conversation, &identity, of_it));
        }
        self.render(resources).await
    }

    async fn complaints_of(&self, rows: &[Row]) -> Result<HashMap<String, Vec<ComplaintId>>, StoreError> {
        let ids = rows.iter().map(|row| Value::from(&row.conversation.id)).collect();
        let mut found: HashMap<String, Vec<ComplaintId>> = HashMap::new();
        for (conversation, id) in self.db.lookup::<(String, String)>(&COMPLAINTS_OF, ids).await? {
            let complaint =
                ComplaintId::parse(&id).map_err(|_| StoreError::inconsistent("complaint", "id", &id))?;
            found.entry(conversation).or_default().push(complaint);
        }
        Ok(found)
    }

    /// Messages of a conversation of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_messages(
        &self,
        workspace: &WorkspaceId,
        conversation: &ConversationId,
        slice: MessageSlice,
    ) -> Result<Messages, StoreError> {
        let ids = Slice { after: None, limit: slice.limit, newest_first: slice.newest_first };
        let (statement, edge) = if slice.newest_first { (MESSAGES_NEWEST, i64::MAX) } else { (MESSAGES, 0) };
        let args = args![workspace, conversation, slice.after.unwrap_or(edge), ids.rows()];
        let page = ids.page(self.db.all::<MessageRow>(statement, args).await?).try_map(MessageRow::read)?;
        let last = page.data.last().map_or(0, |message| message.number);
        let shown = self.render(page.data.iter().map(view::message).collect()).await?;
        Ok(Messages { page: Page { data: shown, more: page.more }, last })
    }
}
