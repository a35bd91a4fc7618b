//! The signer's own record of what it signed last, kept outside the database, and what it allows to sign next.
//!
//! The record is written before the database commits. So it may be ahead of the database by one batch, whose commit
//! failed or was never seen: then exactly that batch is signed again, which gives the same bytes, and nothing else is.

use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::hash::Hash;
use super::note::{NoteError, Vkey};

const FORMAT: &str = "segue-ledger-head/1";

/// A record as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    format: String,
    /// The head, signed.
    pub checkpoint: String,
    /// Base64 of the leaf hashes that were added last.
    batch: Vec<String>,
}

/// What may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Whatever waits.
    Extend,
    /// These leaves and no others: they were signed, and their commit was not seen.
    Repeat(Vec<Hash>),
}

/// Why nothing is signed. Each is something a person must look at.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// The record was lost, or this process looks for it in another place.
    #[error(
        "the ledger has {size} leaves, but there is no record of what was signed; set SEGUE_LEDGER_HEADS to where the \
         record is, or run `segue ledger adopt` if it is lost"
    )]
    NoRecord {
        /// Leaves in the database.
        size: u64,
    },
    /// The record is damaged.
    #[error("the record of what was signed cannot be read; restore it, or run `segue ledger adopt`")]
    Unreadable,
    /// The record was signed by another key than the database has.
    #[error(
        "the record was signed by another key than the database has: {0}; this is another database, or another \
         SEGUE_LEDGER_HEADS than before"
    )]
    OtherKey(NoteError),
    /// The database has less than was signed.
    #[error(
        "{recorded} leaves were signed, but the database has {size}: an older database was restored; bring the newest \
         one back, or run `segue ledger adopt` to go on without what is missing"
    )]
    Behind {
        /// Leaves in the database.
        size: u64,
        /// Leaves that were signed.
        recorded: u64,
    },
    /// The database has another history than was signed.
    #[error(
        "the first {at} leaves of the database are not those that were signed: the ledger was rewritten, or another \
         signer went on without this record; find out which before `segue ledger adopt`"
    )]
    Forked {
        /// How many leaves were compared.
        at: u64,
    },
}

impl Kept {
    /// The record of a head and of the leaves that were added for it.
    #[must_use]
    pub fn new(checkpoint: String, batch: &[Hash]) -> Self {
        Self { format: FORMAT.to_owned(), checkpoint, batch: batch.iter().map(Hash::to_string).collect() }
    }

    /// As it is written.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::json!(self).to_string() + "\n"
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`Refused::Unreadable`].
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let kept: Self = serde_json::from_str(text).map_err(|_| Refused::Unreadable)?;
        if kept.format == FORMAT { Ok(kept) } else { Err(Refused::Unreadable) }
    }

    /// The head, when the ledger's key signed it.
    ///
    /// # Errors
    /// [`Refused::OtherKey`].
    pub fn head(&self, key: &Vkey) -> Result<Checkpoint, Refused> {
        Checkpoint::open(&self.checkpoint, key).map_err(Refused::OtherKey)
    }

    fn batch(&self) -> Result<Vec<Hash>, Refused> {
        let hashes: Option<Vec<Hash>> = self.batch.iter().map(|text| Hash::from_base64(text)).collect();
        hashes.ok_or(Refused::Unreadable)
    }

    /// What may be signed on a database with `size` leaves, whose root over the first leaves, as many as both have, is
    /// `root`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn course(&self, key: &Vkey, size: u64, root: &Hash) -> Result<Course, Refused> {
        let head = self.head(key)?;
        if size >= head.size {
            return if *root == head.root {
                Ok(Course::Extend)
            } else {
                Err(Refused::Forked { at: head.size })
            };
        }
        let batch = self.batch()?;
        if size + batch.len() as u64 == head.size {
            Ok(Course::Repeat(batch))
        } else {
            Err(Refused::Behind { size, recorded: head.size })
        }
    }
}
