//! One file per provider. Pure: bytes in, values out; no client, no database, no clock.
//!
//! Adding a provider is its file, the `mod` line and the row of [`TABLE`], and its fixtures.

mod access;
pub mod check;
mod contract;
mod custom;
mod facebook;
pub mod inspect;
mod outgoing;
mod person;
mod raw;
mod reply;
mod twilio;
mod x;

pub use access::{Access, Renewed};
pub use contract::{Account, Body, Door, FailedCheck, Field, Need, Provider, Quarantined, Unverified};
pub use outgoing::{HttpReply, HttpRequest, Outcome, Outgoing, Recipient, Refusal, Send};
pub use person::PersonRef;
pub use raw::RawRequest;
pub use reply::Reply;

/// Every provider there is.
pub static TABLE: &[&dyn Provider] = &[&custom::Custom, &facebook::Facebook, &twilio::Twilio, &x::X];

/// The provider of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    TABLE.iter().copied().find(|provider| provider.name() == name)
}
