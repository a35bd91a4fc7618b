//! Complaints as the desk reads them.

use std::collections::HashMap;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::Store;
use super::complaint::{ComplaintRow, POSTS, PostRow, complaint_columns};
use super::engine::Sql;
use super::error::StoreError;
use super::filter::{Filter, Texts};
use super::identity::{OwnerRow, owner_columns};
use super::page::{Page, Slice};
use super::search::{Found, Hunt};
use super::value::{Value, args};
use super::view;
use crate::domain::complaint::Post;
use crate::domain::id::{ComplaintId, ConversationId, WorkspaceId};

macro_rules! from {
    () => {
        concat!(
            "SELECT ",
            complaint_columns!(),
            ", ",
            owner_columns!(),
            " FROM complaint c JOIN identity i ON i.id = c.identity_id "
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

const OF_CONVERSATION: &str =
    concat!(from!(), "WHERE c.workspace_id = $1 AND c.conversation_id = $2 ORDER BY c.id LIMIT 50");
const FIND: &str = concat!(from!(), "WHERE c.workspace_id = $1 AND c.id = $2");
const OF_CUSTOMER: &str =
    concat!(from!(), "WHERE c.workspace_id = $1 AND i.customer_id = $2 ORDER BY c.id DESC LIMIT $3");
const TEXTS: Texts = Texts {
    newest: list!("<", "DESC", ""),
    oldest: list!(">", "ASC", ""),
    newest_of_status: list!("<", "DESC", "AND c.status = $9"),
    oldest_of_status: list!(">", "ASC", "AND c.status = $9"),
};

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(FIND),
    Sql::same(OF_CUSTOMER),
    Sql::same(OF_CONVERSATION),
    Sql::same(TEXTS.newest),
    Sql::same(TEXTS.oldest),
    Sql::same(TEXTS.newest_of_status),
    Sql::same(TEXTS.oldest_of_status),
];

#[derive(Debug, FromRow)]
struct Row {
    #[sqlx(flatten)]
    complaint: ComplaintRow,
    #[sqlx(flatten)]
    owner: OwnerRow,
}

impl Store {
    /// A complaint of a workspace with its thread.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_complaint(
        &self,
        workspace: &WorkspaceId,
        id: &ComplaintId,
    ) -> Result<Option<Json>, StoreError> {
        let rows = self.db.all(FIND, args![workspace, id]).await?;
        Ok(self.show_complaints(rows).await?.pop())
    }

    /// The complaints that go on in a conversation, oldest first, with their threads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complaints_of_conversation(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Vec<Json>, StoreError> {
        let rows = self.db.all(OF_CONVERSATION, args![workspace, id]).await?;
        self.show_complaints(rows).await
    }

    /// Complaints with their threads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_complaints(
        &self,
        workspace: &WorkspaceId,
        filter: &Filter,
        slice: Slice<'_>,
    ) -> Result<Found, StoreError> {
        if let Some(number) = filter.search.number() {
            return self.complaints_of_number(workspace, number, slice).await;
        }
        if filter.search.is_empty() {
            return Ok(Found::page(self.page_of_complaints(workspace, filter, slice).await?));
        }
        let mut hunt = Hunt::new(&filter.search, slice);
        while hunt.look(self.page_of_complaints(workspace, filter, hunt.next(slice.newest_first)).await?) {}
        Ok(hunt.end())
    }

    async fn page_of_complaints(
        &self,
        workspace: &WorkspaceId,
        filter: &Filter,
        slice: Slice<'_>,
    ) -> Result<Page<Json>, StoreError> {
        let rows = self.db.all(filter.text(&TEXTS, slice), filter.args(workspace, slice)).await?;
        let page = slice.page(rows);
        Ok(Page { data: self.show_complaints(page.data).await?, more: page.more })
    }

    /// Of whoever has that number, and of all who are one person with them.
    async fn complaints_of_number(
        &self,
        workspace: &WorkspaceId,
        number: &str,
        slice: Slice<'_>,
    ) -> Result<Found, StoreError> {
        let Some(customer) = self.customer_of_number(workspace, number).await? else {
            return Ok(Found::nothing());
        };
        let rows = self.db.all(OF_CUSTOMER, args![workspace, customer, slice.limit]).await?;
        Ok(Found { data: self.show_complaints(rows).await?, after: None })
    }

    async fn show_complaints(&self, rows: Vec<Row>) -> Result<Vec<Json>, StoreError> {
        let threads = self.threads(&rows).await?;
        let mut resources = Vec::with_capacity(rows.len());
        for Row { complaint, owner } in rows {
            let posts = threads.get(&complaint.id).map_or(&[][..], Vec::as_slice);
            let complaint = complaint.read()?;
            let identity = owner.read(&complaint.workspace_id, &complaint.identity_id)?;
            resources.push(view::complaint(&complaint, &identity, posts));
        }
        self.render(resources).await
    }

    async fn threads(&self, rows: &[Row]) -> Result<HashMap<String, Vec<Post>>, StoreError> {
        let ids = rows.iter().map(|row| Value::from(&row.complaint.id)).collect();
        let mut threads: HashMap<String, Vec<Post>> = HashMap::new();
        for row in self.db.lookup::<PostRow>(&POSTS, ids).await? {
            let post = row.read()?;
            threads.entry(post.complaint_id.to_string()).or_default().push(post);
        }
        Ok(threads)
    }
}
