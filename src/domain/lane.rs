//! Lanes keep order: what shares a lane is handled one after the other.

use sha2::{Digest, Sha256};

use super::id::{ConnectionId, WorkspaceId};

/// How many lane slots there are. Fixed: rows remember their slot.
pub const SLOTS: i64 = 256;

/// A lane, as 16 bytes of SHA-256 over what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane([u8; 16]);

impl Lane {
    /// The lane named by these parts; parts are length-prefixed, so that no two lists meet.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(digest16(parts))
    }

    /// From stored bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

/// The slot of an inbound lane of a connection, 0 to 255.
#[must_use]
pub fn slot(workspace: &WorkspaceId, connection: &ConnectionId, lane: &str) -> i64 {
    i64::from(digest16(&[workspace.as_str(), connection.as_str(), lane])[0])
}

/// The first 16 bytes of SHA-256 over length-prefixed parts: short unique keys for narrow indexes.
#[must_use]
pub fn digest16(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let full = hash.finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&full[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Lane::of(&["ab", "c"]), Lane::of(&["a", "bc"]));
    }
}
