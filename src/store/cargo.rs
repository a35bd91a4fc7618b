//! What provider deliveries carry, opened for sending.

use std::collections::HashMap;

use sqlx::FromRow;

use super::Store;
use super::content::Content;
use super::engine::Bulk;
use super::error::StoreError;
use super::event::contents;
use super::identity::{self, IdentityRow};
use super::value::Value;
use crate::domain::channel::Channel;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::{DeliveryId, MessageId};
use crate::domain::identity::Namespace;
use crate::domain::inbound::Media;
use crate::domain::policy::window::{self, Window};
use crate::domain::time::Timestamp;

const MESSAGES: Bulk = Bulk::new(
    "SELECT d.id, m.id AS message_id, d.part, d.channel, m.identity_id, m.body_id, p.start_at, p.end_at,
        m.automatic, c.last_inbound_at
    FROM (VALUES ",
    1,
    ") AS v
    JOIN delivery d ON d.id = v.column1
    JOIN message m ON m.id = d.message_id
    JOIN conversation c ON c.id = m.conversation_id
    JOIN message_part p ON p.message_id = d.message_id AND p.part = d.part",
);

/// A reply answers the customer's latest post that still stands.
const REPLIES: Bulk = Bulk::new(
    "SELECT d.id, c.channel, r.body_id,
        (SELECT q.body_id FROM post q
            WHERE q.complaint_id = r.complaint_id AND q.author = 'customer' AND q.deleted_at IS NULL
            ORDER BY q.id DESC LIMIT 1) AS answered
    FROM (VALUES ",
    1,
    ") AS v
    JOIN delivery d ON d.id = v.column1
    JOIN post r ON r.id = d.post_id
    JOIN complaint c ON c.id = r.complaint_id",
);

/// A private reply answers the latest post that still stands, as the public one does.
const PRIVATE_REPLIES: Bulk = Bulk::new(
    "SELECT d.id, h.channel, h.body_id,
        (SELECT q.body_id FROM post q
            WHERE q.complaint_id = h.complaint_id AND q.author = 'customer' AND q.deleted_at IS NULL
            ORDER BY q.id DESC LIMIT 1) AS answered
    FROM (VALUES ",
    1,
    ") AS v
    JOIN delivery d ON d.id = v.column1
    JOIN handoff h ON h.id = d.handoff_id",
);

pub(super) const LOOKUPS: &[Bulk] = &[MESSAGES, REPLIES, PRIVATE_REPLIES];

/// What a provider delivery carries.
#[derive(Clone, Debug)]
pub enum Load {
    /// One request of a message.
    Message {
        /// The message.
        message_id: MessageId,
        /// Which of its requests.
        part: i64,
        /// The platform's id of the customer.
        external_id: String,
        /// What kind of id that is.
        namespace: Namespace,
        /// The medium.
        channel: Channel,
        /// The text of this request.
        text: String,
        /// Attachments; on the first request only.
        media: Vec<Media>,
        /// Whether a person wrote it.
        is_personal: bool,
        /// When the customer last wrote.
        last_inbound_at: Option<Timestamp>,
    },
    /// The one private answer to a public post.
    PrivateReply {
        /// The platform's id of the post that is answered.
        post_id: String,
        /// The text.
        text: String,
    },
    /// A public reply.
    Reply {
        /// The platform's id of the post that is answered.
        post_id: String,
        /// The platform's id of its thread.
        thread_id: String,
        /// The medium.
        channel: Channel,
        /// The text.
        text: String,
    },
}

impl Load {
    /// Whether it is a person's message that comes when the platform takes those alone.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        match self {
            Self::Message { is_personal: true, channel, last_inbound_at, .. } => {
                window::of(channel, *last_inbound_at, now) == Window::ForPeople
            }
            _ => false,
        }
    }
}

#[derive(Debug, FromRow)]
struct MessageRow {
    id: String,
    message_id: String,
    part: i64,
    channel: String,
    identity_id: String,
    body_id: String,
    start_at: i64,
    end_at: i64,
    automatic: Option<String>,
    last_inbound_at: Option<i64>,
}

#[derive(Debug, FromRow)]
struct ReplyRow {
    id: String,
    channel: String,
    body_id: String,
    answered: Option<String>,
}

/// Something is not there any more.
fn gone(detail: &str) -> Failure {
    Failure::new(FailureCode::Cancelled, detail)
}

impl MessageRow {
    fn load(
        &self,
        contents: &HashMap<String, Content>,
        addresses: &HashMap<String, (Namespace, String)>,
    ) -> Result<Result<Load, Failure>, StoreError> {
        let bad = |column| StoreError::inconsistent("delivery", column, &self.id);
        let (Some(content), Some((namespace, external_id))) =
            (contents.get(&self.body_id), addresses.get(&self.identity_id))
        else {
            return Ok(Err(gone("The customer's data was erased.")));
        };
        let whole = content.text.as_deref().unwrap_or_default();
        let range = usize::try_from(self.start_at).ok().zip(usize::try_from(self.end_at).ok());
        let text = range.and_then(|(start, end)| whole.get(start..end)).ok_or_else(|| bad("part"))?;
        Ok(Ok(Load::Message {
            message_id: MessageId::parse(&self.message_id).map_err(|_| bad("message_id"))?,
            part: self.part,
            external_id: external_id.clone(),
            namespace: namespace.clone(),
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            text: text.to_owned(),
            media: if self.part == 0 { content.media.clone() } else { Vec::new() },
            is_personal: self.automatic.is_none(),
            last_inbound_at: self.last_inbound_at.map(Timestamp::from_millis),
        }))
    }
}

impl ReplyRow {
    fn load(&self, contents: &HashMap<String, Content>) -> Result<Result<Load, Failure>, StoreError> {
        let channel = Channel::parse(&self.channel)
            .map_err(|_| StoreError::inconsistent("complaint", "channel", &self.id))?;
        let text = contents.get(&self.body_id).and_then(|content| content.text.clone());
        let answered = self.answered.as_ref().and_then(|body| contents.get(body));
        let post = answered.and_then(|post| Some((post.post_id.clone()?, post.thread_id.clone()?)));
        Ok(match (text, post) {
            (Some(text), Some((post_id, thread_id))) => Ok(Load::Reply { post_id, thread_id, channel, text }),
            (None, _) => Err(gone("The text was erased.")),
            (_, None) => Err(gone("The customer's posts are no longer there.")),
        })
    }
}

impl Load {
    /// A reply, as the private one to the same post.
    fn in_private(self) -> Self {
        match self {
            Self::Reply { post_id, text, .. } => Self::PrivateReply { post_id, text },
            other => other,
        }
    }
}

impl Store {
    /// What these provider deliveries carry, or why that is not there any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn loads(
        &self,
        ids: &[DeliveryId],
    ) -> Result<HashMap<DeliveryId, Result<Load, Failure>>, StoreError> {
        let keys = || ids.iter().map(Value::from).collect::<Vec<Value>>();
        let messages: Vec<MessageRow> = self.db.lookup(&MESSAGES, keys()).await?;
        let replies: Vec<ReplyRow> = self.db.lookup(&REPLIES, keys()).await?;
        let private: Vec<ReplyRow> = self.db.lookup(&PRIVATE_REPLIES, keys()).await?;
        let mut bodies: Vec<String> = messages.iter().map(|row| row.body_id.clone()).collect();
        bodies.extend(
            replies.iter().chain(&private).flat_map(|row| row.answered.iter().chain([&row.body_id]).cloned()),
        );
        let contents = contents(&self.db, &self.vault, bodies).await?;
        let addresses = self.addresses(&messages).await?;
        let nothing = || Err(gone("What it carries is no longer there."));
        let mut loads: HashMap<_, _> = ids.iter().map(|id| (id.clone(), nothing())).collect();
        let bad = |id: &str| StoreError::inconsistent("delivery", "id", id);
        for row in &messages {
            let id = DeliveryId::parse(&row.id).map_err(|_| bad(&row.id))?;
            loads.insert(id, row.load(&contents, &addresses)?);
        }
        for row in &replies {
            let id = DeliveryId::parse(&row.id).map_err(|_| bad(&row.id))?;
            loads.insert(id, row.load(&contents)?);
        }
        for row in &private {
            let id = DeliveryId::parse(&row.id).map_err(|_| bad(&row.id))?;
            loads.insert(id, row.load(&contents)?.map(Load::in_private));
        }
        Ok(loads)
    }

    /// Where the customers of messages are reached, by identity.
    async fn addresses(
        &self,
        messages: &[MessageRow],
    ) -> Result<HashMap<String, (Namespace, String)>, StoreError> {
        let keys = messages.iter().map(|row| Value::from(row.identity_id.as_str())).collect();
        let rows: Vec<IdentityRow> = self.db.lookup(&identity::BY_ID, keys).await?;
        let mut addresses = HashMap::with_capacity(rows.len());
        for row in rows {
            let known = row.read(&self.vault)?;
            addresses.insert(known.identity.id.to_string(), (known.identity.namespace, known.external_id));
        }
        Ok(addresses)
    }
}
