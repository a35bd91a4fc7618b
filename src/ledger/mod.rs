//! The consent ledger's mathematics: Merkle hashing (RFC 6962), proofs, signed checkpoints and receipts (C2SP), and
//! their verification. Pure: no I/O, no clock, no chance.

pub mod canonical;
pub mod checkpoint;
pub mod evidence;
pub mod export;
pub mod hash;
pub mod kept;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod record;
pub mod tree;
pub mod verify;
