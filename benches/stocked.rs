//! A database as a busy brand has it after a quarter of a year: complaints with their texts, open conversations, handoffs.

use std::time::Duration;

use segue::clock::{Clock, SystemClock, chance, random};
use segue::coordination::Coordination;
use segue::domain::channel::Channel;
use segue::domain::complaint::{Author, Complaint, ComplaintStatus, Post};
use segue::domain::conversation::{Conversation, ConversationStatus};
use segue::domain::handoff::{Handoff, HandoffState, Path};
use segue::domain::id::{
    BodyId, ComplaintId, ConnectionId, ConversationId, CustomerId, HandoffId, IdentityId, PostId, ReplicaId,
    WorkspaceId,
};
use segue::domain::identity::{Identity, Namespace, Profile};
use segue::domain::time::Timestamp;
use segue::relay::Elsewhere;
use segue::store::identity::{self, KnownIdentity};
use segue::store::{Answer, Changes, Content, Desk, Needs, Store, Write, complaint, conversation, handoff};
use segue::vault::Key;

use crate::Result;
use crate::database::Database;
use crate::service::master;

/// How many complaints there are.
pub(crate) const COMPLAINTS: u32 = 100_000;

/// Every so many of them goes on in private.
const TALKS_EVERY: u32 = 5;

/// They are spread over so much time.
const SPREAD: Duration = Duration::from_secs(90 * 86_400);

/// So many are written in one commit.
const AT_ONCE: u32 = 1000;

const SAID: &str =
    "My card was charged twice for one order and nobody answers the telephone, please look at it today";

/// What came of every handoff: each fifth is refused, expired or waits, the rest was private.
const OUTCOMES: &str = "UPDATE handoff SET proven_at = created_at + 1000 + created_at % 600000,
        agreed_at = CASE WHEN created_at % 5 > 1 THEN created_at + 2000 + created_at % 900000 END,
        active_at = CASE WHEN created_at % 5 > 1 THEN created_at + 3000 + created_at % 960000 END,
        state = CASE created_at % 5 WHEN 0 THEN 'refused' WHEN 1 THEN 'expired' ELSE 'active' END";

/// Writes them into a database that nobody serves.
pub(crate) async fn stock(database: &Database, connection: &str) -> Result<()> {
    let clock = SystemClock::default();
    let now = clock.now();
    let store = Store::open(&database.location(), &master(), now).await?;
    let shelf = Shelf {
        workspace: store.ensure_default_workspace(now).await?,
        connection: ConnectionId::parse(connection).map_err(|_| "no connection")?,
        store,
        now,
    };
    let book = Elsewhere::new(ReplicaId::new(now, &chance()), std::sync::Arc::new(Coordination::local()));
    for first in (0..COMPLAINTS).step_by(AT_ONCE as usize) {
        let mut writes = Vec::new();
        for number in first..first + AT_ONCE {
            writes.extend(shelf.customer(number)?);
        }
        let changes = Changes { writes, ..Changes::default() };
        let answer = Answer { status: 200, body: serde_json::Value::Null };
        let desk = Desk { book: &book, now };
        shelf.store.decide_command(None, &desk, Needs::default(), |_| (changes, answer)).await?;
    }
    shelf.store.close().await;
    database.run(OUTCOMES).await?;
    database.settle().await
}

struct Shelf {
    store: Store,
    workspace: WorkspaceId,
    connection: ConnectionId,
    now: Timestamp,
}

/// Who says something when.
struct Who<'a> {
    number: u32,
    at: Timestamp,
    known: &'a KnownIdentity,
}

impl Shelf {
    /// A customer with a complaint; every fifth with a handoff and a conversation too, the others with a handoff.
    fn customer(&self, number: u32) -> Result<Vec<Write>> {
        let at = self.now - SPREAD * (COMPLAINTS - number) / COMPLAINTS;
        let profile = BodyId::new(at, &chance());
        let known = self.identity(number, at, &profile);
        let content = Content::profile(Profile {
            handle: Some(format!("customer{number}")),
            name: Some(format!("Customer {number}")),
        });
        let mut writes = Vec::from(identity::insert(&known, self.store.vault(), at));
        writes.push(identity::insert_body(&profile, &known, &content, at));
        let who = Who { number, at, known: &known };
        let conversation = number.is_multiple_of(TALKS_EVERY).then(|| ConversationId::new(at, &chance()));
        let complaint = ComplaintId::new(at, &chance());
        writes.push(handoff::insert(&self.handoff(&who, &complaint, conversation.as_ref())?, at));
        writes.extend(self.complaint(&who, complaint, conversation.as_ref())?);
        if let Some(id) = conversation {
            writes.push(conversation::insert(&self.conversation(&who, id)?, at));
        }
        Ok(writes)
    }

    fn identity(&self, number: u32, at: Timestamp, profile: &BodyId) -> KnownIdentity {
        let (vault, namespace) = (self.store.vault(), Namespace::phone());
        let (customer, phone) = (CustomerId::new(at, &chance()), format!("+1202{number:07}"));
        KnownIdentity {
            identity: Identity {
                id: IdentityId::new(at, &chance()),
                workspace_id: self.workspace.clone(),
                namespace: namespace.clone(),
                customer_id: customer.clone(),
                own_customer_id: customer,
                profile_body_id: Some(profile.clone()),
                erased_at: None,
                event_seq: 0,
                version: 1,
            },
            key: Key::new(random()),
            blind: vault.blind(&self.workspace, &namespace, &phone).to_vec(),
            suppression_key: vault.suppression_key(&self.workspace, &namespace, &phone).to_vec(),
            external_id: phone,
        }
    }

    fn complaint(
        &self,
        who: &Who<'_>,
        id: ComplaintId,
        conversation: Option<&ConversationId>,
    ) -> Result<[Write; 3]> {
        let body = BodyId::new(who.at, &chance());
        let content = Content { text: Some(format!("{SAID} ({})", who.number)), ..Content::default() };
        let post = Post {
            id: PostId::new(who.at, &chance()),
            complaint_id: id.clone(),
            identity_id: who.known.identity.id.clone(),
            connection_id: self.connection.clone(),
            by: Author::Customer,
            body_id: body.clone(),
            agent: None,
            status: None,
            failure: None,
            delivery_id: None,
            at: who.at,
            edited_at: None,
            hidden_at: None,
            deleted_at: None,
        };
        let status = match who.number % TALKS_EVERY {
            0 => ComplaintStatus::Private,
            1 => ComplaintStatus::Open,
            _ => ComplaintStatus::Resolved,
        };
        let complaint = Complaint {
            id,
            workspace_id: self.workspace.clone(),
            connection_id: self.connection.clone(),
            identity_id: who.known.identity.id.clone(),
            channel: channel("x_post")?,
            status,
            body_id: body.clone(),
            posted_at: who.at,
            first_reply_at: None,
            assignee: Some(format!("Agent {}", who.number % 20)),
            tags: Vec::new(),
            handoff: None,
            conversation_id: conversation.cloned(),
            event_seq: 0,
            version: 1,
            created_at: who.at,
            deleted_at: None,
        };
        Ok([
            identity::insert_body(&body, who.known, &content, who.at),
            complaint::insert(&complaint, random(), who.at),
            complaint::insert_post(&post, &self.workspace, Some(random()), who.at),
        ])
    }

    fn conversation(&self, who: &Who<'_>, id: ConversationId) -> Result<Conversation> {
        Ok(Conversation {
            id,
            workspace_id: self.workspace.clone(),
            connection_id: self.connection.clone(),
            identity_id: who.known.identity.id.clone(),
            channel: channel("sms")?,
            status: ConversationStatus::Open,
            assignee: None,
            messages: 0,
            unread: 1,
            last_message_at: Some(who.at),
            last_inbound_at: Some(who.at),
            handoff: None,
            consent: None,
            hold: None,
            unreachable_since: None,
            complaint_id: None,
            event_seq: 0,
            version: 1,
            created_at: who.at,
        })
    }

    fn handoff(
        &self,
        who: &Who<'_>,
        complaint: &ComplaintId,
        conversation: Option<&ConversationId>,
    ) -> Result<Handoff> {
        let (path, channel) =
            [(Path::P1, "x_dm"), (Path::P2, "sms"), (Path::P4, "whatsapp")][who.number as usize % 3];
        Ok(Handoff {
            id: HandoffId::new(who.at, &chance()),
            workspace_id: self.workspace.clone(),
            complaint_id: complaint.clone(),
            parent_id: None,
            path,
            channel: self::channel(channel)?,
            connection_id: self.connection.clone(),
            identity_id: who.known.identity.id.clone(),
            dm_conversation_id: None,
            target_id: None,
            conversation_id: conversation.cloned(),
            link_id: None,
            state: HandoffState::Invited,
            case_ref: format!("{:04}", who.number % 10_000),
            language: "en".to_owned(),
            notice_sha256: None,
            confirm_message_id: None,
            delivery_id: None,
            body_id: None,
            agent: None,
            expires_at: None,
            event_seq: 1,
            version: 1,
            created_at: who.at,
            ended_at: None,
        })
    }
}

fn channel(word: &str) -> Result<Channel> {
    Channel::parse(word).map_err(|_| format!("no channel {word}").into())
}
