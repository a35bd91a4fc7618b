//! The ledger: its mathematics against published values, then sealing and what is served from it.

mod log;
mod offline;
mod proofs;
mod signatures;
