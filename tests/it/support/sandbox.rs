//! The simulated providers in a process of their own, as `segue sandbox` runs them.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::service::{KEY, Service};

/// A running sandbox, until it is dropped.
pub(crate) struct Sandbox {
    pub(crate) url: String,
    token: String,
    http: reqwest::Client,
    process: Child,
}

impl Sandbox {
    /// Beside a service, in which it makes its connections.
    pub(crate) fn beside(service: &Service) -> Self {
        Self::with(service, &[])
    }

    /// Another process with the same token.
    pub(crate) fn again(&self, service: &Service) -> Self {
        Self::with(service, &["--token", &self.token])
    }

    fn with(service: &Service, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(["sandbox", "--bind", "127.0.0.1:0", "--segue", &service.url, "--key", KEY]).args(more);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let (url, token) = (text("url"), text("token"));
        Self { url, token, http: reqwest::Client::new(), process }
    }

    /// A request of its API; status and body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), format!("{}/sandbox{path}", self.url));
        let request = request.bearer_auth(&self.token).body(body.unwrap_or_default().to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    pub(crate) async fn status_without_token(&self, path: &str) -> u16 {
        let answer = self.http.get(format!("{}/sandbox{path}", self.url)).send().await.unwrap();
        answer.status().as_u16()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Has a customer do something; the id of what came of it.
    pub(crate) async fn act(&self, provider: &str, act: Value) -> String {
        let (status, body) = self.call("POST", &format!("/{provider}/acts"), Some(act)).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// A customer writes.
    pub(crate) async fn write(&self, provider: &str, from: &str, text: &str) -> String {
        self.act(provider, json!({"act": "message", "from": from, "text": text})).await
    }

    /// What a customer reads in private, as `by: text`.
    pub(crate) async fn inbox(&self, provider: &str, customer: &str) -> Vec<String> {
        let shown = self.get(&format!("/{provider}/inboxes/{customer}")).await;
        let line =
            |one: &Value| format!("{}: {}", one["by"].as_str().unwrap(), one["text"].as_str().unwrap());
        shown["messages"].as_array().unwrap().iter().map(line).collect()
    }

    pub(crate) async fn set_faults(&self, faults: Value) {
        let (status, body) = self.call("PUT", "/faults", Some(faults)).await;
        assert_eq!(status, 200, "{body}");
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
