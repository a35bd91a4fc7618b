//! What a decision may change, read under its locks: complaints, conversations with their messages, tasks; and the
//! texts they refer to.

use std::collections::HashSet;

use super::{Loaded, Needs, World, keys};
use crate::domain::id::{ComplaintId, ConversationId};
use crate::domain::message::MessageStatus;
use crate::domain::task::TaskState;
use crate::store::Store;
use crate::store::complaint::{self, ComplaintRow, PostRow};
use crate::store::conversation::{self, ConversationRow};
use crate::store::engine::{Bulk, Tx};
use crate::store::error::StoreError;
use crate::store::identity::{BODIES, BodyRow};
use crate::store::message::{self, MessageRow, PartRow};
use crate::store::task::{self, OPEN_BY_SUBJECT, TaskRow};
use crate::store::value::{Value, values};

/// Complaints of conversations.
pub(in crate::store) const COMPLAINTS_OF: Bulk = Bulk::new(
    "SELECT c.conversation_id, c.id FROM (VALUES ",
    1,
    ") AS v JOIN complaint c ON c.conversation_id = v.column1 ORDER BY c.id",
);

impl World {
    /// Messages, to learn which conversations to lock.
    pub(super) async fn load_messages(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        for row in tx.lookup::<MessageRow>(&message::BY_ID, keys(&needs.messages)).await? {
            let message = row.read()?;
            needs.conversations.insert(message.conversation_id.clone());
            self.messages.insert(message.id.clone(), message);
        }
        Ok(())
    }

    /// Complaints, locked, with their posts.
    pub(super) async fn load_complaints(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let mut by_thread = Vec::new();
        for ((connection, thread), blind) in &needs.threads {
            if let Some(id) = self.by_blind.get(&blind[..]) {
                let owner = &self.identities[id].identity;
                by_thread.extend(values![&owner.workspace_id, connection, *thread, id]);
            }
        }
        let mut rows: Vec<ComplaintRow> = tx.lookup(&complaint::LOCK_BY_THREAD, by_thread).await?;
        rows.extend(tx.lookup(&complaint::LOCK_BY_ID, keys(&needs.complaints)).await?);
        for row in rows {
            let thread = row.thread_key.clone();
            let complaint = row.read()?;
            self.threads.insert((thread, complaint.identity_id.clone()), complaint.id.clone());
            let version = complaint.version;
            self.complaints.insert(complaint.id.clone(), Loaded::at(complaint, version));
        }
        self.load_posts(tx).await
    }

    async fn load_posts(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let ids = self.complaints.keys().map(Value::from).collect();
        for row in tx.lookup::<PostRow>(&complaint::POSTS, ids).await? {
            let post = row.read()?;
            self.posts.entry(post.complaint_id.clone()).or_default().push(post);
        }
        for posts in self.posts.values_mut() {
            posts.dedup_by(|one, other| one.id == other.id);
        }
        Ok(())
    }

    /// Conversations, locked, with their messages and complaints.
    pub(super) async fn load_conversations(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let mut by_identity = Vec::new();
        for ((_, blind), connections) in &needs.parties {
            if let Some(id) = self.by_blind.get(&blind[..]) {
                by_identity.extend(connections.iter().flat_map(|connection| values![id, connection]));
            }
        }
        let mut rows: Vec<ConversationRow> = tx.lookup(&conversation::LOCK_BY_IDENTITY, by_identity).await?;
        rows.extend(tx.lookup(&conversation::LOCK_BY_ID, keys(&needs.conversations)).await?);
        rows.extend(tx.lookup(&conversation::LOCK_OF_IDENTITY, keys(&needs.identities)).await?);
        for row in rows {
            let talk = row.read()?;
            let version = talk.version;
            self.talks.insert((talk.identity_id.clone(), talk.connection_id.clone()), talk.id.clone());
            self.conversations.insert(talk.id.clone(), Loaded::at(talk, version));
        }
        self.load_messages_again(tx).await?;
        self.load_complaints_of(tx).await
    }

    /// Messages under the locks, with their parts: what was read before only told which conversations to lock.
    async fn load_messages_again(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let messages = self.messages.keys().map(Value::from).collect();
        for row in tx.lookup::<MessageRow>(&message::BY_ID, messages).await? {
            let message = row.read()?;
            self.messages.insert(message.id.clone(), message);
        }
        let messages = self.messages.keys().map(Value::from).collect();
        for row in tx.lookup::<PartRow>(&message::PARTS, messages).await? {
            let part = row.read()?;
            self.parts.entry(part.message_id.clone()).or_default().push(part);
        }
        Ok(())
    }

    async fn load_complaints_of(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let ids = self.conversations.keys().map(Value::from).collect();
        let rows: Vec<(String, String)> = tx.lookup(&COMPLAINTS_OF, ids).await?;
        for (conversation, complaint) in rows {
            if let (Ok(talk), Ok(id)) = (ConversationId::parse(&conversation), ComplaintId::parse(&complaint))
            {
                self.complaints_of.entry(talk).or_default().push(id);
            }
        }
        Ok(())
    }

    /// Tasks may be open about messages whose end is unknown.
    pub(super) async fn load_tasks(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        for row in tx.lookup::<TaskRow>(&task::BY_ID, keys(&needs.tasks)).await? {
            let task = row.read()?;
            if task.state == TaskState::Open {
                self.tasks.insert(task.subject.clone(), task.clone());
            }
            self.tasks_by_id.insert(task.id.clone(), task);
        }
        let unknown = self.messages.values().filter(|message| message.status == MessageStatus::Unknown);
        let mut subjects: Vec<Value> = unknown.map(|message| Value::from(&message.id)).collect();
        if needs.texts {
            subjects.extend(self.conversations.keys().map(Value::from));
        }
        for row in tx.lookup::<TaskRow>(&OPEN_BY_SUBJECT, subjects).await? {
            let task = row.read()?;
            self.tasks.insert(task.subject.clone(), task);
        }
        Ok(())
    }

    /// The texts and names of all that is loaded, opened.
    pub(super) async fn load_contents(&mut self, store: &Store, tx: &mut Tx) -> Result<(), StoreError> {
        let mut ids: HashSet<String> = HashSet::new();
        ids.extend(
            self.identities
                .values()
                .filter_map(|known| known.identity.profile_body_id.as_ref())
                .map(ToString::to_string),
        );
        ids.extend(self.complaints.values().map(|one| one.value.body_id.to_string()));
        ids.extend(self.posts.values().flatten().map(|post| post.body_id.to_string()));
        ids.extend(self.messages.values().map(|message| message.body_id.to_string()));
        ids.extend(
            self.handoffs.values().filter_map(|one| one.value.body_id.as_ref()).map(ToString::to_string),
        );
        let notes =
            self.links.values().flat_map(|link| [&link.value.note_body_id, &link.value.end_note_body_id]);
        ids.extend(notes.flatten().map(ToString::to_string));
        for row in tx.lookup::<BodyRow>(&BODIES, ids.iter().map(Value::from).collect()).await? {
            self.contents.insert(row.id.clone(), row.read(&store.vault)?);
        }
        Ok(())
    }
}
