//! The world of one decision: everything the facts at hand touch, read and locked in one fixed order of tables.

mod aggregates;
mod connections;
mod erasures;
mod handoffs;
mod identities;
mod links;
mod references;
mod silence;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

pub(super) use self::aggregates::COMPLAINTS_OF;
pub use self::connections::KnownConnection;
use self::connections::{CONNECTIONS, LIVE_OF_WORKSPACES};
use self::references::CARRIED;
pub use self::references::{Carried, KnownPost};
pub(super) use self::silence::LOOKUPS as SILENCE;
pub use self::silence::Silenced;
use super::Store;
use super::content::Content;
use super::engine::{Bulk, Tx};
use super::error::StoreError;
use super::identity::KnownIdentity;
use super::value::Value;
use super::webhook::Subscription;
use crate::domain::channel::Channel;
use crate::domain::complaint::{Complaint, Post};
use crate::domain::consent::Consent;
use crate::domain::conversation::Conversation;
use crate::domain::handoff::Handoff;
use crate::domain::handoff::proof::Proof;
use crate::domain::id::{
    ComplaintId, ConnectionId, ConsentId, ConversationId, DeliveryId, HandoffId, IdentityId, LinkId,
    MessageId, TaskId, WorkspaceId,
};
use crate::domain::inbound::PartRef;
use crate::domain::link::Link;
use crate::domain::message::{Message, Part};
use crate::domain::policy::{Standing, Suppression};
use crate::domain::task::Task;
use crate::domain::texts::OwnTexts;
use crate::domain::time::Timestamp;
use crate::domain::workspace::WorkspaceSettings;

pub(super) const LOOKUPS: &[Bulk] = &[CARRIED, COMPLAINTS_OF, CONNECTIONS, LIVE_OF_WORKSPACES];

/// A keyed index of an address in a workspace.
pub type Blind = [u8; 32];

/// A keyed index of a platform's id under a connection.
pub type External = (ConnectionId, [u8; 16]);

/// What a decision must see.
#[derive(Debug, Default)]
pub struct Needs {
    /// Tenants whose subscribers will be told, and whose settings count.
    pub workspaces: HashSet<WorkspaceId>,
    /// Parties by address, with the connections they wrote to.
    pub parties: HashMap<(WorkspaceId, Blind), HashSet<ConnectionId>>,
    /// Identities by id.
    pub identities: HashSet<IdentityId>,
    /// Conversations by id.
    pub conversations: HashSet<ConversationId>,
    /// Complaints by id.
    pub complaints: HashSet<ComplaintId>,
    /// Complaints by thread and author.
    pub threads: HashSet<(External, Blind)>,
    /// Posts by the platform's id.
    pub posts: HashSet<External>,
    /// Messages by id.
    pub messages: HashSet<MessageId>,
    /// Parts by the provider's id.
    pub provider_ids: HashSet<(ConnectionId, String)>,
    /// Messages that stand at the provider and may be there already.
    pub externals: HashSet<External>,
    /// Deliveries whose end is reported.
    pub deliveries: HashSet<DeliveryId>,
    /// Addresses whose open sends may have to be cancelled, by channel.
    pub stops: HashSet<(Blind, Channel)>,
    /// What points at somebody who opts out.
    pub silenced: Silenced,
    /// Addresses of which a message of ours may be under way, by connection.
    pub under_way: HashSet<(Blind, ConnectionId)>,
    /// Addresses that may have got or read what was sent there, by connection.
    pub unread_by: HashSet<(Blind, ConnectionId)>,
    /// Connections by id.
    pub connections: HashSet<ConnectionId>,
    /// Tasks by id.
    pub tasks: HashSet<TaskId>,
    /// Tenants of whose accounts all must be known: what may be named in public.
    pub accounts_of: HashSet<WorkspaceId>,
    /// Identities whose links may change: with them, all they are joined with is locked.
    pub links_of: HashSet<IdentityId>,
    /// The same, by address.
    pub links_of_addresses: HashSet<Blind>,
    /// The same, by one of their links.
    pub links: HashSet<LinkId>,
    /// Identities to erase, with all that hangs on them.
    pub erase: HashSet<IdentityId>,
    /// Handoffs by id.
    pub handoffs: HashSet<HandoffId>,
    /// Handoffs of complaints, open or over.
    pub handoffs_of: HashSet<ComplaintId>,
    /// Open handoffs that lead to conversations.
    pub handoffs_to: HashSet<ConversationId>,
    /// Open handoffs on links.
    pub handoffs_on: HashSet<LinkId>,
    /// Parties whose words may take a handoff on.
    pub speakers: HashSet<Blind>,
    /// Case references that were named.
    pub cases: HashSet<(WorkspaceId, String)>,
    /// Secrets that may have been brought back, by hash.
    pub proofs: HashSet<[u8; 32]>,
    /// Numbers that a code may have to go to.
    pub numbers: HashSet<(WorkspaceId, Blind)>,
    /// Consents by id.
    pub consents: HashSet<ConsentId>,
    /// Parties all of whose consents must be known.
    pub consents_of: HashSet<Blind>,
    /// Whether the service may answer by itself: then the tenants' own texts are read, as they are for handoffs.
    pub texts: bool,
    /// Whether something will be sent: then connections and suppressions are read for all that is loaded.
    pub sends: bool,
}

/// An aggregate with what is needed to write it back.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The aggregate.
    pub value: T,
    /// The version it was read at; `None` for one made by this decision.
    pub read: Option<i64>,
    /// Whether it must be written.
    pub dirty: bool,
}

impl<T> Loaded<T> {
    /// Made by this decision.
    pub const fn new(value: T) -> Self {
        Self { value, read: None, dirty: true }
    }

    const fn at(value: T, version: i64) -> Self {
        Self { value, read: Some(version), dirty: false }
    }
}

/// Everything a decision may look at and change.
#[derive(Debug, Default)]
pub struct World {
    /// Identities with their keys.
    pub identities: HashMap<IdentityId, KnownIdentity>,
    /// Identities by address.
    pub by_blind: HashMap<Vec<u8>, IdentityId>,
    /// Conversations, locked.
    pub conversations: HashMap<ConversationId, Loaded<Conversation>>,
    /// Conversations by identity and connection.
    pub talks: HashMap<(IdentityId, ConnectionId), ConversationId>,
    /// Complaints of conversations.
    pub complaints_of: HashMap<ConversationId, Vec<ComplaintId>>,
    /// Complaints, locked.
    pub complaints: HashMap<ComplaintId, Loaded<Complaint>>,
    /// Complaints by thread and author.
    pub threads: HashMap<(Vec<u8>, IdentityId), ComplaintId>,
    /// Posts of complaints, in order.
    pub posts: HashMap<ComplaintId, Vec<Post>>,
    /// Posts by the platform's id.
    pub known_posts: HashMap<External, KnownPost>,
    /// Messages; protected by their conversation's lock.
    pub messages: HashMap<MessageId, Message>,
    /// Parts of messages, in order.
    pub parts: HashMap<MessageId, Vec<Part>>,
    /// Parts by the provider's id.
    pub provider_ids: HashMap<(ConnectionId, String), PartRef>,
    /// Messages that stand at the provider and are there already.
    pub externals: HashMap<External, MessageId>,
    /// What reported deliveries carry.
    pub carried: HashMap<DeliveryId, Carried>,
    /// Sends to identities that are not yet on the wire, by channel.
    pub cancellable: HashMap<(IdentityId, Channel), Vec<(DeliveryId, PartRef)>>,
    /// Our accounts, where something will be sent.
    pub connections: HashMap<ConnectionId, KnownConnection>,
    /// Identities that must not be sent to, by channel; read where something will be sent.
    pub suppressed: HashMap<(IdentityId, String), Suppression>,
    /// The consents to the relay that count, by identity and channel; read where something will be sent.
    pub standings: HashMap<(IdentityId, String), Standing>,
    /// Of identities to erase: sends to them that are not yet on the wire.
    pub open_sends: HashMap<IdentityId, Vec<DeliveryId>>,
    /// Links that have not ended, of the identities whose links may change.
    pub links: HashMap<LinkId, Loaded<Link>>,
    /// Identities whose links may change, with all they are joined with; locked.
    pub linkable: BTreeSet<IdentityId>,
    /// Tasks asked for by id, open or closed.
    pub tasks_by_id: HashMap<TaskId, Task>,
    /// Open tasks by the resource they are about.
    pub tasks: HashMap<String, Task>,
    /// How tenants want things done.
    pub settings: HashMap<WorkspaceId, WorkspaceSettings>,
    /// Handoffs, locked.
    pub handoffs: HashMap<HandoffId, Loaded<Handoff>>,
    /// Secrets that may come back, by hash.
    pub proofs: HashMap<[u8; 32], Proof>,
    /// Wrong secrets in the present hour, by who brought them: how many, since when.
    pub strikes: HashMap<IdentityId, (i64, Timestamp)>,
    /// When the accounts that speak asked for codes; read where one gives a number.
    pub codes: HashMap<IdentityId, Vec<Timestamp>>,
    /// Consents, locked.
    pub consents: HashMap<ConsentId, Loaded<Consent>>,
    /// Texts that tenants brought in place of ours; read where texts of the service will be sent.
    pub texts: HashMap<WorkspaceId, OwnTexts>,
    /// Who wants to be told.
    pub subscriptions: HashMap<WorkspaceId, Vec<Subscription>>,
    /// Texts and names, opened.
    pub contents: HashMap<String, Content>,
}

impl World {
    /// Reads and locks what is needed.
    pub(super) async fn load(store: &Store, tx: &mut Tx, mut needs: Needs) -> Result<Self, StoreError> {
        let mut world = Self::default();
        needs.find_silenced(tx).await?;
        world.load_parties(store, tx, &needs).await?;
        world.find_erasures(tx, &mut needs).await?;
        world.load_references(tx, &mut needs).await?;
        world.hold_silenced(tx, &needs).await?;
        world.load_cancellable(tx, &mut needs).await?;
        world.load_under_way(tx, &mut needs).await?;
        world.load_messages(tx, &mut needs).await?;
        world.find_handoffs(tx, &mut needs).await?;
        world.load_complaints(tx, &needs).await?;
        world.load_conversations(tx, &needs).await?;
        world.load_handoffs(tx, &mut needs).await?;
        world.load_consents(tx, &mut needs).await?;
        world.load_tasks(tx, &needs).await?;
        world.load_links(tx, &needs).await?;
        world.load_owners(store, tx, &needs).await?;
        world.load_sending(tx, &needs).await?;
        world.load_settings(tx, &needs).await?;
        world.load_texts(tx, &needs).await?;
        world.load_subscriptions(tx, &needs).await?;
        world.load_contents(store, tx).await?;
        Ok(world)
    }
}

fn keys<T: Hash + Eq>(set: &HashSet<T>) -> Vec<Value>
where
    for<'a> Value: From<&'a T>,
{
    set.iter().map(Value::from).collect()
}
