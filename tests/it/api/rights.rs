//! Who may do what: over every operation of the document, so that a new one cannot be forgotten.

use segue::domain::scope::Scope;
use serde_json::{Value, json};

use super::fixture::World;
use crate::openapi::operations;
use crate::support::app::{Answer, Client, TestApp, json_body};
use crate::support::engines::both_engines;

/// A request that gets as far as its resource.
async fn call(client: &Client, method: &str, path: &str, operation: &Value) -> Answer {
    let request = client.request(method, path);
    if operation.get("requestBody").is_none() {
        return client.send(request).await;
    }
    let body = match path.rsplit('/').next().unwrap() {
        "messages" | "replies" => json!({"text": "Hello"}),
        "secrets" => json!({"secrets": {"signing_secret": super::fixture::SECRET}}),
        "recover" => json!({"since": "2026-01-01T00:00:00Z"}),
        "resolve" => json!({"as": "sent"}),
        "move" => json!({"to": ["sms"]}),
        _ if path.starts_with("/v1/links/") => json!({"reason": "Two brothers"}),
        _ => json!({}),
    };
    client.send(json_body(request, &body)).await
}

fn scope_of(operation: &Value) -> Option<Scope> {
    operation["security"][0]["api_key"][0].as_str().map(|word| Scope::parse(word).unwrap())
}

both_engines! {
    async fn another_workspace_sees_nothing_of_this_one(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, stranger) = (app.admin().await, app.stranger().await);
        let world = World::new(&app, &admin).await.whole(&admin).await;
        let mut tried = 0;
        for (method, template, operation) in operations(&app.document) {
            if !template.contains("{id}") {
                continue;
            }
            let path = world.path(&template);
            let answer = call(&stranger, &method, &path, &operation).await;
            assert_eq!(answer.status, 404, "{method} {template}: {}", answer.body);
            tried += 1;
        }
        assert!(tried > 20, "{tried}");
        for (_, template, _) in operations(&app.document).into_iter().filter(|(method, ..)| method == "GET") {
            if template.contains("{id}") {
                let path = world.path(&template);
                assert_eq!(admin.get(&path).await.status, 200, "its own admin sees {template}");
            }
        }
    }

    async fn lists_of_another_workspace_are_empty(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, stranger) = (app.admin().await, app.stranger().await);
        World::new(&app, &admin).await;
        for list in ["complaints", "conversations", "connections", "webhooks", "tasks", "events"] {
            let seen = stranger.get(&format!("/v1/{list}")).await.expect(200);
            assert_eq!(seen["data"], json!([]), "{list}");
        }
        let keys = stranger.get("/v1/keys").await.expect(200);
        assert_eq!(keys["data"].as_array().unwrap().len(), 1, "only its own");
    }

    async fn every_operation_asks_for_the_scope_it_declares(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await.whole(&admin).await;
        for (method, template, operation) in operations(&app.document) {
            let Some(scope) = scope_of(&operation) else { continue };
            let path = world.path(&template);
            let anybody = call(&app.anybody(), &method, &path, &operation).await;
            assert_eq!(anybody.code(401), "unauthorized", "{method} {template}");
            let others: &[Scope] = match scope {
                Scope::Read => &[Scope::Write, Scope::Consent, Scope::Operator],
                Scope::Operator => &[Scope::Admin],
                Scope::Consent => &[Scope::Read, Scope::Write, Scope::Operator],
                _ => &[Scope::Read, Scope::Consent, Scope::Operator],
            };
            let lacking = app.client(&app.workspace, others).await;
            let refused = call(&lacking, &method, &path, &operation).await;
            assert_eq!(refused.code(403), "scope_missing", "{method} {template}");
        }
        for (method, template, operation) in operations(&app.document) {
            let Some(scope) = scope_of(&operation) else { continue };
            let having = app.client(&app.workspace, &[scope]).await;
            let answer = call(&having, &method, &world.path(&template), &operation).await;
            assert!(![401, 403, 500].contains(&answer.status), "{method} {template}: {}", answer.body);
        }
    }

    async fn nobody_gives_away_more_than_they_have(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let wanted = json!({"name": "x", "scopes": ["read", "operator"]});
        assert_eq!(admin.post("/v1/keys", wanted.clone()).await.code(403), "scope_missing");
        let both = app.client(&app.workspace, &[Scope::Admin, Scope::Operator]).await;
        both.post("/v1/keys", wanted).await.expect(201);
    }

    async fn a_revoked_or_expired_key_is_unknown(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let made = admin.post("/v1/keys", json!({"name": "x", "scopes": ["read"]})).await.expect(201);
        let reader = app.anybody().with_key(made["secret"].as_str().unwrap());
        reader.get("/v1/complaints").await.expect(200);
        admin.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).await.expect(204);
        assert_eq!(reader.get("/v1/complaints").await.code(401), "unauthorized");
        let soon = json!({"name": "x", "scopes": ["read"], "expires_at": "2026-11-22T10:01:00Z"});
        let made = admin.post("/v1/keys", soon).await.expect(201);
        let reader = app.anybody().with_key(made["secret"].as_str().unwrap());
        reader.get("/v1/complaints").await.expect(200);
        app.db.clock.advance(std::time::Duration::from_secs(61));
        reader.get("/v1/complaints").await.expect(401);
    }

    async fn a_key_in_a_url_is_refused(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let secret = admin.secret.clone().unwrap();
        assert_eq!(app.anybody().get(&format!("/v1/complaints?key={secret}")).await.code(401), "unauthorized");
        assert_eq!(admin.get(&format!("/v1/complaints?key={secret}")).await.code(401), "unauthorized");
    }
}
