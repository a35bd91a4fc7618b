//! The API from outside, on both engines.

mod asked;
mod configuration;
mod customers;
mod desk;
mod errors;
mod events;
mod figures;
mod fixture;
mod forged;
mod idempotency;
mod ledger;
mod operations;
mod rejected;
mod rights;
mod templates;
mod workspace;
