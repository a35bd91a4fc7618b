//! Reading typed values strictly, and saying which field is wrong.

use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// A value that does not fit its type: where, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Names and indexes from the outside in.
    pub(crate) path: Vec<String>,
    /// A sentence about it.
    pub(crate) detail: String,
}

/// Reads a value; unknown fields are the type's own affair.
pub(crate) fn read<'de, T, D>(from: D) -> Result<T, Misfit>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    serde_path_to_error::deserialize(from).map_err(|error| {
        let mut path = segments(error.path());
        let detail = error.inner().to_string();
        let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match missing.map(str::to_owned) {
            Some(name) => {
                path.push(name);
                Misfit { path, detail: "is missing".to_owned() }
            }
            None => Misfit { path, detail },
        }
    })
}

fn segments(path: &Path) -> Vec<String> {
    let name = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    };
    path.iter().filter_map(name).collect()
}

impl Misfit {
    /// The path as a JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        self.path
            .iter()
            .flat_map(|part| ["/".to_owned(), part.replace('~', "~0").replace('/', "~1")])
            .collect()
    }
}

/// Where a text with a NUL character stands, as a JSON pointer: not every database can store one.
pub(crate) fn nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| Some(format!("/{at}{}", nul(item)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if name.contains('\0') { Some(String::new()) } else { Some(format!("/{name}{}", nul(value)?)) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        count: u8,
    }

    fn pointer(value: serde_json::Value) -> String {
        read::<Outer, _>(value).unwrap_err().pointer()
    }

    #[test]
    fn a_wrong_field_is_named_by_its_place() {
        assert_eq!(pointer(json!({"inner": [{"count": 1}, {"count": "x"}]})), "/inner/1/count");
        assert_eq!(pointer(json!({"inner": [{}]})), "/inner/0/count");
        assert_eq!(pointer(json!({"inner": [{"count": 1, "a/b": 1}]})), "/inner/0/a~1b");
        assert_eq!(pointer(json!({})), "/inner");
        assert_eq!(pointer(json!({"inner": [], "more": 1})), "/more");
    }
}
