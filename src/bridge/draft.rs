//! A decision in the making: the world it may look at, and what it wants written, told and sent.

mod consent;
mod handoff;
mod links;
mod party;
mod send;
mod tell;
mod writes;

pub(super) use self::consent::Grounds;
pub(super) use self::send::{Letter, requests};
pub(super) use self::tell::Subject;

use std::collections::{HashMap, HashSet};

use crate::clock;
use crate::domain::channel::Channel;
use crate::domain::complaint::{Complaint, Post};
use crate::domain::conversation::{Conversation, ConversationStatus};
use crate::domain::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, CustomerId, IdentityId, MessageId, PostId, WorkspaceId,
};
use crate::domain::message::Part;
use crate::domain::policy::Suppression;
use crate::domain::time::Timestamp;
use crate::store::delivery::NewDelivery;
use crate::store::policy::suppression;
use crate::store::view::Resource;
use crate::store::{Changes, Content, KnownPost, Loaded, World, Write};
use crate::vault::Vault;

/// What decisions are made on and gathered in.
pub(super) struct Draft<'a> {
    pub(super) world: World,
    pub(super) vault: &'a Vault,
    pub(super) now: Timestamp,
    /// Where customers reach this service.
    pub(super) public_url: &'a str,
    changes: Changes,
    threads: HashMap<ComplaintId, [u8; 16]>,
    /// With the versions they were read at.
    moved_identities: HashMap<IdentityId, i64>,
    moved_customers: HashMap<CustomerId, Option<CustomerId>>,
    /// Identities made by this decision.
    met: HashSet<IdentityId>,
    moved_messages: HashSet<MessageId>,
    moved_parts: HashSet<(MessageId, i64)>,
    moved_posts: HashMap<PostId, (Post, Option<[u8; 16]>)>,
    suppressions: HashMap<Address, Option<&'static str>>,
}

/// An address as suppressions know it: tenant, channel, keyed index.
pub(super) type Address = (WorkspaceId, Channel, Vec<u8>);

impl<'a> Draft<'a> {
    pub(super) fn new(mut world: World, vault: &'a Vault, (now, public_url): (Timestamp, &'a str)) -> Self {
        let contents = std::mem::take(&mut world.contents);
        Self {
            world,
            vault,
            now,
            public_url,
            changes: Changes { contents, ..Changes::default() },
            threads: HashMap::new(),
            moved_identities: HashMap::new(),
            moved_customers: HashMap::new(),
            met: HashSet::new(),
            moved_messages: HashSet::new(),
            moved_parts: HashSet::new(),
            moved_posts: HashMap::new(),
            suppressions: HashMap::new(),
        }
    }

    pub(super) fn write(&mut self, write: Write) {
        self.changes.writes.push(write);
    }

    pub(super) fn owe(&mut self, delivery: NewDelivery) {
        self.changes.deliveries.push(delivery);
    }

    pub(super) fn content(&self, id: &BodyId) -> Option<&Content> {
        self.changes.contents.get(id.as_str())
    }

    /// Fills a resource from the texts at hand.
    pub(super) fn render(&self, resource: Resource) -> serde_json::Value {
        resource.fill(|id| self.content(id))
    }

    /// The conversation of an identity on a connection, opened if there is none; whether it is new.
    pub(super) fn converse(
        &mut self,
        owner: &IdentityId,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> (ConversationId, bool) {
        let place = (owner.clone(), connection.clone());
        if let Some(id) = self.world.talks.get(&place) {
            return (id.clone(), false);
        }
        let talk = Conversation {
            id: ConversationId::new(self.now, &clock::chance()),
            workspace_id: self.known(owner).identity.workspace_id.clone(),
            connection_id: connection.clone(),
            identity_id: owner.clone(),
            channel: channel.clone(),
            status: ConversationStatus::Open,
            assignee: None,
            messages: 0,
            unread: 0,
            last_message_at: None,
            last_inbound_at: None,
            handoff: None,
            consent: None,
            hold: None,
            unreachable_since: None,
            complaint_id: None,
            event_seq: 0,
            version: 1,
            created_at: self.now,
        };
        let id = talk.id.clone();
        self.world.talks.insert(place, id.clone());
        self.world.conversations.insert(id.clone(), Loaded::new(talk));
        (id, true)
    }

    /// A conversation to change; it will be written back.
    #[expect(clippy::expect_used, reason = "callers hold an id they read from this world")]
    pub(super) fn talk(&mut self, id: &ConversationId) -> &mut Conversation {
        let talk = self.world.conversations.get_mut(id).expect("a conversation of this world");
        touch(talk, |talk, version| talk.version = version);
        &mut talk.value
    }

    /// A complaint to change; it will be written back.
    #[expect(clippy::expect_used, reason = "callers hold an id they read from this world")]
    pub(super) fn complaint(&mut self, id: &ComplaintId) -> &mut Complaint {
        let complaint = self.world.complaints.get_mut(id).expect("a complaint of this world");
        touch(complaint, |complaint, version| complaint.version = version);
        &mut complaint.value
    }

    pub(super) fn add_complaint(&mut self, complaint: Complaint, thread: [u8; 16]) {
        self.threads.insert(complaint.id.clone(), thread);
        self.world.threads.insert((thread.to_vec(), complaint.identity_id.clone()), complaint.id.clone());
        self.world.complaints.insert(complaint.id.clone(), Loaded::new(complaint));
    }

    pub(super) fn posts(&self, complaint: &ComplaintId) -> &[Post] {
        self.world.posts.get(complaint).map_or(&[], Vec::as_slice)
    }

    pub(super) fn moved_message(&mut self, id: &MessageId) {
        self.moved_messages.insert(id.clone());
    }

    pub(super) fn moved_part(&mut self, part: &Part) {
        self.moved_parts.insert((part.message_id.clone(), part.part));
    }

    /// A post that changed; `external_key` when the platform's id has just become known: its echo may be decided with it.
    pub(super) fn moved_post(&mut self, post: Post, external_key: Option<[u8; 16]>) {
        let posts = self.world.posts.entry(post.complaint_id.clone()).or_default();
        if let Some(place) = posts.iter_mut().find(|other| other.id == post.id) {
            *place = post.clone();
        }
        if let Some(key) = external_key {
            let known = KnownPost { complaint_id: post.complaint_id.clone(), post_id: post.id.clone() };
            self.world.known_posts.insert((post.connection_id.clone(), key), known);
        }
        let known = self.moved_posts.get(&post.id).and_then(|(_, key)| *key);
        self.moved_posts.insert(post.id.clone(), (post, external_key.or(known)));
    }

    /// Nothing may be sent to this address any more.
    pub(super) fn suppress(&mut self, address: Address, source: &'static str) {
        self.suppressions.insert(address, Some(source));
    }

    /// Whether nothing may be sent to an identity on that channel, by what is stored and what this decision did.
    /// Why nothing is sent to somebody on a channel, as this decision leaves it.
    pub(super) fn suppression(&self, id: &IdentityId, channel: &Channel) -> Option<Suppression> {
        let known = self.known(id);
        let address = (known.identity.workspace_id.clone(), channel.clone(), known.suppression_key.clone());
        match self.suppressions.get(&address) {
            Some(source) => source.map(suppression),
            None => self.world.suppressed.get(&(id.clone(), channel.to_string())).copied(),
        }
    }

    pub(super) fn is_suppressed(&self, id: &IdentityId, channel: &Channel) -> bool {
        self.suppression(id, channel).is_some()
    }

    /// This address may be sent to again.
    pub(super) fn lift(&mut self, address: Address) {
        self.suppressions.insert(address, None);
    }
}

/// Marks for writing; the version shown is the one the write will give.
fn touch<T>(loaded: &mut Loaded<T>, set_version: impl FnOnce(&mut T, i64)) {
    if !loaded.dirty {
        loaded.dirty = true;
        if let Some(read) = loaded.read {
            set_version(&mut loaded.value, read + 1);
        }
    }
}
