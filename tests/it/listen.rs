//! Events brought to a local program, with the real program on both ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::{Value, json};

use crate::support::engines::Engine;
use crate::support::host::{Host, Received};
use crate::support::service::{KEY, Service};
use crate::support::until;

struct Listener {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStderr>>,
}

impl Listener {
    /// Starts it and waits until it listens; with its secret.
    fn start(service: &Service, forward: &str) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(["listen", "--url", &service.url, "--key", KEY, "--forward", forward]);
        command.args(["--events", "complaint.*,message.received"]);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut listener = Self { process, lines };
        let first = listener.until_line("Signing secret");
        let secret = first.rsplit(' ').next().unwrap().to_owned();
        listener.until_line("Listening");
        (listener, secret)
    }

    fn until_line(&mut self, beginning: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.starts_with(beginning)).unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn connect(service: &Service) -> String {
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let connection = json!({"provider": "custom", "name": "Reviews", "secrets": {"signing_secret": secret}});
    service.post("/v1/connections", connection).await["id"].as_str().unwrap().to_owned()
}

async fn complain(service: &Service, connection: &str, post: &str) {
    let complaint = json!({
        "connection_id": connection, "id": post, "text": format!("Complaint {post}"),
        "identity": {"external_id": "31337", "name": "Ana"}
    });
    service.post("/v1/complaints", complaint).await;
}

fn verified(request: &Received, secret: &str) -> Value {
    let header = |name: &str| request.headers[name].clone();
    let ours = standardwebhooks::Webhook::new(secret).unwrap();
    let time = header("webhook-timestamp").parse().unwrap();
    let expected = ours.sign(&header("webhook-id"), time, &request.body).unwrap();
    assert_eq!(header("webhook-signature"), expected);
    let body = request.json();
    assert_eq!(body["id"], header("webhook-id"));
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_hands_events_on_and_goes_on_after_a_restart_of_the_service() {
    let mut service = Service::start(Engine::Sqlite).await;
    let desk = Host::start();
    let (mut listener, secret) = Listener::start(&service, &desk.url);
    let connection = connect(&service).await;
    complain(&service, &connection, "p1").await;
    until("the first is there", || async { desk.count() == 1 }).await;
    service.stop();
    listener.until_line("The stream ended");
    service.restart().await;
    complain(&service, &connection, "p2").await;
    until("the second is there", || async { desk.count() == 2 }).await;
    let texts: Vec<Value> =
        desk.seen().iter().map(|request| verified(request, &secret)["data"]["text"].clone()).collect();
    assert_eq!(texts, ["Complaint p1", "Complaint p2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn listen_says_when_the_key_is_wrong() {
    let service = Service::start(Engine::Sqlite).await;
    let args = ["listen", "--url", &service.url, "--key", "sk_wrong", "--forward", "http://127.0.0.1:9"];
    let output = service.run(&args, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the key is not known"));
}
