//! Opting out and back in, and the rules for sending, through the running service.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{CUSTOMER, heard, subscribe, value};
use crate::support::engines::{Engine, on_both};
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::twilio;

on_both! {
    an_opt_out_is_answered_once_and_only_a_start_brings_back
    an_opt_out_counts_in_every_language
    a_wish_to_be_left_alone_waits_for_a_person
    the_provider_answers_where_it_was_told_to
    a_refusal_by_the_provider_is_an_opt_out_of_its_own
    nothing_is_begun_after_an_opt_out
    a_flood_of_helps_is_answered_once
    a_public_text_keeps_the_workspaces_own_secrets
}

struct Stage {
    desk: Host,
    host: Host,
    service: Service,
    url: String,
}

/// Accepts all, with an id of its own for each.
fn taking() -> Host {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Host::answering(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (201, json!({"sid": format!("SM_out_{number}"), "status": "queued"}).to_string())
    })
}

impl Stage {
    async fn set(engine: Engine) -> Self {
        Self::with(engine, taking()).await
    }

    async fn with(engine: Engine, host: Host) -> Self {
        let (desk, service) = (Host::start(), Service::start(engine).await);
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        subscribe(&service, &desk, json!(["*"])).await;
        service.call("PATCH", "/v1/workspace", Some(json!({"brand": "Example"}))).await;
        Self { desk, host, service, url }
    }

    async fn text(&self, sid: &str, from: &str, body: &str) {
        let form = twilio::text(sid, from, body);
        assert_eq!(twilio::post(&self.service, &self.url, &form).await, Some(200));
    }

    /// The texts that went out, once there are so many.
    async fn sent(&self, count: usize) -> Vec<String> {
        for _ in 0..1000 {
            if self.host.count() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let texts: Vec<String> = self.host.seen().iter().map(|one| value(one, "Body")).collect();
        assert_eq!(texts.len(), count, "{texts:?}");
        texts
    }

    /// The one conversation.
    async fn talk(&self) -> Value {
        heard(&self.desk, "message.received").await;
        self.service.get("/v1/conversations").await["data"][0].clone()
    }

    async fn policy(&self) -> Value {
        let talk = self.talk().await;
        self.service.get(&format!("/v1/conversations/{}/policy", talk["id"].as_str().unwrap())).await
    }

    async fn policy_is(&self, verdict: &str) -> Value {
        for _ in 0..1000 {
            let policy = self.policy().await;
            if policy["verdict"] == verdict {
                return policy;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {verdict}: {}", self.policy().await);
    }

    async fn write(&self, text: &str) -> (u16, Value) {
        let talk = self.talk().await;
        let path = format!("/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        self.service.call("POST", &path, Some(json!({"text": text}))).await
    }
}

mod stories {
    use super::*;

    pub async fn an_opt_out_is_answered_once_and_only_a_start_brings_back(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.text("SM_1", CUSTOMER, "Hello").await;
        assert_eq!(stage.policy().await["reasons"], json!([]));
        stage.text("SM_2", CUSTOMER, "please stop").await;
        let answer = stage.sent(1).await.remove(0);
        assert!(answer.starts_with("Example") && answer.contains("START"), "{answer}");
        let policy = stage.policy_is("never").await;
        assert_eq!(policy["reasons"][0]["code"], "opted_out");
        let identity = stage.talk().await["identity"]["id"].as_str().unwrap().to_owned();
        let asked = stage.service.get(&format!("/v1/policy?identity={identity}&channel=sms")).await;
        assert_eq!(asked["reasons"], policy["reasons"]);
        let (status, problem) = stage.write("But wait").await;
        assert_eq!(
            (status, &problem["code"], &problem["reason"]),
            (422, &json!("opted_out"), &json!("opted_out"))
        );
        for (sid, text) in [("SM_3", "STOP"), ("SM_4", "Hello again"), ("SM_5", "HELP")] {
            stage.text(sid, CUSTOMER, text).await;
        }
        assert_eq!(stage.policy_is("never").await["reasons"][0]["code"], "opted_out");
        stage.text("SM_6", CUSTOMER, "START").await;
        stage.policy_is("allowed").await;
        let (status, _) = stage.write("Welcome back").await;
        assert_eq!(status, 202);
        let texts = stage.sent(3).await;
        assert_eq!(texts[0], answer);
        assert!(texts.contains(&"Welcome back".to_owned()), "{texts:?}");
    }

    pub async fn an_opt_out_counts_in_every_language(engine: Engine) {
        let stage = Stage::set(engine).await;
        let words = ["STOP", "ARRÊT", "por favor, baja", "bitte abmelden", "PARAR"];
        for (at, word) in words.iter().enumerate() {
            stage.text(&format!("SM_{at}"), &format!("+1202555014{at}"), word).await;
        }
        let answers: HashSet<String> = stage.sent(5).await.into_iter().collect();
        assert!(answers.iter().all(|text| text.contains("START")), "{answers:?}");
        assert!(answers.len() >= 3, "answered in the language of the word where it is one: {answers:?}");
        for talk in stage.service.get("/v1/conversations").await["data"].as_array().unwrap() {
            let path = format!("/v1/conversations/{}/policy", talk["id"].as_str().unwrap());
            assert_eq!(stage.service.get(&path).await["reasons"][0]["code"], "opted_out");
        }
    }

    pub async fn a_wish_to_be_left_alone_waits_for_a_person(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.text("SM_1", CUSTOMER, "I have told you twice to stop texting me about this").await;
        let task = heard(&stage.desk, "task.opened").await.json()["data"].clone();
        assert_eq!(task["kind"], "opt_out_review");
        let policy = stage.policy_is("not_until").await;
        assert_eq!(
            (&policy["reasons"][0]["code"], &policy["until"]),
            (&json!("opt_out_review"), &Value::Null)
        );
        let (status, problem) = stage.write("Sorry").await;
        assert_eq!(
            (status, &problem["code"], &problem["reason"]),
            (422, &json!("policy"), &json!("opt_out_review"))
        );
        let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
        let (status, problem) = stage.service.call("POST", &format!("{path}/close"), None).await;
        assert_eq!((status, &problem["code"]), (409, &json!("task_needs_answer")));
        let resolve = format!("{path}/resolve");
        let no = json!({"as": "no_opt_out"});
        let (status, closed) = stage.service.call("POST", &resolve, Some(no.clone())).await;
        assert_eq!((status, &closed["resolution"]), (200, &json!("no_opt_out")));
        assert_eq!(stage.service.call("POST", &resolve, Some(no)).await.0, 409);
        stage.policy_is("allowed").await;
        assert_eq!(stage.write("We will call you instead.").await.0, 202);
        stage.sent(1).await;
        stage.text("SM_2", CUSTOMER, "Please don't ever text me again, thank you").await;
        stage.policy_is("not_until").await;
        let tasks = stage.service.get("/v1/tasks?state=open").await;
        let resolve = format!("/v1/tasks/{}/resolve", tasks["data"][0]["id"].as_str().unwrap());
        let (status, _) = stage.service.call("POST", &resolve, Some(json!({"as": "opt_out"}))).await;
        assert_eq!(status, 200);
        assert_eq!(stage.policy_is("never").await["reasons"][0]["code"], "opted_out");
    }

    pub async fn the_provider_answers_where_it_was_told_to(engine: Engine) {
        let stage = Stage::set(engine).await;
        let mut marked = twilio::text("SM_1", CUSTOMER, "STOP");
        marked.push(("OptOutType".into(), "STOP".into()));
        assert_eq!(twilio::post(&stage.service, &stage.url, &marked).await, Some(200));
        stage.policy_is("never").await;
        let connection =
            stage.service.get("/v1/connections").await["data"][0]["id"].as_str().unwrap().to_owned();
        let settings = json!({"settings": {"opt_out_replies": "provider"}});
        stage.service.call("PATCH", &format!("/v1/connections/{connection}"), Some(settings)).await;
        stage.text("SM_2", "+12025550144", "STOP").await;
        stage.text("SM_3", "+12025550144", "HELP").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        stage.sent(0).await;
    }

    pub async fn a_refusal_by_the_provider_is_an_opt_out_of_its_own(engine: Engine) {
        let refused =
            json!({"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400});
        let stage = Stage::with(engine, Host::answering(move |_| (400, refused.to_string()))).await;
        stage.text("SM_1", CUSTOMER, "Hello").await;
        assert_eq!(stage.write("Good morning").await.0, 202);
        heard(&stage.desk, "message.failed").await;
        assert_eq!(stage.policy_is("never").await["reasons"][0]["code"], "opted_out");
        stage.text("SM_2", "+12025550144", "STOP").await;
        stage.sent(2).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let failed = stage.desk.seen().iter().filter(|one| one.json()["type"] == "message.failed").count();
        assert_eq!(failed, 1, "that our own answer was refused is told to nobody");
    }

    pub async fn nothing_is_begun_after_an_opt_out(engine: Engine) {
        let stage = Stage::set(engine).await;
        stage.text("SM_1", CUSTOMER, "Hello").await;
        for at in 0..2000 {
            if at == 20 {
                stage.text("SM_2", CUSTOMER, "STOP").await;
            }
            if stage.write(&format!("Message {at}")).await.0 != 202 {
                break;
            }
        }
        stage.policy_is("never").await;
        // What was begun before the commit is on its way by now.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = stage.host.count();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(stage.host.count(), before);
        let talk = stage.talk().await["id"].as_str().unwrap().to_owned();
        let messages = stage.service.get(&format!("/v1/conversations/{talk}/messages?limit=200")).await;
        let open = |one: &&Value| ["queued", "sending", "unknown"].contains(&one["status"].as_str().unwrap());
        assert_eq!(messages["data"].as_array().unwrap().iter().filter(open).count(), 0, "{messages}");
    }

    pub async fn a_flood_of_helps_is_answered_once(engine: Engine) {
        let stage = Stage::set(engine).await;
        for at in 0..12 {
            stage.text(&format!("SM_{at}"), CUSTOMER, "HELP").await;
        }
        let answer = stage.sent(1).await.remove(0);
        assert!(answer.contains("STOP"), "{answer}");
        tokio::time::sleep(Duration::from_millis(700)).await;
        stage.sent(1).await;
        let identity = stage.talk().await["identity"]["id"].as_str().unwrap().to_owned();
        let by_service = format!("/v1/policy?identity={identity}&channel=sms&by=service");
        let policy = stage.service.get(&by_service).await;
        assert_eq!(
            (&policy["verdict"], &policy["reasons"][0]["code"]),
            (&json!("not_until"), &json!("reply_cap"))
        );
        assert!(policy["until"].is_string());
        assert_eq!(stage.policy().await["verdict"], "allowed", "a person may still answer");
    }

    pub async fn a_public_text_keeps_the_workspaces_own_secrets(engine: Engine) {
        let tool = Host::start();
        let service = Service::start(engine).await;
        let made = service
            .post(
                "/v1/connections",
                json!({"provider": "custom", "name": "Reviews", "account": {"send_url": format!("{}/out", tool.url)},
                    "secrets": {"signing_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}, "settings": {}}),
            )
            .await;
        let settings = json!({"public_addresses": ["+18005550199"], "leak_patterns": ["project [a-z]+"]});
        service.call("PATCH", "/v1/workspace", Some(settings)).await;
        let complaint = json!({"connection_id": made["id"], "text": "Hi", "identity": {"external_id": "7"}});
        let id = service.post("/v1/complaints", complaint).await["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/complaints/{id}/replies");
        for (text, status) in [
            ("Call +1 800 555 0199", 202),
            ("Call +1 800 555 0198", 422),
            ("It is part of Project Falcon.", 422),
            ("We are sorry.", 202),
        ] {
            let (code, problem) = service.call("POST", &path, Some(json!({"text": text}))).await;
            assert_eq!(code, status, "{text}: {problem}");
            assert!(code == 202 || problem["code"] == "public_leak", "{problem}");
        }
    }
}
