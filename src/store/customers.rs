//! Customers and their identities as the desk reads them.

use sqlx::FromRow;

use super::Store;
use super::complaint::{ComplaintRow, complaint_columns};
use super::conversation::{ConversationRow, conversation_columns};
use super::engine::Sql;
use super::error::StoreError;
use super::identity::{IdentityRow, KnownIdentity, identity_columns};
use super::link::{LinkRow, OF_IDENTITIES};
use super::page::{Page, Slice};
use super::value::{Value, args};
use super::view::{self, ComplaintShort, ConversationShort, CustomerView};
use crate::domain::id::{CustomerId, IdentityId, WorkspaceId};
use crate::domain::identity::Namespace;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;
use serde_json::Value as Json;

macro_rules! identities {
    ($where:literal) => {
        concat!(
            "SELECT ",
            identity_columns!(),
            ", i.created_at FROM identity i LEFT JOIN identity_key k ON k.identity_id = i.id ",
            $where
        )
    };
}

/// Who stands for a customer.
const STANDS: &str =
    "SELECT COALESCE(c.resolves_to, c.id) FROM customer c WHERE c.workspace_id = $1 AND c.id = $2";

const OF_CUSTOMER: &str = identities!("WHERE i.workspace_id = $1 AND i.customer_id = $2 ORDER BY i.id");

const LIST: &str = identities!(
    "WHERE i.workspace_id = $1 AND i.id > $2 AND ($4 = '' OR i.namespace = $4) AND ($5 = '' OR i.customer_id = $5)
    ORDER BY i.id
    LIMIT $3"
);

const BY_ID: &str = identities!("WHERE i.workspace_id = $1 AND i.id = $2");

const BY_ADDRESS: &str = identities!("WHERE i.workspace_id = $1 AND i.blind = $2");

const CUSTOMER_OF_ADDRESS: &str =
    "SELECT i.customer_id FROM identity i WHERE i.workspace_id = $1 AND i.blind = $2";

const COMPLAINTS: &str = concat!(
    "SELECT ",
    complaint_columns!(),
    " FROM complaint c JOIN identity i ON i.id = c.identity_id
    WHERE c.workspace_id = $1 AND i.customer_id = $2 ORDER BY c.id DESC LIMIT 50"
);

const CONVERSATIONS: &str = concat!(
    "SELECT ",
    conversation_columns!(),
    " FROM conversation c JOIN identity i ON i.id = c.identity_id
    WHERE c.workspace_id = $1 AND i.customer_id = $2 ORDER BY c.id DESC LIMIT 50"
);

pub(super) const STATEMENTS: &[Sql] = &[
    Sql::same(CUSTOMER_OF_ADDRESS),
    Sql::same(STANDS),
    Sql::same(OF_CUSTOMER),
    Sql::same(LIST),
    Sql::same(BY_ID),
    Sql::same(BY_ADDRESS),
    Sql::same(COMPLAINTS),
    Sql::same(CONVERSATIONS),
];

#[derive(Debug, FromRow)]
struct Row {
    #[sqlx(flatten)]
    identity: IdentityRow,
    created_at: i64,
}

/// Which identities.
#[derive(Clone, Debug, Default)]
pub struct IdentityFilter {
    /// Of that kind.
    pub namespace: Option<Namespace>,
    /// With that id, of that kind.
    pub external_id: Option<String>,
    /// Of that customer, or of whoever stands for it now.
    pub customer_id: Option<CustomerId>,
}

impl Store {
    /// Who stands for a customer now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing_customer(
        &self,
        workspace: &WorkspaceId,
        id: &CustomerId,
    ) -> Result<Option<CustomerId>, StoreError> {
        let row: Option<(String,)> = self.db.find(STANDS, args![workspace, id]).await?;
        let bad = |_| StoreError::inconsistent("customer", "resolves_to", id.as_str());
        row.map(|(id,)| CustomerId::parse(&id).map_err(bad)).transpose()
    }

    /// The identities of a customer, or of whoever stands for it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_of_customer(
        &self,
        workspace: &WorkspaceId,
        id: &CustomerId,
    ) -> Result<Vec<IdentityId>, StoreError> {
        let Some(stands) = self.standing_customer(workspace, id).await? else { return Ok(Vec::new()) };
        let known = self.known_of_customer(workspace, &stands).await?;
        Ok(known.into_iter().map(|(known, _)| known.identity.id).collect())
    }

    pub(super) async fn known_of_customer(
        &self,
        workspace: &WorkspaceId,
        id: &CustomerId,
    ) -> Result<Vec<(KnownIdentity, Timestamp)>, StoreError> {
        self.read_known(self.db.all(OF_CUSTOMER, args![workspace, id]).await?)
    }

    fn read_known(&self, rows: Vec<Row>) -> Result<Vec<(KnownIdentity, Timestamp)>, StoreError> {
        let read = |row: Row| Ok((row.identity.read(&self.vault)?, Timestamp::from_millis(row.created_at)));
        rows.into_iter().map(read).collect()
    }

    pub(super) async fn show_identities(
        &self,
        known: &[(KnownIdentity, Timestamp)],
    ) -> Result<Vec<Json>, StoreError> {
        self.render(known.iter().map(|(known, made)| view::identity(known, *made)).collect()).await
    }

    /// The live and suspended links of identities, by id.
    pub(super) async fn links_of(&self, ids: &[&IdentityId]) -> Result<Vec<Link>, StoreError> {
        let keys = ids.iter().map(|id| Value::from(*id)).collect();
        let rows: Vec<LinkRow> = self.db.lookup(&OF_IDENTITIES, keys).await?;
        let mut links = rows.into_iter().map(LinkRow::read).collect::<Result<Vec<_>, _>>()?;
        links.sort_by(|one, other| one.id.cmp(&other.id));
        links.dedup_by(|one, other| one.id == other.id);
        Ok(links)
    }

    /// Identities, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_identities(
        &self,
        workspace: &WorkspaceId,
        filter: &IdentityFilter,
        slice: Slice<'_>,
    ) -> Result<Page<Json>, StoreError> {
        let customer = match &filter.customer_id {
            Some(id) => match self.standing_customer(workspace, id).await? {
                Some(stands) => stands.to_string(),
                None => return Ok(Page { data: Vec::new(), more: false }),
            },
            None => String::new(),
        };
        let namespace = filter.namespace.as_ref();
        let rows = match (namespace, &filter.external_id) {
            (Some(namespace), Some(external)) => {
                let blind = self.vault.blind(workspace, namespace, external);
                self.db.all(BY_ADDRESS, args![workspace, blind]).await?
            }
            _ => {
                let namespace = namespace.map_or("", Namespace::as_str);
                let args = args![workspace, slice.edge(), slice.rows(), namespace, customer.as_str()];
                self.db.all(LIST, args).await?
            }
        };
        let page = slice.page(self.read_known(rows)?);
        Ok(Page { data: self.show_identities(&page.data).await?, more: page.more })
    }

    /// An identity of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_identity(
        &self,
        workspace: &WorkspaceId,
        id: &IdentityId,
    ) -> Result<Option<Json>, StoreError> {
        let known = self.read_known(self.db.all(BY_ID, args![workspace, id]).await?)?;
        Ok(self.show_identities(&known).await?.pop())
    }

    /// Whose telephone number that is.
    pub(super) async fn customer_of_number(
        &self,
        workspace: &WorkspaceId,
        number: &str,
    ) -> Result<Option<String>, StoreError> {
        let blind = self.vault.blind(workspace, &Namespace::phone(), number);
        let row: Option<(String,)> = self.db.find(CUSTOMER_OF_ADDRESS, args![workspace, blind]).await?;
        Ok(row.map(|(customer,)| customer))
    }

    /// A customer of a workspace; an id for which another stands now answers with that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_customer(
        &self,
        workspace: &WorkspaceId,
        asked: &CustomerId,
    ) -> Result<Option<CustomerView>, StoreError> {
        let Some(id) = self.standing_customer(workspace, asked).await? else { return Ok(None) };
        let known = self.known_of_customer(workspace, &id).await?;
        let ids: Vec<&IdentityId> = known.iter().map(|(known, _)| &known.identity.id).collect();
        let links = self.links_of(&ids).await?;
        let shown = links.iter().map(|link| view::link(link, Vec::new())).collect();
        Ok(Some(CustomerView {
            resolved_from: (*asked != id).then(|| asked.clone()),
            suggestions: self.suggestions(&known).await?,
            identities: self.show_identities(&known).await?,
            links: self.render(shown).await?,
            complaints: self.complaints_in_short(workspace, &id).await?,
            conversations: self.conversations_in_short(workspace, &id).await?,
            id,
        }))
    }

    async fn complaints_in_short(
        &self,
        workspace: &WorkspaceId,
        id: &CustomerId,
    ) -> Result<Vec<ComplaintShort>, StoreError> {
        let rows: Vec<ComplaintRow> = self.db.all(COMPLAINTS, args![workspace, id]).await?;
        let short = |row: ComplaintRow| {
            let one = row.read()?;
            Ok(ComplaintShort {
                id: one.id,
                identity_id: one.identity_id,
                status: one.status,
                channel: one.channel,
                connection_id: one.connection_id,
                posted_at: one.posted_at,
            })
        };
        rows.into_iter().map(short).collect()
    }

    async fn conversations_in_short(
        &self,
        workspace: &WorkspaceId,
        id: &CustomerId,
    ) -> Result<Vec<ConversationShort>, StoreError> {
        let rows: Vec<ConversationRow> = self.db.all(CONVERSATIONS, args![workspace, id]).await?;
        let short = |row: ConversationRow| {
            let one = row.read()?;
            Ok(ConversationShort {
                id: one.id,
                identity_id: one.identity_id,
                status: one.status,
                channel: one.channel,
                connection_id: one.connection_id,
                last_message_at: one.last_message_at,
            })
        };
        rows.into_iter().map(short).collect()
    }
}
