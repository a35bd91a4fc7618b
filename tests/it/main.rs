//! One binary for every test from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "a test binary has no outside")]

mod api;
mod architecture;
mod bridge;
mod browser;
mod console;
mod coordination;
mod crash;
mod demo;
mod deploy;
mod doctor;
mod gateway;
mod ledger;
mod listen;
mod master_key;
mod migrations;
mod openapi;
mod outbound;
mod providers;
mod relay;
mod retention;
mod sandbox;
mod sequencer;
mod simulate;
mod start;
mod statements;
mod story;
mod support;
mod texts;
mod traces;
