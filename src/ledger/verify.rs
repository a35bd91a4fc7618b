//! Verification offline: of exports, receipts and evidence, by a key that is known or the one they name themselves, and
//! against a head that somebody kept.

use std::fmt;

use super::checkpoint::Checkpoint;
use super::evidence::{BadEvidence, Evidence};
use super::export::{self, Head, Line};
use super::hash::Hash;
use super::note::{BadVkey, NoteError, Vkey};
use super::receipt::{BadReceipt, Receipt};
use super::tree::Edge;
use crate::ledger::leaf;

/// Why something does not hold, as a sentence for a person.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unproven {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// It is none of the files that can be verified.
    #[error("The file is no ledger export, receipt or evidence.")]
    Unknown,
    /// The first line is not understood.
    #[error("Line 1 is not the head of a ledger export.")]
    BadHead,
    /// The key it names is none.
    #[error("The verifier key in the file is not understood.")]
    BadVkey(#[from] BadVkey),
    /// It is signed by another key than the one that is known.
    #[error("The file names another key than the one given.")]
    OtherKey,
    /// Origin, key and checkpoint do not name the same log.
    #[error("The origin, the key and the checkpoint do not name the same ledger.")]
    OtherOrigin,
    /// The checkpoint is not believed.
    #[error("The checkpoint does not hold: {0}.")]
    Checkpoint(NoteError),
    /// A line is not understood.
    #[error("Line {0} is not a leaf of a ledger export.")]
    BadLine(u64),
    /// A leaf is missing, doubled or out of its place.
    #[error("Line {line} has leaf {found} where leaf {expected} belongs.")]
    OutOfPlace {
        /// The line.
        line: u64,
        /// What stands there.
        found: u64,
        /// What should.
        expected: u64,
    },
    /// There are more or fewer leaves than were signed.
    #[error("There are {found} leaves, but {signed} were signed.")]
    OtherSize {
        /// In the file.
        found: u64,
        /// In the checkpoint.
        signed: u64,
    },
    /// A leaf was changed.
    #[error("The leaves do not make the signed root: something in them was changed.")]
    OtherRoot,
    /// The head to compare with is not believed.
    #[error("What it is compared with does not hold: {0}.")]
    BadAnchor(BadReceipt),
    /// The export ends before the head it is compared with.
    #[error(
        "The file has {found} leaves, but a head over {kept} was signed: it is older, or leaves were taken away."
    )]
    Shortened {
        /// In the file.
        found: u64,
        /// In the head that was kept.
        kept: u64,
    },
    /// History was rewritten.
    #[error("The first {0} leaves are not those that were signed before: the ledger was rewritten.")]
    Rewritten(u64),
    /// A receipt does not hold.
    #[error("The receipt does not hold: {0}.")]
    Receipt(#[from] BadReceipt),
    /// Evidence does not hold.
    #[error("Entry {at} does not hold: {why}.")]
    Evidence {
        /// Which, from 1.
        at: usize,
        /// Why.
        why: BadEvidence,
    },
}

/// What was found to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Which ledger.
    pub origin: String,
    /// Whether the key was known beforehand.
    pub is_pinned: bool,
    /// What holds, as the rest of a sentence.
    pub what: String,
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.is_pinned { "the key given" } else { "its self-declared key" };
        write!(f, "It holds: {} {}, checked with {key}.", self.what, self.origin)
    }
}

/// A head that somebody kept: in a receipt, or a checkpoint alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A receipt.
    Receipt(Receipt),
    /// A signed checkpoint.
    Checkpoint(String),
}

impl Anchor {
    /// Reads either.
    ///
    /// # Errors
    /// [`Unproven::BadAnchor`].
    pub fn read(text: &str) -> Result<Self, Unproven> {
        if Receipt::is_one(text) {
            return Receipt::parse(text).map(Self::Receipt).map_err(Unproven::BadAnchor);
        }
        Ok(Self::Checkpoint(text.to_owned()))
    }

    fn open(&self, key: &Vkey) -> Result<Checkpoint, Unproven> {
        let opened = match self {
            Self::Receipt(receipt) => receipt.verify(key),
            Self::Checkpoint(signed) => Checkpoint::open(signed, key).map_err(BadReceipt::Checkpoint),
        };
        opened.map_err(Unproven::BadAnchor)
    }
}

/// The key to believe: the one that is known, which the file must name too, or the one it names.
fn settle(named: &str, pinned: Option<&Vkey>) -> Result<Vkey, Unproven> {
    let named = Vkey::parse(named)?;
    match pinned {
        Some(pinned) if *pinned != named => Err(Unproven::OtherKey),
        _ => Ok(named),
    }
}

/// An export while it is read, line by line.
#[derive(Debug)]
pub struct ExportCheck {
    checkpoint: Checkpoint,
    is_pinned: bool,
    edge: Edge,
    kept: Option<Checkpoint>,
    /// The root at the size of the head that was kept.
    passed: Option<Hash>,
}

impl ExportCheck {
    /// Begins with the first line.
    ///
    /// # Errors
    /// [`Unproven`] when the head does not hold already.
    pub fn begin(line: &str, pinned: Option<&Vkey>, anchor: Option<&Anchor>) -> Result<Self, Unproven> {
        let head: Head = export::read(line).ok_or(Unproven::BadHead)?;
        if head.format != export::FORMAT {
            return Err(Unproven::BadHead);
        }
        let key = settle(&head.vkey, pinned)?;
        if head.origin != key.name() {
            return Err(Unproven::OtherOrigin);
        }
        let checkpoint = Checkpoint::open(&head.checkpoint, &key).map_err(Unproven::Checkpoint)?;
        let kept = anchor.map(|anchor| anchor.open(&key)).transpose()?;
        let mut check =
            Self { checkpoint, is_pinned: pinned.is_some(), edge: Edge::default(), kept, passed: None };
        check.look();
        Ok(check)
    }

    /// Goes on with the next line.
    ///
    /// # Errors
    /// [`Unproven`] when it is not the next leaf.
    pub fn leaf(&mut self, line: &str) -> Result<(), Unproven> {
        let expected = self.edge.size();
        let number = expected + 2;
        let leaf: Line = export::read(line).ok_or(Unproven::BadLine(number))?;
        let hash = leaf.hash().ok_or(Unproven::BadLine(number))?;
        if leaf.index != expected {
            return Err(Unproven::OutOfPlace { line: number, found: leaf.index, expected });
        }
        self.edge.append(hash);
        self.look();
        Ok(())
    }

    fn look(&mut self) {
        if self.kept.as_ref().is_some_and(|kept| kept.size == self.edge.size()) {
            self.passed = Some(self.edge.root());
        }
    }

    /// Ends after the last line.
    ///
    /// # Errors
    /// [`Unproven`] when the whole is not what was signed.
    pub fn end(self) -> Result<Proven, Unproven> {
        let (found, signed) = (self.edge.size(), self.checkpoint.size);
        if found != signed {
            return Err(Unproven::OtherSize { found, signed });
        }
        if self.edge.root() != self.checkpoint.root {
            return Err(Unproven::OtherRoot);
        }
        if let Some(kept) = &self.kept {
            let root = self.passed.ok_or(Unproven::Shortened { found, kept: kept.size })?;
            if root != kept.root {
                return Err(Unproven::Rewritten(kept.size));
            }
        }
        let with =
            self.kept.map_or_else(String::new, |kept| format!(" and go on from the head over {}", kept.size));
        let what = format!("{found} leaves make the signed root{with}, of");
        Ok(Proven { origin: self.checkpoint.origin, is_pinned: self.is_pinned, what })
    }
}

/// Verifies a whole export at hand.
///
/// # Errors
/// [`Unproven`].
pub fn export(text: &str, pinned: Option<&Vkey>, anchor: Option<&Anchor>) -> Result<Proven, Unproven> {
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let mut check = ExportCheck::begin(lines.next().unwrap_or_default(), pinned, anchor)?;
    lines.try_for_each(|line| check.leaf(line))?;
    check.end()
}

/// Verifies a receipt. It names no key of its own, so without one nothing can be said.
///
/// # Errors
/// [`Unproven`].
pub fn receipt(text: &str, key: &Vkey) -> Result<Proven, Unproven> {
    let receipt = Receipt::parse(text)?;
    let checkpoint = receipt.verify(key)?;
    let said = leaf::read(&receipt.leaf);
    let event = said.as_ref().and_then(|said| said["event"].as_str()).unwrap_or("something");
    let what = format!("{event} is leaf {} of the {} signed leaves of", receipt.index, checkpoint.size);
    Ok(Proven { origin: checkpoint.origin, is_pinned: true, what })
}

/// Verifies evidence.
///
/// # Errors
/// [`Unproven`].
pub fn evidence(text: &str, pinned: Option<&Vkey>) -> Result<Proven, Unproven> {
    let evidence: Evidence = serde_json::from_str(text).map_err(|_| Unproven::Unknown)?;
    if evidence.format != super::evidence::FORMAT || evidence.entries.is_empty() {
        return Err(Unproven::Unknown);
    }
    let key = settle(&evidence.vkey, pinned)?;
    let said = evidence.verify(&key).map_err(|(at, why)| Unproven::Evidence { at, why })?;
    let events: Vec<&str> = said.iter().filter_map(|leaf| leaf["event"].as_str()).collect();
    let what = format!("{} of {} in", events.join(", "), evidence.record_id);
    Ok(Proven { origin: key.name().to_owned(), is_pinned: pinned.is_some(), what })
}
