//! Facebook through the running program: the challenge, a comment that is answered, and what Meta asks for a person.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use segue::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::engines::Engine;
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::until;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const PAGE: &str = "102938475610293";

fn mac(text: &[u8]) -> Vec<u8> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

async fn connect(service: &Service, api_base: &str) -> String {
    let made = service
        .post(
            "/v1/connections",
            json!({
                "provider": "facebook", "name": "Page", "account": {"app_id": "4711", "page_id": PAGE},
                "secrets": {"app_secret": SECRET, "verify_token": "a-token", "page_token": "EAAG"},
                "settings": {"api_base": api_base}
            }),
        )
        .await;
    made["callback_url"].as_str().unwrap().to_owned()
}

/// A callback as Meta signs it; the answer's status.
async fn post(service: &Service, url: &str, body: &Value) -> u16 {
    let body = body.to_string();
    let signature = format!("sha256={}", hex::encode(mac(body.as_bytes())));
    let request = service.http.post(url).header("x-hub-signature-256", signature);
    request.header("content-type", "application/json").body(body).send().await.unwrap().status().as_u16()
}

/// The form of a request for a person, signed now.
fn signed_request(user: &str) -> String {
    let issued_at = SystemClock::default().now().secs();
    let said = json!({"algorithm": "HMAC-SHA256", "issued_at": issued_at, "user_id": user}).to_string();
    let payload = URL_SAFE_NO_PAD.encode(said);
    format!("signed_request={}.{payload}", URL_SAFE_NO_PAD.encode(mac(payload.as_bytes())))
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

#[tokio::test(flavor = "multi_thread")]
async fn facebook_challenge_is_answered_and_a_wrong_one_forbidden() {
    let service = Service::start(Engine::Sqlite).await;
    let url = connect(&service, "http://127.0.0.1:9").await;
    let challenge =
        |token: &str| format!("{url}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
    assert_eq!(fetch(&service, &challenge("a-token")).await, (200, "1158201444".into()));
    assert_eq!(fetch(&service, &challenge("another")).await, (403, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn facebook_comment_becomes_a_complaint_that_is_answered_below_it() {
    let graph = Host::answering(|_| (200, json!({"id": "1122_5"}).to_string()));
    let service = Service::start(Engine::Sqlite).await;
    let url = connect(&service, &graph.url).await;
    let value = json!({"item": "comment", "verb": "add", "post_id": "1_2", "comment_id": "1122_9", "parent_id": "1_2",
        "from": {"id": "61", "name": "Ana"}, "created_time": 1_794_000_000, "message": "Charged twice"});
    let body =
        json!({"object": "page", "entry": [{"id": PAGE, "changes": [{"field": "feed", "value": value}]}]});
    assert_eq!(post(&service, &url, &body).await, 200);
    until("the complaint", || async { service.get("/v1/complaints").await["data"][0].is_object() }).await;
    let complaint = service.get("/v1/complaints").await["data"][0]["id"].as_str().unwrap().to_owned();
    service.post(&format!("/v1/complaints/{complaint}/replies"), json!({"text": "We are sorry"})).await;
    until("the answer", || async { graph.count() == 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facebook_requests_for_a_person_open_one_task_each() {
    let service = Service::start(Engine::Sqlite).await;
    let url = connect(&service, "http://127.0.0.1:9").await;
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
