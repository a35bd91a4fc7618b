//! A bridge over a fresh database, with a relay that only takes notes.

use std::sync::{Arc, Mutex};

use segue::bridge::command::SendMessage;
use segue::bridge::{Bridge, Caller, Outcome};
use segue::clock::{Clock, chance};
use segue::coordination::{Coordination, SlotBoard};
use segue::domain::event::EventType;
use segue::domain::id::{
    CallbackId, ComplaintId, ConnectionId, ConversationId, DeliveryId, ReplicaId, WorkspaceId,
};
use segue::domain::inbound::Trust;
use segue::domain::lane::digest16;
use segue::store::delivery::{Cargo, LaneBook, NewDelivery};
use segue::store::inbound::{NewCallback, NewInbound, Receipt};
use segue::store::{Committed, EventView, Idempotency, Write, connection};
use tokio_util::sync::CancellationToken;

use super::facts::Told;
use crate::support::engines::TestStore;
use crate::support::raw::Raw;
use crate::support::until;

/// A relay that sends nothing and remembers what it was given.
struct Notes {
    replica: ReplicaId,
    events: Mutex<Vec<EventView>>,
    sends: Mutex<Vec<DeliveryId>>,
}

impl LaneBook for Notes {
    fn replica(&self) -> &ReplicaId {
        &self.replica
    }

    fn reserve(&self, _: &NewDelivery) -> bool {
        false
    }

    fn cancel(&self, _: &[DeliveryId]) {}

    fn forget_targets(&self) {}

    fn hand_over(&self, committed: Committed) {
        let Committed { deliveries, events, contents } = committed;
        let sends = deliveries.into_iter().filter(|one| !matches!(one.delivery.cargo, Cargo::Event(_)));
        self.sends.lock().unwrap().extend(sends.map(|one| one.delivery.id));
        let views = events.into_iter().map(|event| event.render(|id| contents.get(id.as_str())));
        self.events.lock().unwrap().extend(views);
    }
}

pub(crate) struct Desk {
    pub(crate) bridge: Bridge,
    pub(crate) connection: ConnectionId,
    pub(crate) caller: Caller,
    notes: Arc<Notes>,
    board: Arc<SlotBoard>,
    stop: CancellationToken,
    raw: Raw,
    db: TestStore,
}

impl Desk {
    pub(crate) async fn new(db: TestStore) -> Self {
        let now = db.clock.now();
        let workspace = db.store.ensure_default_workspace(now).await.unwrap();
        let notes = Arc::new(Notes {
            replica: ReplicaId::new(now, &chance()),
            events: Mutex::default(),
            sends: Mutex::default(),
        });
        let coordination = Arc::new(Coordination::local());
        let bridge = Bridge::new(db.store.clone(), notes.clone(), db.clock.clone(), coordination);
        let caller = Caller { workspace_id: workspace.clone(), idempotency: None, if_match: None, act: None };
        let connection = add_connection(&bridge, &caller, &workspace, now).await;
        let (board, stop) = (Arc::new(SlotBoard::default()), CancellationToken::new());
        for _ in 0..2 {
            let (bridge, board, stop) = (bridge.clone(), board.clone(), stop.clone());
            tokio::spawn(async move { bridge.work(&board, &stop).await });
        }
        let raw = Raw::open(&db.location).await;
        Self { bridge, connection, caller, notes, board, stop, raw, db }
    }

    pub(crate) fn caller(&self) -> Caller {
        self.caller.clone()
    }

    pub(crate) fn keyed(&self, key: u8, body: &[u8]) -> Caller {
        let mut request_hash = [0; 32];
        request_hash[..body.len()].copy_from_slice(body);
        let workspace_id = self.caller.workspace_id.clone();
        Caller {
            idempotency: Some(Idempotency { id: [key; 32], request_hash, workspace_id }),
            ..self.caller()
        }
    }

    /// Stores facts as one callback, without waiting for their decision.
    pub(crate) async fn accept(&self, told: Vec<Told>, trust: Trust) -> Receipt {
        let now = self.db.clock.now();
        let word = format!("{trust:?}");
        let event = |told: Told| NewInbound {
            digest: digest16(&[&word, &told.key]),
            connection_id: self.connection.clone(),
            slot: 5,
            trust,
            content: Ok(told.fact),
        };
        let callback = NewCallback {
            id: CallbackId::new(now, &chance()),
            workspace_id: self.caller.workspace_id.clone(),
            connection_id: self.connection.clone(),
            raw: b"raw".to_vec(),
            events: told.into_iter().map(event).collect(),
            received_at: now,
        };
        let receipt = self
            .db
            .store
            .accept(&[self.db.store.seal_callback(&callback).await.unwrap()])
            .await
            .unwrap()
            .remove(0);
        self.board.mark(receipt.slots.iter().copied());
        receipt
    }

    /// Stores one fact and waits until everything pending is decided.
    pub(crate) async fn hear(&self, told: Told) {
        self.accept(vec![told], Trust::Signed).await;
        self.settle().await;
    }

    /// Waits until nothing is pending and everything told has been handed over.
    pub(crate) async fn settle(&self) {
        until("everything is decided and told", || async {
            let slots = self.db.store.pending_slots().await.unwrap();
            let told = self.raw.number("SELECT COUNT(*) FROM event").await;
            self.board.mark(slots.iter().copied());
            slots.is_empty() && self.told().len() == usize::try_from(told).unwrap()
        })
        .await;
    }

    pub(crate) async fn send(&self, talk: &ConversationId, text: &str) -> Outcome {
        self.send_as(&self.caller, talk, text).await
    }

    pub(crate) async fn send_as(&self, caller: &Caller, talk: &ConversationId, text: &str) -> Outcome {
        let input: SendMessage = serde_json::from_value(serde_json::json!({ "text": text })).unwrap();
        self.bridge.send_message(caller, talk, input).await
    }

    /// The one text column of these rows.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        self.raw.texts(sql).await
    }

    /// Everything told so far.
    pub(crate) fn told(&self) -> Vec<EventView> {
        self.notes.events.lock().unwrap().clone()
    }

    /// The same, as the store shows it now.
    pub(crate) async fn stored(&self) -> Vec<EventView> {
        let ids: Vec<_> = self.told().into_iter().map(|event| event.id).collect();
        let events = self.db.store.events(&ids).await.unwrap();
        assert_eq!(events.len(), ids.len());
        events
    }

    pub(crate) fn count(&self, kind: EventType) -> usize {
        self.told().iter().filter(|event| event.kind == kind).count()
    }

    pub(crate) fn last(&self, kind: EventType) -> EventView {
        let found = self.told().into_iter().rfind(|event| event.kind == kind);
        found.unwrap_or_else(|| panic!("no {} was told", kind.as_str()))
    }

    /// The newest conversation.
    pub(crate) fn conversation(&self) -> ConversationId {
        ConversationId::parse(&self.last(EventType::ConversationOpened).subject).unwrap()
    }

    /// The newest complaint.
    pub(crate) fn complaint(&self) -> ComplaintId {
        ComplaintId::parse(&self.last(EventType::ComplaintCreated).subject).unwrap()
    }

    /// Provider sends owed so far.
    pub(crate) fn sends(&self) -> Vec<DeliveryId> {
        self.notes.sends.lock().unwrap().clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn add_connection(
    bridge: &Bridge,
    caller: &Caller,
    workspace: &WorkspaceId,
    now: segue::domain::time::Timestamp,
) -> ConnectionId {
    let account = [("send_url", "https://tool.example/send"), ("namespace", "phone")];
    let connection = connection::Connection {
        id: ConnectionId::new(now, &chance()),
        workspace_id: workspace.clone(),
        provider: "custom".into(),
        name: "test".into(),
        app: String::new(),
        account: account.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        settings: serde_json::json!({}),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let writes = || -> Vec<Write> { connection::insert(&connection, &[]) };
    let made = segue::store::Answer { status: 201, body: serde_json::Value::Null };
    bridge.write(caller, || async { Ok((writes(), made.clone())) }).await.unwrap();
    connection.id
}
