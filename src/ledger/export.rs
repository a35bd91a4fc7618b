//! A whole ledger as JSON Lines: a head, then a line for each leaf in order. Anybody can write a verifier for it.

use serde::{Deserialize, Serialize};

use super::hash::Hash;
use crate::domain::signature::{decode_base64, encode_base64};

/// The form of exports made here.
pub const FORMAT: &str = "segue-ledger/1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// [`FORMAT`].
    pub format: String,
    /// Which log.
    pub origin: String,
    /// The key it says it is signed by.
    pub vkey: String,
    /// The signed checkpoint, exact text.
    pub checkpoint: String,
}

/// Every further line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its number in the log.
    pub index: u64,
    /// Base64 of the exact bytes of the leaf.
    pub leaf: String,
}

impl Head {
    /// The head of an export.
    #[must_use]
    pub fn new(origin: &str, vkey: &str, checkpoint: &str) -> Self {
        Self {
            format: FORMAT.to_owned(),
            origin: origin.to_owned(),
            vkey: vkey.to_owned(),
            checkpoint: checkpoint.to_owned(),
        }
    }

    /// Whether a line is the head of an export, whole or broken.
    #[must_use]
    pub fn is_one(line: &str) -> bool {
        line.contains("\"segue-ledger/")
    }

    /// As a line, without its newline.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

impl Line {
    /// The line of a leaf.
    #[must_use]
    pub fn new(index: u64, leaf: &[u8]) -> Self {
        Self { index, leaf: encode_base64(leaf) }
    }

    /// As a line, without its newline.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// The leaf's bytes.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        decode_base64(&self.leaf).ok()
    }

    /// The leaf's hash.
    #[must_use]
    pub fn hash(&self) -> Option<Hash> {
        self.bytes().map(|bytes| Hash::of_leaf(&bytes))
    }
}

/// Reads a line: one JSON object, with nothing before or after it.
pub(super) fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Option<T> {
    let is_bare = line.starts_with('{') && line.ends_with('}');
    if is_bare { serde_json::from_str(line).ok() } else { None }
}
