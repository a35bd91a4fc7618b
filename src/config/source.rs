//! Where values come from: the environment over the file. Collects mistakes instead of stopping at the first.

use std::collections::BTreeMap;

use super::mistake::{Mistake, Mistakes};
use super::spelling;

const FILE: &str = "segue.toml";
/// Names we own without a common prefix.
const FOREIGN: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Names the test runner sets for the tests themselves.
const TESTS: &str = "SEGUE_TEST_";

/// The values nobody has asked for yet, and what was wrong with those somebody has.
#[derive(Debug, Default)]
pub(super) struct Source {
    values: BTreeMap<String, String>,
    asked: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl Source {
    /// Lays the environment over the text of the file. An empty value counts as none.
    pub(super) fn new(env: &BTreeMap<String, String>, file: Option<&str>) -> Self {
        let mut source = Self::default();
        source.add_file(file.unwrap_or_default());
        source
            .values
            .extend(env.iter().filter(|(name, _)| is_ours(name)).map(|(n, v)| (n.clone(), v.clone())));
        source.values.retain(|_, value| !value.trim().is_empty());
        source
    }

    fn add_file(&mut self, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(wrong) => return self.reject(FILE, describe(text, &wrong)),
        };
        for (name, value) in table {
            match value {
                toml::Value::String(value) => {
                    self.values.insert(name, value);
                }
                _ => self.reject(&name, format!("must be a \"text\" in {FILE}")),
            }
        }
    }

    /// Reads one setting; a value that `parse` refuses becomes a mistake.
    pub(super) fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.push(name);
        let value = self.values.remove(name)?;
        match parse(value.trim()) {
            Ok(parsed) => Some(parsed),
            Err(why) => {
                self.reject(name, why);
                None
            }
        }
    }

    fn reject(&mut self, name: &str, why: String) {
        self.mistakes.push(Mistake { name: name.to_owned(), why });
    }

    /// Every name that was asked for.
    #[cfg(test)]
    pub(super) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Ends the reading: what is left over is unknown.
    pub(super) fn finish(mut self) -> Result<(), Mistakes> {
        let unknown = self.values.keys().map(|name| unknown(name, &self.asked));
        self.mistakes.extend(unknown);
        let mut mistakes = self.mistakes.into_iter();
        mistakes.next().map_or(Ok(()), |first| Err(Mistakes::new(first, mistakes)))
    }
}

fn is_ours(name: &str) -> bool {
    name == FOREIGN || (name.starts_with("SEGUE_") && !name.starts_with(TESTS))
}

fn unknown(name: &str, known: &[&str]) -> Mistake {
    let why = match spelling::closest(name, known) {
        Some(meant) => format!("no such setting; did you mean {meant}?"),
        None => "no such setting".to_owned(),
    };
    Mistake { name: name.to_owned(), why }
}

/// The parser's own text would quote the line, which may hold a secret.
fn describe(text: &str, wrong: &toml::de::Error) -> String {
    let before = wrong.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.lines().count().max(1), wrong.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn any(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    #[test]
    fn the_environment_stands_over_the_file() {
        let file = "SEGUE_LOG = \"debug\"\nSEGUE_BIND = \"a:1\"";
        let mut source = Source::new(&env(&[("SEGUE_LOG", "warn")]), Some(file));
        assert_eq!(source.take("SEGUE_LOG", any), Some("warn".into()));
        assert_eq!(source.take("SEGUE_BIND", any), Some("a:1".into()));
        assert_eq!(source.finish(), Ok(()));
    }

    #[test]
    fn other_programs_variables_and_empty_values_are_passed_over() {
        let given = env(&[("PATH", "/bin"), ("SEGUE_TEST_REDIS_URL", "redis://x"), ("SEGUE_LOG", " ")]);
        let mut source = Source::new(&given, None);
        assert_eq!(source.take("SEGUE_LOG", any), None);
        assert_eq!(source.finish(), Ok(()));
    }

    #[test]
    fn an_unknown_name_is_a_mistake_with_a_guess() {
        let mut source = Source::new(&env(&[("SEGUE_BNID", "x")]), Some("colour = \"red\""));
        source.take("SEGUE_BIND", any);
        let text = source.finish().unwrap_err().to_string();
        assert!(text.contains("SEGUE_BNID: no such setting; did you mean SEGUE_BIND?"), "{text}");
        assert!(text.contains("colour: no such setting"), "{text}");
    }

    #[test]
    fn a_broken_file_is_named_by_line_and_not_quoted() {
        let text =
            Source::new(&env(&[]), Some("SEGUE_LOG = \"info\"\nhunter2")).finish().unwrap_err().to_string();
        assert!(text.contains("segue.toml: line 2"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_value_in_the_file_is_a_text() {
        let text = Source::new(&env(&[]), Some("SEGUE_BIND = 8080")).finish().unwrap_err().to_string();
        assert!(text.contains("SEGUE_BIND: must be a \"text\""), "{text}");
    }
}
