//! What a customer read in Messenger, which tells it by a moment and names no message.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use segue::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{PAGE, SECRET, connect, message, post};
use crate::story::{Engine, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::raw::Raw;
use crate::support::service::Service;
use crate::support::until;

const ANA: &str = "24012345678901234";

on_both! {
    what_was_sent_up_to_a_watermark_is_read_and_nothing_after_it
    what_is_read_before_its_sending_is_known_is_read
    a_forged_watermark_that_is_only_reported_reads_nothing
}

/// Ana got or read everything up to now.
fn watermark(kind: &str) -> Vec<u8> {
    let at = SystemClock::default().now().millis();
    let item =
        json!({"sender": {"id": ANA}, "recipient": {"id": PAGE}, "timestamp": at, kind: {"watermark": at}});
    json!({"object": "page", "entry": [{"id": PAGE, "time": at, "messaging": [item]}]})
        .to_string()
        .into_bytes()
}

/// Lets more time pass than the clocks of two processes differ by.
async fn clocks_agree() {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

/// A conversation with Ana: where its messages are.
async fn talk(service: &Service, desk: &Host, url: &str) -> String {
    assert_eq!(post(service, url, message(ANA, "m_1", "Where is my card?"), SECRET).await, 200);
    let told = heard(desk, "message.received").await.json();
    format!("/v1/conversations/{}/messages", told["data"]["conversation_id"].as_str().unwrap())
}

/// The texts and states of what the desk wrote.
async fn written(service: &Service, path: &str) -> Vec<(String, String)> {
    let messages = service.get(path).await["data"].as_array().unwrap().clone();
    let ours = messages.iter().filter(|one| one["direction"] == "out");
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    ours.map(|one| (word(one, "text"), word(one, "status"))).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(text, status)| ((*text).to_owned(), (*status).to_owned())).collect()
}

fn taking() -> Host {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Host::answering(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (200, json!({"recipient_id": ANA, "message_id": format!("m_out{number}")}).to_string())
    })
}

mod stories {
    use super::*;

    pub async fn what_was_sent_up_to_a_watermark_is_read_and_nothing_after_it(engine: Engine) {
        let (desk, graph, service) = (Host::start(), taking(), Service::start(engine).await);
        let (_, url) = connect(&service, PAGE, json!({"api_base": graph.url})).await;
        subscribe(&service, &desk, json!(["message.*"])).await;
        let path = talk(&service, &desk, &url).await;
        for text in ["One", "Two"] {
            service.post(&path, json!({"text": text})).await;
        }
        let stand = |states: &[(&str, &str)]| {
            let (service, path, wanted) = (&service, &path, pairs(states));
            async move { until(&format!("{wanted:?}"), || async { written(service, path).await == wanted }).await }
        };
        stand(&[("One", "sent"), ("Two", "sent")]).await;
        clocks_agree().await;
        assert_eq!(post(&service, &url, watermark("delivery"), SECRET).await, 200);
        stand(&[("One", "delivered"), ("Two", "delivered")]).await;
        let read = watermark("read");
        clocks_agree().await;
        service.post(&path, json!({"text": "Three"})).await;
        stand(&[("One", "delivered"), ("Two", "delivered"), ("Three", "sent")]).await;
        for _ in 0..2 {
            assert_eq!(post(&service, &url, read.clone(), SECRET).await, 200);
        }
        stand(&[("One", "read"), ("Two", "read"), ("Three", "sent")]).await;
        clocks_agree().await;
        assert_eq!(post(&service, &url, watermark("delivery"), SECRET).await, 200);
        stand(&[("One", "read"), ("Two", "read"), ("Three", "delivered")]).await;
        let told = |kind: &str| desk.seen().iter().filter(|one| one.json()["type"] == kind).count();
        until("all is told", || async { told("message.delivered") == 3 }).await;
        assert_eq!((told("message.sent"), told("message.read")), (3, 2), "each is told once");
    }

    pub async fn what_is_read_before_its_sending_is_known_is_read(engine: Engine) {
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let graph = Host::answering(move |_| {
            wait.lock().unwrap().recv().unwrap();
            (200, json!({"recipient_id": ANA, "message_id": "m_out"}).to_string())
        });
        let (desk, service) = (Host::start(), Service::start(engine).await);
        let (_, url) = connect(&service, PAGE, json!({"api_base": graph.url})).await;
        subscribe(&service, &desk, json!(["message.*"])).await;
        let path = talk(&service, &desk, &url).await;
        service.post(&path, json!({"text": "Here"})).await;
        until("it is on the wire", || async { graph.count() == 1 }).await;
        clocks_agree().await;
        assert_eq!(post(&service, &url, watermark("read"), SECRET).await, 200);
        let raw = Raw::open(&service.location()).await;
        let waits =
            "SELECT COUNT(*) FROM inbound_event WHERE kind = 'message.watermark' AND state = 'parked'";
        until("the report waits", || async { raw.number(waits).await == 1 }).await;
        go.send(()).unwrap();
        heard(&desk, "message.read").await;
        assert_eq!(written(&service, &path).await, pairs(&[("Here", "read")]));
    }

    pub async fn a_forged_watermark_that_is_only_reported_reads_nothing(engine: Engine) {
        let (desk, graph, service) = (Host::start(), taking(), Service::start(engine).await);
        let settings = json!({"api_base": graph.url, "verification": "report_only"});
        let (_, url) = connect(&service, PAGE, settings).await;
        subscribe(&service, &desk, json!(["message.*"])).await;
        let path = talk(&service, &desk, &url).await;
        service.post(&path, json!({"text": "One"})).await;
        heard(&desk, "message.sent").await;
        assert_eq!(post(&service, &url, watermark("read"), "another-secret").await, 200);
        let raw = Raw::open(&service.location()).await;
        let decided =
            "SELECT COUNT(*) FROM inbound_event WHERE kind = 'message.watermark' AND state = 'done'";
        until("it is decided", || async { raw.number(decided).await == 1 }).await;
        assert_eq!(written(&service, &path).await, pairs(&[("One", "sent")]));
    }
}
