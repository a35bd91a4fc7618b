//! Whom a platform says it cannot reach: they are written to again when they have written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{CUSTOMER, Engine, facebook, heard, subscribe, x};
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::twilio;
use crate::support::until;

const ANA: &str = "24012345678901234";

on_both! {
    whom_messenger_cannot_reach_is_written_to_again_when_they_have_written
    whom_x_cannot_reach_is_written_to_again_when_they_have_written
    a_handset_that_is_off_marks_nobody
}

/// A conversation with somebody, and the way to write in it.
struct Talk {
    desk: Host,
    service: Service,
    path: String,
}

impl Talk {
    async fn heard(service: Service, desk: Host) -> Self {
        let told = heard(&desk, "message.received").await.json();
        let path = format!("/v1/conversations/{}", told["data"]["conversation_id"].as_str().unwrap());
        Self { desk, service, path }
    }

    async fn write(&self, text: &str) -> (u16, Value) {
        self.service.call("POST", &format!("{}/messages", self.path), Some(json!({"text": text}))).await
    }

    async fn reasons(&self) -> Value {
        self.service.get(&format!("{}/policy", self.path)).await["reasons"].clone()
    }

    async fn since(&self) -> Value {
        self.service.get(&self.path).await["unreachable_since"].clone()
    }

    /// Writes to somebody who is gone: the first is refused there, the next one here.
    async fn lose(&self, host: &Host) {
        assert_eq!(self.since().await, Value::Null);
        assert_eq!(self.write("Are you there?").await.0, 202);
        let told = heard(&self.desk, "message.failed").await.json();
        assert_eq!(told["data"]["failure"]["code"], "unreachable");
        until("the mark", || async { self.since().await.is_string() }).await;
        let told = heard(&self.desk, "conversation.updated").await.json();
        assert_eq!(told["data"]["unreachable_since"], self.since().await);
        assert_eq!(self.reasons().await[0]["code"], "unreachable");
        let (status, problem) = self.write("Hello?").await;
        assert_eq!((status, &problem["reason"]), (422, &json!("unreachable")), "{problem}");
        assert_eq!(host.count(), 1, "nothing more went out");
    }

    /// They have written again: the next answer goes out.
    async fn find_again(&self, host: &Host) {
        until("the end of the mark", || async { self.since().await.is_null() }).await;
        assert_eq!(self.reasons().await, json!([]));
        assert_eq!(self.write("Welcome back").await.0, 202);
        heard(&self.desk, "message.sent").await;
        assert_eq!(host.count(), 2);
    }
}

/// Refuses with `status` and `refusal` until told otherwise, and then takes all.
fn refusing(gone: &Arc<AtomicBool>, status: u16, refusal: Value, taken: (u16, Value)) -> Host {
    let gone = gone.clone();
    Host::answering(move |_| match gone.load(Ordering::Relaxed) {
        true => (status, refusal.to_string()),
        false => (taken.0, taken.1.to_string()),
    })
}

mod stories {
    use super::*;

    pub async fn whom_messenger_cannot_reach_is_written_to_again_when_they_have_written(engine: Engine) {
        let refusal = json!({"error": {"message": "(#551) …", "code": 551, "error_subcode": 1_545_041}});
        let taken = json!({"recipient_id": ANA, "message_id": "m_out"});
        let gone = Arc::new(AtomicBool::new(true));
        let host = refusing(&gone, 400, refusal, (200, taken));
        let (desk, service) = (Host::start(), Service::start(engine).await);
        let (_, url) = facebook::connect(&service, facebook::PAGE, json!({"api_base": host.url})).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let say = |mid| facebook::message(ANA, mid, "Hello");
        assert_eq!(facebook::post(&service, &url, say("m_1"), facebook::SECRET).await, 200);
        let talk = Talk::heard(service, desk).await;
        talk.lose(&host).await;
        gone.store(false, Ordering::Relaxed);
        assert_eq!(facebook::post(&talk.service, &url, say("m_2"), facebook::SECRET).await, 200);
        talk.find_again(&host).await;
    }

    pub async fn whom_x_cannot_reach_is_written_to_again_when_they_have_written(engine: Engine) {
        let refusal = json!({"title": "Forbidden", "status": 403, "detail": "You cannot message this user."});
        let taken = json!({"data": {"dm_conversation_id": "1-2", "dm_event_id": "128"}});
        let gone = Arc::new(AtomicBool::new(true));
        let host = refusing(&gone, 403, refusal, (201, taken));
        let (desk, service) = (Host::start(), Service::start(engine).await);
        let url = x::connect(&service, &host.url).await;
        subscribe(&service, &desk, json!(["*"])).await;
        assert_eq!(x::post(&service, &url, &x::message("300", "Hello")).await, 200);
        let talk = Talk::heard(service, desk).await;
        talk.lose(&host).await;
        gone.store(false, Ordering::Relaxed);
        assert_eq!(x::post(&talk.service, &url, &x::message("301", "Back again")).await, 200);
        talk.find_again(&host).await;
    }

    pub async fn a_handset_that_is_off_marks_nobody(engine: Engine) {
        let host = Host::answering(|_| (201, json!({"sid": "SM_sent", "status": "queued"}).to_string()));
        let (desk, service) = (Host::start(), Service::start(engine).await);
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let hello = twilio::text("SM_1", CUSTOMER, "Hello");
        assert_eq!(twilio::post(&service, &url, &hello).await, Some(200));
        let talk = Talk::heard(service, desk).await;
        assert_eq!(talk.write("Good morning").await.0, 202);
        heard(&talk.desk, "message.sent").await;
        let mut report = twilio::status("SM_sent", CUSTOMER, "undelivered");
        report.push(("ErrorCode".into(), "30003".into()));
        let callback = super::super::value(&host.seen()[0], "StatusCallback");
        assert_eq!(twilio::post(&talk.service, &callback, &report).await, Some(200));
        let told = heard(&talk.desk, "message.failed").await.json();
        assert_eq!(told["data"]["failure"]["code"], "unreachable");
        assert_eq!((talk.since().await, talk.reasons().await), (Value::Null, json!([])));
    }
}
