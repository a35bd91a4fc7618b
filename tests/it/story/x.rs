//! A mention on X and a private message after it, on the running service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Engine, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::{Host, Received};
use crate::support::service::Service;
use crate::support::until;

pub(super) const BRAND: &str = "1111111111111111111";
const ANA: &str = "2222222222222222222";
pub(super) const SECRET: &str = "a-consumer-secret";

on_both! {
    a_mention_is_answered_in_public_and_goes_on_in_private
    a_mention_that_came_with_an_edit_is_a_complaint
    one_post_by_both_event_families_is_one_complaint
}

pub(super) async fn connect(service: &Service, api_base: &str) -> String {
    let made = service
        .post(
            "/v1/connections",
            json!({
                "provider": "x", "name": "Brand", "account": {"user_id": BRAND, "handle": "Brand"},
                "secrets": {
                    "consumer_secret": SECRET, "consumer_key": "a-consumer-key",
                    "access_token": "an-access-token", "access_token_secret": "an-access-token-secret"
                },
                "settings": {"api_base": api_base}
            }),
        )
        .await;
    made["callback_url"].as_str().unwrap().to_owned()
}

fn sign(bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(bytes);
    format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()))
}

pub(super) async fn post(service: &Service, url: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let request = service.http.post(url).header("content-type", "application/json");
    let request = request.header("x-twitter-webhooks-signature", sign(body.as_bytes()));
    request.body(body).send().await.unwrap().status().as_u16()
}

pub(super) fn mention(id: &str, text: &str) -> Value {
    json!({"data": {
        "event_uuid": id, "filter": {"user_id": BRAND}, "event_type": "post.mention.create", "tag": "mentions",
        "payload": {
            "id": id, "author_id": ANA, "text": text, "created_at": "2026-07-24T21:23:23.000Z",
            "conversation_id": id, "edit_history_tweet_ids": [id], "lang": "en"
        },
        "includes": {"users": [{"id": ANA, "username": "ana", "name": "Ana"}]}
    }})
}

pub(super) fn message(id: &str, text: &str) -> Value {
    json!({"data": {
        "event_uuid": id, "filter": {"user_id": BRAND}, "event_type": "dm.received", "tag": "dm",
        "payload": {
            "direct_message_events": [{
                "type": "message_create", "id": id, "created_timestamp": "1784928224372",
                "message_create": {
                    "target": {"recipient_id": BRAND}, "sender_id": ANA,
                    "message_data": {"text": text, "entities": {}}
                }
            }],
            "users": {ANA: {"data": {"id": ANA, "username": "ana", "name": "Ana"}}}
        }
    }})
}

fn answer(request: &Received) -> (u16, String) {
    let body = match request.path.as_str() {
        "/2/tweets" => json!({"data": {"id": "199", "text": "…"}}),
        _ => json!({"data": {"dm_conversation_id": "1-2", "dm_event_id": "128"}}),
    };
    (201, body.to_string())
}

mod stories {
    use super::*;

    pub async fn a_mention_is_answered_in_public_and_goes_on_in_private(engine: Engine) {
        let desk = Host::start();
        let x = Host::answering(answer);
        let service = Service::start(engine).await;
        let url = connect(&service, &x.url).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let challenge = service.http.get(format!("{url}?crc_token=a-token")).send().await.unwrap();
        let challenge: Value = serde_json::from_str(&challenge.text().await.unwrap()).unwrap();
        assert_eq!(challenge, json!({"response_token": sign(b"a-token")}));
        assert_eq!(post(&service, &url, &mention("198", "@Brand my card was charged twice")).await, 200);
        let complaint = heard(&desk, "complaint.created").await.json()["data"].clone();
        assert_eq!(
            (complaint["channel"].as_str(), complaint["language"].as_str()),
            (Some("x_post"), Some("en"))
        );
        assert_eq!(complaint["permalink"], "https://x.com/ana/status/198");
        let replies = format!("/v1/complaints/{}/replies", complaint["id"].as_str().unwrap());
        service.post(&replies, json!({"text": "Sorry, Ana."})).await;
        heard(&desk, "reply.sent").await;
        let sent = x.seen()[0].clone();
        assert_eq!(sent.json()["reply"]["in_reply_to_tweet_id"], "198");
        assert!(sent.json()["direct_message_deep_link"].as_str().unwrap().contains(BRAND));
        assert!(sent.headers["authorization"].starts_with("OAuth "), "{:?}", sent.headers);
        assert_eq!(post(&service, &url, &message("300", "Here I am")).await, 200);
        let received = heard(&desk, "message.received").await.json()["data"].clone();
        let talk = format!("/v1/conversations/{}", received["conversation_id"].as_str().unwrap());
        let talking = service.get(&talk).await;
        assert_eq!(talking["identity"]["id"], complaint["identity"]["id"], "one account is one identity");
        service.post(&format!("{talk}/messages"), json!({"text": "Welcome"})).await;
        heard(&desk, "message.sent").await;
        assert_eq!(x.seen()[1].path, format!("/2/dm_conversations/with/{ANA}/messages"));
    }

    pub async fn a_mention_that_came_with_an_edit_is_a_complaint(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let url = connect(&service, "http://127.0.0.1:9").await;
        subscribe(&service, &desk, json!(["complaint.*"])).await;
        let mut edited = mention("199", "@Brand charged twice");
        edited["data"]["payload"]["edit_history_tweet_ids"] = json!(["198", "199"]);
        assert_eq!(post(&service, &url, &edited).await, 200);
        let told = heard(&desk, "complaint.updated").await.json()["data"].clone();
        assert_eq!(told["text"], "@Brand charged twice");
        assert!(told["posts"][0]["edited_at"].is_string());
        assert_eq!(told["posts"].as_array().unwrap().len(), 1, "{told}");
    }

    pub async fn one_post_by_both_event_families_is_one_complaint(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let url = connect(&service, "http://127.0.0.1:9").await;
        subscribe(&service, &desk, json!(["complaint.created"])).await;
        let activity = json!({"for_user_id": BRAND, "tweet_create_events": [{
            "id_str": "198", "text": "@Brand help", "user": {"id_str": ANA, "screen_name": "ana"},
            "in_reply_to_status_id_str": null, "timestamp_ms": "1794000000000"
        }]});
        assert_eq!(post(&service, &url, &activity).await, 200);
        assert_eq!(post(&service, &url, &mention("198", "@Brand help")).await, 200);
        assert_eq!(post(&service, &url, &mention("205", "@Brand hello?")).await, 200);
        until("both complaints", || async { desk.count() >= 2 }).await;
        let complaints = service.get("/v1/complaints").await;
        assert_eq!(complaints["data"].as_array().unwrap().len(), 2, "{complaints}");
    }
}
