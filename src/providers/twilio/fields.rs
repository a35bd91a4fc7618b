//! The named values of a callback, whichever way they came: query, form or JSON.

use serde_json::Value;

use super::super::{Quarantined, RawRequest};

/// Where a request carries its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// In the query of a GET.
    Query,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

impl Carrier {
    /// What this request uses; `None` when Twilio sends no such thing.
    pub(super) fn of(raw: &RawRequest) -> Option<Self> {
        if raw.method == "GET" {
            return Some(Self::Query);
        }
        let media_type = raw.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        match (raw.method.as_str(), media_type.as_str()) {
            ("POST", "application/x-www-form-urlencoded") => Some(Self::Form),
            ("POST", "application/json") => Some(Self::Json),
            _ => None,
        }
    }
}

/// Names and values in the order they came.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a request.
    pub(super) fn read(raw: &RawRequest) -> Result<Self, Quarantined> {
        let pairs = match Carrier::of(raw) {
            Some(Carrier::Query) => decode_form(raw.query().as_bytes()),
            Some(Carrier::Form) => decode_form(&raw.body),
            Some(Carrier::Json) => decode_json(&raw.body),
            None => None,
        };
        let pairs = pairs.ok_or_else(|| quarantined("", "neither a form in UTF-8 nor a JSON object"))?;
        Ok(Self(pairs.into_iter().map(|(name, value)| (name, storable(value))).collect()))
    }

    /// A value that is there and not empty. The signature leaves the order of a repeated name open, so one with
    /// different values has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = values.next().filter(|value| !value.is_empty())?;
        values.all(|other| other == first).then_some(first)
    }

    /// Whether the name stands at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A value the callback means nothing without.
    pub(super) fn need(&self, name: &str) -> Result<&str, Quarantined> {
        self.get(name).ok_or_else(|| quarantined(name, "is missing"))
    }
}

/// PostgreSQL has no text with a NUL in it.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

pub(super) fn quarantined(at: &str, why: &str) -> Quarantined {
    Quarantined { at: at.to_owned(), why: why.to_owned() }
}

/// The pairs of a form; `None` unless every one is UTF-8. The usual decoders replace what is not, and so would
/// let two bodies share a signature.
pub(super) fn decode_form(form: &[u8]) -> Option<Vec<(String, String)>> {
    form.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).map(decode_pair).collect()
}

fn decode_pair(pair: &[u8]) -> Option<(String, String)> {
    let at = pair.iter().position(|b| *b == b'=');
    let (name, value) = at.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
    Some((decode(name)?, decode(value)?))
}

fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let mut byte = [b'%'];
                if hex::decode_to_slice([*high, *low], &mut byte).is_ok() {
                    rest = after;
                }
                bytes.extend(byte);
            }
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The flat values of a JSON object; what is nested has no name in a form.
fn decode_json(body: &[u8]) -> Option<Vec<(String, String)>> {
    let Value::Object(object) = serde_json::from_slice(body).ok()? else { return None };
    let flat = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    Some(object.iter().filter_map(|(name, value)| Some((name.clone(), flat(value)?))).collect())
}
