//! Tokens of an account on X that end, and the question whether X calls us, on the running service.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
    a_connection_test_says_what_x_tells_of_the_account
    replicas_that_send_at_once_renew_a_token_once
    a_renewed_token_is_sealed_at_rest
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

/// The same, for longer than others need to come and ask too; and the token lasts.
fn renewing_slowly(request: &Received) -> (u16, String) {
    static POSTS: AtomicU64 = AtomicU64::new(500);
    let (status, body) = renewing(request);
    if status == 201 {
        let id = POSTS.fetch_add(1, Ordering::Relaxed).to_string();
        return (status, json!({"data": {"id": id, "text": "…"}}).to_string());
    }
    if request.path == "/2/oauth2/token" {
        std::thread::sleep(std::time::Duration::from_millis(700));
    }
    (status, body.replace("\"expires_in\":60", "\"expires_in\":7200"))
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
    use crate::story::assert_absent;
    use crate::support::raw::Raw;
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
        let url = Arc::new(Mutex::new((String::new(), true)));
        let shown = url.clone();
        let host = Host::answering(move |request| {
            let (url, valid) = shown.lock().unwrap().clone();
            let found = match request.path.split('?').next().unwrap() {
                "/2/webhooks" => json!({"data": [{"id": "77", "url": url, "valid": valid}]}),
                _ => told(&[("77", x::BRAND, "post.mention.create"), ("77", x::BRAND, "dm.received")], None),
            };
            let is_asked = request.headers["authorization"].ends_with(BEARER);
            (if is_asked { 200 } else { 401 }, found.to_string())
        });
        let service = Service::start(engine).await;
        let connection = connect(&service, &host.url).await;
        let callback = connection["callback_url"].as_str().unwrap().to_owned();
        for (known, valid, ok, expected) in [
            (callback.clone(), true, true, "X calls it as webhook 77"),
            (callback, false, false, "its challenge failed"),
            ("https://elsewhere.example/".to_owned(), true, false, "no webhook with the URL"),
        ] {
            *url.lock().unwrap() = (known, valid);
            let check = subscription(&service, &connection).await;
            assert_eq!(check["ok"], ok, "{expected}: {check}");
            assert!(check["detail"].as_str().unwrap().contains(expected), "{expected}: {check}");
        }
    }

    /// What the connection test says of the subscription.
    async fn subscription(service: &Service, connection: &Value) -> Value {
        let path = format!("/v1/connections/{}/test", connection["id"].as_str().unwrap());
        let checks = service.post(&path, json!({})).await["checks"].clone();
        let found = checks.as_array().unwrap().iter().find(|check| check["name"] == "subscription");
        found.unwrap_or_else(|| panic!("not asked: {checks}")).clone()
    }

    /// A page of subscriptions: to which webhook, of whom, to what.
    fn told(subscriptions: &[(&str, &str, &str)], next: Option<&str>) -> Value {
        let one = |(webhook, user, event): &(&str, &str, &str)| json!({"subscription_id": "1", "event_type": event, "filter": {"user_id": user}, "webhook_id": webhook});
        json!({"data": subscriptions.iter().map(one).collect::<Vec<Value>>(), "meta": {"next_token": next}})
    }

    pub async fn a_connection_test_says_what_x_tells_of_the_account(engine: Engine) {
        // By the page that is asked for; "account" stands for the older product.
        type Pages = Vec<(&'static str, u16, Value)>;
        let said: Arc<Mutex<(String, Pages)>> = Arc::default();
        let shown = said.clone();
        let host = Host::answering(move |request| {
            let (url, pages) = shown.lock().unwrap().clone();
            let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
            let page = match path {
                "/2/webhooks" => {
                    return (200, json!({"data": [{"id": "77", "url": url, "valid": true}]}).to_string());
                }
                "/2/activity/subscriptions" => query.split("pagination_token=").nth(1).unwrap_or("first"),
                "/2/account_activity/webhooks/77/subscriptions/all/list" => "account",
                other => panic!("{other} is not asked for"),
            };
            match pages.iter().find(|(name, ..)| *name == page) {
                Some((_, status, body)) => (*status, body.to_string()),
                None => panic!("{page} is not asked for"),
            }
        });
        let service = Service::start(engine).await;
        let connection = connect(&service, &host.url).await;
        let (ours, dm) = (("77", x::BRAND, "post.mention.create"), ("77", x::BRAND, "dm.received"));
        let accounts =
            |user: &str| json!({"data": {"webhook_id": "77", "subscriptions": [{"user_id": user}]}});
        let none = || told(&[], None);
        let cases: Vec<(Pages, Result<&str, &str>)> = vec![
            (vec![("first", 200, told(&[ours, dm], None))], Ok("webhook 77 about the account")),
            (
                vec![("first", 200, told(&[ours], Some("more"))), ("more", 200, told(&[dm], None))],
                Ok("webhook 77 about the account"),
            ),
            (vec![("first", 200, told(&[ours], None))], Err("without the events dm.received")),
            (
                vec![
                    ("first", 200, told(&[("78", ours.1, ours.2), ("77", "3", "dm.received")], None)),
                    ("account", 200, accounts("3")),
                ],
                Err("no subscription that tells it of the account"),
            ),
            (vec![("first", 200, none()), ("account", 200, accounts(x::BRAND))], Ok("all the account does")),
            (vec![("first", 403, none()), ("account", 200, accounts(x::BRAND))], Ok("all the account does")),
            (vec![("first", 403, none()), ("account", 404, none())], Err("no subscription")),
            (vec![("first", 401, none())], Err("did not accept the bearer_token")),
            (vec![("first", 503, none())], Err("did not say: http 503")),
            (vec![("first", 200, json!("?"))], Err("not understood")),
        ];
        for (pages, expected) in cases {
            let callback = connection["callback_url"].as_str().unwrap().to_owned();
            *said.lock().unwrap() = (callback, pages.clone());
            let check = subscription(&service, &connection).await;
            let (ok, words) = expected.map_or_else(|why| (false, why), |found| (true, found));
            assert_eq!(check["ok"], ok, "{pages:?}: {check}");
            assert!(check["detail"].as_str().unwrap().contains(words), "{pages:?}: {check}");
        }
    }

    pub async fn replicas_that_send_at_once_renew_a_token_once(engine: Engine) {
        let (desk, host) = (Host::start(), Host::answering(renewing_slowly));
        let service = Service::start(engine).await;
        // SQLite has one process: there the same two sends are of one replica.
        let other = match engine {
            Engine::Postgres => Some(Service::on(service.database()).await),
            Engine::Sqlite => None,
        };
        subscribe(&service, &desk, json!(["*"])).await;
        let connection = connect(&service, &host.url).await;
        let url = connection["callback_url"].as_str().unwrap();
        let mut replies = Vec::new();
        for post in ["198", "298"] {
            assert_eq!(x::post(&service, url, &x::mention(post, "@Brand charged twice")).await, 200);
        }
        until("both complaints", || async { desk.count() >= 2 }).await;
        for complaint in service.get("/v1/complaints").await["data"].as_array().unwrap() {
            replies.push(format!("/v1/complaints/{}/replies", complaint["id"].as_str().unwrap()));
        }
        let elsewhere = other.as_ref().unwrap_or(&service);
        tokio::join!(
            service.post(&replies[0], json!({"text": "Sorry, Ana."})),
            elsewhere.post(&replies[1], json!({"text": "It is on its way."})),
        );
        until("both answers", || async { sent(&desk) == 2 }).await;
        let calls: Vec<String> = host.seen().iter().map(call).collect();
        let renewals: Vec<&String> = calls.iter().filter(|call| call.starts_with("/2/oauth2")).collect();
        assert_eq!(renewals, ["/2/oauth2/token refresh-0"], "{calls:?}");
        let answered = calls.iter().filter(|call| *call == "/2/tweets Bearer token-1").count();
        assert_eq!(answered, 2, "both went on with the new token: {calls:?}");
    }

    pub async fn a_renewed_token_is_sealed_at_rest(engine: Engine) {
        let (desk, host) = (Host::start(), Host::answering(renewing));
        let service = Service::start(engine).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let connection = connect(&service, &host.url).await;
        let replies = complaint(&service, &desk, &connection).await;
        service.post(&replies, json!({"text": "Sorry, Ana."})).await;
        heard(&desk, "reply.sent").await;
        let hidden = ["token-0", "refresh-0", "token-1", "refresh-1"];
        let raw = Raw::open(&service.location()).await;
        let renewed = "FROM secret WHERE name IN ('oauth2_access_token', 'oauth2_refresh_token')";
        assert_eq!(raw.number(&format!("SELECT COUNT(*) {renewed}")).await, 4, "both pairs are there");
        assert_absent("the database", &raw.everything().await, &hidden);
        for file in service.files().filter(|file| file.is_file()) {
            assert_absent(&file.display().to_string(), &std::fs::read(&file).unwrap(), &hidden);
        }
        for told in desk.seen() {
            assert_absent("what was told", &told.body, &hidden);
        }
        let shown = service.get(&format!("/v1/connections/{}", connection["id"].as_str().unwrap())).await;
        assert_absent("the connection", shown.to_string().as_bytes(), &hidden);
    }
}
