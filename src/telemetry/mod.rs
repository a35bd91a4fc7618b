//! What can be seen of a running service: log lines on standard error, and metrics.
//!
//! Never the id of a person, never a text, never a secret.

mod logs;
pub mod metrics;
mod recorder;

pub use logs::{LogForm, LogsUnavailable, start_logs};
pub use recorder::Metrics;
