//! Signed notes (C2SP signed-note v1.0.0): a text, and under it a line for each signature.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::hash::sha256;
use crate::domain::signature::{decode_base64, encode_base64};

/// Signature lines read at most; the specification asks for 16 or more.
const MOST_SIGNATURES: usize = 100;

const LINE: &str = "\u{2014} ";

/// What kind of signature a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Ed25519 over the text.
    Ed25519 = 1,
    /// A witness's Ed25519 over the text and the time at which it saw it (C2SP tlog-cosignature).
    Cosignature = 4,
}

/// A key that checks notes, with the name of whoever signs by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    kind: Kind,
    key: VerifyingKey,
}

/// The text is not the verifier key of a note.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a note verifier key of the form name+8 hex digits+base64")]
pub struct BadVkey;

/// Why a note is not believed.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// It is not of the form of a signed note.
    #[error("it is not a signed note")]
    Malformed,
    /// None of the keys asked for signed it.
    #[error("it is not signed by the expected key")]
    NotSigned,
    /// A signature that names one of the keys was not made by it.
    #[error("its signature does not fit")]
    Mismatch,
}

impl Vkey {
    /// Reads `name+hash+key`, exactly as [`fmt::Display`] writes it.
    ///
    /// # Errors
    /// [`BadVkey`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, BadVkey> {
        let (name, rest) = text.split_once('+').ok_or(BadVkey)?;
        let (_, key) = rest.split_once('+').ok_or(BadVkey)?;
        let bytes = decode_base64(key).map_err(|_| BadVkey)?;
        let (kind, key) = bytes.split_first().ok_or(BadVkey)?;
        let kind = match kind {
            1 => Kind::Ed25519,
            4 => Kind::Cosignature,
            _ => return Err(BadVkey),
        };
        let key = VerifyingKey::try_from(key).map_err(|_| BadVkey)?;
        let vkey = Self { name: name.to_owned(), kind, key };
        // The hash in the middle is a check, and there is one spelling.
        if is_name(name) && vkey.to_string() == text { Ok(vkey) } else { Err(BadVkey) }
    }

    /// Whose it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn material(&self) -> Vec<u8> {
        [&[self.kind as u8], &self.key.as_bytes()[..]].concat()
    }

    fn id(&self) -> [u8; 4] {
        let hash = sha256(&[self.name.as_bytes(), b"\n", &self.material()].concat());
        [hash[0], hash[1], hash[2], hash[3]]
    }

    fn fits(&self, text: &str, signature: &[u8]) -> bool {
        let (message, signature) = match self.kind {
            Kind::Ed25519 => (text.as_bytes().to_vec(), signature),
            Kind::Cosignature => {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
                let head = format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time));
                ([head.as_bytes(), text.as_bytes()].concat(), signature)
            }
        };
        Signature::from_slice(signature).is_ok_and(|made| self.key.verify_strict(&message, &made).is_ok())
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), encode_base64(&self.material()))
    }
}

/// A name is not empty and holds neither white space nor `+`.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// Signs notes. It does not print.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

impl Signer {
    /// A signer of that name out of 32 random bytes; `None` when a note cannot bear the name.
    #[must_use]
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<Self> {
        is_name(name).then(|| Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that checks what it signs.
    #[must_use]
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), kind: Kind::Ed25519, key: self.key.verifying_key() }
    }

    /// The text, which ends in a newline, as a signed note. The same text gives the same note.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let made = self.key.sign(text.as_bytes()).to_bytes();
        let signature = encode_base64(&[&self.vkey().id()[..], &made].concat());
        format!("{text}\n{LINE}{} {signature}\n", self.name)
    }
}

/// The text of a note that at least one of these keys signed. Signatures of others are ignored; one that names a key
/// of ours and does not fit spoils the note.
///
/// # Errors
/// [`NoteError`] says what is wrong.
pub fn verify<'a>(note: &'a str, keys: &[&Vkey]) -> Result<&'a str, NoteError> {
    if note.contains(|c: char| c.is_control() && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let (text, lines) = split(note).ok_or(NoteError::Malformed)?;
    let mut is_signed = false;
    for line in lines.lines() {
        let (name, bytes) = read_signature(line).ok_or(NoteError::Malformed)?;
        let (id, signature) = bytes.split_at(4);
        for key in keys.iter().filter(|key| key.name == name && key.id() == id) {
            if !key.fits(text, signature) {
                return Err(NoteError::Mismatch);
            }
            is_signed = true;
        }
    }
    if is_signed { Ok(text) } else { Err(NoteError::NotSigned) }
}

/// The text with its newline, and the signature lines.
fn split(note: &str) -> Option<(&str, &str)> {
    let (text, lines) = note.rsplit_once("\n\n")?;
    let is_whole = lines.ends_with('\n') && lines.lines().count() <= MOST_SIGNATURES;
    is_whole.then(|| (&note[..=text.len()], lines))
}

fn read_signature(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, signature) = line.strip_prefix(LINE)?.split_once(' ')?;
    let bytes = decode_base64(signature).ok()?;
    (is_name(name) && bytes.len() > 4).then_some((name, bytes))
}
