//! Processes that are measured: started, found ready, their processor time read from `/proc`, ended.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::Args;
use segue::store::Location;

use crate::Result;

/// How often a process is asked whether it is there, and how long between.
const TRIES: usize = 3000;
const PAUSE: Duration = Duration::from_millis(10);

/// Where a target listens, and what its database is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Address {
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) database: String,
}

impl Address {
    pub(crate) fn location(&self) -> Location {
        match self.database.strip_prefix("sqlite://") {
            Some(path) => Location::Sqlite(path.into()),
            None => Location::Postgres(segue::domain::secret::Secret::new(self.database.clone())),
        }
    }

    pub(crate) fn bind(&self) -> Result<TcpListener> {
        Ok(TcpListener::bind(("127.0.0.1", self.port))?)
    }
}

/// A child that does not outlive this value.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
}

impl Process {
    /// Starts a target of this very program.
    pub(crate) fn target(words: &[&str], database: &str) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).args(["--port", &port.to_string(), "--database", database]);
        Self::start(&mut command, port)
    }

    /// Starts a command and waits until it listens. It logs as it always does, but nobody reads it.
    pub(crate) fn start(command: &mut Command, port: u16) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut process = Self { child, port };
        for _ in 0..TRIES {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?} ended with {status}").into());
            }
            std::thread::sleep(PAUSE);
        }
        Err(format!("{command:?} does not listen").into())
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Processor time it has used.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu(self.child.id())
    }

    /// Ends a target by closing its input, and waits until everything it took in is stored.
    pub(crate) fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.wait()
    }

    /// Ends a service by its signal, and waits until it has put everything in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.wait()
    }

    fn wait(&mut self) -> Result<()> {
        for _ in 0..TRIES {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        Err("a process does not end".into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Processor time of a process and of its children that ended.
fn cpu(pid: u32) -> Result<Duration> {
    let ticks: u64 = fields(pid)?.iter().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// Processor time of a process and all its children, those that live and those that ended.
pub(crate) fn cpu_of_family(parent: u32) -> Result<Duration> {
    let mut all = cpu(parent)?;
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if fields(pid).is_ok_and(|fields| fields.get(1) == Some(&parent.to_string())) {
            all += cpu(pid).unwrap_or_default();
        }
    }
    Ok(all)
}

/// The fields of `/proc/<pid>/stat` after the name, which may hold anything; ticks are hundredths of a second.
fn fields(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    Ok(after.split_whitespace().map(str::to_owned).collect())
}
