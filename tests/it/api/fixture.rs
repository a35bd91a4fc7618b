//! One of each resource, made as customers and desks make them.

use std::time::Duration;

use segue::clock::{Clock, chance};
use segue::domain::id::TaskId;
use segue::domain::secret::Secret;
use segue::domain::standard_webhooks::sign;
use segue::domain::task::{Task, TaskKind, TaskState};
use segue::store::{Answer, task};
use serde_json::{Value, json};

use crate::support::app::{Client, TestApp};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Ids by the word that stands before them in a path.
pub struct World {
    pub connection: String,
    pub complaint: String,
    pub conversation: String,
    pub message: String,
    pub webhook: String,
    pub delivery: String,
    pub task: String,
    pub key: String,
    pub customer: String,
    pub identity: String,
    pub link: String,
    pub consent: String,
    pub handoff: String,
}

impl World {
    pub async fn new(app: &TestApp, admin: &Client) -> Self {
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let hook = json!({"url": format!("{}/hook", app.url)});
        let webhook = id(&admin.post("/v1/webhooks", hook).await.expect(201));
        let complaint = id(&admin.post("/v1/complaints", complaint_by(&connection, "p1")).await.expect(201));
        hear(app, &connection, "m1", "Hello").await;
        let conversation = first(admin, "/v1/conversations").await;
        let message = first(admin, &format!("/v1/conversations/{conversation}/messages")).await;
        let delivery = first(admin, &format!("/v1/webhooks/{webhook}/deliveries")).await;
        let key = json!({"name": "other", "scopes": ["read"]});
        let key = id(&admin.post("/v1/keys", key).await.expect(201));
        let task = open_task(app, &message).await;
        let shown = admin.get(&format!("/v1/complaints/{complaint}")).await.expect(200);
        let (identity, customer) =
            (id(&shown["identity"]), shown["customer_id"].as_str().unwrap().to_owned());
        Self {
            connection,
            complaint,
            conversation,
            message,
            webhook,
            delivery,
            task,
            key,
            customer,
            identity,
            link: String::new(),
            consent: String::new(),
            handoff: String::new(),
        }
    }

    /// With a complaint by somebody else, who is linked, a consent on record, and an invitation by text.
    pub async fn whole(self, admin: &Client) -> Self {
        let of_other = admin.post("/v1/complaints", other_complaint(&self.connection)).await.expect(201);
        let pair = [self.identity.clone(), id(&of_other["identity"])];
        let link = json!({"identity_ids": pair, "reason": "The same order number"});
        let link = id(&admin.post("/v1/links", link).await.expect(201));
        let agreed = json!({
            "identity_id": self.identity, "purpose": "case.updates", "channel": "custom_dm", "method": "written",
            "granted_at": "2026-11-01T10:00:00Z", "evidence": "Form 4711"
        });
        let consent = id(&admin.post("/v1/consents", agreed).await.expect(201));
        admin.post("/v1/connections", texts()).await.expect(201);
        let offer = format!("/v1/complaints/{}/handoffs", self.complaint);
        let handoff = id(&admin.post(&offer, json!({"to": ["sms"]})).await.expect(201));
        Self { link, consent, handoff, ..self }
    }

    /// A path of the document with the ids of this world in it.
    pub fn path(&self, template: &str) -> String {
        let word = template.split('/').nth(2).unwrap_or_default();
        let id = match word {
            "connections" => &self.connection,
            "complaints" => &self.complaint,
            "conversations" => &self.conversation,
            "messages" => &self.message,
            "webhooks" => &self.webhook,
            "deliveries" => &self.delivery,
            "tasks" => &self.task,
            "keys" => &self.key,
            "customers" => &self.customer,
            "identities" => &self.identity,
            "links" => &self.link,
            "consents" => &self.consent,
            "handoffs" => &self.handoff,
            _ if !template.contains("{id}") => "",
            other => panic!("{other} has ids: add one to this world"),
        };
        let rejected = "rej_01kap0bswxev1bjsph3xxwkkrz";
        let text = template.replace("{name}", "closing").replace("{language}", "en");
        text.replace("{sha256}", &"0".repeat(64)).replace("{id}", id).replace("{rejected}", rejected)
    }
}

pub fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

pub fn custom() -> Value {
    json!({"provider": "custom", "name": "Reviews", "secrets": {"signing_secret": SECRET}})
}

pub fn complaint_by(connection: &str, post: &str) -> Value {
    json!({
        "connection_id": connection, "id": post, "text": format!("Complaint {post}"),
        "identity": {"external_id": "31337", "name": "Ana"}
    })
}

/// A connection for text messages.
fn texts() -> Value {
    json!({
        "provider": "twilio", "name": "Support SMS", "secrets": {"auth_token": "t"},
        "account": {"account_sid": "AC00000000000000000000000000000001", "number": "+15005550006"}
    })
}

/// A complaint by somebody else.
fn other_complaint(connection: &str) -> Value {
    json!({
        "connection_id": connection, "id": "p-other", "text": "Me too",
        "identity": {"external_id": "31338"}
    })
}

/// Posts a signed callback of the provider `custom`; its status.
pub async fn call_back(app: &TestApp, connection: &str, body: &Value, secret: &str) -> u16 {
    let (text, now) = (body.to_string(), app.db.clock.now().secs());
    let signature = sign(&[Secret::new(secret)], "cb_1", now, text.as_bytes());
    let client = app.anybody();
    let request = client
        .request("POST", &format!("/callbacks/{connection}"))
        .header("content-type", "application/json")
        .header("webhook-id", "cb_1")
        .header("webhook-timestamp", now.to_string())
        .header("webhook-signature", signature)
        .body(text);
    client.send(request).await.status
}

/// A customer writes.
pub async fn hear(app: &TestApp, connection: &str, message: &str, text: &str) {
    let body = json!({"type": "message.received", "id": message, "from": {"id": "31337", "name": "Ana"}, "text": text});
    assert_eq!(call_back(app, connection, &body, SECRET).await, 200);
}

/// The id of the first item of a list, once there is one.
pub async fn first(client: &Client, path: &str) -> String {
    for _ in 0..3000 {
        let list = client.get(path).await.expect(200);
        if let Some(item) = list["data"].get(0) {
            return id(item);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{path} stays empty");
}

async fn open_task(app: &TestApp, subject: &str) -> String {
    let now = app.db.clock.now();
    let open = Task {
        id: TaskId::new(now, &chance()),
        workspace_id: app.workspace.clone(),
        kind: TaskKind::UnknownSend,
        subject: subject.to_owned(),
        state: TaskState::Open,
        detail: "Nobody knows.".into(),
        due_at: None,
        event_seq: 1,
        resolution: None,
        created_at: now,
        closed_at: None,
    };
    let caller = segue::bridge::Caller {
        workspace_id: app.workspace.clone(),
        idempotency: None,
        if_match: None,
        act: None,
    };
    let decide = || async { Ok((vec![task::insert(&open)], Answer { status: 201, body: Value::Null })) };
    app.bridge.write(&caller, decide).await.unwrap();
    open.id.to_string()
}
