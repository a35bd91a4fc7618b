//! A signed request about a person that comes again: never a second task, whatever retention says.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use segue::clock::{Clock, chance};
use segue::config;
use segue::domain::id::ReplicaId;
use segue::retention::Retention;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::app::{Answer, Client, TestApp};
use crate::support::engines::both_engines;
use crate::support::raw::Raw;

const APP_SECRET: &str = "an-app-secret";
const DAY: Duration = Duration::from_secs(86_400);

/// A Page of the app; where such requests come for it.
async fn page(admin: &Client, id: &str) -> String {
    let made = json!({
        "provider": "facebook", "name": "Page", "account": {"app_id": "77", "page_id": id},
        "secrets": {"app_secret": APP_SECRET, "verify_token": "hello", "page_token": "a-page-token"},
        "settings": {}
    });
    let made = admin.post("/v1/connections", made).await.expect(201);
    let url = made["callback_url"].as_str().unwrap();
    format!("/callbacks/{}/deletion", url.rsplit('/').next().unwrap())
}

/// The form, signed now.
fn form(app: &TestApp) -> String {
    let issued_at = app.db.clock.now().secs();
    let said = json!({"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": "218471"}).to_string();
    let payload = URL_SAFE_NO_PAD.encode(said);
    let mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(payload.as_bytes()).finalize().into_bytes();
    format!("signed_request={}.{payload}", URL_SAFE_NO_PAD.encode(mac))
}

async fn ask(app: &TestApp, path: &str, form: &str) -> Answer {
    let client = app.anybody();
    let request = client.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
    let answer = client.send(request.body(form.to_owned())).await;
    app.decided().await;
    answer
}

async fn tasks(admin: &Client) -> Vec<Value> {
    admin.get("/v1/tasks").await.expect(200)["data"].as_array().unwrap().clone()
}

/// Prunes with the shortest periods there are.
async fn sweep(app: &TestApp) {
    let replica = ReplicaId::new(app.db.clock.now(), &chance());
    let periods = config::Retention { callbacks: DAY * 7, ..config::Retention::default() };
    Retention::new(app.db.store.clone(), app.db.clock.clone(), replica, periods).sweep().await.unwrap();
}

both_engines! {
    async fn a_request_that_is_repeated_as_late_as_it_is_taken_is_the_same_one(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let path = page(&admin, "200").await;
        let form = form(&app);
        let first = ask(&app, &path, &form).await.expect(200);
        let opened = tasks(&admin).await;
        assert_eq!(opened.len(), 1);
        let close = format!("/v1/tasks/{}/close", opened[0]["id"].as_str().unwrap());
        admin.post(&close, json!({})).await.expect(200);
        let mut days = 0;
        for day in [1, 8, 31, 60, 89] {
            app.db.clock.advance(DAY * (day - days));
            days = day;
            sweep(&app).await;
            assert_eq!(ask(&app, &path, &form).await.expect(200), first, "after {day} days");
            assert_eq!(tasks(&admin).await.len(), 1, "after {day} days");
        }
        let raw = Raw::open(&app.db.location).await;
        let requests = "SELECT (SELECT COUNT(*) FROM callback) + COUNT(raw) FROM inbound_event";
        assert_eq!(raw.number(requests).await, 0, "the record of it is kept, not what was sent");
        app.db.clock.advance(DAY * 2);
        sweep(&app).await;
        assert_eq!(ask(&app, &path, &form).await.code(401), "unverified");
        assert_eq!(tasks(&admin).await.len(), 1);
        let marks = "SELECT COUNT(*) FROM inbound_event WHERE kind = 'deletion.asked'";
        assert_eq!(raw.number(marks).await, 0, "what is no longer taken need not be known");
    }

    async fn a_request_that_comes_by_another_page_of_the_app_is_the_same_one(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let (one, other) = (page(&admin, "200").await, page(&admin, "300").await);
        let form = form(&app);
        let first = ask(&app, &one, &form).await.expect(200);
        let again = ask(&app, &other, &form).await.expect(200);
        assert_eq!(again["confirmation_code"], first["confirmation_code"]);
        assert_eq!(tasks(&admin).await.len(), 1);
    }
}
