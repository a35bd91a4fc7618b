//! Small values kept as JSON text in a column.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// As text.
pub(super) fn write<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

/// As text, or NULL.
pub(super) fn write_some<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.map(write)
}

/// From text.
pub(super) fn read<T: DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
    row: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::inconsistent(table, column, row))
}

/// From text or NULL.
pub(super) fn read_some<T: DeserializeOwned>(
    text: Option<&str>,
    table: &'static str,
    column: &'static str,
    row: &str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| read(text, table, column, row)).transpose()
}
