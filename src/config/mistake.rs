//! What is wrong with the settings, for a person at a terminal. Never shows a value that may be secret.

use std::fmt;

/// One wrong setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The variable, or the file that could not be read.
    pub name: String,
    /// What is wrong with it and what would be right.
    pub why: String,
}

/// Every wrong setting; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(super) fn new(first: Mistake, others: impl IntoIterator<Item = Mistake>) -> Self {
        Self(std::iter::once(first).chain(others).collect())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 setting is wrong:")?,
            n => write!(f, "{n} settings are wrong:")?,
        }
        for Mistake { name, why } in &self.0 {
            write!(f, "\n  {name}: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Mistake, Mistakes};

    fn mistake(name: &str, why: &str) -> Mistake {
        Mistake { name: name.into(), why: why.into() }
    }

    #[test]
    fn mistakes_stand_in_one_list() {
        let mistakes = Mistakes::new(mistake("SEGUE_BIND", "not host:port"), [mistake("SEGUE_LOG", "odd")]);
        let expected = "2 settings are wrong:\n  SEGUE_BIND: not host:port\n  SEGUE_LOG: odd";
        assert_eq!(mistakes.to_string(), expected);
    }
}
