//! A JSON value with its place in the body, and the ways to read from it.

use serde_json::Value;

use super::super::super::Quarantined;
use crate::domain::signature::sha256_hex;
use crate::domain::time::Timestamp;

pub(super) type Read<T> = Result<T, Quarantined>;

/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// A value and the JSON pointer to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: &'a Value,
    at: String,
}

impl<'a> Node<'a> {
    /// The body itself.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, at: String::new() }
    }

    /// Where a field of it stands.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    /// A field that is there and not null.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, at: self.path(name) })
    }

    /// Whether a field is there and not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.child(name).is_some()
    }

    /// Whether a field is `true`.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// The items of a list.
    pub(super) fn items(&self, name: &str) -> Read<Vec<Self>> {
        let list = self.value.get(name).and_then(Value::as_array);
        let list = list.ok_or_else(|| quarantined(&self.path(name), "is no list"))?;
        let item = |(index, value)| Self { value, at: format!("{}/{name}/{index}", self.at) };
        Ok(list.iter().enumerate().map(item).collect())
    }

    /// A text; no database keeps a NUL, so it becomes U+FFFD.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value.get(name)?.as_str().map(clean)
    }

    /// A text that may be absent or null, but must be one where it stands.
    pub(super) fn words(&self, name: &str) -> Read<String> {
        match self.child(name) {
            None => Ok(String::new()),
            Some(_) => self.text(name).ok_or_else(|| quarantined(&self.path(name), "is no text")),
        }
    }

    /// An id, whether it came as a text or as a whole number.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        self.child(name)?.own_id()
    }

    /// The value itself as an id, where it is an item of a list.
    pub(super) fn as_id(&self) -> Read<String> {
        self.own_id().ok_or_else(|| quarantined(&self.at, "is no id"))
    }

    fn own_id(&self) -> Option<String> {
        match self.value {
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            Value::String(id) => Some(clean(id)).filter(|id| !id.is_empty()),
            _ => None,
        }
    }

    /// An id the item means nothing without.
    pub(super) fn need_id(&self, name: &str) -> Read<String> {
        self.id(name).ok_or_else(|| quarantined(&self.path(name), "is missing or no id"))
    }

    /// Epoch seconds.
    pub(super) fn seconds(&self, name: &str) -> Option<Timestamp> {
        self.number(name).filter(|secs| *secs <= LATEST).map(Timestamp::from_secs)
    }

    /// Epoch milliseconds.
    pub(super) fn millis(&self, name: &str) -> Option<Timestamp> {
        self.number(name).filter(|millis| *millis <= LATEST * 1000).map(Timestamp::from_millis)
    }

    /// A digest of the value with its fields in the order they came.
    pub(super) fn digest(&self) -> String {
        digest(&self.value.to_string())
    }

    /// The names of the fields, if it is an object.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.value.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.id(name)?.parse().ok().filter(|number| *number >= 0)
    }
}

fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Half a SHA-256 in hex: enough to tell one text from another.
pub(super) fn digest(text: &str) -> String {
    let mut hex = sha256_hex(text.as_bytes());
    hex.truncate(32);
    hex
}

pub(super) fn quarantined(at: &str, why: &str) -> Quarantined {
    Quarantined { at: at.to_owned(), why: why.to_owned() }
}
