//! The whole way of a message, as a user goes it: the real program, real requests, the official receiver's library.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::{Value, json};

use crate::support::engines::{Engine, on_both};
use crate::support::host::{Host, Received};
use crate::support::raw::Raw;
use crate::support::service::Service;
use crate::support::twilio;
use crate::support::until;

const CUSTOMER: &str = "+12025550143";

on_both! {
    a_text_reaches_the_desk_and_the_answer_reaches_the_customer
    a_public_post_reaches_the_desk_and_is_answered_in_public
    what_nobody_vouches_for_is_refused_and_learns_nothing
    a_rotated_webhook_secret_signs_beside_the_old_one
    stop_is_honoured_before_anything_else
    what_people_write_and_what_is_secret_is_shown_nowhere
    what_waited_for_a_dead_desk_comes_in_order_when_it_is_back
    a_nul_character_is_refused_by_name
    what_never_can_be_written_stops_its_own_slot_alone
}

mod erase;
mod facebook;
mod handoff;
mod policy;
mod token;
mod unreachable;
mod x;

mod stories {
    use super::*;

    pub async fn a_text_reaches_the_desk_and_the_answer_reaches_the_customer(engine: Engine) {
        let desk = Host::start();
        let host = Host::answering(|_| (201, json!({"sid": "SM_sent", "status": "queued"}).to_string()));
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        let secret = subscribe(&service, &desk, json!(["*"])).await;
        let form = twilio::text("SM_in", CUSTOMER, "My card was charged twice");
        for _ in 0..3 {
            assert_eq!(twilio::post(&service, &url, &form).await, Some(200));
        }
        let told = heard(&desk, "message.received").await;
        verify(&told, &secret);
        assert_eq!(told.json()["data"]["text"], "My card was charged twice");
        let talk = told.json()["data"]["conversation_id"].as_str().unwrap().to_owned();
        let answer = json!({"text": "On its way.", "agent": {"name": "Ada B", "initials": "AB"}});
        let sent = service.post(&format!("/v1/conversations/{talk}/messages"), answer).await;
        heard(&desk, "message.sent").await;
        assert_twilio_send(&host, &url, sent["id"].as_str().unwrap());
        let callback = value(&host.seen()[0], "StatusCallback");
        for status in ["delivered", "sent", "queued"] {
            let report = twilio::status("SM_sent", CUSTOMER, status);
            assert_eq!(twilio::post(&service, &callback, &report).await, Some(200));
        }
        heard(&desk, "message.delivered").await;
        let messages = service.get(&format!("/v1/conversations/{talk}/messages")).await;
        assert_eq!(messages["data"][1]["status"], "delivered");
        let received = desk.seen().iter().filter(|one| one.json()["type"] == "message.received").count();
        assert_eq!(received, 1);
    }

    pub async fn a_public_post_reaches_the_desk_and_is_answered_in_public(engine: Engine) {
        let desk = Host::start();
        let tool = Host::start();
        let service = Service::start(engine).await;
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let made = service
            .post(
                "/v1/connections",
                json!({"provider": "custom", "name": "Reviews", "account": {"send_url": format!("{}/out", tool.url)},
                    "secrets": {"signing_secret": secret}, "settings": {}}),
            )
            .await;
        subscribe(&service, &desk, json!(["complaint.*", "reply.*"])).await;
        let post = json!({"type": "post.created", "id": "r1", "thread_id": "r1", "channel": "review",
            "author": {"id": "7", "handle": "ana"}, "text": "Charged twice!", "at": "2026-11-22T10:00:00Z"});
        let status = post_standard(&service, made["callback_url"].as_str().unwrap(), secret, &post).await;
        assert_eq!(status, 200);
        let told = heard(&desk, "complaint.created").await.json();
        assert_eq!(told["data"]["identity"]["handle"], "ana");
        assert_eq!((&told["data"]["handoff"], &told["data"]["language"]), (&Value::Null, &Value::Null));
        let id = told["data"]["id"].as_str().unwrap();
        let (code, _) = service
            .call("POST", &format!("/v1/complaints/{id}/replies"), Some(json!({"text": "Sorry!"})))
            .await;
        assert_eq!(code, 202);
        heard(&desk, "reply.sent").await;
        let out = &tool.seen()[0];
        verify(out, secret);
        assert_eq!((out.path.as_str(), &out.json()["type"]), ("/out", &json!("post.reply")));
        assert_eq!((&out.json()["post_id"], &out.json()["text"]), (&json!("r1"), &json!("Sorry!")));
        let shown = service.get(&format!("/v1/complaints/{id}")).await;
        assert!(shown["first_reply_at"].is_string());
        assert_eq!(shown["posts"].as_array().unwrap().len(), 2);
    }

    pub async fn what_nobody_vouches_for_is_refused_and_learns_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, None).await;
        let form = twilio::text("SM_in", CUSTOMER, "Hello");
        let tampered = twilio::text("SM_in", CUSTOMER, "Hell0");
        let signature = twilio::sign(&url, &form);
        assert_eq!(twilio::post_signed(&service, &url, &tampered, &signature).await, Some(401));
        assert_eq!(twilio::post_signed(&service, &url, &form, "").await, Some(401));
        let answer = service.http.post(&url).body("x=1").send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let text = answer.text().await.unwrap();
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["code"], "unverified");
        assert!(!text.contains("signature") && !text.contains("missing"), "{text}");
        let nowhere = format!("{}/callbacks/conn_01kap0bswxev1bjsph3xxwkkrz", service.url);
        assert_eq!(twilio::post(&service, &nowhere, &form).await, Some(404));
        assert_eq!(service.get("/v1/conversations").await["data"], json!([]));
    }

    pub async fn a_rotated_webhook_secret_signs_beside_the_old_one(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let old = subscribe(&service, &desk, json!(["*"])).await;
        let id = service.get("/v1/webhooks").await["data"][0]["id"].as_str().unwrap().to_owned();
        let new = service.post(&format!("/v1/webhooks/{id}/rotate"), json!({})).await;
        let new = new["secret"].as_str().unwrap();
        assert_ne!(old, new);
        let (code, _) = service.call("POST", &format!("/v1/webhooks/{id}/test"), None).await;
        assert_eq!(code, 202);
        let told = heard(&desk, "webhook.test").await;
        verify(&told, &old);
        verify(&told, new);
    }

    pub async fn stop_is_honoured_before_anything_else(engine: Engine) {
        let desk = Host::start();
        let host = Host::answering(|_| (201, json!({"sid": "SM_sent", "status": "queued"}).to_string()));
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        subscribe(&service, &desk, json!(["message.*"])).await;
        let stop = twilio::text("SM_stop", CUSTOMER, "STOP");
        assert_eq!(twilio::post(&service, &url, &stop).await, Some(200));
        let told = heard(&desk, "message.received").await.json();
        assert_eq!(told["data"]["keyword"], "stop");
        let path =
            format!("/v1/conversations/{}/messages", told["data"]["conversation_id"].as_str().unwrap());
        let (code, problem) = service.call("POST", &path, Some(json!({"text": "But wait"}))).await;
        assert_eq!((code, &problem["code"]), (422, &json!("opted_out")));
        heard(&desk, "message.sent").await;
        let answers: Vec<String> = host.seen().iter().map(|one| value(one, "Body")).collect();
        assert!(answers.len() == 1 && answers[0].contains("START"), "{answers:?}");
    }

    pub(crate) async fn what_waited_for_a_dead_desk_comes_in_order_when_it_is_back(engine: Engine) {
        let (down, dead) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let (is_down, fails) = (down.clone(), dead.clone());
        let desk = Host::answering(move |_| match is_down.load(Ordering::Relaxed) {
            true => {
                fails.fetch_add(1, Ordering::Relaxed);
                (500, String::new())
            }
            false => (200, String::new()),
        });
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, None).await;
        subscribe(&service, &desk, json!(["message.received"])).await;
        for at in 0..24 {
            let form = twilio::text(&format!("SM_{at}"), &format!("+1202555010{}", at % 4), &at.to_string());
            assert_eq!(twilio::post(&service, &url, &form).await, Some(200));
        }
        while dead.load(Ordering::Relaxed) < 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        down.store(false, Ordering::Relaxed);
        let before = desk.count();
        let watch = Stopwatch::start();
        while desk.count() < before + 24 {
            assert!(watch.elapsed() < Duration::from_secs(25), "{} of 24 came", desk.count() - before);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let numbers = desk.seen()[before..]
            .iter()
            .map(|one| one.json()["data"]["text"].as_str().unwrap().parse().unwrap())
            .collect::<Vec<i64>>();
        for who in 0..4 {
            let of_one: Vec<_> = numbers.iter().filter(|number| **number % 4 == who).collect();
            assert!(of_one.is_sorted() && of_one.len() == 6, "{numbers:?}");
        }
    }

    pub(crate) async fn a_nul_character_is_refused_by_name(engine: Engine) {
        let service = Service::start(engine).await;
        let (code, problem) = service.call("GET", "/v1/complaints?assignee=%00", None).await;
        assert_eq!((code, &problem["code"]), (422, &json!("invalid_field")));
        let named = json!({"name": "a\u{0}b", "scopes": ["read"]});
        let (code, problem) = service.call("POST", "/v1/keys", Some(named)).await;
        assert_eq!((code, &problem["errors"][0]["pointer"]), (422, &json!("/name")));
    }

    pub(crate) async fn what_people_write_and_what_is_secret_is_shown_nowhere(engine: Engine) {
        let desk = Host::start();
        let host = Host::answering(|_| (500, "no".into()));
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        let secret = subscribe(&service, &desk, json!(["*"])).await;
        let form = twilio::text("SM_in", CUSTOMER, "a-very-private-complaint");
        assert_eq!(twilio::post(&service, &url, &form).await, Some(200));
        let told = heard(&desk, "message.received").await.json();
        let path =
            format!("/v1/conversations/{}/messages", told["data"]["conversation_id"].as_str().unwrap());
        service.post(&path, json!({"text": "a-very-private-answer"})).await;
        heard(&desk, "message.unknown").await;
        let forged = twilio::text("SM_forged", CUSTOMER, "a-very-private-forgery");
        assert_eq!(twilio::post_signed(&service, &url, &forged, "bm8=").await, Some(401));
        let metrics = service.http.get(format!("{}/metrics", service.ops)).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains("segue_callbacks_total"), "{metrics}");
        let hidden = [
            "a-very-private",
            "2025550143",
            twilio::TOKEN,
            crate::support::service::KEY,
            &secret["whsec_".len()..],
        ];
        assert_absent("the metrics", metrics.as_bytes(), &hidden);
        let log = service.log();
        assert!(log.contains("was not verified"), "{log}");
        for file in service.files() {
            assert_absent(&file.display().to_string(), &std::fs::read(&file).unwrap(), &hidden);
        }
    }

    pub async fn what_never_can_be_written_stops_its_own_slot_alone(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, None).await;
        subscribe(&service, &desk, json!(["message.received"])).await;
        let text = |sid: &str, from: &str| twilio::text(sid, from, "Hello");
        assert_eq!(twilio::post(&service, &url, &text("SM_1", CUSTOMER)).await, Some(200));
        heard(&desk, "message.received").await;
        // Its next message gets a number that is there already.
        let raw = Raw::open(&service.location()).await;
        raw.run("UPDATE conversation SET messages = messages - 1").await;
        assert_eq!(twilio::post(&service, &url, &text("SM_2", CUSTOMER)).await, Some(200));
        for at in 0..40 {
            let form = text(&format!("SM_other_{at}"), &format!("+120255502{at:02}"));
            assert_eq!(twilio::post(&service, &url, &form).await, Some(200));
        }
        // Three of forty may share a slot with it by chance.
        until("the others", || async { desk.count() > 37 }).await;
        until("a word about it", || async { service.log().contains("meets another writer each time") }).await;
        raw.run("UPDATE conversation SET messages = messages + 1 WHERE messages = 0").await;
        until("all of them", || async { desk.count() == 42 }).await;
    }
}

/// Fails when a byte string that should be sealed or left out is found.
fn assert_absent(place: &str, bytes: &[u8], needles: &[&str]) {
    for needle in needles {
        let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
        assert!(!found, "{needle} is in {place}");
    }
}

async fn subscribe(service: &Service, desk: &Host, events: Value) -> String {
    let made = service.post("/v1/webhooks", json!({"url": desk.url, "events": events})).await;
    made["secret"].as_str().unwrap().to_owned()
}

/// The first request that tells of an event of that type.
async fn heard(desk: &Host, kind: &str) -> Received {
    let (watch, patience) = (Stopwatch::start(), Duration::from_secs(20));
    loop {
        if let Some(found) = desk.seen().into_iter().find(|one| one.json()["type"] == kind) {
            return found;
        }
        assert!(watch.elapsed() < patience, "{kind} was not told");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn verify(request: &Received, secret: &str) {
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.headers[name].parse().unwrap());
    }
    standardwebhooks::Webhook::new(secret).unwrap().verify(&request.body, &headers).unwrap();
}

fn value(request: &Received, name: &str) -> String {
    request.form().into_iter().find(|(field, _)| field == name).unwrap().1
}

/// Twilio's own request form.
fn assert_twilio_send(host: &Host, callback_url: &str, message: &str) {
    let [request] = &host.seen()[..] else { panic!("one send") };
    let account = "AC00000000000000000000000000000001";
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{account}/Messages.json"));
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    use base64::Engine as _;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{account}:{}", twilio::TOKEN));
    assert_eq!(request.headers["authorization"], format!("Basic {basic}"));
    assert_eq!(value(request, "To"), CUSTOMER);
    assert_eq!(value(request, "From"), twilio::NUMBER);
    assert_eq!(value(request, "Body"), "On its way. ^AB");
    assert_eq!(value(request, "StatusCallback"), format!("{callback_url}?message={message}&part=0"));
}

/// Posts as a tool that signs by the Standard Webhooks spec, with the official library.
async fn post_standard(service: &Service, url: &str, secret: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let signature = webhook.sign("wh_1", i64::try_from(now).unwrap(), body.as_bytes()).unwrap();
    let request = service
        .http
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", "wh_1")
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature)
        .body(body);
    request.send().await.unwrap().status().as_u16()
}
