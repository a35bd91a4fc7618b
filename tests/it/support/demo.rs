//! `segue demo` as a person starts it.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

/// A running demo, until it is dropped.
pub(crate) struct Demo {
    /// What it printed: to be opened in a browser.
    pub(crate) address: String,
    process: Child,
    folder: tempfile::TempDir,
    http: reqwest::Client,
}

impl Demo {
    pub(crate) fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(["demo", "--bind", "127.0.0.1:0", "--quiet"]).args(more);
        command.env_clear().env("TMPDIR", folder.path()).current_dir(folder.path());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { address: line.trim().to_owned(), process, folder, http: reqwest::Client::new() }
    }

    pub(crate) fn origin(&self) -> &str {
        self.address.split_once("/console").unwrap().0
    }

    /// Behind the origin, as the browser opens it.
    pub(crate) fn path(&self) -> &str {
        &self.address[self.origin().len()..]
    }

    fn given(&self, name: &str) -> &str {
        let fragment = self.address.split_once('#').unwrap().1;
        let mut fields = fragment.split('&').filter_map(|field| field.split_once('='));
        fields.find(|(one, _)| *one == name).unwrap().1
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.origin()));
        let request = request.bearer_auth(token);
        let request = match method {
            "GET" => request,
            _ => request.header("content-type", "application/json").body(body.to_string()),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// A request of the service's API with the key that stands in the address.
    pub(crate) async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(method, path, self.given("key"), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.api("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// A request of the sandbox's API with the token that stands in the address.
    pub(crate) async fn sandbox(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(method, &format!("/sandbox{path}"), self.given("sandbox"), body).await
    }

    /// Where it may put files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a signal, and waits for its end.
    pub(crate) fn stop(&mut self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.process.wait().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
