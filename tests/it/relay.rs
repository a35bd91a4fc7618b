//! The way of a delivery: in memory, through the database, to the wire, and what is written down of it.

mod claims;
pub(crate) mod kit;
mod sends;
mod webhooks;
