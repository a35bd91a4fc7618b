//! What will happen: a seed, a scenario, a rate and a duration decide every act with its time. Pure and in integers, so
//! that the same plan comes out on every machine; its hash says so.

mod agenda;
pub(super) mod customer;
mod times;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::agenda::Agenda;
use super::host::Act;
use super::scenario::{Scenario, Side};

/// The form of a plan that is written down.
const FORMAT: &str = "segue-plan/1";

/// What a plan is made of beside its scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Callbacks in a second, on average.
    pub rate: u64,
    /// Milliseconds from the first to the last.
    pub millis: u64,
}

impl Load {
    /// How many callbacks customers cause.
    #[must_use]
    pub fn callbacks(&self) -> u64 {
        let count = u128::from(self.rate) * u128::from(self.millis) / 1000;
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Everything that will happen, in the order of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(crate) head: Head,
    /// Numbered from 0.
    pub steps: Vec<Step>,
}

/// The first line of a plan that is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    format: String,
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) rate: u64,
    pub(crate) millis: u64,
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub n: u64,
    /// Milliseconds after the beginning.
    pub at: u64,
    /// What is done.
    #[serde(flatten)]
    pub act: Planned,
}

/// What is done, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Planned {
    /// A customer posts.
    Post {
        /// Who.
        #[serde(flatten)]
        who: Who,
        /// What.
        text: String,
        /// The act whose post it answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        answers: Option<u64>,
    },
    /// A customer edits the post of an act.
    Edit {
        /// Who.
        #[serde(flatten)]
        who: Who,
        /// What it says then.
        text: String,
        /// The act.
        post: u64,
    },
    /// A customer writes in private.
    Message {
        /// Who.
        #[serde(flatten)]
        who: Who,
        /// What.
        text: String,
    },
    /// A customer writes one word that means something, and nothing else: `STOP`, `AGREE`. `{token}` is what they
    /// were told to text from their phone.
    Word {
        /// Who.
        #[serde(flatten)]
        who: Who,
        /// The word.
        text: String,
        /// Who read the token, where that is somebody's other address.
        #[serde(skip_serializing_if = "Option::is_none")]
        reads: Option<Address>,
    },
    /// An agent invites whoever complained by an act.
    Invite {
        /// The act.
        complaint: u64,
        /// Whether they are invited to a phone.
        to_phone: bool,
    },
    /// An agent answers the private message of an act.
    Answer {
        /// The act.
        message: u64,
        /// What they say.
        text: String,
    },
    /// The service is killed.
    Kill {
        /// Which part of it.
        side: Side,
    },
}

/// A customer where they act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Their number.
    pub customer: u64,
    /// Where they are reached.
    #[serde(flatten)]
    pub address: Address,
    /// Their language.
    pub language: String,
    /// How they behave.
    pub temper: String,
}

/// Somebody at a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Which.
    pub provider: String,
    /// A handle, a name, a number; WhatsApp's with its prefix.
    pub from: String,
}

impl Who {
    /// What a provider is told that they do.
    pub(crate) fn does(&self, act: &str, text: String, post: Option<String>) -> Act {
        let (from, language) = (self.address.from.clone(), Some(self.language.clone()));
        Act { act: act.to_owned(), from, text, post, language, at: None }
    }
}

impl Planned {
    /// The customer who does it; none when it is the desk's, or fate's.
    #[must_use]
    pub const fn who(&self) -> Option<&Who> {
        match self {
            Self::Post { who, .. }
            | Self::Edit { who, .. }
            | Self::Message { who, .. }
            | Self::Word { who, .. } => Some(who),
            Self::Invite { .. } | Self::Answer { .. } | Self::Kill { .. } => None,
        }
    }
}

impl Plan {
    /// Plans.
    #[must_use]
    pub fn of(name: &str, scenario: &Scenario, load: Load) -> Self {
        let Load { seed, rate, millis } = load;
        let head = Head { format: FORMAT.into(), scenario: name.to_owned(), seed, rate, millis };
        Self { head, steps: Agenda::new(scenario, load).steps() }
    }

    /// How many callbacks customers cause.
    #[must_use]
    pub fn callbacks(&self) -> usize {
        self.steps.iter().filter(|step| step.act.who().is_some()).count()
    }

    /// Writes it down: a head, then an act a line, as JSON.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, &self.head)?;
        for step in &self.steps {
            out.write_all(b"\n")?;
            serde_json::to_writer(&mut out, step)?;
        }
        out.write_all(b"\n")
    }

    /// SHA-256 of what [`Plan::write`] writes, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Hasher(Sha256::new());
        // A hash takes everything.
        let _ = self.write(&mut hasher);
        hex::encode(hasher.0.finalize())
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
