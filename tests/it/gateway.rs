//! The gateway through its own door: routing, forgeries that are only reported, batches with a broken item.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use segue::bridge::{Bridge, Caller};
use segue::clock::{Clock, chance};
use segue::coordination::{Coordination, SlotBoard};
use segue::domain::id::{ConnectionId, DeliveryId, ReplicaId};
use segue::domain::secret::Secret;
use segue::gateway::{Answer, Call, Committer, Gateway, Rejection};
use segue::store::delivery::{LaneBook, NewDelivery};
use segue::store::{Committed, Write, connection, secret};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::support::engines::{Engine, NamedSessions, TestStore, both_engines};
use crate::support::raw::Raw;
use crate::support::{twilio, until};

const HOOK: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

struct NoRelay(ReplicaId);

impl LaneBook for NoRelay {
    fn replica(&self) -> &ReplicaId {
        &self.0
    }

    fn reserve(&self, _: &NewDelivery) -> bool {
        false
    }

    fn cancel(&self, _: &[DeliveryId]) {}

    fn forget_targets(&self) {}

    fn hand_over(&self, _: Committed) {}
}

struct Edge {
    gateway: Gateway,
    bridge: Bridge,
    caller: Caller,
    raw: Raw,
    db: TestStore,
}

impl Edge {
    async fn new(db: TestStore) -> Self {
        let now = db.clock.now();
        let workspace_id = db.store.ensure_default_workspace(now).await.unwrap();
        let coordination = Arc::new(Coordination::local());
        let book = Arc::new(NoRelay(ReplicaId::new(now, &chance())));
        let bridge = Bridge::new(db.store.clone(), book, db.clock.clone(), coordination.clone());
        let committer = Committer::start(db.store.clone(), &TaskTracker::new()).unwrap();
        let outside = (db.clock.clone() as Arc<dyn Clock>, "https://segue.example".to_owned());
        let gateway =
            Gateway::new(db.store.clone(), committer, Arc::new(SlotBoard::default()), coordination, outside);
        let raw = Raw::open(&db.location).await;
        let caller = Caller { workspace_id, idempotency: None, if_match: None, act: None };
        Self { gateway, bridge, caller, raw, db }
    }

    /// A live connection with one secret.
    async fn connect(
        &self,
        provider: &str,
        account: Value,
        secret: (&str, &str),
        settings: Value,
    ) -> ConnectionId {
        let now = self.db.clock.now();
        let connection = connection::Connection {
            id: ConnectionId::new(now, &chance()),
            workspace_id: self.caller.workspace_id.clone(),
            provider: provider.into(),
            name: "test".into(),
            app: account["account_sid"].as_str().unwrap_or_default().into(),
            account: serde_json::from_value(account.clone()).unwrap(),
            settings,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let keys: Vec<String> = account["number"].as_str().map(str::to_owned).into_iter().collect();
        let vault = self.db.store.vault();
        let writes = || -> Vec<Write> {
            let mut writes = connection::insert(&connection, &keys);
            let (name, value) = secret;
            let owner = (connection.id.as_str(), name);
            writes.push(secret::insert(vault, &connection.workspace_id, owner, &Secret::new(value), now));
            writes
        };
        let made = segue::store::Answer { status: 201, body: Value::Null };
        self.bridge.write(&self.caller, || async { Ok((writes(), made.clone())) }).await.unwrap();
        connection.id
    }

    async fn number(&self, number: &str) -> ConnectionId {
        let account = json!({"account_sid": "AC1", "number": number});
        self.connect("twilio", account, ("auth_token", twilio::TOKEN), json!({})).await
    }

    /// A form, signed for the URL of the connection it is posted to.
    async fn post(&self, to: &ConnectionId, form: &[(String, String)]) -> Result<Answer, Rejection> {
        let signature = twilio::sign(&format!("https://segue.example/callbacks/{to}"), form);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.call(to, "application/x-www-form-urlencoded", &[("X-Twilio-Signature", &signature)], body).await
    }

    async fn call(
        &self,
        to: &ConnectionId,
        content_type: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, Rejection> {
        let content_type = [("Content-Type", content_type)];
        let headers = headers.iter().chain(&content_type);
        let call = Call {
            connection: to.to_string(),
            method: "POST".into(),
            query: String::new(),
            headers: headers.map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
            body: body.into(),
        };
        self.gateway.receive(call).await
    }

    async fn count(&self, condition: &str) -> i64 {
        self.raw.number(&format!("SELECT COUNT(*) FROM inbound_event WHERE {condition}")).await
    }
}

fn text_to(number: &str, sid: &str) -> Vec<(String, String)> {
    let mut form = twilio::text(sid, "+12025550143", "Hello");
    form.iter_mut().filter(|(name, _)| name == "To").for_each(|(_, value)| number.clone_into(value));
    form
}

both_engines! {
    async fn an_event_belongs_to_the_connection_that_owns_its_account(db: TestStore) {
        let edge = Edge::new(db).await;
        let (door, owner) = (edge.number("+15005550006").await, edge.number("+15005550007").await);
        let form = text_to("+15005550007", "SM1");
        for called in [&door, &owner, &door] {
            assert_eq!(edge.post(called, &form).await.unwrap(), Answer::Stored);
        }
        assert_eq!(edge.count(&format!("connection_id = '{owner}' AND state = 'pending'")).await, 1);
        assert_eq!(edge.count("1 = 1").await, 1);
    }

    async fn an_account_nobody_owns_is_kept_aside(db: TestStore) {
        let edge = Edge::new(db).await;
        let door = edge.number("+15005550006").await;
        assert_eq!(edge.post(&door, &text_to("+15005550009", "SM1")).await.unwrap(), Answer::Stored);
        assert_eq!(edge.count("state = 'quarantined' AND error LIKE 'unrouted%'").await, 1);
    }

    async fn a_forgery_that_is_only_reported_does_not_swallow_the_real_one(db: TestStore) {
        let edge = Edge::new(db).await;
        let settings = json!({"verification": "report_only", "report_only_until": "2026-11-22T11:00:00Z"});
        let account = json!({"account_sid": "AC1", "number": "+15005550006"});
        let door = edge.connect("twilio", account, ("auth_token", twilio::TOKEN), settings).await;
        let form = text_to("+15005550006", "SM1");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let forged = || edge.call(&door, "application/x-www-form-urlencoded", &[], body.clone());
        assert_eq!(forged().await.unwrap(), Answer::Stored);
        assert_eq!(edge.post(&door, &form).await.unwrap(), Answer::Stored);
        assert_eq!((edge.count("trust = 'unsigned'").await, edge.count("trust = 'signed'").await), (1, 1));
        edge.db.clock.advance(Duration::from_secs(3601));
        assert!(matches!(forged().await, Err(Rejection::Unverified)));
    }

    async fn of_a_thousand_items_one_that_is_broken_is_kept_aside(db: TestStore) {
        let edge = Edge::new(db).await;
        let door = edge.connect("custom", json!({}), ("signing_secret", HOOK), json!({})).await;
        let item = |at: i64| match at {
            500 => json!({"type": "message.received", "id": 7}),
            _ => json!({"type": "message.received", "id": format!("m{at}"), "from": {"id": format!("c{}", at % 50)}, "text": "hi"}),
        };
        let body = Value::from((0..1000).map(item).collect::<Vec<_>>()).to_string();
        let now = edge.db.clock.now().secs();
        let signature = standardwebhooks::Webhook::new(HOOK).unwrap().sign("wh_1", now, body.as_bytes()).unwrap();
        let time = now.to_string();
        let headers =
            [("webhook-id", "wh_1"), ("webhook-timestamp", time.as_str()), ("webhook-signature", signature.as_str())];
        for _ in 0..2 {
            assert_eq!(edge.call(&door, "application/json", &headers, body.clone()).await.unwrap(), Answer::Stored);
        }
        assert_eq!((edge.count("state = 'pending'").await, edge.count("state = 'quarantined'").await), (999, 1));
        assert_eq!((edge.raw.number("SELECT COUNT(*) FROM callback").await, edge.count("raw IS NOT NULL").await), (1, 0));
    }

    async fn callbacks_at_once_share_commits_and_lose_nothing(db: TestStore) {
        let edge = Edge::new(db).await;
        let door = edge.number("+15005550006").await;
        let forms: Vec<_> = (0..300).map(|at| text_to("+15005550006", &format!("SM{at}"))).collect();
        let answers = join_all(forms.iter().chain(&forms).map(|form| edge.post(&door, form))).await;
        assert!(answers.into_iter().all(|answer| answer.is_ok_and(|answer| answer == Answer::Stored)));
        assert_eq!(edge.count("state = 'pending'").await, 300);
    }

    async fn a_caller_that_goes_away_takes_nobodys_commit_with_it(db: TestStore) {
        let edge = Edge::new(db).await;
        let door = edge.number("+15005550006").await;
        let forms: Vec<_> = (0..100).map(|at| text_to("+15005550006", &format!("SM{at}"))).collect();
        assert_eq!(edge.post(&door, &text_to("+15005550006", "SM100")).await.unwrap(), Answer::Stored);
        // Its connection is known by now: asked once, it has begun a commit for itself and others. Nearly always that is
        // still under way when it is dropped.
        let mut begun = Box::pin(edge.post(&door, &forms[0]));
        let _ = futures_util::poll!(&mut begun);
        let others = join_all(forms[1..].iter().map(|form| edge.post(&door, form)));
        drop(begun);
        assert!(others.await.into_iter().all(|answer| answer.is_ok_and(|answer| answer == Answer::Stored)));
        until("all are stored, also what nobody waits for", || async { edge.count("1 = 1").await == 101 }).await;
    }

    async fn a_thread_that_ends_in_the_middle_of_a_commit_holds_up_no_other(db: TestStore) {
        let edge = Edge::new(db).await;
        let door = edge.number("+15005550006").await;
        for at in 0..20 {
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let form = text_to("+15005550006", &format!("SM{at}-lost"));
                        let begun = edge.post(&door, &form);
                        // Ends somewhere between the first look and the answer.
                        let _ = tokio::time::timeout(Duration::from_micros(200 * at), begun).await;
                    });
                });
            });
            let form = text_to("+15005550006", &format!("SM{at}"));
            let posted = tokio::time::timeout(Duration::from_secs(20), edge.post(&door, &form)).await;
            assert_eq!(posted.unwrap().unwrap(), Answer::Stored);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_nobody_used_them_cost_no_callback() {
    let mut db = TestStore::new(Engine::Postgres).await;
    let sessions = NamedSessions::open(&db).await;
    db.store = sessions.store.clone();
    let edge = Edge::new(db).await;
    let door = edge.number("+15005550006").await;
    assert_eq!(edge.post(&door, &text_to("+15005550006", "SM0")).await.unwrap(), Answer::Stored);
    let left = format!("SELECT COUNT(*) {}", sessions.from());
    let gone = async || {
        // Again and again: one may just have been on its way in.
        edge.raw.run(&sessions.end()).await;
        edge.raw.number(&left).await == 0
    };
    until("they are gone", gone).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for at in 1..=30 {
        let form = text_to("+15005550006", &format!("SM{at}"));
        assert_eq!(edge.post(&door, &form).await.unwrap(), Answer::Stored);
        // The next callback looks its connection up again.
        edge.db.clock.advance(Duration::from_secs(2));
    }
    assert_eq!(edge.count("state = 'pending'").await, 31);
}
