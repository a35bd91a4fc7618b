//! The one HTTP client door: timeouts, a body cap, no redirects, no proxies, and a guard over addresses.
//!
//! Says of every failure whether the other side may have seen the request. Nothing here logs or returns a path, a
//! query, a header or a body.

mod address;
mod client;
mod collector;
mod error;
mod guard;
mod reply;
mod stream;

pub use address::is_global;
pub use client::{DEFAULT_TIMEOUT, Outbound, OutboundUnavailable};
pub use collector::Collector;
pub use error::{MaybeSent, NotSent, OutboundError, TargetRefused};
pub use stream::Streamed;
