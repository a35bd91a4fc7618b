//! Callbacks nobody vouched for: listed without their values, replayed only once they verify, and the alarm about them.

use std::time::Duration;

use segue::clock::Clock;
use segue::domain::health::{ACCEPTED, slice};
use segue::domain::id::ConnectionId;
use segue::store::health::Heard;
use serde_json::{Value, json};

use super::fixture::{SECRET, call_back, custom, first, id};
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;

const NEW_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn message(text: &str) -> Value {
    json!({"type": "message.received", "id": "m1", "from": {"id": "31337"}, "text": text})
}

/// The list of rejected callbacks once it has that many.
async fn rejected(client: &Client, connection: &str, count: usize) -> Vec<Value> {
    let path = format!("/v1/connections/{connection}/rejected?limit=200");
    let mut seen = 0;
    for _ in 0..2000 {
        let list = client.get(&path).await.expect(200);
        let items = list["data"].as_array().unwrap();
        seen = items.len();
        if seen == count {
            return items.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{seen} are listed, not {count}");
}

fn heard(app: &TestApp, connection: &ConnectionId, outcomes: &[(&'static str, i64)]) -> Heard {
    let now = app.db.clock.now();
    let mut heard = Heard::default();
    for (outcome, count) in outcomes {
        heard.counts.insert((connection.clone(), slice(now), *outcome), *count);
        if *outcome == ACCEPTED {
            heard.callbacks.insert(connection.clone(), now);
        }
    }
    heard
}

/// The events of that type, once there are so many.
async fn told(client: &Client, kind: &str, count: usize) -> Vec<Value> {
    for _ in 0..2000 {
        let list = client.get(&format!("/v1/events?type={kind}")).await.expect(200);
        let items = list["data"].as_array().unwrap();
        assert!(items.len() <= count, "{items:?}");
        if items.len() == count {
            return items.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{kind} was not told {count} times");
}

both_engines! {
    async fn one_is_listed_without_values_and_replayed_once_it_verifies(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        assert_eq!(call_back(&app, &connection, &message("a-private-text"), NEW_SECRET).await, 401);
        let listed = rejected(&admin, &connection, 1).await.remove(0);
        assert_eq!(listed["failed_check"], "signature_mismatch");
        assert_eq!((&listed["replayable"], &listed["replayed_at"]), (&json!(true), &Value::Null));
        assert!(listed["header_names"].as_array().unwrap().contains(&json!("webhook-signature")));
        assert!(!listed.to_string().contains("a-private-text") && !listed.to_string().contains("v1,"), "{listed}");
        let replay = format!("/v1/connections/{connection}/rejected/{}/replay", id(&listed));
        assert_eq!(admin.post(&replay, json!({})).await.code(422), "still_unverified");
        let secrets = json!({"secrets": {"signing_secret": NEW_SECRET}, "overlap_seconds": 0});
        app.db.clock.advance(Duration::from_secs(3600));
        admin.post(&format!("/v1/connections/{connection}/secrets"), secrets).await.expect(200);
        let replayed = json!({"events": 1, "duplicates": 0, "quarantined": 0});
        assert_eq!(admin.post(&replay, json!({})).await.expect(200), replayed);
        let again = json!({"events": 0, "duplicates": 1, "quarantined": 0});
        assert_eq!(admin.post(&replay, json!({})).await.expect(200), again);
        assert!(rejected(&admin, &connection, 1).await[0]["replayed_at"].is_string());
        first(&admin, "/v1/conversations").await;
    }

    async fn one_never_passes_unsigned_by_report_only(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let mut made = custom();
        made["settings"] = json!({"verification": "report_only"});
        let connection = id(&admin.post("/v1/connections", made).await.expect(201));
        assert_eq!(call_back(&app, &connection, &message("Hello"), NEW_SECRET).await, 200);
        let listed = rejected(&admin, &connection, 1).await.remove(0);
        let replay = format!("/v1/connections/{connection}/rejected/{}/replay", id(&listed));
        assert_eq!(admin.post(&replay, json!({})).await.code(422), "still_unverified");
    }

    async fn large_ones_are_listed_but_not_kept(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let large = message(&"x".repeat(300 * 1024));
        assert_eq!(call_back(&app, &connection, &large, NEW_SECRET).await, 401);
        let listed = rejected(&admin, &connection, 1).await.remove(0);
        assert_eq!(listed["replayable"], false);
        let replay = format!("/v1/connections/{connection}/rejected/{}/replay", id(&listed));
        assert_eq!(admin.post(&replay, json!({})).await.code(409), "request_not_kept");
    }

    async fn a_flood_of_them_leaves_a_bounded_sample(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        for _ in 0..15 {
            assert_eq!(call_back(&app, &connection, &message("Hello"), NEW_SECRET).await, 401);
        }
        rejected(&admin, &connection, 10).await;
        for _ in 0..11 {
            app.db.clock.advance(Duration::from_secs(1));
            for _ in 0..10 {
                assert_eq!(call_back(&app, &connection, &message("Hello"), NEW_SECRET).await, 401);
            }
        }
        let mut all = rejected(&admin, &connection, 100).await;
        while all[99]["received_at"] != "2026-11-22T10:00:02.000Z" {
            tokio::time::sleep(Duration::from_millis(5)).await;
            all = rejected(&admin, &connection, 100).await;
        }
        let page = admin.get(&format!("/v1/connections/{connection}/rejected?limit=99")).await.expect(200);
        let after = page["next"].as_str().unwrap();
        let last = admin.get(&format!("/v1/connections/{connection}/rejected?after={after}")).await.expect(200);
        assert_eq!(last["data"], json!([all[99]]));
    }

    async fn many_raise_the_alarm_once_and_it_ends_when_callbacks_pass(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/connections", custom()).await.expect(201);
        assert_eq!((&made["health"], &made["last_callback_at"]), (&json!("live"), &Value::Null));
        let connection: ConnectionId = serde_json::from_value(made["id"].clone()).unwrap();
        let path = format!("/v1/connections/{connection}");
        let note = async |outcomes: &[(&'static str, i64)]| {
            app.bridge.note_heard(&heard(&app, &connection, outcomes)).await.unwrap();
            let watch = || app.bridge.watch_health([connection.clone()].into());
            let (one, other) = tokio::join!(watch(), watch());
            one.and(other).unwrap();
        };
        note(&[(ACCEPTED, 5), ("signature_mismatch", 12)]).await;
        assert_eq!(admin.get(&path).await.expect(200)["health"], "live");
        note(&[("signature_mismatch", 3), ("timestamp_stale", 5)]).await;
        note(&[("signature_mismatch", 3)]).await;
        let failing = told(&admin, "connection.failing", 1).await.remove(0);
        let data = &failing["data"];
        assert_eq!((&data["rejected"], &data["accepted"]), (&json!(20), &json!(5)));
        assert_eq!((&data["failed_check"], &data["connection"]["id"]), (&json!("signature_mismatch"), &made["id"]));
        assert_eq!(data["connection"]["provider"], "custom");
        let shown = admin.get(&path).await.expect(200);
        assert_eq!(shown["health"], "failing");
        assert!(shown["last_callback_at"].is_string());
        app.db.clock.advance(Duration::from_secs(200));
        note(&[(ACCEPTED, 500)]).await;
        assert_eq!(admin.get(&path).await.expect(200)["health"], "failing", "too early");
        app.db.clock.advance(Duration::from_secs(120));
        note(&[]).await;
        told(&admin, "connection.recovered", 1).await;
        told(&admin, "connection.failing", 1).await;
        assert_eq!(admin.get(&path).await.expect(200)["health"], "live");
    }

    async fn a_door_that_was_called_says_when(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        assert_eq!(call_back(&app, &connection, &message("Hello"), SECRET).await, 200);
        let heard = app.gateway.tally().take();
        assert_eq!((heard.callbacks.len(), heard.challenges.len()), (1, 0));
        app.bridge.note_heard(&heard).await.unwrap();
        let shown = admin.get(&format!("/v1/connections/{connection}")).await.expect(200);
        assert_eq!((&shown["last_callback_at"], &shown["health"]), (&json!("2026-11-22T10:00:00.000Z"), &json!("live")));
    }
}
