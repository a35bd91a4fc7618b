//! What nobody signed, let in by `report_only`: it is shown, and moves nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{SECRET, call_back, custom, first, id};
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;
use crate::support::raw::Raw;
use crate::support::twilio;

const NOT_THE_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

const CUSTOMER: &str = "+12025550143";

/// Waits until everything that came in is decided.
async fn settled(app: &TestApp) {
    let raw = Raw::open(&app.db.location).await;
    for _ in 0..2000 {
        if raw.number("SELECT COUNT(*) FROM inbound_event WHERE state = 'pending'").await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("something stays pending");
}

/// The messages of a conversation, oldest first.
async fn messages(client: &Client, conversation: &str) -> Vec<Value> {
    let list = client.get(&format!("/v1/conversations/{conversation}/messages")).await.expect(200);
    list["data"].as_array().unwrap().clone()
}

/// The status of the last message of a conversation.
async fn last_status(client: &Client, conversation: &str) -> Value {
    messages(client, conversation).await.last().unwrap()["status"].clone()
}

/// Posts a form of Twilio, signed or not.
async fn post_form(app: &TestApp, path: &str, form: &[(String, String)], signed: bool) {
    let signature =
        if signed { twilio::sign(&format!("{}{path}", app.url), form) } else { "bm8=".to_owned() };
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let client = app.anybody();
    let request = client
        .request("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(body);
    let answer = client.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

both_engines! {
    async fn through_custom_it_moves_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let mut made = custom();
        made["settings"] = json!({"verification": "report_only"});
        made["account"] = json!({"send_url": "http://127.0.0.1:9/out"});
        let connection = id(&admin.post("/v1/connections", made).await.expect(201));
        let said = |text: &str| json!({"type": "message.received", "id": "m1", "from": {"id": "31337"}, "text": text});
        for (text, secret) in [("forged", NOT_THE_SECRET), ("real", SECRET)] {
            assert_eq!(call_back(&app, &connection, &said(text), secret).await, 200);
            settled(&app).await;
        }
        let talk = first(&admin, "/v1/conversations").await;
        let texts: Vec<Value> = messages(&admin, &talk).await.into_iter().map(|one| one["text"].clone()).collect();
        assert_eq!(texts, ["forged", "real"], "the real one is not swallowed, and nothing is answered");
        let sent = admin.post(&format!("/v1/conversations/{talk}/messages"), json!({"text": "Hi"})).await.expect(202);
        let before = last_status(&admin, &talk).await;
        let report = json!({"type": "message.status", "id": "p1", "message_id": id(&sent), "part": 0, "status": "delivered"});
        assert_eq!(call_back(&app, &connection, &report, NOT_THE_SECRET).await, 200);
        settled(&app).await;
        assert_eq!(last_status(&admin, &talk).await, before);
        assert_eq!(call_back(&app, &connection, &report, SECRET).await, 200);
        settled(&app).await;
        assert_eq!(last_status(&admin, &talk).await, "delivered");
    }

    async fn through_twilio_it_moves_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = json!({"provider": "twilio", "name": "SMS", "secrets": {"auth_token": twilio::TOKEN},
            "account": {"account_sid": "AC00000000000000000000000000000001", "number": twilio::NUMBER},
            "settings": {"verification": "report_only"}});
        let door = format!("/callbacks/{}", id(&admin.post("/v1/connections", made).await.expect(201)));
        for (text, signed) in [("forged", false), ("real", true)] {
            post_form(&app, &door, &twilio::text("SM1", CUSTOMER, text), signed).await;
            settled(&app).await;
        }
        let talk = first(&admin, "/v1/conversations").await;
        let texts: Vec<Value> = messages(&admin, &talk).await.into_iter().map(|one| one["text"].clone()).collect();
        assert_eq!(texts, ["forged", "real"], "the real one is not swallowed, and nothing is answered");
        let sent = admin.post(&format!("/v1/conversations/{talk}/messages"), json!({"text": "Hi"})).await.expect(202);
        let before = last_status(&admin, &talk).await;
        let back = format!("{door}?message={}&part=0", id(&sent));
        let report = twilio::status("SM2", CUSTOMER, "delivered");
        post_form(&app, &back, &report, false).await;
        settled(&app).await;
        assert_eq!(last_status(&admin, &talk).await, before);
        post_form(&app, &back, &report, true).await;
        settled(&app).await;
        assert_eq!(last_status(&admin, &talk).await, "delivered");
    }
}
