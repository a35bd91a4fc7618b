//! Messages and replies on their way to providers.

use std::sync::Arc;
use std::time::Duration;

use segue::bridge::command::SendMessage;
use segue::bridge::{Bridge, Caller};
use segue::clock::{Clock, chance};
use segue::coordination::{Coordination, SlotBoard, Wake};
use segue::domain::channel::Channel;
use segue::domain::id::{
    CallbackId, ConnectionId, ConversationId, DeliveryId, MessageId, ReplicaId, WorkspaceId,
};
use segue::domain::identity::{Namespace, Party, Profile};
use segue::domain::inbound::{Fact, ReceivedMessage, Trust};
use segue::domain::lane::Lane;
use segue::relay::{Parts, Relay};
use segue::store::connection::{self, Connection};
use segue::store::delivery::{Cargo, LaneBook, NewDelivery};
use segue::store::inbound::{NewCallback, NewInbound};
use segue::store::{Changes, Claimed, Ready, secret, suppression};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::kit::{Closed, parts, put, signing_secret, write};
use crate::support::engines::{TestStore, both_engines};
use crate::support::raw::Raw;
use crate::support::receiver::{Answer, Receiver};
use crate::support::sql;
use crate::support::until;

async fn add_connection(db: &TestStore, provider: &str, url: &str) -> (WorkspaceId, ConnectionId) {
    let now = db.clock.now();
    let workspace = db.store.ensure_default_workspace(now).await.unwrap();
    let account = [("send_url", url), ("namespace", "crm")];
    let connection = Connection {
        id: ConnectionId::new(now, &chance()),
        workspace_id: workspace.clone(),
        provider: provider.to_owned(),
        name: "test".into(),
        app: String::new(),
        account: account.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        settings: json!({}),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut writes = connection::insert(&connection, &[]);
    let owner = (connection.id.as_str(), "signing_secret");
    writes.push(secret::insert(db.store.vault(), &workspace, owner, &signing_secret(), now));
    put(db, writes).await;
    (workspace, connection.id)
}

const KEY: &[u8] = b"whom it goes to";

/// A send of a message without a text, to somebody who has just written: enough for all that happens before the wire.
async fn owe_part(db: &TestStore, workspace: &WorkspaceId, to: &ConnectionId, lane: &str) -> DeliveryId {
    let now = db.clock.now();
    let delivery = NewDelivery {
        id: DeliveryId::new(now, &chance()),
        workspace_id: workspace.clone(),
        lane: Lane::of(&[lane]),
        subject: lane.to_owned(),
        destination: to.to_string(),
        slot: 9,
        identity_id: None,
        cargo: Cargo::Part {
            message_id: MessageId::new(now, &chance()),
            part: 0,
            channel: Channel::parse("sms").unwrap(),
            suppression_key: KEY.to_vec(),
        },
        valid_until: Some(now + Duration::from_secs(600)),
    };
    let id = delivery.id.clone();
    if let Cargo::Part { message_id, .. } = &delivery.cargo {
        store_message(db, (workspace, to), message_id).await;
    }
    write(db, &Closed::new(now), Changes { deliveries: vec![delivery], ..Changes::default() }).await;
    id
}

async fn store_message(db: &TestStore, (workspace, to): (&WorkspaceId, &ConnectionId), id: &MessageId) {
    let now = db.clock.now().millis();
    let talk = format!(
        "INSERT INTO conversation (id, workspace_id, connection_id, identity_id, channel, status, messages, unread,
            last_inbound_at, event_seq, version, created_at, updated_at)
        VALUES ('talk {id}', '{workspace}', '{to}', 'whom {id}', 'sms', 'open', 1, 0, {now}, 0, 1, {now}, {now})"
    );
    let message = format!(
        "INSERT INTO message (id, workspace_id, conversation_id, connection_id, identity_id, number, direction, body_id,
            status, status_at, created_at)
        VALUES ('{id}', '{workspace}', 'talk {id}', '{to}', 'whom {id}', 1, 'out', 'none', 'queued', {now}, {now})"
    );
    sql::execute(&db.location, &talk).await;
    sql::execute(&db.location, &message).await;
}

async fn begin(db: &TestStore, replica: &ReplicaId) -> (usize, Vec<DeliveryId>) {
    let due = db.store.due_destinations(db.clock.now()).await.unwrap();
    let claimed = db.store.claim_due(&due, replica, 1, db.clock.now()).await.unwrap();
    let ready = |one: Claimed| Ready { id: one.id, attempt: one.attempt, number: None, may_tag: false };
    let sends: Vec<Ready> = claimed.into_iter().map(ready).collect();
    let begun = db.store.begin_send(&sends, replica, db.clock.now()).await.unwrap();
    (sends.len(), begun.go.into_iter().collect())
}

const FACTS: &str = "SELECT COUNT(*) FROM inbound_event WHERE kind = 'send.outcome'";

fn state(id: &DeliveryId) -> String {
    format!("SELECT state FROM delivery WHERE id = '{id}'")
}

fn relay(db: &TestStore) -> (Parts, Relay) {
    let parts = parts(db);
    (parts.clone(), Relay::start(parts))
}

fn pass(db: &TestStore, parts: &Parts, seconds: u64) {
    db.clock.advance(Duration::from_secs(seconds));
    parts.coordination.notify(Wake::Deliveries);
}

both_engines! {
    async fn a_send_to_somebody_who_opted_out_stops_before_the_wire(db: TestStore) {
        let (workspace, to) = add_connection(&db, "custom", "http://127.0.0.1:9/").await;
        let (me, raw) = (ReplicaId::new(db.clock.now(), &chance()), Raw::open(&db.location).await);
        let stopped = owe_part(&db, &workspace, &to, "conv_1").await;
        let sms = Channel::parse("sms").unwrap();
        put(&db, vec![suppression::add(&workspace, &sms, KEY, "keyword", db.clock.now())]).await;
        assert_eq!(begin(&db, &me).await, (1, Vec::new()));
        assert_eq!(raw.texts(&state(&stopped)).await, ["settled"]);
        assert_eq!(raw.number(FACTS).await, 1);
        put(&db, vec![suppression::lift(&workspace, &sms, KEY, db.clock.now())]).await;
        let allowed = owe_part(&db, &workspace, &to, "conv_1").await;
        assert_eq!(begin(&db, &me).await, (1, vec![allowed.clone()]));
        assert_eq!(raw.texts(&state(&allowed)).await, ["sending"]);
    }

    async fn a_send_past_its_validity_expires_before_the_wire(db: TestStore) {
        let (workspace, to) = add_connection(&db, "custom", "http://127.0.0.1:9/").await;
        let (me, raw) = (ReplicaId::new(db.clock.now(), &chance()), Raw::open(&db.location).await);
        owe_part(&db, &workspace, &to, "conv_1").await;
        db.clock.advance(Duration::from_secs(601));
        assert_eq!(begin(&db, &me).await, (1, Vec::new()));
        assert_eq!(raw.texts("SELECT outcome FROM delivery").await, ["expired"]);
        assert_eq!(raw.number(FACTS).await, 1);
    }

    async fn a_send_killed_on_the_wire_is_unknown_and_never_made_again(db: TestStore) {
        let receiver = Receiver::start(Answer::Status(200)).await;
        let (workspace, to) = add_connection(&db, "twilio", &receiver.url).await;
        let (killed, raw) = (ReplicaId::new(db.clock.now(), &chance()), Raw::open(&db.location).await);
        let first = owe_part(&db, &workspace, &to, "conv_1").await;
        let second = owe_part(&db, &workspace, &to, "conv_1").await;
        assert_eq!(begin(&db, &killed).await, (1, vec![first.clone()]));
        db.clock.advance(Duration::from_secs(31));
        let (parts, relay) = relay(&db);
        until("it is unknown", || async { raw.texts(&state(&first)).await == ["unknown"] }).await;
        assert_eq!((raw.number(FACTS).await, raw.texts(&state(&second)).await), (1, vec!["pending".into()]));
        pass(&db, &parts, 61);
        until("the lane goes on", || async { raw.texts(&state(&second)).await == ["settled"] }).await;
        pass(&db, &parts, 1800);
        until("a person is asked", || async { raw.number(FACTS).await == 3 }).await;
        pass(&db, &parts, 1800);
        relay.stop(Duration::from_secs(1)).await;
        assert_eq!(db.store.give_up_unknown(db.clock.now()).await.unwrap().len(), 0);
        assert_eq!((raw.texts(&state(&first)).await, raw.number(FACTS).await), (vec!["unknown".into()], 3));
        assert!(receiver.got().is_empty());
    }

    async fn an_idempotent_send_is_made_again_under_the_same_id(db: TestStore) {
        let receiver = Receiver::start(Answer::Status(200)).await;
        let (workspace, to) = add_connection(&db, "custom", &receiver.url).await;
        let (killed, raw) = (ReplicaId::new(db.clock.now(), &chance()), Raw::open(&db.location).await);
        let delivery = message(&db, &workspace, &to, Arc::new(Closed::new(db.clock.now()))).await;
        assert_eq!(begin(&db, &killed).await, (1, vec![delivery.clone()]));
        assert_eq!(raw.texts("SELECT status FROM message WHERE direction = 'out'").await, ["sending"]);
        db.clock.advance(Duration::from_secs(31));
        let _relay = relay(&db);
        until("it is settled", || async { raw.texts(&state(&delivery)).await == ["settled"] }).await;
        assert_eq!(receiver.ids(), [delivery.to_string()]);
        assert!(receiver.got()[0].body.contains("See you at noon"), "{}", receiver.got()[0].body);
        assert_eq!(raw.number(FACTS).await, 1);
    }

    async fn a_fresh_message_goes_out_at_once_and_its_slot_is_marked(db: TestStore) {
        let receiver = Receiver::start(Answer::Status(200)).await;
        let (workspace, to) = add_connection(&db, "custom", &receiver.url).await;
        let raw = Raw::open(&db.location).await;
        let (parts, relay) = relay(&db);
        let delivery = message(&db, &workspace, &to, Arc::new(relay)).await;
        until("it is settled", || async { raw.texts(&state(&delivery)).await == ["settled"] }).await;
        assert_eq!(receiver.ids(), [delivery.to_string()]);
        parts.slots.next(1).await;
        assert_eq!(raw.number(FACTS).await, 1);
    }

    async fn a_send_that_fails_for_a_while_is_made_again_until_its_validity_ends(db: TestStore) {
        let receiver = Receiver::start(Answer::Status(503)).await;
        let (workspace, to) = add_connection(&db, "custom", &receiver.url).await;
        let raw = Raw::open(&db.location).await;
        let (parts, relay) = relay(&db);
        let delivery = message(&db, &workspace, &to, Arc::new(relay)).await;
        until("it failed once", || async { raw.texts(&state(&delivery)).await == ["pending"] }).await;
        assert_eq!(raw.number(FACTS).await, 0);
        for tries in 2..=4 {
            pass(&db, &parts, 10);
            until("it went out again", || async { receiver.ids().len() == tries }).await;
            until("it is back", || async { raw.texts(&state(&delivery)).await == ["pending"] }).await;
        }
        pass(&db, &parts, 600);
        until("it failed for good", || async { raw.texts(&state(&delivery)).await == ["settled"] }).await;
        assert_eq!((raw.number(FACTS).await, receiver.ids().len()), (1, 4));
    }
}

/// Writes to a customer through the bridge; the delivery it makes.
async fn message(
    db: &TestStore,
    workspace: &WorkspaceId,
    to: &ConnectionId,
    book: Arc<dyn LaneBook>,
) -> DeliveryId {
    let coordination = Arc::new(Coordination::local());
    let bridge = Bridge::new(db.store.clone(), book, db.clock.clone(), coordination);
    let talk = hear(db, &bridge, workspace, to).await;
    let caller = Caller { workspace_id: workspace.clone(), idempotency: None, if_match: None, act: None };
    let input: SendMessage = serde_json::from_value(json!({"text": "See you at noon"})).unwrap();
    bridge.send_message(&caller, &talk, input).await.unwrap();
    let raw = Raw::open(&db.location).await;
    let id = raw.texts("SELECT id FROM delivery WHERE kind = 'provider'").await.remove(0);
    DeliveryId::parse(&id).unwrap()
}

/// The customer writes first; the conversation it makes.
async fn hear(db: &TestStore, bridge: &Bridge, workspace: &WorkspaceId, to: &ConnectionId) -> ConversationId {
    let now = db.clock.now();
    let message = ReceivedMessage {
        reference: None,
        provider_id: "m1".into(),
        channel: Channel::parse("sms").unwrap(),
        from: Party {
            namespace: Namespace::named("crm"),
            external_id: "ana".into(),
            profile: Profile::default(),
        },
        text: "When?".into(),
        media: Vec::new(),
        at: None,
        mark: None,
    };
    let event = NewInbound {
        digest: [1; 16],
        connection_id: to.clone(),
        slot: 5,
        trust: Trust::Signed,
        content: Ok(Fact::MessageReceived(message)),
    };
    let callback = NewCallback {
        id: CallbackId::new(now, &chance()),
        workspace_id: workspace.clone(),
        connection_id: to.clone(),
        raw: b"raw".to_vec(),
        events: vec![event],
        received_at: now,
    };
    db.store.accept(&[db.store.seal_callback(&callback).await.unwrap()]).await.unwrap();
    let (board, stop) = (SlotBoard::default(), CancellationToken::new());
    board.mark([5]);
    let decided = until("it is decided", || async { db.store.pending_slots().await.unwrap().is_empty() });
    tokio::select! {
        () = bridge.work(&board, &stop) => {}
        () = decided => {}
    }
    let raw = Raw::open(&db.location).await;
    ConversationId::parse(&raw.texts("SELECT id FROM conversation").await[0]).unwrap()
}
