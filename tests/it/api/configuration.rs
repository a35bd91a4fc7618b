//! Connections and webhooks.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{SECRET, World, call_back, custom, id};
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;
use crate::support::sql;

fn twilio(number: &str) -> Value {
    json!({
        "provider": "twilio", "name": "SMS",
        "account": {"account_sid": "AC1", "number": number},
        "secrets": {"auth_token": "hunter2"},
        "settings": {"api_base": "http://127.0.0.1:9100", "verification": "enforce"}
    })
}

async fn pointer_of(client: &Client, body: Value) -> String {
    let problem = client.post("/v1/connections", body).await.expect(422);
    problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
}

fn text(id: &str) -> Value {
    json!({"type": "message.received", "id": id, "from": {"id": "1"}, "text": "x"})
}

const NEW_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

both_engines! {
    async fn a_connection_never_shows_its_secrets(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/connections", twilio("+15005550006")).await.expect(201);
        let path = format!("/v1/connections/{}", id(&made));
        let read = admin.get(&path).await.expect(200);
        assert_eq!(made, read);
        assert_eq!(made["secrets"], json!({"auth_token": "2026-11-22T10:00:00.000Z"}));
        assert_eq!(made["callback_url"], format!("{}/callbacks/{}", app.url, id(&made)));
        let listed = admin.get("/v1/connections?provider=twilio").await.expect(200);
        assert_eq!(listed["data"], json!([read]));
        assert!(!listed.to_string().contains("hunter2"));
    }

    async fn every_change_of_the_setup_is_in_the_audit_log(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/connections", twilio("+15005550006")).await.expect(201);
        let path = format!("/v1/connections/{}", id(&made));
        admin.post("/v1/connections", twilio("not a number at all")).await.expect(422);
        let rotation = json!({"secrets": {"auth_token": "hunter3"}});
        let rotated = admin.post(&format!("{path}/secrets"), rotation).await;
        assert!(rotated.status < 300, "{}", rotated.status);
        let log = admin.get("/v1/audit").await.expect(200);
        let acts: Vec<_> = log["data"].as_array().unwrap().iter().map(|act| act["action"].as_str().unwrap()).collect();
        assert_eq!(acts, ["POST /v1/connections/{id}/secrets", "POST /v1/connections"]);
        assert!(log["data"].as_array().unwrap().iter().all(|act| act["subject"] == made["id"]), "{log}");
        assert!(log["data"][0]["key_id"].as_str().unwrap().starts_with("key_"));
        assert_ne!(log["data"][0]["request_id"], "");
        assert!(!log.to_string().contains("hunter"));
        let first = admin.get("/v1/audit?limit=1").await.expect(200);
        let rest = admin.get(&format!("/v1/audit?after={}", first["next"].as_str().unwrap())).await.expect(200);
        assert_eq!(rest["data"], json!([log["data"][1]]));
    }

    async fn wrong_fields_of_a_connection_are_named(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let changed = |place: &str, value: Value| {
            let mut body = twilio("+15005550006");
            let (parent, name) = place.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value;
            body
        };
        let wrong = [
            ("/provider", json!("pigeon")),
            ("/name", json!(" ")),
            ("/account/number", json!("not a number at all")),
            ("/account/page_id", json!("1")),
            ("/secrets/token", json!("x")),
            ("/settings/color", json!("red")),
            ("/settings/verification", json!("never")),
            ("/settings/api_base", json!("http://10.0.0.1")),
            ("/settings/api_base", json!("https://169.254.169.254/latest")),
            ("/settings/scheme", json!("none")),
        ];
        for (place, value) in wrong {
            assert_eq!(pointer_of(&admin, changed(place, value)).await, place);
        }
        assert_eq!(pointer_of(&admin, changed("/secrets", json!({}))).await, "/secrets/auth_token");
        let no_sender = changed("/account", json!({"account_sid": "AC1"}));
        assert_eq!(pointer_of(&admin, no_sender).await, "/account");
    }

    async fn an_account_has_one_live_connection(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, stranger) = (app.admin().await, app.stranger().await);
        let one = id(&admin.post("/v1/connections", twilio("+15005550006")).await.expect(201));
        let two = id(&admin.post("/v1/connections", twilio("+15005550007")).await.expect(201));
        assert_eq!(admin.post("/v1/connections", twilio("+15005550006")).await.code(409), "account_taken");
        let take = json!({"account": {"number": "+15005550006"}, "secrets": {"auth_token": "x"}});
        assert_eq!(admin.patch(&format!("/v1/connections/{two}"), take).await.code(409), "account_taken");
        stranger.post("/v1/connections", twilio("+15005550006")).await.expect(201);
        admin.delete(&format!("/v1/connections/{one}")).await.expect(204);
        admin.get(&format!("/v1/connections/{one}")).await.expect(404);
        admin.post("/v1/connections", twilio("+15005550006")).await.expect(201);
    }

    async fn who_sends_secrets_elsewhere_must_know_them(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/connections", twilio("+15005550006")).await.expect(201);
        let path = format!("/v1/connections/{}", id(&made));
        let elsewhere = json!({"settings": {"api_base": "http://127.0.0.1:9999"}});
        let problem = admin.patch(&path, elsewhere.clone()).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/secrets/auth_token");
        let mut whole = elsewhere;
        whole["secrets"] = json!({"auth_token": "again"});
        let changed = admin.patch(&path, whole).await.expect(200);
        assert_eq!(changed["settings"], json!({"api_base": "http://127.0.0.1:9999", "verification": "enforce"}));
        let renamed = admin.patch(&path, json!({"name": "Other", "settings": {"verification": null}})).await;
        let renamed = renamed.expect(200);
        assert_eq!(renamed["name"], "Other");
        assert_eq!(renamed["settings"], json!({"api_base": "http://127.0.0.1:9999"}));
    }

    async fn report_only_ends_by_itself(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let path = format!("/v1/connections/{connection}");
        let open = json!({"settings": {"verification": "report_only"}});
        let changed = admin.patch(&path, open.clone()).await.expect(200);
        assert_eq!(changed["settings"]["report_only_until"], "2026-11-25T10:00:00.000Z");
        app.db.clock.advance(Duration::from_secs(3600));
        let again = admin.patch(&path, open).await.expect(200);
        assert_eq!(again["settings"]["report_only_until"], "2026-11-25T10:00:00.000Z", "not prolonged by asking again");
        assert_eq!(call_back(&app, &connection, &text("m1"), NEW_SECRET).await, 200);
        let test = admin.post(&format!("{path}/test"), json!({})).await.expect(200);
        assert_eq!(test["ok"], false);
        app.db.clock.advance(Duration::from_secs(72 * 3600));
        assert_eq!(call_back(&app, &connection, &text("m2"), NEW_SECRET).await, 401);
        let given = json!({"settings": {"report_only_until": "2030-01-01T00:00:00Z"}});
        admin.patch(&path, given).await.expect(422);
    }

    async fn rotated_secrets_overlap(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let path = format!("/v1/connections/{connection}/secrets");
        let rotate = json!({"secrets": {"signing_secret": NEW_SECRET}, "overlap_seconds": 600});
        app.db.clock.advance(Duration::from_secs(10));
        admin.post(&path, rotate).await.expect(200);
        app.db.clock.advance(Duration::from_secs(2));
        assert_eq!(call_back(&app, &connection, &text("m1"), SECRET).await, 200);
        assert_eq!(call_back(&app, &connection, &text("m2"), NEW_SECRET).await, 200);
        app.db.clock.advance(Duration::from_secs(600));
        assert_eq!(call_back(&app, &connection, &text("m3"), SECRET).await, 401);
        assert_eq!(call_back(&app, &connection, &text("m4"), NEW_SECRET).await, 200);
        for wrong in [json!({"secrets": {}}), json!({"secrets": {"signing_secret": NEW_SECRET}, "overlap_seconds": 9_999_999})] {
            admin.post(&path, wrong).await.expect(422);
        }
    }

    async fn a_webhook_shows_its_secret_once(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/webhooks", json!({"url": "http://127.0.0.1:9/x"})).await.expect(201);
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!((&made["events"], &made["status"]), (&json!(["*"]), &json!("enabled")));
        let path = format!("/v1/webhooks/{}", id(&made));
        assert!(admin.get(&path).await.expect(200).get("secret").is_none());
        app.db.clock.advance(Duration::from_secs(1));
        let rotated = admin.post(&format!("{path}/rotate"), json!({})).await.expect(200);
        assert_ne!(rotated["secret"], made["secret"]);
        let live = app.db.store.secrets(&id(&made), segue::clock::Clock::now(&*app.db.clock)).await.unwrap();
        let live: Vec<&str> = live["signing_secret"].iter().map(segue::domain::secret::Secret::expose).collect();
        assert_eq!(live, [rotated["secret"].as_str().unwrap(), made["secret"].as_str().unwrap()]);
        let patch = json!({"events": ["message.*"], "description": "Desk", "status": "disabled"});
        let changed = admin.patch(&path, patch).await.expect(200);
        assert_eq!((&changed["status"], &changed["description"]), (&json!("disabled"), &json!("Desk")));
        let cleared = admin.patch(&path, json!({"description": null})).await.expect(200);
        assert_eq!((&cleared["description"], &cleared["events"]), (&Value::Null, &json!(["message.*"])));
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.expect(404);
    }

    async fn a_webhook_goes_only_where_it_may(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for url in ["http://192.0.2.1/x", "https://10.0.0.1/x", "ftp://127.0.0.1/x", "https://u:p@127.0.0.1/x", "/x"] {
            let problem = admin.post("/v1/webhooks", json!({"url": url})).await.expect(422);
            assert_eq!(problem["errors"][0]["pointer"], "/url", "{url}");
        }
        let wrong = json!({"url": "http://127.0.0.1:9/x", "events": ["*", "mesage.*"]});
        assert_eq!(admin.post("/v1/webhooks", wrong).await.expect(422)["errors"][0]["pointer"], "/events/1");
    }

    async fn dead_deliveries_are_sent_again(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let list = format!("/v1/webhooks/{}/deliveries", world.webhook);
        let all = admin.get(&list).await.expect(200)["data"].as_array().unwrap().len();
        sql::execute(&app.db.location, "UPDATE delivery SET state = 'dead', attempt = 8, outcome = 'gave_up'").await;
        assert_eq!(admin.get(&format!("{list}?state=pending")).await.expect(200)["data"], json!([]));
        let retry = format!("/v1/deliveries/{}/retry", world.delivery);
        let put_back = admin.post(&retry, json!({})).await.expect(202);
        let shown = admin.get(&format!("{list}?state=pending")).await.expect(200);
        assert_eq!(shown["data"], json!([put_back]));
        let recover = format!("/v1/webhooks/{}/recover", world.webhook);
        let none = json!({"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"});
        assert_eq!(admin.post(&recover, none).await.expect(202)["recovering"], 0);
        app.db.clock.advance(Duration::from_secs(1));
        let rest = admin.post(&recover, json!({"since": "2026-11-22T00:00:00Z"})).await.expect(202);
        assert_eq!(rest["recovering"].as_u64().unwrap(), all as u64 - 1);
        let pending = admin.get(&format!("{list}?state=pending")).await.expect(200);
        assert_eq!(pending["data"].as_array().unwrap().len(), all);
        let off = format!("/v1/webhooks/{}", world.webhook);
        admin.patch(&off, json!({"status": "disabled"})).await.expect(200);
        let refused = admin.post(&recover, json!({"since": "2026-11-22T00:00:00Z"})).await;
        assert_eq!(refused.code(409), "webhook_disabled");
    }
}
