//! Reading one JSON object of X: what must be there is asked for, what may be there is taken if it has the right form.

use serde_json::{Map, Value};

use super::super::super::Quarantined;
use super::super::is_id;
use crate::domain::signature::sha256_hex;
use crate::domain::time::Timestamp;

pub(super) type Read<T> = Result<T, Quarantined>;

/// The last millisecond of the year 9999.
const LAST_MILLIS: i64 = 253_402_300_799_999;

/// An object and where it stands in the body.
pub(super) struct Node<'a> {
    fields: &'a Map<String, Value>,
    at: String,
}

impl<'a> Node<'a> {
    /// The object at a pointer.
    pub(super) fn of(value: &'a Value, at: String) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self { fields, at }),
            _ => Err(Quarantined { at, why: "is not an object".into() }),
        }
    }

    /// Whether the name stands at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The names and values of the object.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.fields.iter()
    }

    /// The object of that name.
    pub(super) fn child(&self, name: &str) -> Option<Node<'a>> {
        Node::of(self.fields.get(name)?, self.pointer(name)).ok()
    }

    /// An object that must be there.
    pub(super) fn need_child(&self, name: &str) -> Read<Node<'a>> {
        self.child(name).ok_or_else(|| self.wrong(name, "is missing or not an object"))
    }

    /// The values of a list and their places; none where there is no list.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = (&'a Value, String)> + use<'a> {
        let at = self.pointer(name);
        let list = self.fields.get(name).and_then(Value::as_array);
        let list = list.map(Vec::as_slice).unwrap_or_default();
        list.iter().enumerate().map(move |(index, value)| (value, format!("{at}/{index}")))
    }

    /// A text that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.fields.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.replace('\0', "\u{fffd}"))
    }

    /// An id in digits, as a text or a number.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        id(self.fields.get(name)?)
    }

    /// An id that must be there under one of these names.
    pub(super) fn need_id(&self, names: &[&str]) -> Read<String> {
        let found = names.iter().find_map(|name| self.id(name));
        let name = names.first().copied().unwrap_or_default();
        found.ok_or_else(|| self.wrong(name, "is missing or no id"))
    }

    /// When it happened, by the first of these fields that tells.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let millis = ["timestamp_ms", "created_timestamp"].iter().find_map(|name| self.millis(name));
        millis.or_else(|| Timestamp::parse(&self.text("created_at")?).ok())
    }

    /// A digest of the object, for what has no id.
    pub(super) fn digest(&self) -> String {
        sha256_hex(serde_json::json!(self.fields).to_string().as_bytes())
    }

    /// What is wrong with a field.
    pub(super) fn wrong(&self, name: &str, why: &str) -> Quarantined {
        Quarantined { at: self.pointer(name), why: why.to_owned() }
    }

    fn millis(&self, name: &str) -> Option<Timestamp> {
        let millis = match self.fields.get(name)? {
            Value::String(text) => text.parse().ok()?,
            value => value.as_i64()?,
        };
        (0..=LAST_MILLIS).contains(&millis).then(|| Timestamp::from_millis(millis))
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }
}

/// An id in digits, as a text or a number.
pub(super) fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    is_id(&text).then_some(text)
}
