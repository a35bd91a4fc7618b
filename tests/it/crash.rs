//! The program killed at any moment: nothing acknowledged is lost, nothing is told or sent twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::engines::Engine;
use crate::support::host::{Host, Received};
use crate::support::service::Service;
use crate::support::twilio;

const CONNECTIONS: usize = 64;
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_callback_is_told_once_in_order_on_postgres() {
    callbacks_through_kills(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_callback_is_told_once_in_order_on_sqlite() {
    callbacks_through_kills(Engine::Sqlite).await;
}

/// How many callbacks: enough to be killed in the midst of; `SEGUE_TEST_CALLBACKS` for more.
#[expect(clippy::disallowed_methods, reason = "the one knob of this test")]
fn callbacks() -> usize {
    std::env::var("SEGUE_TEST_CALLBACKS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_200)
}

async fn callbacks_through_kills(engine: Engine) {
    let receiver = Host::start();
    let service = Service::start(engine).await;
    let (_, url) = twilio::connect(&service, None).await;
    let hook = json!({"url": receiver.url, "events": ["message.received"]});
    let secret = service.post("/v1/webhooks", hook).await["secret"].as_str().unwrap().to_owned();
    let each = callbacks() / CONNECTIONS;
    let done = Arc::new(AtomicUsize::new(0));
    let service = Arc::new(RwLock::new(service));
    let finished = Arc::new(AtomicBool::new(false));
    let killer = tokio::spawn(kill_often(service.clone(), done.clone(), each * CONNECTIONS));
    let senders = (0..CONNECTIONS)
        .map(|at| tokio::spawn(send_all(service.clone(), url.clone(), at, each, done.clone())));
    for sender in futures_util::future::join_all(senders).await {
        sender.unwrap();
    }
    killer.await.unwrap();
    finished.store(true, Ordering::Relaxed);
    let told = wait_for(&receiver, each * CONNECTIONS).await;
    assert_told_once_in_order(&told, &secret, each);
    assert_listed_once(&*service.read().await, each * CONNECTIONS).await;
}

/// Sends every text twice, each time until it is acknowledged.
async fn send_all(
    service: Arc<RwLock<Service>>,
    url: String,
    at: usize,
    each: usize,
    done: Arc<AtomicUsize>,
) {
    let from = format!("+1202555{at:04}");
    for number in 0..each {
        let form = twilio::text(&format!("SM{at:08x}{number:024x}"), &from, &format!("{at}/{number}"));
        for _ in 0..2 {
            loop {
                let http = service.read().await;
                if twilio::post(&http, &url, &form).await == Some(200) {
                    break;
                }
                drop(http);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Kills the program whenever another share of the work is done.
async fn kill_often(service: Arc<RwLock<Service>>, done: Arc<AtomicUsize>, all: usize) {
    for kill in 1..=KILLS {
        while done.load(Ordering::Relaxed) < all * kill / (KILLS + 1) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let pid = service.read().await.pid();
        // Not under the lock: requests are in flight when it dies.
        std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        let mut service = service.write().await;
        service.kill();
        service.restart().await;
    }
}

async fn wait_for(receiver: &Host, all: usize) -> Vec<Received> {
    let (watch, patience) = (Stopwatch::start(), Duration::from_secs(100));
    loop {
        let seen = receiver.seen();
        let ids: HashSet<&String> = seen.iter().map(|one| &one.headers["webhook-id"]).collect();
        if ids.len() >= all || watch.elapsed() > patience {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn assert_told_once_in_order(told: &[Received], secret: &str, each: usize) {
    let checker = standardwebhooks::Webhook::new(secret).unwrap();
    let mut ids = HashSet::new();
    let mut next: HashMap<String, usize> = HashMap::new();
    for one in told {
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, one.headers[name].parse().unwrap());
        }
        checker.verify(&one.body, &headers).unwrap();
        let event = one.json();
        assert_eq!(event["id"], one.headers["webhook-id"].as_str());
        if !ids.insert(one.headers["webhook-id"].clone()) {
            continue;
        }
        let text = event["data"]["text"].as_str().unwrap();
        let (who, number) = text.split_once('/').unwrap();
        let expected = next.entry(who.to_owned()).or_default();
        assert_eq!(number.parse::<usize>().unwrap(), *expected, "of {who}");
        *expected += 1;
    }
    assert_eq!(next.len(), CONNECTIONS);
    assert!(next.values().all(|count| *count == each), "{next:?}");
}

/// The event list tells the same story, without a gap.
async fn assert_listed_once(service: &Service, all: usize) {
    let mut texts = HashSet::new();
    let mut received = 0;
    let mut after = String::new();
    loop {
        let page = service.get(&format!("/v1/events?limit=200{after}")).await;
        for event in page["data"].as_array().unwrap() {
            if event["type"] == "message.received" {
                received += 1;
                texts.insert(event["data"]["text"].as_str().unwrap().to_owned());
            }
        }
        match &page["next"] {
            Value::String(cursor) => after = format!("&after={cursor}"),
            _ => break,
        }
    }
    assert_eq!((received, texts.len()), (all, all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_caught_between_wire_and_record_is_settled_by_its_status_on_postgres() {
    send_through_kill(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_caught_between_wire_and_record_is_settled_by_its_status_on_sqlite() {
    send_through_kill(Engine::Sqlite).await;
}

async fn send_through_kill(engine: Engine) {
    let mut service = Service::start(engine).await;
    let pid = Arc::new(AtomicUsize::new(service.pid() as usize));
    let victim = pid.clone();
    let provider = Host::answering(move |_| {
        let pid = victim.load(Ordering::Relaxed).to_string();
        std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
        (201, json!({"sid": "SM00000000000000000000000000000009", "status": "queued"}).to_string())
    });
    let (_, url) = twilio::connect(&service, Some(&provider.url)).await;
    let customer = "+12025550143";
    let form = twilio::text("SM00000000000000000000000000000001", customer, "Hello");
    assert_eq!(twilio::post(&service, &url, &form).await, Some(200));
    let talk = eventually(&service, "/v1/conversations", |list| list["data"][0]["id"].is_string()).await;
    let talk = talk["data"][0]["id"].as_str().unwrap().to_owned();
    let sent = service.post(&format!("/v1/conversations/{talk}/messages"), json!({"text": "Hi"})).await;
    let id = sent["id"].as_str().unwrap();
    while provider.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    service.kill();
    service.restart().await;
    let messages = format!("/v1/conversations/{talk}/messages");
    let is = |wanted: &'static str| move |list: &Value| list["data"][1]["status"] == wanted;
    eventually(&service, &messages, is("unknown")).await;
    let callback = form_value(&provider.seen()[0], "StatusCallback");
    assert!(callback.contains(id), "{callback}");
    let report = twilio::status("SM00000000000000000000000000000009", customer, "delivered");
    assert_eq!(twilio::post(&service, &callback, &report).await, Some(200));
    eventually(&service, &messages, is("delivered")).await;
    let late = twilio::status("SM00000000000000000000000000000009", customer, "sent");
    assert_eq!(twilio::post(&service, &callback, &late).await, Some(200));
    eventually(&service, &messages, is("delivered")).await;
    assert_eq!(provider.count(), 1);
}

fn form_value(request: &Received, name: &str) -> String {
    request.form().into_iter().find(|(field, _)| field == name).unwrap().1
}

async fn eventually(service: &Service, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let (watch, patience) = (Stopwatch::start(), Duration::from_secs(60));
    loop {
        let body = service.get(path).await;
        if holds(&body) {
            return body;
        }
        assert!(watch.elapsed() < patience, "{path} stayed {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
