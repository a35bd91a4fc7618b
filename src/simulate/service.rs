//! The service in processes of its own: one, or where the database is a server and the scenario kills, a gateway and a
//! worker. Killing is SIGKILL: no goodbye.

use std::fs::{self, OpenOptions};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::SimulateError;
use crate::clock::{Stopwatch, random};
use crate::sandbox::Api;
use crate::sandbox::scenario::Side;

/// How long the service may take until it can work.
const STARTING: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Lines of its log that are shown when it does not run.
const LAST_LINES: usize = 8;

/// What the service is told by its environment.
pub(super) type Settings = Vec<(&'static str, String)>;

/// A process of the service.
struct Part {
    role: &'static str,
    child: Option<Child>,
}

pub(super) struct Service {
    program: PathBuf,
    folder: PathBuf,
    settings: Settings,
    parts: Vec<Part>,
    pub(super) api: Api,
}

impl Service {
    /// Starts it and waits until it can work.
    pub(super) async fn start(
        program: PathBuf,
        folder: &Path,
        database: &str,
        (redis, is_split): (Option<&str>, bool),
    ) -> Result<Self, SimulateError> {
        let (port, key) = (free_port(), format!("sk_{}", hex::encode(random::<24>())));
        let url = format!("http://127.0.0.1:{port}");
        let mut settings = vec![
            ("SEGUE_BIND", format!("127.0.0.1:{port}")),
            ("SEGUE_OPS_BIND", "off".to_owned()),
            ("SEGUE_PUBLIC_URL", url.clone()),
            ("SEGUE_DATABASE_URL", database.to_owned()),
            ("SEGUE_MASTER_KEY", hex::encode(random::<32>())),
            ("SEGUE_BOOTSTRAP_KEY", key.clone()),
            ("SEGUE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8".to_owned()),
            ("SEGUE_LEDGER_HEADS", folder.join("ledger-heads").display().to_string()),
            ("SEGUE_LOG", "warn".to_owned()),
        ];
        settings.extend(redis.map(|url| ("SEGUE_REDIS_URL", url.to_owned())));
        let roles: &[&'static str] = if is_split { &["gateway", "worker"] } else { &["all"] };
        let parts = roles.iter().map(|&role| Part { role, child: None }).collect();
        let api = Api::new(&url, &key)?;
        let mut service = Self { program, folder: folder.to_owned(), settings, parts, api };
        for at in 0..service.parts.len() {
            service.start_part(at).await?;
        }
        Ok(service)
    }

    /// The settings by name.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs another command of the program on the same settings; what it printed.
    pub(super) fn command(&self, words: &[&str]) -> io::Result<std::process::Output> {
        self.plain(words).stdin(Stdio::null()).output()
    }

    /// Kills the process that does that, and starts it again.
    pub(super) async fn kill(&mut self, side: Side) -> Result<(), SimulateError> {
        let role = match side {
            Side::Gateway => "gateway",
            Side::Worker => "worker",
        };
        let at = self.parts.iter().position(|part| part.role == role).unwrap_or(0);
        self.parts[at].end();
        self.start_part(at).await
    }

    async fn start_part(&mut self, at: usize) -> Result<(), SimulateError> {
        let role = self.parts[at].role;
        let log = OpenOptions::new().create(true).append(true).open(self.folder.join("segue.log"))?;
        let mut command = self.plain(&["serve", "--role", role]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.parts[at].child = Some(command.spawn()?);
        if role == "worker" {
            return Ok(());
        }
        let watch = Stopwatch::start();
        while !self.api.is_ready().await {
            let ended = self.parts[at].child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if let Some(status) = ended {
                return Err(SimulateError::Service(format!("ended with {status}: {}", self.last_words())));
            }
            if watch.elapsed() > STARTING {
                return Err(SimulateError::Service(format!("does not become ready: {}", self.last_words())));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// The program with nothing of this environment but what it needs to be found and to say why it broke.
    fn plain(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.folder).env_clear().env("RUST_BACKTRACE", "1");
        command.envs(self.settings.iter().cloned());
        command
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("segue.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

impl Part {
    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.parts.iter_mut().for_each(Part::end);
    }
}

/// A port nobody uses, from below those the system gives away: it must stay free while the service is down.
fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::from_be_bytes(random()) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
