//! The table of errors, row by row.

use serde_json::json;

use super::fixture::{World, call_back, complaint_by, custom, id};
use crate::support::app::{TestApp, json_body};
use crate::support::engines::both_engines;
use crate::support::sql;

both_engines! {
    async fn what_is_malformed_is_400(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let post = || admin.request("POST", "/v1/keys").header("content-type", "application/json");
        assert_eq!(admin.send(post().body("{")).await.code(400), "invalid_json");
        assert_eq!(admin.send(post().body("[".repeat(1000))).await.code(400), "invalid_json");
        assert_eq!(admin.send(post().body(&b"{\"name\":\"\xff\"}"[..])).await.code(400), "invalid_json");
        for list in ["complaints", "conversations", "connections", "webhooks", "tasks", "keys", "events"] {
            assert_eq!(admin.get(&format!("/v1/{list}?after=nonsense")).await.code(400), "bad_cursor", "{list}");
        }
        let keyed = json_body(post(), &json!({})).header("idempotency-key", "a b");
        assert_eq!(admin.send(keyed).await.code(400), "bad_request");
    }

    async fn an_unverified_callback_is_401_and_told_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let body = json!({"type": "message.received", "id": "m", "from": {"id": "1"}, "text": "x"});
        let forged = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(call_back(&app, &connection, &body, forged).await, 401);
        let answer = app.anybody().post(&format!("/callbacks/{connection}"), body).await;
        assert_eq!((answer.body["detail"].as_str(), answer.status), (Some("unverified"), 401));
    }

    async fn what_is_not_there_is_404(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for path in ["/v1/complaints/cmp_01kap0bswxev1bjsph3xxwkkrz", "/v1/complaints/x", "/v1/nothing"] {
            assert_eq!(admin.get(path).await.code(404), "not_found", "{path}");
        }
        assert_eq!(app.anybody().get("/nothing").await.code(404), "not_found");
        let unknown = "/callbacks/conn_01kap0bswxev1bjsph3xxwkkrz";
        assert_eq!(app.anybody().post(unknown, json!({})).await.code(404), "not_found");
    }

    async fn a_conflict_is_409(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let close = format!("/v1/tasks/{}/close", world.task);
        admin.post(&close, json!({})).await.expect(200);
        assert_eq!(admin.post(&close, json!({})).await.code(409), "task_closed");
        let resolve = format!("/v1/messages/{}/resolve", world.message);
        assert_eq!(admin.post(&resolve, json!({"as": "sent"})).await.code(409), "not_unknown");
        let retry = format!("/v1/deliveries/{}/retry", world.delivery);
        assert_eq!(admin.post(&retry, json!({})).await.code(409), "delivery_open");
    }

    async fn a_version_that_is_over_is_409(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        for path in [format!("/v1/complaints/{}", world.complaint), format!("/v1/conversations/{}", world.conversation)] {
            let read = admin.get(&path).await;
            let tag = read.header("etag").to_owned();
            assert_eq!(tag, format!("\"v{}\"", read.body["version"]));
            let patch = |tag: &str, who: &str| {
                let request = admin.request("PATCH", &path).header("if-match", tag);
                admin.send(json_body(request, &json!({"assignee": who})))
            };
            let changed = patch(&tag, "ada").await;
            assert_ne!(changed.header("etag"), tag);
            changed.expect(200);
            assert_eq!(patch(&tag, "bob").await.code(409), "version_mismatch");
            assert_eq!(patch("v1", "bob").await.code(400), "bad_request");
            patch("*", "bob").await.expect(200);
        }
    }

    async fn a_body_is_small_json_or_413_and_415(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let large = json!({"name": "x".repeat(300 * 1024)});
        assert_eq!(admin.post("/v1/keys", large).await.code(413), "body_too_large");
        let text = admin.request("POST", "/v1/keys").header("content-type", "text/plain").body("{}");
        assert_eq!(admin.send(text).await.code(415), "unsupported_media_type");
        assert_eq!(admin.send(admin.request("POST", "/v1/keys").body("{}")).await.code(415), "unsupported_media_type");
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let callback = admin.request("POST", &format!("/callbacks/{connection}")).body(vec![b' '; 5 << 20]);
        assert_eq!(app.anybody().send(callback).await.code(413), "body_too_large");
    }

    async fn a_wrong_field_is_422_and_named(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let wrong = [
            (json!({"scopes": ["read"]}), "/name"),
            (json!({"name": "x", "scopes": ["read", "fly"]}), "/scopes/1"),
            (json!({"name": "x", "scopes": []}), "/scopes"),
            (json!({"name": "x", "scopes": ["read"], "more": 1}), "/more"),
            (json!({"name": 1, "scopes": ["read"]}), "/name"),
            (json!({"name": "x", "scopes": ["read"], "agent": {"name": "A", "initials": ""}}), "/agent"),
        ];
        for (body, pointer) in wrong {
            let problem = admin.post("/v1/keys", body).await.expect(422);
            assert_eq!((&problem["code"], &problem["errors"][0]["pointer"]), (&json!("invalid_field"), &json!(pointer)));
        }
    }

    async fn a_wrong_parameter_is_422_and_named(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let wrong = [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("status=lost", "status"),
            ("statuz=open", "statuz"),
            ("status=open&status=open", "status"),
            ("since=yesterday", "since"),
        ];
        for (query, parameter) in wrong {
            let problem = admin.get(&format!("/v1/complaints?{query}")).await.expect(422);
            assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}: {problem}");
        }
    }

    async fn too_many_requests_are_429(db: TestStore) {
        let app = TestApp::with_rate(db, 3).await;
        let (admin, other) = (app.admin().await, app.admin().await);
        let answer = admin.get("/v1/complaints").await;
        assert_eq!(answer.header("ratelimit"), "\"key\";r=2;t=60");
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
        admin.get("/v1/complaints").await.expect(200);
        admin.get("/v1/complaints").await.expect(200);
        let refused = admin.get("/v1/complaints").await;
        assert_eq!(refused.header("retry-after"), "60");
        assert_eq!(refused.code(429), "rate_limited");
        other.get("/v1/complaints").await.expect(200);
        app.db.clock.advance(std::time::Duration::from_secs(60));
        admin.get("/v1/complaints").await.expect(200);
    }

    async fn without_a_database_it_is_503(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        app.anybody().get("/readyz").await.expect(200);
        admin.get("/v1/complaints").await.expect(200);
        app.db.store.close().await;
        for path in ["/readyz", "/v1/complaints"] {
            let away = admin.get(path).await;
            assert_eq!(away.header("retry-after"), "1", "{path}");
            assert_eq!(away.code(503), "unavailable", "{path}");
        }
        app.anybody().get("/healthz").await.expect(200);
    }

    async fn a_failure_of_ours_tells_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let broken = format!("UPDATE complaint SET tags = 'hunter2' WHERE id = '{}'", world.complaint);
        sql::execute(&app.db.location, &broken).await;
        let problem = admin.get(&format!("/v1/complaints/{}", world.complaint)).await.expect(500);
        assert_eq!(problem["code"], "internal");
        assert_eq!(problem["detail"], "The cause is in the log of the service.");
    }

    async fn a_request_id_is_taken_over_if_it_is_sane(db: TestStore) {
        let app = TestApp::start(db).await;
        let anybody = app.anybody();
        let sent = |id: &str| anybody.send(anybody.request("GET", "/healthz").header("x-request-id", id));
        assert_eq!(sent("abc-123").await.header("x-request-id"), "abc-123");
        assert_ne!(sent("a b\"c").await.header("x-request-id"), "a b\"c");
        assert_ne!(sent(&"x".repeat(200)).await.header("x-request-id"), "x".repeat(200));
    }

    async fn a_complaint_of_an_unknown_connection_is_422(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let body = complaint_by("conn_01kap0bswxev1bjsph3xxwkkrz", "p1");
        let problem = admin.post("/v1/complaints", body).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/connection_id");
    }
}
