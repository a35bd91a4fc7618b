//! Pages of lists: limits and cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::problem::{Code, Problem};
use crate::store::{Found, Page, Slice};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items, at most `limit`.
    pub(crate) data: Vec<T>,
    /// Give it as `after` to get the next page; null on the last one.
    #[schema(example = "ImNtcF8wMWthcDBic3d4ZXYxYmpzcGgzeHh3a2tyeiI")]
    pub(crate) next: Option<String>,
}

impl<T> List<T> {
    /// The page as it is answered; `key` is what the next page begins after.
    pub(crate) fn of<K: Serialize>(page: Page<T>, key: impl FnOnce(&T) -> K) -> Self {
        let last = page.data.last().filter(|_| page.more);
        Self { next: last.map(|item| cursor(&key(item))), data: page.data }
    }
}

impl List<Value> {
    /// What was found, with the place to go on from.
    pub(crate) fn found(found: Found) -> Self {
        Self { next: found.after.map(|after| cursor(&after)), data: found.data }
    }
}

/// What is looked for is short.
pub(crate) fn check_search(text: Option<&str>) -> Result<(), Problem> {
    match text {
        Some(text) if text.chars().count() > 100 => {
            Err(Problem::invalid_parameter("q", "is 100 characters at most"))
        }
        _ => Ok(()),
    }
}

/// An opaque cursor.
pub(crate) fn cursor<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!(key).to_string())
}

/// What a cursor of ours holds.
pub(crate) fn read_cursor<K: DeserializeOwned>(text: Option<&str>) -> Result<Option<K>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    key.map(Some).ok_or_else(|| Problem::new(Code::BadCursor, "`after` is no cursor of this list."))
}

/// Which page of a list that is not filtered.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    pub(crate) limit: Limit,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
}

/// How many items a page has: 1 to 200.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) i64);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let limit = i64::deserialize(from)?;
        if (1..=200).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(serde::de::Error::custom("is 1 to 200"))
        }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub(crate) enum Sort {
    /// Newest first.
    #[default]
    #[serde(rename = "desc")]
    Newest,
    /// Oldest first.
    #[serde(rename = "asc")]
    Oldest,
}

/// Part of a list by id.
pub(crate) fn slice(after: Option<&str>, limit: Limit, sort: Sort) -> Slice<'_> {
    Slice { after, limit: limit.0, newest_first: sort == Sort::Newest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_own_text() {
        assert_eq!(read_cursor(Some(&cursor(&"cmp_1"))).unwrap(), Some("cmp_1".to_owned()));
        for wrong in ["", "x", "bm8", "ImE"] {
            assert!(read_cursor::<String>(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_shows_only_on_a_page_with_a_next() {
        let more = List::of(Page { data: vec!["a", "b"], more: true }, |item| (*item).to_owned());
        assert_eq!(more.next, Some(cursor(&"b")));
        assert_eq!(List::of(Page { data: vec!["a"], more: false }, |item| (*item).to_owned()).next, None);
    }
}
