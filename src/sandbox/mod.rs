//! Simulated providers on a loopback port: they sign callbacks, take sends in the real forms, and keep the real rules,
//! over real HTTP. They know nothing of `providers`: each side reads the platform's documents for itself, so that a
//! mistake of one is seen by the other. The service itself never names this module.
//!
//! A provider is one file and its row in `hosts`.

mod client;
mod control;
mod core;
mod courier;
mod crowd;
mod facebook;
mod faults;
mod host;
mod log;
pub mod plan;
pub mod scenario;
mod seed;
mod server;
mod twilio;
mod word;
mod x;

use std::sync::Arc;

pub use self::client::{Api, ApiError};
pub use self::core::{Options, Sandbox};
pub(crate) use self::courier::Try;
pub(crate) use self::crowd::Gathering;
pub(crate) use self::faults::Faults;
pub(crate) use self::host::Act;
use self::host::{Host, Source};
pub(crate) use self::seed::Seed;

/// Every simulated provider.
fn hosts(source: &Source, has_limits: bool) -> Vec<Arc<dyn Host>> {
    vec![
        Arc::new(x::X::new(source, has_limits)),
        Arc::new(facebook::Facebook::new(source)),
        Arc::new(twilio::Twilio::new(source)),
    ]
}
