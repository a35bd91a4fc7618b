//! Inbound events: accepting them once, taking them slot by slot, parking and quarantining.

mod accept;
mod marks;
mod own;
mod take;

pub use self::accept::{NewCallback, NewInbound, Receipt, SealedCallback};
pub use self::marks::{PARKED_FOR, done, park, unpark};
pub(super) use self::own::{OwnFact, own};
pub use self::take::PendingFact;
pub(super) use self::take::{AMONG, STATEMENTS};

use crate::domain::inbound::Trust;

fn hash16(bytes: &[u8]) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let full = Sha256::digest(bytes);
    let mut short = [0; 16];
    short.copy_from_slice(&full[..16]);
    short
}

const fn trust_word(trust: Trust) -> &'static str {
    match trust {
        Trust::Signed => "signed",
        Trust::Unsigned => "unsigned",
    }
}
