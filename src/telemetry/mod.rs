//! What can be seen of a running service: log lines on standard error, metrics, and traces.
//!
//! Never the id of a person, never a text, never a secret.

mod logs;
pub mod metrics;
mod recorder;
mod traces;

pub use logs::{LogForm, LogsUnavailable, start_logs};
pub use recorder::Metrics;
pub use traces::{Traces, TracesUnavailable};
