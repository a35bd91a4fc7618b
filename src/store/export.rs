//! What there is of a customer, for the customer: their own words, what was said to them, what they agreed to, how they
//! are linked. Never what the desk noted for itself.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Store;
use super::complaint::{ComplaintRow, POSTS, PostRow, complaint_columns};
use super::consent::{ConsentRow, consent_columns};
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::identity::KnownIdentity;
use super::message::{MessageRow, message_columns};
use super::value::{Value, args};
use super::view::{self, BodyRef, Fill, Resource};
use crate::domain::complaint::{Complaint, Post};
use crate::domain::id::{ComplaintId, CustomerId, IdentityId, MessageId, WorkspaceId};
use crate::domain::link::{Level, Link, assign};
use crate::domain::message::Message;
use crate::domain::time::Timestamp;

const MESSAGES: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM message m WHERE m.workspace_id = $1 AND m.identity_id = $2 AND m.id > $3 ORDER BY m.id LIMIT 200"
);

const COMPLAINTS: &str = concat!(
    "SELECT ",
    complaint_columns!(),
    " FROM complaint c WHERE c.workspace_id = $1 AND c.identity_id = $2 AND c.id > $3 ORDER BY c.id LIMIT 50"
);

const CONSENTS: Bulk = Bulk::new(
    concat!("SELECT ", consent_columns!(), " FROM (VALUES "),
    1,
    ") AS v JOIN consent n ON n.identity_id = v.column1 ORDER BY n.id",
);

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(MESSAGES), Sql::same(COMPLAINTS)];
pub(super) const LOOKUPS: &[Bulk] = &[CONSENTS];

/// The beginning of an export, and whose words follow.
#[derive(Clone, Debug)]
pub struct ExportHead {
    /// All but complaints and messages.
    pub head: Json,
    /// Whose are exported.
    pub identity_ids: Vec<IdentityId>,
}

/// Those joined with the identity that began as this customer, over links at least that strong.
fn reached(
    known: &[(KnownIdentity, Timestamp)],
    links: &[Link],
    base: &CustomerId,
    across: Level,
) -> Vec<IdentityId> {
    let own: BTreeMap<IdentityId, CustomerId> = known
        .iter()
        .map(|(known, _)| (known.identity.id.clone(), known.identity.own_customer_id.clone()))
        .collect();
    let joined = assign(&own, links.iter().filter(|link| link.level() >= across));
    let with = own.iter().find(|(_, customer)| *customer == base).and_then(|(id, _)| joined.get(id));
    let of = |customer: &CustomerId| Some(customer) == with;
    joined.iter().filter(|(_, customer)| of(customer)).map(|(id, _)| id.clone()).collect()
}

fn link(link: &Link) -> Json {
    json!({
        "id": link.id, "identity_ids": link.between, "level": link.level(), "state": link.state.as_str(),
        "valid_from": link.valid_from, "valid_until": link.valid_until
    })
}

fn message(message: &Message) -> Resource {
    let data = json!({
        "id": message.id, "conversation_id": message.conversation_id, "identity_id": message.identity_id,
        "direction": message.direction, "text": null, "media": [], "status": message.status,
        "at": message.created_at
    });
    let text = BodyRef { at: String::new(), body: message.body_id.clone(), fill: Fill::Message };
    Resource { data, refs: vec![text] }
}

fn complaint(complaint: &Complaint, posts: &[Post]) -> Resource {
    let post = |post: &Post| json!({"by": post.by, "text": null, "at": post.at, "edited_at": post.edited_at, "deleted_at": post.deleted_at});
    let data = json!({
        "id": complaint.id, "identity_id": complaint.identity_id, "channel": complaint.channel, "text": null,
        "permalink": null, "posted_at": complaint.posted_at, "posts": posts.iter().map(post).collect::<Vec<_>>()
    });
    let mut refs =
        vec![BodyRef { at: String::new(), body: complaint.body_id.clone(), fill: Fill::Complaint }];
    refs.extend(posts.iter().enumerate().map(|(at, post)| BodyRef {
        at: format!("/posts/{at}"),
        body: post.body_id.clone(),
        fill: Fill::Post,
    }));
    Resource { data, refs }
}

impl Store {
    /// The beginning of the export of a customer: what is said of the identity that began as that customer holds for
    /// those joined with it over links at least as strong as `across`; of the others only that they are there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_head(
        &self,
        workspace: &WorkspaceId,
        asked: &CustomerId,
        across: Level,
        now: Timestamp,
    ) -> Result<Option<ExportHead>, StoreError> {
        let Some(id) = self.standing_customer(workspace, asked).await? else { return Ok(None) };
        let known = self.known_of_customer(workspace, &id).await?;
        let ids: Vec<&IdentityId> = known.iter().map(|(known, _)| &known.identity.id).collect();
        let links = self.links_of(&ids).await?;
        let identity_ids = reached(&known, &links, asked, across);
        let (own, others): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(known, _)| identity_ids.contains(&known.identity.id));
        let of_own = |link: &&Link| link.between.iter().any(|id| identity_ids.contains(id));
        let head = json!({
            "format": "segue-export/1",
            "customer_id": id,
            "made_at": now,
            "across": across,
            "identities": self.show_identities(&own).await?,
            "not_included": others.iter().map(|(known, _)| &known.identity.id).collect::<Vec<_>>(),
            "links": links.iter().filter(of_own).map(link).collect::<Vec<_>>(),
            "consents": self.consents_of(&identity_ids).await?,
        });
        Ok(Some(ExportHead { head, identity_ids }))
    }

    async fn consents_of(&self, ids: &[IdentityId]) -> Result<Vec<Json>, StoreError> {
        let rows: Vec<ConsentRow> = self.db.lookup(&CONSENTS, ids.iter().map(Value::from).collect()).await?;
        let resources = rows.into_iter().map(|row| Ok(view::consent(&row.read()?)));
        self.render(resources.collect::<Result<_, StoreError>>()?).await
    }

    /// The next messages of an identity, by id, with the id of the last; none when there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_messages(
        &self,
        workspace: &WorkspaceId,
        identity: &IdentityId,
        after: Option<&MessageId>,
    ) -> Result<Option<(Vec<Json>, MessageId)>, StoreError> {
        let after = after.map_or("", MessageId::as_str);
        let rows: Vec<MessageRow> = self.db.all(MESSAGES, args![workspace, identity, after]).await?;
        let messages = rows.into_iter().map(MessageRow::read).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = messages.last().map(|message| message.id.clone()) else { return Ok(None) };
        Ok(Some((self.render(messages.iter().map(message).collect()).await?, last)))
    }

    /// The next complaints of an identity with their threads, by id, with the id of the last; none when there are no
    /// more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_complaints(
        &self,
        workspace: &WorkspaceId,
        identity: &IdentityId,
        after: Option<&ComplaintId>,
    ) -> Result<Option<(Vec<Json>, ComplaintId)>, StoreError> {
        let after = after.map_or("", ComplaintId::as_str);
        let rows: Vec<ComplaintRow> = self.db.all(COMPLAINTS, args![workspace, identity, after]).await?;
        let complaints = rows.into_iter().map(ComplaintRow::read).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = complaints.last().map(|one| one.id.clone()) else { return Ok(None) };
        let keys = complaints.iter().map(|one| Value::from(&one.id)).collect();
        let mut posts: BTreeMap<ComplaintId, Vec<Post>> = BTreeMap::new();
        for row in self.db.lookup::<PostRow>(&POSTS, keys).await? {
            let post = row.read()?;
            posts.entry(post.complaint_id.clone()).or_default().push(post);
        }
        let of = |one: &Complaint| complaint(one, posts.get(&one.id).map_or(&[][..], Vec::as_slice));
        Ok(Some((self.render(complaints.iter().map(of).collect()).await?, last)))
    }
}
