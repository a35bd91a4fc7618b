//! The load generator: wrk with prepared requests.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::Result;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/callbacks.lua");

/// What wrk saw. Times are microseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Seen {
    /// Answers.
    pub(crate) requests: u64,
    /// Answers other than 2xx and 3xx.
    refused: u64,
    /// Connections that failed, and requests that were not answered in time.
    broken: u64,
    us: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Seen {
    /// Answers in a second.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / (self.us / 1e6)
    }
}

/// Sends the requests of a file as fast as they are answered. Fails when one was not answered by 200.
pub(crate) fn drive(origin: &str, requests: &Path, connections: usize, seconds: u64) -> Result<Seen> {
    let mut command = Command::new("wrk");
    command.args([
        "-t",
        "1",
        "-c",
        &connections.to_string(),
        "-d",
        &format!("{seconds}s"),
        "--timeout",
        "10s",
    ]);
    let output = command.args(["-s", SCRIPT, origin, "--"]).arg(requests).output();
    let output = output.map_err(|why| format!("wrk cannot be run ({why}); Debian has it as a package"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with('{'));
    let seen: Seen = serde_json::from_str(line.ok_or_else(|| format!("wrk said: {text}"))?)?;
    if seen.refused + seen.broken > 0 {
        return Err(format!("{} callbacks were refused, {} broke", seen.refused, seen.broken).into());
    }
    Ok(seen)
}
