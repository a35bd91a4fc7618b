//! Receipts (C2SP tlog-proof): a leaf, where it stands, and the signed checkpoint of a tree that holds it.

use super::checkpoint::Checkpoint;
use super::hash::Hash;
use super::note::{NoteError, Vkey};
use super::proof;
use crate::domain::signature::{decode_base64, encode_base64};

const HEAD: &str = "c2sp.org/tlog-proof@v1";

/// A proof that one leaf is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The exact bytes of the leaf, on the `extra` line.
    pub leaf: Vec<u8>,
    /// Its number in the log.
    pub index: u64,
    /// What proves it, leaf side first.
    pub proof: Vec<Hash>,
    /// The signed checkpoint it is proven against.
    pub checkpoint: String,
}

/// Why a receipt proves nothing.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadReceipt {
    /// It is not of the form of a receipt.
    #[error("it is not a tlog-proof with an extra line")]
    Malformed,
    /// Its checkpoint is not believed.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The proof does not lead from its leaf to its checkpoint.
    #[error("its proof does not lead from its leaf to its checkpoint")]
    NotIncluded,
}

impl Receipt {
    /// Whether a text begins like one.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.starts_with("c2sp.org/tlog-proof@")
    }

    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\nextra {}\nindex {}\n", encode_base64(&self.leaf), self.index);
        for hash in &self.proof {
            text.push_str(&format!("{hash}\n"));
        }
        text + "\n" + &self.checkpoint
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadReceipt::Malformed`].
    pub fn parse(text: &str) -> Result<Self, BadReceipt> {
        Self::read(text).ok_or(BadReceipt::Malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let (proof, checkpoint) = text.split_once("\n\n")?;
        let mut lines = proof.split('\n');
        if lines.next()? != HEAD {
            return None;
        }
        let leaf = decode_base64(lines.next()?.strip_prefix("extra ")?).ok()?;
        let digits = lines.next()?.strip_prefix("index ")?;
        let index: u64 = digits.parse().ok().filter(|number: &u64| number.to_string() == digits)?;
        let proof: Option<Vec<Hash>> = lines.map(Hash::from_base64).collect();
        Some(Self { leaf, index, proof: proof?, checkpoint: checkpoint.to_owned() })
    }

    /// The checkpoint, when the key signed it and the leaf is in its tree.
    ///
    /// # Errors
    /// [`BadReceipt`] says what is wrong.
    pub fn verify(&self, key: &Vkey) -> Result<Checkpoint, BadReceipt> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = Hash::of_leaf(&self.leaf);
        let tree = (checkpoint.size, &checkpoint.root);
        if proof::is_included(&leaf, self.index, tree, &self.proof) {
            Ok(checkpoint)
        } else {
            Err(BadReceipt::NotIncluded)
        }
    }
}
