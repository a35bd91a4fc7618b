//! The API from outside, on both engines.

mod configuration;
mod desk;
mod errors;
mod events;
mod fixture;
mod forged;
mod idempotency;
mod rejected;
mod rights;
mod workspace;
