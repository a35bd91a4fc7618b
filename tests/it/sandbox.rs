//! The running service against the simulated providers: each read the platforms' documents for itself.

use serde_json::{Value, json};

use crate::support::engines::{Engine, on_both};
use crate::support::host::Host;
use crate::support::sandbox::Sandbox;
use crate::support::service::Service;
use crate::support::until;

const ANA: &str = "+12025550143";

on_both! {
    a_complaint_on_x_is_answered_in_its_thread_and_in_private
    a_complaint_on_facebook_is_answered_under_it_and_in_messenger
    a_text_is_answered_and_its_statuses_come_back
    stop_is_refused_by_both_sides
    what_a_platform_does_not_allow_fails_with_its_reason
    duplicates_batches_and_disorder_change_nothing
    sends_that_meet_trouble_arrive_once
    a_proxy_may_write_headers_but_not_the_body
    a_sandbox_comes_back_to_its_own_connections
    a_connection_test_finds_what_the_sandbox_tells
}

/// A service, a desk that hears everything, and the providers.
struct Stage {
    desk: Host,
    service: Service,
    sandbox: Sandbox,
}

impl Stage {
    async fn set(engine: Engine) -> Self {
        let (desk, service) = (Host::start(), Service::start(engine).await);
        service.post("/v1/webhooks", json!({"url": desk.url, "events": ["*"]})).await;
        let sandbox = Sandbox::beside(&service);
        Self { desk, service, sandbox }
    }

    /// The events of that type so far, in order, each once.
    fn heard(&self, kind: &str) -> Vec<Value> {
        let mut seen = std::collections::BTreeSet::new();
        let told = self.desk.seen().into_iter().map(|one| one.json()).filter(|event| event["type"] == kind);
        told.filter(|event| seen.insert(event["id"].to_string())).map(|event| event["data"].clone()).collect()
    }

    async fn wait(&self, kind: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} {kind}"), || async { self.heard(kind).len() >= count }).await;
        self.heard(kind)
    }

    async fn answer(&self, message: &Value, text: &str) -> Value {
        let talk = message["conversation_id"].as_str().unwrap();
        self.service.post(&format!("/v1/conversations/{talk}/messages"), json!({"text": text})).await
    }

    async fn reply(&self, complaint: &Value, text: &str) -> Value {
        let id = complaint["id"].as_str().unwrap();
        self.service.post(&format!("/v1/complaints/{id}/replies"), json!({"text": text})).await
    }

    /// The texts of a public thread, as `author: text`.
    async fn thread(&self, provider: &str, id: &str) -> Vec<String> {
        let shown = self.sandbox.get(&format!("/{provider}/threads/{id}")).await;
        let line =
            |one: &Value| format!("{}: {}", one["author"].as_str().unwrap(), one["text"].as_str().unwrap());
        shown["posts"].as_array().unwrap().iter().map(line).collect()
    }
}

mod stories {
    use super::*;

    pub(crate) async fn a_complaint_on_x_is_answered_in_its_thread_and_in_private(engine: Engine) {
        let stage = Stage::set(engine).await;
        let said = "@SandboxBrand my card was charged twice";
        let post = stage
            .sandbox
            .act("x", json!({"act": "post", "from": "ana", "text": said, "language": "en"}))
            .await;
        let complaint = stage.wait("complaint.created", 1).await[0].clone();
        assert_eq!((&complaint["channel"], &complaint["text"]), (&json!("x_post"), &json!(said)));
        stage.reply(&complaint, "Sorry, Ana. Write to us in private.").await;
        stage.wait("reply.sent", 1).await;
        let thread = stage.thread("x", &post).await;
        assert_eq!(
            thread,
            [format!("ana: {said}"), "SandboxBrand: Sorry, Ana. Write to us in private.".into()]
        );
        stage.sandbox.write("x", "ana", "Here I am").await;
        let received = stage.wait("message.received", 1).await[0].clone();
        stage.answer(&received, "Your money is on its way").await;
        stage.wait("message.sent", 1).await;
        let inbox = stage.sandbox.inbox("x", "ana").await;
        assert_eq!(inbox, ["customer: Here I am", "brand: Your money is on its way"]);
        let edit = json!({"act": "edit", "from": "ana", "post": post, "text": "@SandboxBrand settled"});
        stage.sandbox.act("x", edit).await;
        until("the edit", || async {
            stage.heard("complaint.updated").iter().any(|one| one["text"] == "@SandboxBrand settled")
        })
        .await;
    }

    pub(crate) async fn a_complaint_on_facebook_is_answered_under_it_and_in_messenger(engine: Engine) {
        let stage = Stage::set(engine).await;
        let comment =
            json!({"act": "post", "from": "Ana Souza", "text": "Meu cartão foi cobrado duas vezes"});
        let id = stage.sandbox.act("facebook", comment).await;
        let complaint = stage.wait("complaint.created", 1).await[0].clone();
        assert_eq!(complaint["identity"]["name"], "Ana Souza");
        stage.reply(&complaint, "Sentimos muito.").await;
        stage.wait("reply.sent", 1).await;
        assert_eq!(stage.thread("facebook", &id).await.len(), 2);
        stage.sandbox.write("facebook", "Ana Souza", "Olá").await;
        let received = stage.wait("message.received", 1).await[0].clone();
        stage.answer(&received, "Já resolvemos").await;
        stage.wait("message.delivered", 1).await;
        stage.sandbox.act("facebook", json!({"act": "read", "from": "Ana Souza"})).await;
        assert_eq!(stage.wait("message.read", 1).await[0]["status"], "read");
        let path = "/v1/conversations/".to_owned() + received["conversation_id"].as_str().unwrap();
        let messages = stage.service.get(&format!("{path}/messages")).await;
        assert_eq!(
            messages["data"].as_array().unwrap().len(),
            2,
            "the echo is no second message: {messages}"
        );
        stage.sandbox.act("facebook", json!({"act": "delete", "from": "Ana Souza", "post": id})).await;
        stage.wait("complaint.deleted", 1).await;
    }

    pub(crate) async fn a_text_is_answered_and_its_statuses_come_back(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.sandbox.write("twilio", ANA, "My card was charged twice").await;
        let received = stage.wait("message.received", 1).await[0].clone();
        stage.answer(&received, "On its way").await;
        stage.wait("message.delivered", 1).await;
        let inbox = stage.sandbox.inbox("twilio", ANA).await;
        assert_eq!(inbox, ["customer: My card was charged twice", "brand: On its way"]);
        stage.sandbox.act("twilio", json!({"act": "unreachable", "from": ANA})).await;
        stage.answer(&received, "Are you there?").await;
        let failed = stage.wait("message.failed", 1).await[0].clone();
        assert_eq!(failed["failure"]["provider_code"], "30003", "{failed}");
        assert_eq!(stage.sandbox.inbox("twilio", ANA).await.len(), 2);
    }

    pub(crate) async fn stop_is_refused_by_both_sides(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.sandbox.write("twilio", ANA, "Hello").await;
        let received = stage.wait("message.received", 1).await[0].clone();
        // The number is moved to the opted-out ones by the platform alone: its refusal has to teach the service.
        stage.sandbox.set_faults(json!({"reorder_percent": 100})).await;
        stage.sandbox.write("twilio", ANA, "STOP").await;
        let talk = received["conversation_id"].as_str().unwrap().to_owned();
        let path = format!("/v1/conversations/{talk}/messages");
        let _ = stage.service.call("POST", &path, Some(json!({"text": "Wait"}))).await;
        stage.wait("message.received", 2).await;
        let (status, problem) = stage.service.call("POST", &path, Some(json!({"text": "But"}))).await;
        assert_eq!((status, &problem["code"]), (422, &json!("opted_out")));
        let inbox = stage.sandbox.inbox("twilio", ANA).await;
        assert!(!inbox.iter().any(|line| line.starts_with("brand")), "{inbox:?}");
        assert!(inbox.iter().any(|line| line.contains("unsubscribed")), "{inbox:?}");
    }

    pub(crate) async fn what_a_platform_does_not_allow_fails_with_its_reason(engine: Engine) {
        let stage = Stage::set(engine).await;
        let old = json!({"act": "message", "from": "Bo", "text": "Hello", "at": "2020-01-01T00:00:00Z"});
        stage.sandbox.act("facebook", old).await;
        let received = stage.wait("message.received", 1).await[0].clone();
        stage.answer(&received, "Too late").await;
        let failed = stage.wait("message.failed", 1).await[0].clone();
        assert_eq!(failed["failure"]["code"], "window_closed", "{failed}");
        let post = json!({"act": "post", "from": "cy", "text": "@SandboxBrand help"});
        let id = stage.sandbox.act("x", post).await;
        let complaint = stage.wait("complaint.created", 1).await[0].clone();
        stage.sandbox.act("x", json!({"act": "delete", "from": "cy", "post": id})).await;
        stage.reply(&complaint, "Sorry").await;
        let failed = stage.wait("reply.failed", 1).await[0].clone();
        assert!(failed.to_string().contains("403"), "{failed}");
        assert_eq!(stage.sandbox.inbox("facebook", "Bo").await.len(), 1);
    }

    pub(crate) async fn duplicates_batches_and_disorder_change_nothing(engine: Engine) {
        let stage = Stage::set(engine).await;
        let faults = json!({"seed": 7, "duplicate_percent": 60, "reorder_percent": 40, "batch": 20});
        stage.sandbox.set_faults(faults).await;
        for at in 0..30 {
            let post = |text: String| json!({"act": "post", "from": format!("c{at}"), "text": text});
            stage.sandbox.act("x", post(format!("@SandboxBrand help {at}"))).await;
            stage.sandbox.act("facebook", post(format!("Help {at}"))).await;
            stage.sandbox.write("twilio", &format!("+120255501{at:02}"), "Help").await;
        }
        stage.wait("complaint.created", 60).await;
        stage.wait("message.received", 30).await;
        // The last repetitions come half a second later.
        until("repetitions", || async {
            let sent = stage.sandbox.get("/callbacks").await;
            sent["data"].as_array().unwrap().len() > 70
        })
        .await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(stage.heard("complaint.created").len(), 60);
        assert_eq!(stage.heard("message.received").len(), 30);
        let complaints = stage.service.get("/v1/complaints?limit=200").await;
        assert_eq!(complaints["data"].as_array().unwrap().len(), 60);
        let talks = stage.service.get("/v1/conversations?limit=200").await;
        assert_eq!(talks["data"].as_array().unwrap().len(), 30);
    }

    pub(crate) async fn sends_that_meet_trouble_arrive_once(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.sandbox.write("twilio", ANA, "Hello").await;
        let received = stage.wait("message.received", 1).await[0].clone();
        stage.sandbox.set_faults(json!({"throttle_percent": 100, "sends": 1})).await;
        stage.answer(&received, "One").await;
        stage.wait("message.delivered", 1).await;
        stage.sandbox.set_faults(json!({"late_report_ms": 300, "slow_percent": 100, "slow_ms": 200})).await;
        stage.answer(&received, "Two").await;
        stage.wait("message.delivered", 2).await;
        stage.sandbox.set_faults(json!({"timeout_percent": 100, "sends": 1})).await;
        stage.answer(&received, "Three").await;
        // Nobody answered, but the report carries our own reference.
        stage.wait("message.delivered", 3).await;
        let inbox = stage.sandbox.inbox("twilio", ANA).await;
        assert_eq!(inbox, ["customer: Hello", "brand: One", "brand: Two", "brand: Three"]);
    }

    pub(crate) async fn a_proxy_may_write_headers_but_not_the_body(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.sandbox.set_faults(json!({"proxy": "headers"})).await;
        let post = |text: &str| json!({"act": "post", "from": "ana", "text": text});
        stage.sandbox.act("facebook", post("Through a proxy")).await;
        stage.sandbox.write("twilio", ANA, " through a proxy ").await;
        stage.wait("complaint.created", 1).await;
        stage.wait("message.received", 1).await;
        stage.sandbox.set_faults(json!({"proxy": "body"})).await;
        stage.sandbox.act("facebook", post("Rewritten")).await;
        let is_refused =
            |sent: &Value| sent["data"].as_array().unwrap().iter().any(|one| one["status"] == 401);
        until("a refusal", || async { is_refused(&stage.sandbox.get("/callbacks").await) }).await;
        assert_eq!(stage.heard("complaint.created").len(), 1);
    }

    pub(crate) async fn a_sandbox_comes_back_to_its_own_connections(engine: Engine) {
        let stage = Stage::set(engine).await;
        let connections = stage.service.get("/v1/connections").await;
        let connections = connections["data"].as_array().unwrap().clone();
        assert_eq!(connections.len(), 3);
        for connection in &connections {
            assert_eq!(connection["settings"]["sandbox"], true, "{connection}");
            assert!(connection["name"].as_str().unwrap().starts_with("Sandbox: "), "{connection}");
        }
        let again = stage.sandbox.again(&stage.service);
        let connections = stage.service.get("/v1/connections").await;
        assert_eq!(connections["data"].as_array().unwrap().len(), 3);
        again.write("twilio", ANA, "Hello again").await;
        stage.wait("message.received", 1).await;
        assert_eq!(again.status_without_token("/faults").await, 401);
    }

    pub(crate) async fn a_connection_test_finds_what_the_sandbox_tells(engine: Engine) {
        let stage = Stage::set(engine).await;
        let found = stage.service.get("/v1/connections?provider=x").await["data"][0].clone();
        let path = format!("/v1/connections/{}/test", found["id"].as_str().unwrap());
        let subscription = || async {
            let checks = stage.service.post(&path, json!({})).await["checks"].clone();
            let checks = checks.as_array().unwrap();
            checks.iter().find(|check| check["name"] == "subscription").unwrap().clone()
        };
        let check = subscription().await;
        assert_eq!(check["ok"], true, "{check}");
        assert!(check["detail"].as_str().unwrap().contains("about the account"), "{check}");
        let page = stage.service.get("/v1/connections?provider=facebook").await["data"][0].clone();
        let test = format!("/v1/connections/{}/test", page["id"].as_str().unwrap());
        let checks = stage.service.post(&test, json!({})).await["checks"].clone();
        let told = checks.as_array().unwrap().iter().find(|check| check["name"] == "subscription").unwrap();
        assert_eq!(told["ok"], true, "{checks}");
        // Whoever is called elsewhere is not called here.
        let elsewhere =
            format!("{}/callbacks/{}?elsewhere=1", stage.service.url, found["id"].as_str().unwrap());
        let (status, why) =
            stage.sandbox.call("PUT", "/providers/x", Some(json!({"callback_url": elsewhere}))).await;
        assert!((200..300).contains(&status), "{status} {why}");
        let check = subscription().await;
        assert_eq!(check["ok"], false, "{check}");
        assert!(check["detail"].as_str().unwrap().contains("no webhook with the URL"), "{check}");
    }
}
