//! Log lines, on standard error: standard output carries data only.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for LogForm {
    /// Text on a terminal, else JSON.
    fn default() -> Self {
        if stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// Logging is not started: the filter is wrong, or it is on already.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot start: {0}")]
pub struct LogsUnavailable(Box<dyn std::error::Error + Send + Sync>);

/// Starts logging what `filter` lets through.
///
/// # Errors
/// When the filter cannot be read, or logging is on already.
pub fn start_logs(filter: &str, form: LogForm) -> Result<(), LogsUnavailable> {
    let filter = EnvFilter::builder().parse(filter).map_err(|wrong| LogsUnavailable(wrong.into()))?;
    let lines = fmt().with_env_filter(filter).with_writer(stderr);
    let started = match form {
        LogForm::Text => lines.with_ansi(stderr().is_terminal()).try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(LogsUnavailable)
}
