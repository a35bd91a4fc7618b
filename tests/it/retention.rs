//! What is over is pruned in its time; what is owed or undecided never is.

use std::path::PathBuf;
use std::time::Duration;

use segue::clock::{Clock, chance, random};
use segue::config;
use segue::domain::id::{CallbackId, ConnectionId, ReplicaId, WorkspaceId};
use segue::domain::inbound::{Fact, Trust};
use segue::domain::time::Timestamp;
use segue::retention::Retention;
use segue::store::Location;
use segue::store::inbound::{NewCallback, NewInbound, Receipt};
use segue::store::retention::{Prunable, STEP};

use crate::relay::kit::{Closed, add_webhook, tell};
use crate::support::app::TestApp;
use crate::support::engines::{Engine, TestStore, both_engines};
use crate::support::raw::Raw;

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Keeper {
    db: TestStore,
    raw: Raw,
    workspace: WorkspaceId,
    connection: ConnectionId,
}

impl Keeper {
    async fn new(db: TestStore) -> Self {
        let now = db.clock.now();
        let workspace = db.store.ensure_default_workspace(now).await.unwrap();
        let raw = Raw::open(&db.location).await;
        Self { db, raw, workspace, connection: ConnectionId::new(now, &chance()) }
    }

    /// A callback with so many facts; the first is known by `first`.
    async fn accept(&self, first: u16, count: u16) -> Receipt {
        let now = self.db.clock.now();
        let event = |at: u16| NewInbound {
            digest: std::array::from_fn(|byte| if byte < 2 { at.to_be_bytes()[byte] } else { 0 }),
            connection_id: self.connection.clone(),
            slot: 1,
            trust: Trust::Signed,
            content: Ok(Fact::Other { name: "test".into() }),
        };
        let callback = NewCallback {
            id: CallbackId::new(now, &chance()),
            workspace_id: self.workspace.clone(),
            connection_id: self.connection.clone(),
            raw: b"raw".to_vec(),
            events: (first..first + count).map(event).collect(),
            received_at: now,
        };
        self.db
            .store
            .accept(&[self.db.store.seal_callback(&callback).await.unwrap()])
            .await
            .unwrap()
            .remove(0)
    }

    async fn decide_all(&self) {
        self.raw.run("UPDATE inbound_event SET state = 'done', payload = NULL WHERE state = 'pending'").await;
    }

    async fn tell(&self, number: i64, to: &[&segue::domain::id::WebhookId]) {
        let book = Closed::new(self.db.clock.now());
        tell(&self.db, &book, &self.workspace, ("conv_1", number), to).await;
    }

    /// Gives the events positions.
    async fn number(&self) {
        let (now, replica) = (self.db.clock.now(), ReplicaId::new(self.db.clock.now(), &chance()));
        let fence = self.db.store.take_fence("sequencer", &replica, now, now).await.unwrap().unwrap();
        self.db.store.number_events(fence, now, 1000).await.unwrap().unwrap();
    }

    /// Sends to a provider that were made now, and ended so many days later.
    async fn add_sends(&self, count: i64, (state, days): (&str, i64)) {
        let now = self.db.clock.now().millis();
        let ended = now + days * i64::try_from(DAY.as_millis()).unwrap();
        let columns = "id, workspace_id, kind, lane, holds, subject, destination, slot, state, attempt, due_at, \
                       created_at, settled_at";
        let run = hex::encode(random::<6>());
        let lane = if self.db.store.is_shared() { "'\\x00'::bytea" } else { "x'00'" };
        let values = format!(
            "'{run}-' || i, 'w', 'provider', {lane}, 1, 's', 'c', 0, '{state}', 1, {now}, {now}, {ended}"
        );
        self.add("delivery", columns, &values, count).await;
    }

    /// Records of what somebody did just now.
    async fn add_records(&self, count: i64) {
        let (now, run) = (self.db.clock.now().millis(), hex::encode(random::<6>()));
        let columns = "id, workspace_id, key_id, action, subject, request_id, at";
        self.add("audit", columns, &format!("'{run}-' || i, 'w', 'k', 'a', 's', 'r', {now}"), count).await;
    }

    async fn add(&self, table: &str, columns: &str, values: &str, count: i64) {
        let numbers =
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
        self.raw.run(&format!("{numbers} INSERT INTO {table} ({columns}) SELECT {values} FROM n")).await;
    }

    fn ago(&self, days: u32) -> Timestamp {
        self.db.clock.now() - DAY * days
    }

    /// How many rows each step takes, until one takes fewer than it may.
    async fn steps(&self, what: &Prunable) -> Vec<i64> {
        let (now, replica) = (self.db.clock.now(), ReplicaId::new(self.db.clock.now(), &chance()));
        let store = &self.db.store;
        let fence = store.take_fence("retention", &replica, now, now + DAY).await.unwrap().unwrap();
        let mut steps = Vec::new();
        loop {
            let rows = store.prune(fence, now + DAY, what).await.unwrap().unwrap();
            steps.push(i64::try_from(rows).unwrap());
            if rows < STEP.unsigned_abs() {
                store.hold_fence(fence, Timestamp::default()).await.unwrap();
                return steps;
            }
        }
    }

    fn retention(&self) -> Retention {
        let replica = ReplicaId::new(self.db.clock.now(), &chance());
        let clock = self.db.clock.clone();
        Retention::new(self.db.store.clone(), clock, replica, config::Retention::default())
    }

    async fn sweep(&self) -> u64 {
        self.retention().sweep().await.unwrap()
    }

    fn pass(&self, days: u32) {
        self.db.clock.advance(DAY * days);
    }

    async fn count(&self, table: &str) -> i64 {
        self.raw.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }
}

both_engines! {
    async fn retention_takes_callbacks_and_what_was_decided_after_thirty_days_and_then_their_key(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.accept(1, 3).await;
        keeper.decide_all().await;
        keeper.pass(29);
        keeper.accept(10, 1).await;
        keeper.decide_all().await;
        assert_eq!(keeper.sweep().await, 0);
        assert_eq!(keeper.accept(2, 1).await, Receipt { duplicates: 1, ..Receipt::default() });
        keeper.pass(2);
        assert_eq!(keeper.sweep().await, 5);
        let left = (keeper.count("callback").await, keeper.count("inbound_event").await, keeper.count("day_key").await);
        assert_eq!(left, (0, 1, 1));
        assert_eq!(keeper.raw.number("SELECT COUNT(*) FROM inbound_event WHERE raw IS NOT NULL").await, 1);
        assert_eq!(keeper.sweep().await, 0);
    }

    async fn retention_keeps_a_repeat_inside_the_window_a_repeat(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.accept(1, 1).await;
        keeper.decide_all().await;
        keeper.pass(29);
        keeper.sweep().await;
        assert_eq!(keeper.accept(1, 1).await.duplicates, 1);
        keeper.pass(2);
        keeper.sweep().await;
        assert_eq!(keeper.accept(1, 1).await.fresh, 1);
    }

    async fn retention_never_takes_undecided_events_nor_the_key_they_are_sealed_under(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.accept(1, 4).await;
        keeper.raw.run("UPDATE inbound_event SET state = 'parked' WHERE seq % 2 = 0").await;
        keeper.pass(200);
        assert_eq!(keeper.sweep().await, 1);
        let left = (keeper.count("callback").await, keeper.count("inbound_event").await, keeper.count("day_key").await);
        assert_eq!(left, (0, 4, 1));
        keeper.raw.run("UPDATE inbound_event SET state = 'quarantined'").await;
        assert_eq!(keeper.sweep().await, 5);
    }

    async fn retention_takes_rejected_callbacks_before_the_key_they_are_sealed_under(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.accept(1, 1).await;
        keeper.decide_all().await;
        let columns = "id, workspace_id, connection_id, failed_check, header_names, size, sha256, day, received_at";
        let values = format!("'r', 'w', 'c', 'x', '[]', 1, body_hash, day, received_at + {}", DAY.as_millis());
        let insert = format!("INSERT INTO rejected_callback ({columns}) SELECT {values} FROM inbound_event");
        keeper.raw.run(&insert).await;
        keeper.pass(30);
        keeper.db.clock.advance(DAY / 2);
        assert_eq!(keeper.sweep().await, 1);
        assert_eq!(keeper.count("day_key").await, 1);
        keeper.pass(1);
        assert_eq!(keeper.sweep().await, 2);
    }

    async fn retention_works_in_steps_over_more_rows_than_one(db: TestStore) {
        let keeper = Keeper::new(db).await;
        let count = u16::try_from(STEP).unwrap() * 2 + 7;
        keeper.accept(1, count).await;
        keeper.decide_all().await;
        keeper.pass(31);
        assert_eq!(keeper.sweep().await, u64::from(count) + 2);
    }

    async fn retention_takes_deliveries_that_are_over_and_none_that_is_owed(db: TestStore) {
        let keeper = Keeper::new(db).await;
        let webhook = add_webhook(&keeper.db, &keeper.workspace, "http://127.0.0.1:9", "*").await;
        for number in 1..=4 {
            keeper.tell(number, &[&webhook]).await;
        }
        keeper.number().await;
        let states = ["settled", "dead", "leased"];
        for (at, state) in states.iter().enumerate() {
            let sql = format!("UPDATE delivery SET state = '{state}' WHERE seq = (SELECT MIN(seq) + {at} FROM delivery)");
            keeper.raw.run(&sql).await;
        }
        keeper.pass(31);
        assert_eq!(keeper.sweep().await, 2);
        assert_eq!(keeper.count("delivery WHERE state IN ('pending', 'leased')").await, 2);
        keeper.pass(100);
        assert_eq!(keeper.sweep().await, 0, "what is owed keeps its events");
        assert_eq!(keeper.count("event").await, 4);
        keeper.raw.run("UPDATE delivery SET state = 'settled'").await;
        assert_eq!(keeper.sweep().await, 6);
    }

    async fn retention_takes_sends_that_are_over_in_steps_and_none_that_is_younger_or_open(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.add_sends(STEP + 7, ("settled", 0)).await;
        keeper.add_sends(1, ("dead", 0)).await;
        for open in ["pending", "leased", "sending", "unknown"] {
            keeper.add_sends(1, (open, 0)).await;
        }
        // Made as long ago, and ended a day later.
        keeper.add_sends(1, ("settled", 1)).await;
        keeper.pass(60);
        keeper.add_sends(3, ("settled", 0)).await;
        keeper.pass(30);
        let steps = keeper.steps(&keeper.db.store.prunable_sends(keeper.ago(90))).await;
        assert_eq!(steps, [STEP, 8]);
        assert_eq!(keeper.count("delivery WHERE state IN ('pending', 'leased', 'sending', 'unknown')").await, 4);
        assert_eq!(keeper.count("delivery WHERE state = 'settled'").await, 4);
        assert_eq!(keeper.sweep().await, 0);
        keeper.pass(1);
        assert_eq!(keeper.sweep().await, 1, "what ended later goes later");
        keeper.pass(58);
        assert_eq!(keeper.sweep().await, 0);
        keeper.pass(1);
        assert_eq!(keeper.sweep().await, 3);
        assert_eq!(keeper.count("delivery").await, 4, "what is open stays");
    }

    async fn retention_takes_the_audit_log_in_steps_and_nothing_younger(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.add_records(STEP * 2 + 3).await;
        keeper.pass(700);
        keeper.add_records(5).await;
        keeper.pass(29);
        assert_eq!(keeper.sweep().await, 0);
        keeper.pass(1);
        let old = keeper.db.store.prunable_audit(keeper.ago(730)).await.unwrap();
        assert_eq!(keeper.steps(&old).await, [STEP, STEP, 3]);
        assert_eq!(keeper.count("audit").await, 5);
        assert_eq!(keeper.sweep().await, 0);
        let first = keeper.raw.number("SELECT MIN(seq) FROM audit").await;
        assert_eq!(first, STEP * 2 + 4, "the younger ones are those that stay");
        keeper.pass(700);
        assert_eq!(keeper.sweep().await, 5);
    }

    async fn retention_of_events_leaves_no_gap_and_old_positions_are_410(db: TestStore) {
        let keeper = Keeper::new(db).await;
        keeper.tell(1, &[]).await;
        keeper.tell(2, &[]).await;
        keeper.number().await;
        keeper.pass(60);
        keeper.tell(3, &[]).await;
        keeper.number().await;
        keeper.pass(31);
        assert_eq!(keeper.sweep().await, 2);
        assert_eq!(keeper.db.store.oldest_event(&keeper.workspace).await.unwrap(), Some(3));
        keeper.pass(60);
        assert_eq!(keeper.sweep().await, 1);
        let app = TestApp::start(keeper.db).await;
        let admin = app.admin().await;
        assert_eq!(admin.get("/v1/events?after=2").await.code(410), "cursor_expired");
        admin.get("/v1/events?after=3").await.expect(200);
    }

    async fn retention_is_one_replicas_work_at_a_time(db: TestStore) {
        if !db.store.is_shared() {
            return;
        }
        let keeper = Keeper::new(db).await;
        keeper.accept(1, 1).await;
        keeper.decide_all().await;
        keeper.pass(31);
        let (now, other) = (keeper.db.clock.now(), ReplicaId::new(keeper.db.clock.now(), &chance()));
        let store = &keeper.db.store;
        let held = store.take_fence("retention", &other, now, now + DAY).await.unwrap().unwrap();
        assert_eq!(keeper.sweep().await, 0);
        store.hold_fence(held, Timestamp::default()).await.unwrap();
        assert_eq!(keeper.sweep().await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_leaves_nothing_in_the_log_of_an_embedded_database() {
    let keeper = Keeper::new(TestStore::new(Engine::Sqlite).await).await;
    keeper.accept(1, 1).await;
    keeper.decide_all().await;
    let sealed = keeper.raw.blobs("SELECT raw FROM inbound_event").await.remove(0);
    let Location::Sqlite(path) = keeper.db.location.clone() else { panic!("not an embedded database") };
    let log = PathBuf::from(format!("{}-wal", path.display()));
    let holds =
        |file: &PathBuf| std::fs::read(file).unwrap().windows(sealed.len()).any(|part| part == sealed);
    assert!(holds(&log), "what was written last stands in the log");
    keeper.pass(31);
    assert_eq!(keeper.sweep().await, 2, "the event with its request, the key of the day");
    assert_eq!((holds(&log), holds(&path)), (false, false));
    assert_eq!(keeper.accept(2, 1).await.fresh, 1, "the connection works as before");
}
