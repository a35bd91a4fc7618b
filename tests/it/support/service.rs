//! The real program in a process of its own, to be killed and started again.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use segue::domain::secret::Secret;
use segue::store::Location;
use serde_json::Value;

use super::engines::{Engine, fresh_schema};

/// The key every service of the tests is started with.
pub(crate) const KEY: &str = "sk_0123456789abcdef0123456789abcdef0123456789abcdef";

/// A running service and its database.
pub(crate) struct Service {
    pub(crate) url: String,
    /// Where its metrics are.
    pub(crate) ops: String,
    pub(crate) http: reqwest::Client,
    settings: Vec<(&'static str, String)>,
    process: Option<Child>,
    folder: tempfile::TempDir,
}

impl Service {
    pub(crate) async fn start(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => Self::on(fresh_schema().await.expose()).await,
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let database = format!("sqlite://{}", folder.path().join("segue.db").display());
                Self::within(folder, &database).await
            }
        }
    }

    /// On a database that others may use too.
    pub(crate) async fn on(database: &str) -> Self {
        Self::within(tempfile::tempdir().unwrap(), database).await
    }

    async fn within(folder: tempfile::TempDir, database: &str) -> Self {
        let (bind, ops) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let settings = vec![
            ("SEGUE_BIND", bind.clone()),
            ("SEGUE_OPS_BIND", ops.clone()),
            ("SEGUE_DATABASE_URL", database.to_owned()),
            ("SEGUE_MASTER_KEY", "07".repeat(32)),
            ("SEGUE_BOOTSTRAP_KEY", KEY.into()),
            ("SEGUE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8".into()),
            ("SEGUE_LEDGER_HEADS", "ledger-heads".into()),
            ("SEGUE_LOG", "info,segue=debug".into()),
            ("SEGUE_PUBLIC_URL", format!("http://{bind}")),
        ];
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::new();
        let mut service = Self {
            url: format!("http://{bind}"),
            ops: format!("http://{ops}"),
            http,
            settings,
            process: None,
            folder,
        };
        service.restart().await;
        service
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> &str {
        &self.settings.iter().find(|(name, _)| *name == "SEGUE_DATABASE_URL").unwrap().1
    }

    /// Its database, for a look beside it.
    pub(crate) fn location(&self) -> Location {
        let url = self.database();
        match url.strip_prefix("sqlite://") {
            Some(path) => Location::Sqlite(path.into()),
            None => Location::Postgres(Secret::new(url)),
        }
    }

    /// Another setting from the next start on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.to_owned()));
    }

    /// Another command with the same settings, but for these.
    pub(crate) fn run(&self, args: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.envs(self.settings.iter().cloned()).envs(settings.iter().copied()).output().unwrap()
    }

    /// SIGTERM, and waits for the end; its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let mut process = self.process.take().unwrap();
        Command::new("kill").arg(process.id().to_string()).status().unwrap();
        process.wait().unwrap().code()
    }

    /// Starts it again on the same database and port, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        command.arg("serve").current_dir(self.folder.path()).stdin(Stdio::null()).stderr(log);
        self.process = Some(command.envs(self.settings.iter().cloned()).spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.is_ready().await {
            assert!(Instant::now() < deadline, "the service did not become ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("segue.log")
    }

    /// Everything it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap()
    }

    /// Its files: the database with what belongs to it, keys, the log.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// SIGKILL: no goodbye.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            process.wait().unwrap();
        }
    }

    /// A request of the API; its status and body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method: reqwest::Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(KEY);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// A POST that succeeds.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call("POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{status} {body}");
        body
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// A port nobody uses, from below those the system gives away: it must stay free while the service is down.
fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::from_be_bytes(segue::clock::random()) % 12_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
