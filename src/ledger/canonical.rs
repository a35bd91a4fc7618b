//! Canonical JSON (RFC 8785): the one spelling of a value, so that it can be hashed and found again.

use serde_json::Value;

/// A value that has no canonical spelling here: a number that is not a whole one within ±2^53.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a number that is not a whole one within 2^53")]
pub struct NotCanonical;

const LARGEST: u64 = 1 << 53;

/// The canonical spelling.
///
/// # Errors
/// [`NotCanonical`] when it holds such a number.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, to: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            size.filter(|size| *size <= LARGEST).ok_or(NotCanonical)?;
            to.push_str(&number.to_string());
        }
        Value::Array(items) => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at == 0 { "" } else { "," });
                write(item, to)?;
            }
            to.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            to.push('{');
            for (at, (name, field)) in fields.into_iter().enumerate() {
                to.push_str(if at == 0 { "" } else { "," });
                write(&Value::from(name.as_str()), to)?;
                to.push(':');
                write(field, to)?;
            }
            to.push('}');
        }
        // Strings and words are spelled as everywhere: control characters alone are escaped, in lower case.
        plain => to.push_str(&plain.to_string()),
    }
    Ok(())
}
