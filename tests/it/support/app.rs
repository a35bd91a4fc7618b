//! The API over a database of its own, on a real port; every answer is held against the document.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use reqwest::header::HeaderMap;
use segue::bridge::{Bridge, Caller};
use segue::clock::{Clock, chance, random};
use segue::coordination::{Coordination, SlotBoard};
use segue::domain::id::{KeyId, ReplicaId, WorkspaceId};
use segue::domain::scope::Scope;
use segue::gateway::{Committer, Gateway};
use segue::http::{Api, Services, openapi_json, serve};
use segue::outbound::Outbound;
use segue::relay::Elsewhere;
use segue::sequencer::{Anchors, Heads, Sealing, Sequencer};
use segue::store::key::{ApiKey, hint};
use segue::store::{Answer as Stored, key};
use segue::vault::new_api_key;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::engines::TestStore;

pub struct TestApp {
    pub db: TestStore,
    pub url: String,
    pub bridge: Bridge,
    pub gateway: Arc<Gateway>,
    pub workspace: WorkspaceId,
    pub document: Arc<Value>,
    stop: CancellationToken,
}

/// Somebody with a key, or without.
#[derive(Clone)]
pub struct Client {
    pub secret: Option<String>,
    url: String,
    http: reqwest::Client,
    document: Arc<Value>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl TestApp {
    pub async fn start(db: TestStore) -> Self {
        Self::with_rate(db, 1_000_000).await
    }

    /// With so many requests a minute for each key.
    pub async fn with_rate(db: TestStore, requests_per_minute: u32) -> Self {
        let clock: Arc<dyn Clock> = db.clock.clone();
        let workspace = db.store.ensure_default_workspace(clock.now()).await.unwrap();
        let coordination = Arc::new(Coordination::local());
        let replica = ReplicaId::new(clock.now(), &chance());
        let book = Arc::new(Elsewhere::new(replica.clone(), coordination.clone()));
        let bridge = Bridge::new(db.store.clone(), book.clone(), clock.clone(), coordination.clone());
        let (board, stop) = (Arc::new(SlotBoard::default()), CancellationToken::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let committer = Committer::start(db.store.clone(), &TaskTracker::new()).unwrap();
        let doors = (clock.clone(), url.clone());
        let gateway = Gateway::new(db.store.clone(), committer, board.clone(), coordination.clone(), doors);
        let gateway = Arc::new(gateway);
        let services = Services {
            store: db.store.clone(),
            bridge: bridge.clone(),
            gateway: gateway.clone(),
            outbound: Outbound::new(&["127.0.0.0/8".parse().unwrap()]).unwrap(),
            coordination: coordination.clone(),
            clock: clock.clone(),
            public_url: url.clone(),
            stopping: stop.clone(),
            requests_per_minute,
        };
        tokio::spawn(serve(web::Data::new(Api::new(services)), listener, segue::console::configure).unwrap());
        let (worker, stopped) = (bridge.clone(), stop.clone());
        tokio::spawn(async move { worker.work(&board, &stopped).await });
        let heads = db.folder().join("ledger-heads");
        let anchors = Anchors::new(&heads.join("anchors"), std::time::Duration::from_secs(3600));
        let sealing = Sealing::new(book, Heads::new(&heads), anchors, "segue.example");
        let sequencer = Sequencer::new(db.store.clone(), clock, coordination, replica).with_ledgers(sealing);
        tokio::spawn(sequencer.run(stop.clone()));
        let document = Arc::new(serde_json::from_str(&openapi_json()).unwrap());
        Self { db, url, bridge, gateway, workspace, document, stop }
    }

    /// Waits until everything that was taken in is decided.
    pub async fn decided(&self) {
        super::until("everything is decided", || async {
            self.db.store.inbound_backlog().await.unwrap().0 == 0
        })
        .await;
    }

    /// A client with a new key of these scopes in a workspace.
    pub async fn client(&self, workspace: &WorkspaceId, scopes: &[Scope]) -> Client {
        let (secret, now) = (new_api_key(random()), self.db.clock.now());
        let key = ApiKey {
            id: KeyId::new(now, &chance()),
            workspace_id: workspace.clone(),
            name: "test".into(),
            hint: hint(&secret),
            scopes: scopes.to_vec(),
            agent: None,
            created_at: now,
            expires_at: None,
        };
        let caller = Caller { workspace_id: workspace.clone(), idempotency: None, if_match: None, act: None };
        let decide =
            || async { Ok((vec![key::insert(&key, &secret)], Stored { status: 201, body: Value::Null })) };
        self.bridge.write(&caller, decide).await.unwrap();
        self.anybody().with_key(secret.expose())
    }

    pub async fn admin(&self) -> Client {
        self.client(&self.workspace, &[Scope::Admin]).await
    }

    /// The admin of another workspace.
    pub async fn stranger(&self) -> Client {
        let operator = self.client(&self.workspace, &[Scope::Operator]).await;
        let made = operator.post("/v1/workspaces", json!({"name": "Another"})).await.expect(201);
        self.anybody().with_key(made["key"]["secret"].as_str().unwrap())
    }

    /// A client without a key.
    pub fn anybody(&self) -> Client {
        let http = reqwest::Client::new();
        Client { secret: None, url: self.url.clone(), http, document: self.document.clone() }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Client {
    pub fn with_key(&self, secret: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..self.clone() }
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        }
    }

    /// Sends a request and holds its answer against the document.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().as_str().to_lowercase(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let media_type = headers.get("content-type").map_or("", |value| value.to_str().unwrap());
        let body = match media_type {
            "text/event-stream" => Value::Null,
            _ => serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        };
        assert!(headers.contains_key("x-request-id"), "{method} {path}");
        if status >= 400 {
            check_problem(&headers, status, &body);
        }
        if let Some(operation) = self.operation(&method, &path) {
            let declared = operation["responses"].get(status.to_string()).is_some();
            assert!(declared, "{method} {path} answered {status}, which is not declared: {body}");
        }
        Answer { status, headers, body }
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object().unwrap();
        paths.iter().find(|(template, _)| fits(template, path)).and_then(|(_, item)| item.get(method))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(json_body(self.request("POST", path), &body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(json_body(self.request("PATCH", path), &body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }
}

pub fn json_body(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// Whether a path could be one of the template; a segment in braces takes any.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(one, other)| one == other || one.starts_with('{'))
}

fn check_problem(headers: &HeaderMap, status: u16, body: &Value) {
    assert_eq!(headers["content-type"], "application/problem+json", "{status} {body}");
    assert_eq!(body["status"], status, "{body}");
    assert_eq!(body["request_id"], headers["x-request-id"].to_str().unwrap(), "{body}");
    let code = body["code"].as_str().unwrap();
    assert_eq!(body["type"], format!("/docs/problems#{code}"));
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
}

impl Answer {
    /// The body, when the status is as expected.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The code of a problem, when the status is as expected.
    #[track_caller]
    pub fn code(self, status: u16) -> String {
        self.expect(status)["code"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
