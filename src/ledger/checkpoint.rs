//! Checkpoints (C2SP tlog-checkpoint v1.0.0): how large a log is and what its root is, signed.

use super::hash::Hash;
use super::note::{self, NoteError, Signer, Vkey};

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
}

impl Checkpoint {
    /// Signed by the log, whose name is the origin.
    #[must_use]
    pub fn sign(signer: &Signer, size: u64, root: Hash) -> String {
        signer.sign(&format!("{}\n{size}\n{root}\n", signer.name()))
    }

    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// [`NoteError`] when the key did not sign it, or it is the head of another log than the key's.
    pub fn open(signed: &str, key: &Vkey) -> Result<Self, NoteError> {
        let text = note::verify(signed, &[key])?;
        let checkpoint = Self::read(text).ok_or(NoteError::Malformed)?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(NoteError::NotSigned) }
    }

    /// Reads the text that is signed; further lines are extensions, which say nothing to us.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let size: u64 = size.parse().ok().filter(|number: &u64| number.to_string() == size)?;
        let is_whole = !origin.is_empty() && lines.all(|line| !line.is_empty());
        is_whole.then_some(Self { origin: origin.to_owned(), size, root: Hash::from_base64(root)? })
    }
}
