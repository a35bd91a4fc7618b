//! A complaint under a Page's post, on the running service.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use segue::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Engine, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::until;

pub(super) const PAGE: &str = "102938475610293";
pub(super) const SECRET: &str = "an-app-secret";

on_both! {
    a_comment_becomes_a_complaint_and_is_answered_under_it
    of_a_thousand_items_only_the_broken_one_is_set_aside
    one_app_serves_two_pages_and_an_event_by_two_doors_counts_once
    a_forged_comment_that_is_only_reported_changes_nothing_for_the_real_one
    a_challenge_is_answered_and_a_wrong_one_forbidden
    requests_for_a_person_open_one_task_each
}

mod answer;
mod hidden;
mod person;
mod reads;
mod trial;

pub(super) async fn connect(service: &Service, page: &str, settings: Value) -> (String, String) {
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

pub(super) fn comment(id: &str, from: &str, text: &str) -> Value {
    json!({"field": "feed", "value": {
        "item": "comment", "verb": "add", "comment_id": format!("11_{id}"), "post_id": format!("{PAGE}_11"),
        "parent_id": format!("{PAGE}_11"), "created_time": 1_794_000_000, "message": text,
        "from": {"id": from, "name": "Ana Souza"},
        "post": {"id": format!("{PAGE}_11"), "permalink_url": "https://www.facebook.com/x"}
    }})
}

pub(super) fn batch(page: &str, changes: &[Value]) -> Vec<u8> {
    let entry = json!({"id": page, "time": 1_794_000_001, "changes": changes});
    json!({"object": "page", "entry": [entry]}).to_string().into_bytes()
}

/// A private message to the Page.
pub(super) fn message(from: &str, mid: &str, text: &str) -> Vec<u8> {
    let at = SystemClock::default().now().millis();
    let said = json!({"sender": {"id": from}, "recipient": {"id": PAGE}, "timestamp": at,
        "message": {"mid": mid, "text": text}});
    json!({"object": "page", "entry": [{"id": PAGE, "time": at, "messaging": [said]}]})
        .to_string()
        .into_bytes()
}

fn mac(secret: &str, text: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

pub(super) async fn post(service: &Service, url: &str, body: Vec<u8>, secret: &str) -> u16 {
    let signature = format!("sha256={}", hex::encode(mac(secret, &body)));
    let request = service.http.post(url).header("content-type", "application/json");
    request.header("x-hub-signature-256", signature).body(body).send().await.unwrap().status().as_u16()
}

/// The form of a request for a person, signed now.
fn signed_request(user: &str) -> String {
    signed_request_of(user, 0)
}

/// The form of a request for a person, signed so many seconds ago.
fn signed_request_of(user: &str, age: i64) -> String {
    let issued_at = SystemClock::default().now().secs() - age;
    let said = json!({"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user}).to_string();
    let payload = URL_SAFE_NO_PAD.encode(said);
    format!("signed_request={}.{payload}", URL_SAFE_NO_PAD.encode(mac(SECRET, payload.as_bytes())))
}

async fn ask(service: &Service, url: &str, form: &str) -> (u16, Value) {
    let request = service.http.post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

async fn fetch(service: &Service, url: &str) -> (u16, String) {
    let answer = service.http.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
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
        assert_eq!(graph.count(), 1);
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
        until("the other 999", || async { desk.count() >= 999 }).await;
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
        until("both complaints", || async { desk.count() >= 2 }).await;
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
        until("the real comment", || async { desk.count() >= 1 }).await;
        let complaints = service.get("/v1/complaints?status=open").await;
        let texts: Vec<&Value> =
            complaints["data"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert!(texts.contains(&&json!("Charged twice")), "{complaints}");
    }

    pub async fn a_challenge_is_answered_and_a_wrong_one_forbidden(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({})).await;
        let challenge = |token: &str| {
            format!("{url}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}")
        };
        assert_eq!(fetch(&service, &challenge("hello")).await, (200, "1158201444".into()));
        assert_eq!(fetch(&service, &challenge("another")).await, (403, String::new()));
    }

    pub async fn requests_for_a_person_open_one_task_each(engine: Engine) {
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({})).await;
        let (deletion, form) = (format!("{url}/deletion"), signed_request("218471"));
        let (status, first) = ask(&service, &deletion, &form).await;
        assert_eq!(status, 200, "{first}");
        assert_eq!(ask(&service, &deletion, &form).await, (200, first.clone()));
        assert_eq!(ask(&service, &format!("{url}/deauthorize"), &form).await.0, 200);
        for forged in
            [form.replace("signed_request=", "signed_request=A"), String::new(), "signed_request=a.b".into()]
        {
            assert_eq!(ask(&service, &deletion, &forged).await.0, 401, "{forged}");
        }
        let code = first["confirmation_code"].as_str().unwrap();
        assert_eq!(first["url"], format!("{deletion}/{code}"));
        let (status, page) = fetch(&service, first["url"].as_str().unwrap()).await;
        assert!(status == 200 && page.contains(code), "{status} {page}");
        assert_eq!(fetch(&service, &format!("{deletion}/unknown")).await.0, 404);
        let tasks = || async { service.get("/v1/tasks").await["data"].as_array().unwrap().clone() };
        until("both tasks", || async { tasks().await.len() == 2 }).await;
        let mut kinds: Vec<_> =
            tasks().await.iter().map(|task| task["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        assert_eq!(kinds, ["data_deletion", "deauthorized"]);
        assert!(tasks().await.iter().any(|task| task["subject"] == code));
    }
}
