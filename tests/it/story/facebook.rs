//! A complaint under a Page's post, on the running service.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Engine, heard, subscribe};
use crate::support::host::Host;
use crate::support::service::Service;

const PAGE: &str = "102938475610293";
const SECRET: &str = "an-app-secret";

on_both! {
    a_comment_becomes_a_complaint_and_is_answered_under_it
    of_a_thousand_items_only_the_broken_one_is_set_aside
    one_app_serves_two_pages_and_an_event_by_two_doors_counts_once
    a_forged_comment_that_is_only_reported_changes_nothing_for_the_real_one
}

async fn connect(service: &Service, page: &str, settings: Value) -> (String, String) {
    let made = service
        .post(
            "/v1/connections",
            json!({
                "provider": "facebook", "name": "Page",
                "account": {"app_id": "77", "page_id": page},
                "secrets": {"app_secret": SECRET, "verify_token": "hello", "page_token": "a-page-token"},
                "settings": settings
            }),
        )
        .await;
    (made["id"].as_str().unwrap().to_owned(), made["callback_url"].as_str().unwrap().to_owned())
}

fn comment(id: &str, from: &str, text: &str) -> Value {
    json!({"field": "feed", "value": {
        "item": "comment", "verb": "add", "comment_id": format!("11_{id}"), "post_id": format!("{PAGE}_11"),
        "parent_id": format!("{PAGE}_11"), "created_time": 1_794_000_000, "message": text,
        "from": {"id": from, "name": "Ana Souza"},
        "post": {"id": format!("{PAGE}_11"), "permalink_url": "https://www.facebook.com/x"}
    }})
}

fn batch(page: &str, changes: &[Value]) -> Vec<u8> {
    let entry = json!({"id": page, "time": 1_794_000_001, "changes": changes});
    json!({"object": "page", "entry": [entry]}).to_string().into_bytes()
}

async fn post(service: &Service, url: &str, body: Vec<u8>, secret: &str) -> u16 {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = service.http.post(url).header("content-type", "application/json");
    request.header("x-hub-signature-256", signature).body(body).send().await.unwrap().status().as_u16()
}

mod stories {
    use super::*;

    pub async fn a_comment_becomes_a_complaint_and_is_answered_under_it(engine: Engine) {
        let desk = Host::start();
        let graph = Host::answering(|_| (200, json!({"id": "11_99"}).to_string()));
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({"api_base": graph.url})).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let challenge = format!("{url}?hub.mode=subscribe&hub.verify_token=hello&hub.challenge=4711");
        assert_eq!(service.http.get(challenge).send().await.unwrap().text().await.unwrap(), "4711");
        let text = "My card was charged twice and nobody answers the phone";
        let said = batch(PAGE, &[comment("1", "6123", text)]);
        assert_eq!(post(&service, &url, said, SECRET).await, 200);
        let complaint = heard(&desk, "complaint.created").await.json()["data"].clone();
        assert_eq!(complaint["channel"], "facebook_comment");
        assert_eq!((complaint["text"].as_str(), complaint["language"].as_str()), (Some(text), Some("en")));
        assert_eq!(complaint["permalink"], "https://www.facebook.com/x");
        assert_eq!(complaint["identity"]["name"], "Ana Souza");
        let path = format!("/v1/complaints/{}", complaint["id"].as_str().unwrap());
        service.post(&format!("{path}/replies"), json!({"text": "We are sorry."})).await;
        heard(&desk, "reply.sent").await;
        assert_eq!(graph.seen()[0].path.split('?').next(), Some("/v25.0/11_1/comments"));
        let mut echo = comment("99", PAGE, "We are sorry.");
        echo["value"]["parent_id"] = json!("11_1");
        assert_eq!(post(&service, &url, batch(PAGE, &[echo]), SECRET).await, 200);
        let mut removal = comment("1", "6123", "");
        removal["value"]["verb"] = json!("remove");
        assert_eq!(post(&service, &url, batch(PAGE, &[removal]), SECRET).await, 200);
        heard(&desk, "complaint.deleted").await;
        let gone = service.get(&path).await;
        assert_eq!(gone["posts"].as_array().unwrap().len(), 2, "the echo is no second answer: {gone}");
        assert_eq!((&gone["text"], &gone["posts"][0]["erased"]), (&Value::Null, &json!(true)));
        assert!(gone["first_reply_at"].is_string());
    }

    pub async fn of_a_thousand_items_only_the_broken_one_is_set_aside(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (id, url) = connect(&service, PAGE, json!({})).await;
        subscribe(&service, &desk, json!(["complaint.created"])).await;
        let mut changes: Vec<Value> =
            (0..1000).map(|at| comment(&at.to_string(), &format!("7{at}"), "Me too")).collect();
        changes[500]["value"].as_object_mut().unwrap().remove("comment_id");
        for _ in 0..2 {
            assert_eq!(post(&service, &url, batch(PAGE, &changes), SECRET).await, 200);
        }
        while desk.count() < 999 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let aside = service.get(&format!("/v1/connections/{id}/quarantined")).await;
        assert_eq!(aside["data"].as_array().unwrap().len(), 1, "{aside}");
        assert!(aside["data"][0]["reason"].as_str().unwrap().contains("comment_id"), "{aside}");
    }

    pub async fn one_app_serves_two_pages_and_an_event_by_two_doors_counts_once(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (one, door) = connect(&service, PAGE, json!({})).await;
        let (other, other_door) = connect(&service, "200", json!({})).await;
        subscribe(&service, &desk, json!(["complaint.created"])).await;
        let entry = |page: &str, id: &str| json!({"id": page, "time": 1, "changes": [comment(id, "61", "Hello there")]});
        let both = json!({"object": "page", "entry": [entry(PAGE, "1"), entry("200", "2")]}).to_string();
        for url in [&door, &other_door] {
            assert_eq!(post(&service, url, both.clone().into_bytes(), SECRET).await, 200);
        }
        while desk.count() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let complaints = service.get("/v1/complaints").await;
        let mut owners: Vec<&str> = complaints["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["connection_id"].as_str().unwrap())
            .collect();
        owners.sort_unstable();
        let mut wanted = [one.as_str(), other.as_str()];
        wanted.sort_unstable();
        assert_eq!(owners, wanted);
    }

    pub async fn a_forged_comment_that_is_only_reported_changes_nothing_for_the_real_one(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({"verification": "report_only"})).await;
        subscribe(&service, &desk, json!(["complaint.created"])).await;
        let said = || batch(PAGE, &[comment("1", "6123", "Charged twice")]);
        assert_eq!(post(&service, &url, said(), "another-secret").await, 200);
        assert_eq!(post(&service, &url, said(), SECRET).await, 200);
        while desk.count() < 1 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let complaints = service.get("/v1/complaints?status=open").await;
        let texts: Vec<&Value> =
            complaints["data"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert!(texts.contains(&&json!("Charged twice")), "{complaints}");
    }
}
