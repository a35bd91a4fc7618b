//! Reading one JSON object field by field: every mistake names its place by a JSON pointer (RFC 6901), never by content.

use serde_json::{Map, Value};

use super::super::Quarantined;
use crate::domain::channel::Channel;
use crate::domain::identity::{Namespace, Party, Profile};
use crate::domain::inbound::Media;
use crate::domain::time::Timestamp;

type Read<T> = Result<T, Quarantined>;

/// An object and where it stands in the body.
pub(super) struct Item<'a> {
    fields: &'a Map<String, Value>,
    at: String,
}

impl<'a> Item<'a> {
    /// The object at a pointer.
    pub(super) fn of(value: &'a Value, at: String) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self { fields, at }),
            _ => Err(Quarantined { at, why: "is not an object".into() }),
        }
    }

    /// A text that must be there and not be empty.
    pub(super) fn need(&self, name: &str) -> Read<String> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.wrong(name, "is missing or empty"))
    }

    /// A text that must be there and may be empty.
    pub(super) fn need_text(&self, name: &str) -> Read<String> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// A text that may be absent or null.
    pub(super) fn text(&self, name: &str) -> Read<Option<String>> {
        match self.field(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.replace('\0', "\u{fffd}"))),
            Some(_) => Err(self.wrong(name, "is not a string")),
        }
    }

    /// A whole number from 0 that may be absent.
    pub(super) fn count(&self, name: &str) -> Read<Option<i64>> {
        let count = |value: &Value| value.as_i64().filter(|count| *count >= 0);
        let wrong = || self.wrong(name, "is not a whole number from 0");
        self.field(name).map(|value| count(value).ok_or_else(wrong)).transpose()
    }

    /// A time that may be absent.
    pub(super) fn time(&self, name: &str) -> Read<Option<Timestamp>> {
        let text = self.text(name)?;
        text.map(|text| Timestamp::parse(&text).map_err(|_| self.wrong(name, "is not an RFC 3339 time")))
            .transpose()
    }

    /// The medium, or this one.
    pub(super) fn channel(&self, default: Channel) -> Read<Channel> {
        let Some(name) = self.text("channel")? else { return Ok(default) };
        Channel::parse(&name).map_err(|_| self.wrong("channel", "is not 1 to 40 of a-z, 0-9 and _"))
    }

    /// An object that may be absent.
    pub(super) fn child(&self, name: &str) -> Read<Option<Item<'a>>> {
        self.field(name).map(|value| Item::of(value, self.pointer(name))).transpose()
    }

    /// Somebody, if named.
    pub(super) fn party(&self, name: &str, namespace: &Namespace) -> Read<Option<Party>> {
        let Some(person) = self.child(name)? else { return Ok(None) };
        let handle = person.text("handle")?.map(|handle| handle.trim_start_matches('@').to_owned());
        Ok(Some(Party {
            namespace: namespace.clone(),
            external_id: person.need("id")?,
            profile: Profile { handle, name: person.text("name")? },
        }))
    }

    /// Somebody who must be named.
    pub(super) fn need_party(&self, name: &str, namespace: &Namespace) -> Read<Party> {
        self.party(name, namespace)?.ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// The attachments; none when absent.
    pub(super) fn media(&self, name: &str) -> Read<Vec<Media>> {
        let list = match self.field(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.wrong(name, "is not an array")),
        };
        let read = |(index, value): (usize, &'a Value)| {
            let item = Item::of(value, format!("{}/{index}", self.pointer(name)))?;
            Ok(Media { url: item.need("url")?, content_type: item.text("content_type")? })
        };
        list.iter().enumerate().map(read).collect()
    }

    /// What is wrong with a field.
    pub(super) fn wrong(&self, name: &str, why: &str) -> Quarantined {
        Quarantined { at: self.pointer(name), why: why.to_owned() }
    }

    fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }
}
