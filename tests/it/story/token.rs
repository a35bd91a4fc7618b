//! Tokens of an account on X that end, and the question whether X calls us, on the running service.

use serde_json::{Value, json};

use super::{Engine, heard, subscribe, x};
use crate::support::engines::on_both;
use crate::support::host::{Host, Received};
use crate::support::service::Service;

const BEARER: &str = "the-apps-own-token";

on_both! {
    a_token_that_ends_is_renewed_and_each_answer_goes_out_once
    a_renewal_that_is_refused_asks_a_person
    a_connection_test_says_whether_x_calls_us
}

async fn connect(service: &Service, api_base: &str) -> Value {
    let made = json!({
        "provider": "x", "name": "Brand", "account": {"user_id": x::BRAND, "handle": "Brand"},
        "secrets": {
            "consumer_secret": x::SECRET, "bearer_token": BEARER, "client_id": "an-app",
            "oauth2_access_token": "token-0", "oauth2_refresh_token": "refresh-0"
        },
        "settings": {"api_base": api_base}
    });
    service.post("/v1/connections", made).await
}

/// X with one live token: a refresh token works once, and what it gives ends within a minute.
fn renewing(request: &Received) -> (u16, String) {
    let bearer = request.headers.get("authorization").map_or("", String::as_str);
    let refresh = request.form().into_iter().find(|(name, _)| name == "refresh_token");
    let (status, body) = match (request.path.as_str(), refresh.as_ref().map(|(_, value)| value.as_str())) {
        ("/2/oauth2/token", Some("refresh-0")) => granted("1"),
        ("/2/oauth2/token", Some("refresh-1")) => granted("2"),
        ("/2/tweets", _) if ["Bearer token-1", "Bearer token-2"].contains(&bearer) => {
            (201, json!({"data": {"id": bearer.replace("Bearer token-", "20"), "text": "…"}}))
        }
        ("/2/tweets", _) => (401, json!({"title": "Unauthorized"})),
        _ => (400, json!({"error": "invalid_request"})),
    };
    (status, body.to_string())
}

fn granted(number: &str) -> (u16, Value) {
    let (token, refresh) = (format!("token-{number}"), format!("refresh-{number}"));
    (200, json!({"token_type": "bearer", "access_token": token, "refresh_token": refresh, "expires_in": 60}))
}

fn refusing(request: &Received) -> (u16, String) {
    match request.path.as_str() {
        "/2/oauth2/token" => (400, json!({"error": "invalid_grant"}).to_string()),
        _ => (401, json!({"title": "Unauthorized"}).to_string()),
    }
}

/// A complaint's place for answers in public.
async fn complaint(service: &Service, desk: &Host, connection: &Value) -> String {
    let url = connection["callback_url"].as_str().unwrap();
    assert_eq!(x::post(service, url, &x::mention("198", "@Brand charged twice")).await, 200);
    let told = heard(desk, "complaint.created").await.json()["data"].clone();
    format!("/v1/complaints/{}/replies", told["id"].as_str().unwrap())
}

mod stories {
    use super::*;
    use crate::support::until;

    pub async fn a_token_that_ends_is_renewed_and_each_answer_goes_out_once(engine: Engine) {
        let (desk, host) = (Host::start(), Host::answering(renewing));
        let service = Service::start(engine).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let connection = connect(&service, &host.url).await;
        let replies = complaint(&service, &desk, &connection).await;
        service.post(&replies, json!({"text": "Sorry, Ana."})).await;
        heard(&desk, "reply.sent").await;
        service.post(&replies, json!({"text": "It is on its way."})).await;
        until("the second answer", || async { sent(&desk) == 2 }).await;
        let calls: Vec<String> = host.seen().iter().map(call).collect();
        let expected = [
            "/2/tweets Bearer token-0",
            "/2/oauth2/token refresh-0",
            "/2/tweets Bearer token-1",
            "/2/oauth2/token refresh-1",
            "/2/tweets Bearer token-2",
        ];
        assert_eq!(calls, expected, "the first was refused, the second would have ended too soon");
        let audit = service.get("/v1/audit").await.to_string();
        assert!(!audit.contains("token-1") && !audit.contains("refresh-1"), "{audit}");
    }

    fn sent(desk: &Host) -> usize {
        desk.seen().iter().filter(|one| one.json()["type"] == "reply.sent").count()
    }

    fn call(request: &Received) -> String {
        let form = request.form().into_iter().find(|(name, _)| name == "refresh_token");
        let shown = form.map(|(_, value)| value).or_else(|| request.headers.get("authorization").cloned());
        format!("{} {}", request.path, shown.unwrap_or_default())
    }

    pub async fn a_renewal_that_is_refused_asks_a_person(engine: Engine) {
        let (desk, host) = (Host::start(), Host::answering(refusing));
        let service = Service::start(engine).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let connection = connect(&service, &host.url).await;
        let replies = complaint(&service, &desk, &connection).await;
        service.post(&replies, json!({"text": "Sorry, Ana."})).await;
        heard(&desk, "reply.failed").await;
        let tasks = service.get("/v1/tasks").await;
        let tasks: Vec<&Value> = tasks["data"].as_array().unwrap().iter().collect();
        assert_eq!(tasks.len(), 1, "{tasks:?}");
        assert_eq!(tasks[0]["kind"], "authorization_lost");
        let asked = host.seen().iter().filter(|one| one.path == "/2/oauth2/token").count();
        assert_eq!(asked, 1, "what was refused is not asked for again");
    }

    pub async fn a_connection_test_says_whether_x_calls_us(engine: Engine) {
        let url = std::sync::Arc::new(std::sync::Mutex::new((String::new(), true)));
        let shown = url.clone();
        let host = Host::answering(move |request| {
            let (url, valid) = shown.lock().unwrap().clone();
            let is_asked =
                request.path == "/2/webhooks" && request.headers["authorization"].ends_with(BEARER);
            let found = json!({"data": [{"id": "77", "url": url, "valid": valid}]});
            (if is_asked { 200 } else { 401 }, found.to_string())
        });
        let service = Service::start(engine).await;
        let connection = connect(&service, &host.url).await;
        let path = format!("/v1/connections/{}/test", connection["id"].as_str().unwrap());
        let callback = connection["callback_url"].as_str().unwrap().to_owned();
        for (known, valid, expected) in [
            (callback.clone(), true, "X calls it as webhook 77"),
            (callback, false, "its challenge failed"),
            ("https://elsewhere.example/".to_owned(), true, "no webhook with the URL"),
        ] {
            let in_order = expected.starts_with("X calls");
            *url.lock().unwrap() = (known, valid);
            let checks = service.post(&path, json!({})).await["checks"].clone();
            let is_it = |check: &&Value| check["detail"].to_string().contains(expected);
            let check = checks.as_array().unwrap().iter().find(is_it);
            assert_eq!(check.map(|check| &check["ok"]), Some(&json!(in_order)), "{expected}: {checks}");
        }
    }
}
