//! Evidence: one record's receipts with what they commit to, for its customer or for a dispute. It opens that record
//! and no other.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::hash::sha256;
use super::leaf;
use super::note::Vkey;
use super::receipt::{BadReceipt, Receipt};
use super::record::RecordKey;
use crate::domain::signature::decode_base64;

/// The form of the evidence made here.
pub const FORMAT: &str = "segue-evidence/1";

/// Everything there is about one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`FORMAT`].
    pub format: String,
    /// The key the ledger says it is signed by.
    pub vkey: String,
    /// The consent.
    pub record_id: String,
    /// Its events, in order.
    pub entries: Vec<Entry>,
}

/// One event of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The tlog-proof, exact text.
    pub receipt: String,
    /// The key of this record and of whoever bore it then, in hexadecimal digits; null once that person was erased.
    pub record_key: Option<String>,
    /// Base64 of the sealed evidence; null where there is none, or none any more.
    pub payload: Option<String>,
    /// What the sealed evidence says.
    pub content: Option<Value>,
}

/// Why evidence proves nothing.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadEvidence {
    /// A receipt in it proves nothing.
    #[error(transparent)]
    Receipt(#[from] BadReceipt),
    /// A receipt is about something else.
    #[error("its leaf is about another record")]
    OtherRecord,
    /// The sealed evidence is not the one the leaf names.
    #[error("the sealed evidence is not the one that was recorded")]
    OtherPayload,
    /// The sealed evidence does not open, or says something else than is shown.
    #[error("the sealed evidence does not say what is shown")]
    OtherContent,
    /// The identity is not the one the leaf commits to.
    #[error("the identity is not the one that was recorded")]
    OtherIdentity,
}

impl Evidence {
    /// What each leaf says, when all of it holds under that key; or the first entry that does not, from 1, and why.
    ///
    /// # Errors
    /// The number and [`BadEvidence`].
    pub fn verify(&self, key: &Vkey) -> Result<Vec<Value>, (usize, BadEvidence)> {
        let check = |(at, entry): (usize, &Entry)| self.check(entry, key).map_err(|why| (at + 1, why));
        self.entries.iter().enumerate().map(check).collect()
    }

    fn check(&self, entry: &Entry, key: &Vkey) -> Result<Value, BadEvidence> {
        let receipt = Receipt::parse(&entry.receipt)?;
        receipt.verify(key)?;
        let said = leaf::read(&receipt.leaf).ok_or(BadEvidence::OtherRecord)?;
        if said["record_id"] != self.record_id.as_str() {
            return Err(BadEvidence::OtherRecord);
        }
        match (&entry.payload, &entry.content) {
            (Some(payload), Some(content)) => {
                let key = entry.record_key.as_deref().and_then(RecordKey::from_hex);
                let key = key.ok_or(BadEvidence::OtherContent)?;
                self.check_content(&said, &key, (payload, content))?;
            }
            (None, None) => {}
            _ => return Err(BadEvidence::OtherContent),
        }
        Ok(said)
    }

    fn check_content(
        &self,
        said: &Value,
        key: &RecordKey,
        (payload, content): (&str, &Value),
    ) -> Result<(), BadEvidence> {
        let sealed = decode_base64(payload).map_err(|_| BadEvidence::OtherPayload)?;
        if said["payload_ct_sha256"] != hex::encode(sha256(&sealed)) {
            return Err(BadEvidence::OtherPayload);
        }
        let plain = key.open(&self.record_id, &sealed).ok_or(BadEvidence::OtherContent)?;
        if serde_json::from_slice::<Value>(&plain).ok().as_ref() != Some(content) {
            return Err(BadEvidence::OtherContent);
        }
        let commitment = key.commit(&content["identity"]).map_err(|_| BadEvidence::OtherIdentity)?;
        let fits = said["subject_commitment"] == hex::encode(commitment) && said["key_id"] == key.id();
        if fits { Ok(()) } else { Err(BadEvidence::OtherIdentity) }
    }
}
