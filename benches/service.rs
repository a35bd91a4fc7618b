//! The real program, with a client of its API.
#![expect(clippy::disallowed_methods, reason = "a benchmark is a client of its own")]

use std::process::Command;

use segue::vault::{Key, MasterKeys};
use serde_json::Value;

use crate::Result;
use crate::database::{Database, Databases};
use crate::process::{Process, free_port};
use crate::receiver::LOOPBACK;
use crate::twilio::ORIGIN;

/// The master key of every database here, in hexadecimal digits.
const MASTER: &str = "0707070707070707070707070707070707070707070707070707070707070707";

const KEY: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef";

/// How often readiness is asked for.
const TRIES: usize = 500;

pub(crate) fn master() -> MasterKeys {
    MasterKeys::new(Key::new([7; 32]), Vec::new())
}

/// A running `segue serve`.
pub(crate) struct Service {
    pub(crate) process: Process,
    http: reqwest::Client,
}

impl Service {
    pub(crate) async fn start(databases: &Databases, database: &Database) -> Result<Self> {
        let port = free_port()?;
        // Of this database alone: the default workspace has the same id in all of them.
        let heads = databases.folder().join(format!("heads-{port}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.arg("serve").current_dir(databases.folder()).envs([
            ("SEGUE_BIND", format!("127.0.0.1:{port}").as_str()),
            ("SEGUE_OPS_BIND", "off"),
            ("SEGUE_PUBLIC_URL", ORIGIN),
            ("SEGUE_DATABASE_URL", &database.url),
            ("SEGUE_MASTER_KEY", MASTER),
            ("SEGUE_BOOTSTRAP_KEY", KEY),
            ("SEGUE_ALLOW_PRIVATE_TARGETS", LOOPBACK),
            ("SEGUE_LEDGER_HEADS", &heads.display().to_string()),
            ("SEGUE_LOG", "info"),
        ]);
        let service = Self { process: Process::start(&mut command, port)?, http: reqwest::Client::new() };
        for _ in 0..TRIES {
            let ready = service.http.get(format!("{}/readyz", service.process.origin())).send().await;
            if ready.is_ok_and(|answer| answer.status() == 200) {
                return Ok(service);
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Err("the service does not become ready".into())
    }

    /// A POST of the API that succeeds.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.process.origin())).bearer_auth(KEY);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("POST {path}: {status} {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// A GET of the API that succeeds.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let answer =
            self.http.get(format!("{}{path}", self.process.origin())).bearer_auth(KEY).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("GET {path}: {status} {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Makes a connection; its id.
    pub(crate) async fn connect(&self, connection: &Value) -> Result<String> {
        let made = self.post("/v1/connections", connection).await?;
        Ok(made["id"].as_str().ok_or("a connection without an id")?.to_owned())
    }
}

/// A database in which there is one connection, and that connection's id.
pub(crate) async fn prepared(
    databases: &Databases,
    engine: crate::database::Engine,
    connection: &Value,
) -> Result<(Database, String)> {
    let database = databases.empty(engine).await?;
    let service = Service::start(databases, &database).await?;
    let id = service.connect(connection).await?;
    service.process.stop()?;
    Ok((database, id))
}
