//! One key, one effect, one answer.

use serde_json::{Value, json};

use super::fixture::{World, custom};
use crate::support::app::{Answer, Client, TestApp, json_body};
use crate::support::engines::both_engines;
use crate::support::sql::Blocked;

async fn keyed(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request("POST", path).header("idempotency-key", key);
    client.send(json_body(request, body)).await
}

both_engines! {
    async fn the_same_request_has_one_effect_and_one_answer(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let body = json!({"name": "x", "scopes": ["read"]});
        let one = keyed(&admin, "/v1/keys", "k1", &body).await.expect(201);
        let two = keyed(&admin, "/v1/keys", "k1", &body).await.expect(201);
        assert_eq!(one, two, "the secret, too");
        let keys = admin.get("/v1/keys").await.expect(200);
        assert_eq!(keys["data"].as_array().unwrap().len(), 2);
        let other = keyed(&admin, "/v1/keys", "k2", &body).await.expect(201);
        assert_ne!(one["id"], other["id"]);
    }

    async fn a_message_is_sent_once(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let path = format!("/v1/conversations/{}/messages", world.conversation);
        let body = json!({"text": "We are on it"});
        let (one, two) = tokio::join!(keyed(&admin, &path, "k", &body), keyed(&admin, &path, "k", &body));
        let sent: Vec<u16> = [&one, &two].iter().map(|answer| answer.status).collect();
        assert!(sent.iter().all(|status| [202, 409].contains(status)), "{sent:?}");
        keyed(&admin, &path, "k", &body).await.expect(202);
        let messages = admin.get(&path).await.expect(200);
        assert_eq!(messages["data"].as_array().unwrap().len(), 2, "the customer's and one answer");
    }

    async fn another_body_under_the_same_key_is_refused(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        keyed(&admin, "/v1/connections", "k", &custom()).await.expect(201);
        let mut other = custom();
        other["name"] = json!("Other");
        assert_eq!(keyed(&admin, "/v1/connections", "k", &other).await.code(422), "idempotency_mismatch");
    }

    async fn a_refusal_is_remembered_too(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let body = json!({"url": "https://hooks.example", "events": ["nothing.at_all"]});
        keyed(&admin, "/v1/webhooks", "k", &body).await.expect(422);
        assert_eq!(keyed(&admin, "/v1/webhooks", "k", &body).await.code(422), "invalid_field");
        let other = json!({"url": "http://127.0.0.1:1", "events": ["*"]});
        assert_eq!(keyed(&admin, "/v1/webhooks", "k", &other).await.code(422), "idempotency_mismatch");
    }

    async fn a_request_that_has_not_ended_is_409(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let body = json!({"name": "x", "scopes": ["read"]});
        let blocked = Blocked::new(&app.db.location).await;
        let ask = || {
            let (admin, body) = (admin.clone(), body.clone());
            tokio::spawn(async move { keyed(&admin, "/v1/keys", "k", &body).await })
        };
        let (mut one, mut two) = (ask(), ask());
        let (refused, waiting) = tokio::select! {
            answer = &mut one => (answer.unwrap(), two),
            answer = &mut two => (answer.unwrap(), one),
        };
        assert_eq!(refused.code(409), "idempotency_in_flight");
        drop(blocked);
        waiting.await.unwrap().expect(201);
        keyed(&admin, "/v1/keys", "k", &body).await.expect(201);
    }
}
