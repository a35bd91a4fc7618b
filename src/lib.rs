//! Segue takes a public complaint into a private conversation, with the customer's consent on record, and relays
//! messages both ways.
//!
//! Modules stand on floors; one may name only modules on lower floors (`tests/it/architecture.rs` keeps it so):
//!
//! | floor | modules |
//! |---|---|
//! | 0 | `domain` |
//! | 1 | `providers`, `ledger`, `vault`, `clock`, `config`, `telemetry` |
//! | 2 | `store`, `outbound`, `coordination` |
//! | 3 | `gateway`, `bridge`, `relay`, `sequencer`, `retention` |
//! | 4 | `http`, `console`, `sandbox` |
//! | 5 | `app`, `demo`, `simulate`, `cli` |

pub mod app;
pub mod bridge;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod coordination;
pub mod demo;
pub mod domain;
pub mod gateway;
pub mod http;
pub mod ledger;
pub mod outbound;
pub mod providers;
pub mod relay;
pub mod retention;
pub mod sandbox;
pub mod sequencer;
pub mod simulate;
pub mod store;
pub mod telemetry;
pub mod vault;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
