//! What relay tests stand on: books, webhooks, events told to them, and a relay of their own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use segue::clock::{Clock, chance};
use segue::coordination::{Coordination, SlotBoard, Wake};
use segue::domain::event::EventType;
use segue::domain::id::{DeliveryId, EventId, ReplicaId, WebhookId, WorkspaceId};
use segue::domain::lane::Lane;
use segue::domain::secret::Secret;
use segue::domain::time::Timestamp;
use segue::domain::webhook::WebhookStatus;
use segue::outbound::Outbound;
use segue::relay::{Parts, Relay};
use segue::store::delivery::{Cargo, LaneBook, NewDelivery};
use segue::store::view::Resource;
use segue::store::webhook::{self, Webhook};
use segue::store::{Answer, Changes, Committed, Desk, Needs, NewEvent, Ran, Store, Write, secret};
use serde_json::json;

use crate::support::engines::TestStore;
use crate::support::raw::Raw;

/// A book that takes nothing: everything waits in the database.
pub(crate) struct Closed(ReplicaId);

impl Closed {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(ReplicaId::new(now, &chance()))
    }
}

impl LaneBook for Closed {
    fn replica(&self) -> &ReplicaId {
        &self.0
    }

    fn reserve(&self, _: &NewDelivery) -> bool {
        false
    }

    fn forget_targets(&self) {}

    fn cancel(&self, _: &[DeliveryId]) {}

    fn hand_over(&self, _: Committed) {}
}

/// Writes these changes, and hands over what they leave.
pub(crate) async fn write(db: &TestStore, book: &dyn LaneBook, changes: Changes) {
    let desk = Desk { book, now: db.clock.now() };
    let answer = Answer { status: 200, body: json!(null) };
    let ran = db.store.decide_command(None, &desk, Needs::default(), |_| (changes, answer)).await.unwrap();
    let Ran::Now(_, committed) = ran else { panic!("it was not done now") };
    book.hand_over(committed);
}

/// Writes rows alone.
pub(crate) async fn put(db: &TestStore, writes: Vec<Write>) {
    write(db, &Closed::new(db.clock.now()), Changes { writes, ..Changes::default() }).await;
}

/// Writes rows into a database that another process serves.
pub(crate) async fn write_to(store: &Store, writes: Vec<Write>) {
    let now = store.now().await.unwrap();
    let (book, answer) = (Closed::new(now), Answer { status: 200, body: json!(null) });
    let changes = Changes { writes, ..Changes::default() };
    let desk = Desk { book: &book, now };
    store.decide_command(None, &desk, Needs::default(), |_| (changes, answer)).await.unwrap();
}

/// Tells an event about a subject to webhooks; its id.
pub(crate) async fn tell(
    db: &TestStore,
    book: &dyn LaneBook,
    workspace: &WorkspaceId,
    (subject, number): (&str, i64),
    to: &[&WebhookId],
) -> EventId {
    let now = db.clock.now();
    let event = NewEvent {
        id: EventId::new(now, &chance()),
        workspace_id: workspace.clone(),
        kind: EventType::MessageReceived,
        subject: subject.to_owned(),
        subject_seq: number,
        identity_id: None,
        resource: Resource { data: json!({"number": number}), refs: Vec::new() },
        at: now,
    };
    let id = event.id.clone();
    let deliveries = to.iter().map(|webhook| owed(&event, webhook)).collect();
    write(db, book, Changes { events: vec![event], deliveries, ..Changes::default() }).await;
    id
}

fn owed(event: &NewEvent, to: &WebhookId) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(event.at, &chance()),
        workspace_id: event.workspace_id.clone(),
        lane: Lane::of(&[to.as_str(), &event.subject]),
        subject: event.subject.clone(),
        destination: to.to_string(),
        slot: 0,
        identity_id: None,
        cargo: Cargo::Event(event.id.clone()),
        valid_until: None,
    }
}

/// A webhook's secret in all tests.
pub(crate) fn signing_secret() -> Secret {
    Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
}

/// Makes a webhook that takes these events.
pub(crate) async fn add_webhook(
    db: &TestStore,
    workspace: &WorkspaceId,
    url: &str,
    events: &str,
) -> WebhookId {
    let now = db.clock.now();
    let webhook = Webhook {
        id: WebhookId::new(now, &chance()),
        workspace_id: workspace.clone(),
        url: url.to_owned(),
        events: vec![events.to_owned()],
        description: None,
        status: WebhookStatus::Enabled,
        failing_since: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let vault = db.store.vault();
    let owner = (webhook.id.as_str(), webhook::SECRET);
    let writes =
        vec![webhook::insert(&webhook), secret::insert(vault, workspace, owner, &signing_secret(), now)];
    put(db, writes).await;
    webhook.id
}

/// What a relay works with, on its own.
pub(crate) fn parts(db: &TestStore) -> Parts {
    Parts {
        store: db.store.clone(),
        outbound: Outbound::new(&["127.0.0.0/8".parse().unwrap()]).unwrap(),
        clock: db.clock.clone(),
        coordination: Arc::new(Coordination::local()),
        slots: Arc::new(SlotBoard::default()),
        replica: ReplicaId::new(db.clock.now(), &chance()),
        public_url: "https://segue.example".into(),
    }
}

/// A database with a relay on it.
pub(crate) struct Kit {
    pub(crate) db: TestStore,
    pub(crate) raw: Raw,
    pub(crate) workspace: WorkspaceId,
    pub(crate) relay: Relay,
    parts: Parts,
    told: std::sync::Mutex<HashMap<String, i64>>,
}

impl Kit {
    pub(crate) async fn new(db: TestStore) -> Self {
        let parts = parts(&db);
        let workspace = db.store.ensure_default_workspace(db.clock.now()).await.unwrap();
        let raw = Raw::open(&db.location).await;
        let relay = Relay::start(parts.clone());
        Self { db, raw, workspace, relay, parts, told: std::sync::Mutex::default() }
    }

    pub(crate) async fn webhook(&self, url: &str, events: &str) -> WebhookId {
        add_webhook(&self.db, &self.workspace, url, events).await
    }

    /// Tells the next event about a subject to a webhook.
    pub(crate) async fn tell(&self, subject: &str, to: &WebhookId) -> String {
        let number = {
            let mut told = self.told.lock().unwrap();
            let number = told.entry(subject.to_owned()).or_default();
            *number += 1;
            *number
        };
        tell(&self.db, &self.relay, &self.workspace, (subject, number), &[to]).await.to_string()
    }

    /// Lets time pass, and has the relay look.
    pub(crate) fn pass(&self, seconds: u64) {
        self.db.clock.advance(Duration::from_secs(seconds));
        self.parts.coordination.notify(Wake::Deliveries);
    }

    /// How many deliveries are in a state.
    pub(crate) async fn count(&self, state: &str) -> i64 {
        self.raw.number(&format!("SELECT COUNT(*) FROM delivery WHERE state = '{state}'")).await
    }
}
