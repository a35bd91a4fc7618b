//! Looking for a word in lists whose texts are sealed: row after row is opened, so far and no further.

use serde_json::Value as Json;

use super::page::{Page, Slice};

/// So many rows are opened for one page at most.
pub(super) const REACH: i64 = 1000;

/// So many are read at once.
pub(super) const STRIDE: i64 = 250;

/// Fields that name somebody or hold what they wrote.
const FIELDS: [&str; 3] = ["/text", "/identity/name", "/identity/handle"];

/// What is looked for; empty: nothing in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<String>,
    number: Option<String>,
}

/// A part of a list, and where the rest begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What stands on it, in order.
    pub data: Vec<Json>,
    /// The id after which to go on; `None` at the end of the list.
    pub after: Option<String>,
}

impl Search {
    /// All of these words, in any case and anywhere; a telephone number with its `+` is looked up as such.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| word.trim_start_matches('@').to_lowercase());
        Self { words: words.filter(|word| !word.is_empty()).collect(), number: number(text) }
    }

    /// Whether anything is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Whether a complaint or a conversation, as it is shown, holds it.
    pub(super) fn fits(&self, shown: &Json) -> bool {
        let own = FIELDS.iter().filter_map(|field| shown.pointer(field)?.as_str());
        let posts = shown["posts"].as_array().into_iter().flatten().filter_map(|post| post["text"].as_str());
        let all = own.chain(posts).collect::<Vec<_>>().join("\n").to_lowercase();
        self.words.iter().all(|word| all.contains(word))
    }
}

fn number(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    let digits = bare.strip_prefix('+')?;
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    is_number.then_some(bare)
}

impl Found {
    pub(super) const fn nothing() -> Self {
        Self { data: Vec::new(), after: None }
    }

    /// A page goes on after its last item.
    pub(super) fn page(page: Page<Json>) -> Self {
        let after = page.data.last().filter(|_| page.more).map(id);
        Self { data: page.data, after }
    }
}

/// A page that is being looked for.
pub(super) struct Hunt<'a> {
    search: &'a Search,
    wanted: usize,
    opened: i64,
    found: Found,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(search: &'a Search, slice: Slice<'_>) -> Self {
        let wanted = usize::try_from(slice.limit).unwrap_or(usize::MAX);
        Self {
            search,
            wanted,
            opened: 0,
            found: Found { data: Vec::new(), after: slice.after.map(Into::into) },
        }
    }

    /// What to read next.
    pub(super) fn next(&self, newest_first: bool) -> Slice<'_> {
        Slice { after: self.found.after.as_deref(), limit: STRIDE, newest_first }
    }

    /// Looks through rows as they are shown; whether to go on.
    pub(super) fn look(&mut self, page: Page<Json>) -> bool {
        for shown in page.data {
            self.opened += 1;
            self.found.after = Some(id(&shown));
            if self.search.fits(&shown) {
                self.found.data.push(shown);
            }
            if self.found.data.len() == self.wanted {
                return false;
            }
        }
        if !page.more {
            self.found.after = None;
        }
        page.more && self.opened < REACH
    }

    pub(super) fn end(self) -> Found {
        self.found
    }
}

fn id(shown: &Json) -> String {
    shown["id"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: u32, name: &str) -> Json {
        json!({"id": id.to_string(), "identity": {"name": name}, "text": "My card", "posts": [{"text": "Twice!"}]})
    }

    #[test]
    fn every_word_is_found_somewhere_in_any_case() {
        let shown = row(1, "Ana Díaz");
        for fits in ["ana", "DÍAZ twice", "  card ", "@ana"] {
            assert!(Search::of(fits).fits(&shown), "{fits}");
        }
        assert!(!Search::of("ana refund").fits(&shown));
        assert!(Search::of("  ").is_empty());
    }

    #[test]
    fn a_number_is_one_with_its_plus() {
        assert_eq!(Search::of("+1 (500) 555-0006").number(), Some("+15005550006"));
        for other in ["15005550006", "+1", "ana", "+15005550006x"] {
            assert_eq!(Search::of(other).number(), None, "{other}");
        }
    }

    #[test]
    fn a_hunt_ends_with_the_page_the_list_or_the_reach_and_says_where_to_go_on() {
        let search = Search::of("ana");
        let slice = Slice { after: None, limit: 2, newest_first: true };
        let page = |names: &[&str], more| Page {
            data: names.iter().zip(1..).map(|(name, id)| row(id, name)).collect(),
            more,
        };
        let mut full = Hunt::new(&search, slice);
        assert!(!full.look(page(&["Ana", "Bo", "Ana", "Ana"], false)));
        assert_eq!(full.end().after.as_deref(), Some("3"));
        let mut short = Hunt::new(&search, slice);
        assert!(short.look(page(&["Ana"], true)));
        assert!(!short.look(page(&["Bo"], false)));
        assert_eq!(short.end().after, None);
        let mut far = Hunt::new(&search, slice);
        let strangers = vec!["Bo"; usize::try_from(REACH).unwrap()];
        assert!(!far.look(page(&strangers, true)));
        assert_eq!(far.end().after, Some(REACH.to_string()));
    }
}
