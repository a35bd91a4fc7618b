//! The ledger: its mathematics against published values, then sealing and what is served from it.

pub(crate) mod bench;
mod command;
mod log;
mod offline;
mod proofs;
mod sealing;
mod signatures;
mod signer;
