//! What the connection test says of Facebook's answers to whether the Page tells our app, on the running service.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{PAGE, connect};
use crate::story::Engine;
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::service::Service;

const FIELDS: &[&str] = &[
    "feed",
    "mention",
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
];

on_both! {
    a_connection_test_says_whether_the_page_tells_the_app
}

fn apps(id: &str, fields: &[&str]) -> Value {
    json!({"data": [{"id": "1", "subscribed_fields": FIELDS}, {"id": id, "subscribed_fields": fields}]})
}

mod stories {
    use super::*;

    pub async fn a_connection_test_says_whether_the_page_tells_the_app(engine: Engine) {
        let said = Arc::new(Mutex::new((200, String::new())));
        let shown = said.clone();
        let graph = Host::answering(move |_| shown.lock().unwrap().clone());
        let service = Service::start(engine).await;
        let (id, _) = connect(&service, PAGE, json!({"api_base": graph.url})).await;
        let refused =
            json!({"error": {"message": "…", "type": "OAuthException", "code": 190, "error_subcode": 463}});
        let cases = [
            (200, apps("77", FIELDS).to_string(), Ok("tells the app all it reads")),
            (200, apps("78", FIELDS).to_string(), Err("does not tell the app 77")),
            (200, json!({"data": []}).to_string(), Err("does not tell the app 77")),
            (
                200,
                json!({"data": [{"id": "77"}]}).to_string(),
                Err("without the fields feed, mention, messages"),
            ),
            (
                200,
                apps("77", &FIELDS[..6]).to_string(),
                Err("without the fields messaging_postbacks, messaging_referrals"),
            ),
            (400, refused.to_string(), Err("The Page token is no longer valid")),
            (500, "<html>Sorry</html>".to_owned(), Err("did not say: http 500")),
            (503, String::new(), Err("did not say: http 503")),
            (200, "[]".to_owned(), Err("did not say: http 200")),
        ];
        for (status, body, expected) in cases {
            *said.lock().unwrap() = (status, body.clone());
            let trial = service.post(&format!("/v1/connections/{id}/test"), json!({})).await;
            let checks = trial["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["name"] == "subscription").unwrap();
            let (ok, words) = match expected {
                Ok(words) => (true, words),
                Err(words) => (false, words),
            };
            assert_eq!(check["ok"], ok, "{status} {body}: {check}");
            assert!(check["detail"].as_str().unwrap().contains(words), "{status} {body}: {check}");
            assert!(ok || trial["ok"] == false, "{trial}");
        }
        for asked in graph.seen() {
            let path = format!("/v25.0/{PAGE}/subscribed_apps?appsecret_proof=");
            assert!(asked.method == "GET" && asked.path.starts_with(&path), "{asked:?}");
            assert_eq!(asked.headers["authorization"], "Bearer a-page-token");
        }
        drop(graph);
        let gone = service.post(&format!("/v1/connections/{id}/test"), json!({})).await;
        let check = gone["checks"].as_array().unwrap().iter().find(|check| check["name"] == "subscription");
        assert!(check.unwrap()["detail"].to_string().contains("did not answer"), "{gone}");
    }
}
