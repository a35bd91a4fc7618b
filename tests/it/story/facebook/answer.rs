//! An answer in Messenger with a text and an attachment: two requests, in order, each exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segue::clock::{Clock, Stopwatch, SystemClock};
use serde_json::{Value, json};

use super::{PAGE, SECRET, connect, message, post};
use crate::story::{Engine, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::{Host, Received};
use crate::support::service::Service;
use crate::support::until;

const ANA: &str = "24012345678901234";
const PICTURE: &str = "https://example.com/receipt.jpg";

on_both! {
    a_text_and_an_attachment_go_out_as_two_requests_in_order
    a_text_that_is_refused_after_its_attachment_fails_the_message_and_is_not_tried_again
    a_text_and_an_attachment_go_out_once_each_though_the_first_answer_is_lost
    a_text_and_an_attachment_go_out_once_each_though_the_second_answer_is_lost
}

/// A service with a conversation in which to answer.
struct Stage {
    desk: Host,
    graph: Host,
    service: Service,
    url: String,
    path: String,
}

impl Stage {
    async fn set(service: Service, graph: Host) -> Self {
        let desk = Host::start();
        let (_, url) = connect(&service, PAGE, json!({"api_base": graph.url})).await;
        subscribe(&service, &desk, json!(["message.*"])).await;
        assert_eq!(post(&service, &url, message(ANA, "m_1", "Where is my receipt?"), SECRET).await, 200);
        let told = heard(&desk, "message.received").await.json();
        let talk = told["data"]["conversation_id"].as_str().unwrap().to_owned();
        Self { desk, graph, service, url, path: format!("/v1/conversations/{talk}/messages") }
    }

    async fn answer(&self) {
        let picture = json!([{"url": PICTURE, "content_type": "image/jpeg"}]);
        let agent = json!({"name": "Ada B", "initials": "AB"});
        let body = json!({"text": "Here it is.", "media": picture, "agent": agent});
        self.service.post(&self.path, body).await;
    }

    /// Both requests went out once, first the attachment.
    fn assert_sent(&self) {
        let seen = self.graph.seen();
        let contents: Vec<Value> = seen.iter().map(|one| one.json()["message"].clone()).collect();
        let [first, second] = &contents[..] else { panic!("{contents:?}") };
        let payload = json!({"url": PICTURE, "is_reusable": false});
        assert_eq!(first["attachment"], json!({"type": "image", "payload": payload}));
        assert_eq!((&first["text"], &second["text"]), (&Value::Null, &json!("Here it is. ^AB")));
        assert_eq!(second["attachment"], Value::Null);
        assert!(seen.iter().all(|one| one.json()["recipient"]["id"] == ANA), "{seen:?}");
    }

    async fn shown(&self) -> Value {
        self.service.get(&self.path).await["data"][1].clone()
    }

    /// Waits for a status, longer than a lease lasts that nobody gave back.
    async fn becomes(&self, status: &str) {
        let watch = Stopwatch::start();
        while self.shown().await["status"] != status {
            let patience = Duration::from_secs(45);
            assert!(watch.elapsed() < patience, "{} after {:?}", self.shown().await, self.graph.seen());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Facebook repeats what it took, with the word that came along.
    async fn echo(&self, sent: &Received, mid: &str) {
        let mut said = sent.json()["message"].clone();
        said["mid"] = json!(mid);
        said["is_echo"] = json!(true);
        said["app_id"] = json!(77);
        let at = SystemClock::default().now().millis();
        let item =
            json!({"sender": {"id": PAGE}, "recipient": {"id": ANA}, "timestamp": at, "message": said});
        let body = json!({"object": "page", "entry": [{"id": PAGE, "time": at, "messaging": [item]}]});
        assert_eq!(post(&self.service, &self.url, body.to_string().into_bytes(), SECRET).await, 200);
    }
}

fn taken(number: usize) -> (u16, String) {
    (200, json!({"recipient_id": ANA, "message_id": format!("m_out{number}")}).to_string())
}

/// Takes all, but for what `other` says of the request of that number, from 1.
fn graph(other: impl Fn(usize) -> Option<(u16, String)> + Send + Sync + 'static) -> Host {
    let count = AtomicUsize::new(0);
    Host::answering(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        other(number).unwrap_or_else(|| taken(number))
    })
}

mod stories {
    use super::*;

    pub async fn a_text_and_an_attachment_go_out_as_two_requests_in_order(engine: Engine) {
        let stage = Stage::set(Service::start(engine).await, graph(|_| None)).await;
        stage.answer().await;
        heard(&stage.desk, "message.sent").await;
        stage.assert_sent();
        let shown = stage.shown().await;
        assert_eq!((&shown["status"], &shown["media"][0]["url"]), (&json!("sent"), &json!(PICTURE)));
        // What Facebook repeats of both is neither a third message nor a third request.
        for (sent, mid) in stage.graph.seen().iter().zip(["m_out1", "m_out2"]) {
            stage.echo(sent, mid).await;
        }
        assert_eq!(post(&stage.service, &stage.url, message(ANA, "m_2", "Thanks"), SECRET).await, 200);
        until("what came after", || async { stage.desk.count() == 4 }).await;
        assert_eq!(stage.service.get(&stage.path).await["data"].as_array().unwrap().len(), 3);
        stage.assert_sent();
    }

    pub async fn a_text_that_is_refused_after_its_attachment_fails_the_message_and_is_not_tried_again(
        engine: Engine,
    ) {
        let refused = json!({"error": {"code": 100, "message": "…", "type": "OAuthException"}}).to_string();
        let graph = graph(move |number| (number == 2).then(|| (400, refused.clone())));
        let stage = Stage::set(Service::start(engine).await, graph).await;
        stage.answer().await;
        let told = heard(&stage.desk, "message.failed").await.json();
        assert_eq!(told["data"]["failure"]["code"], "invalid_content");
        stage.assert_sent();
        stage.service.post(&stage.path, json!({"text": "Again, then."})).await;
        until("the next answer", || async { stage.graph.count() == 3 }).await;
        assert_eq!(stage.graph.seen()[2].json()["message"]["text"], "Again, then.");
    }

    pub async fn a_text_and_an_attachment_go_out_once_each_though_the_first_answer_is_lost(engine: Engine) {
        through_a_kill(engine, 1).await;
    }

    pub async fn a_text_and_an_attachment_go_out_once_each_though_the_second_answer_is_lost(engine: Engine) {
        through_a_kill(engine, 2).await;
    }

    /// The process dies while the request of that number is under way, and starts again.
    async fn through_a_kill(engine: Engine, at: usize) {
        let service = Service::start(engine).await;
        let victim = Arc::new(AtomicUsize::new(service.pid() as usize));
        let graph = graph(move |number| {
            if number == at {
                let pid = victim.load(Ordering::Relaxed).to_string();
                std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
            }
            None
        });
        let mut stage = Stage::set(service, graph).await;
        stage.answer().await;
        until("the request that kills", || async { stage.graph.count() >= at }).await;
        stage.service.kill();
        stage.service.restart().await;
        // Nobody knows whether it was taken, and so it is not sent again; what Facebook repeats settles it.
        let lost = stage.graph.seen()[at - 1].clone();
        stage.echo(&lost, &format!("m_out{at}")).await;
        stage.becomes("sent").await;
        stage.assert_sent();
    }
}
