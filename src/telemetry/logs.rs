//! Log lines, on standard error: standard output carries data only.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use super::Traces;

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

/// Starts logging what `filter` lets through, and tracing where there is a collector.
///
/// # Errors
/// When the filter cannot be read, or logging is on already.
pub fn start_logs(filter: &str, form: LogForm, traces: Option<&Traces>) -> Result<(), LogsUnavailable> {
    let filter = EnvFilter::builder().parse(filter).map_err(|wrong| LogsUnavailable(wrong.into()))?;
    let lines = fmt::layer().with_writer(stderr);
    let lines = match form {
        LogForm::Text => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogForm::Json => lines.json().flatten_event(true).boxed(),
    };
    let started = registry().with(lines.with_filter(filter)).with(traces.map(Traces::layer)).try_init();
    started.map_err(|why| LogsUnavailable(why.into()))
}
