//! A scenario: who the customers are, what they do, what the desk does about it, and what goes wrong meanwhile. Data in
//! a file; those of the program are in `scenario/`.

mod words;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

pub(super) use self::words::{EVERYDAY, Language, Words, is_topic, words};
use super::faults::Faults;

/// The scenarios of the program, by name.
const OWN: &[(&str, &str)] = &[
    ("calm", include_str!("scenario/calm.toml")),
    ("storm", include_str!("scenario/storm.toml")),
    ("faults", include_str!("scenario/faults.toml")),
    ("handoffs", include_str!("scenario/handoffs.toml")),
];

/// The most of anything that a scenario asks for: more is a slip of the pen.
const LONGEST_PAUSE: u64 = 3_600_000;
const MOST_ACTS: u64 = 1_000;
const MOST_TIMES: u64 = 1_000;

/// What customers, desk and machines do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about, in a sentence.
    pub about: String,
    /// Callbacks in a second, unless something else is asked for.
    pub rate: u64,
    /// How long it takes, unless something else is asked for.
    pub seconds: u64,
    pub(super) people: People,
    pub(super) tempers: BTreeMap<String, Temper>,
    pub(super) desk: Desk,
    #[serde(default)]
    pub(super) storms: Vec<Storm>,
    /// What goes wrong at the providers.
    #[serde(default)]
    pub(crate) faults: Faults,
    #[serde(default)]
    pub(super) deaths: Vec<Death>,
}

/// Shares of languages and channels.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    pub(super) languages: BTreeMap<Language, u64>,
    pub(super) channels: BTreeMap<Place, u64>,
}

/// Where a customer first speaks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// In public, and then in private messages.
    X,
    /// Under the Page's post, and then in Messenger.
    Facebook,
    Sms,
    Whatsapp,
}

/// How somebody behaves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Temper {
    /// How many are like that, against the shares of the others.
    pub(super) share: u64,
    /// Milliseconds between two acts, from and to.
    pub(super) pause_ms: (u64, u64),
    /// How much somebody writes, from and to.
    pub(super) acts: (u64, u64),
    /// Of a hundred further public acts, how many edit the first post instead of adding to it.
    #[serde(default)]
    pub(super) edits: u64,
    /// What they do when they are invited.
    pub(super) invited: BTreeMap<Reaction, u64>,
}

/// What somebody does about an invitation; of those who only have a phone, what they do beside writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reaction {
    /// Comes, agrees and goes on in private.
    Follow,
    /// The same, ten times as slowly.
    Late,
    /// Asks what this is, then comes.
    Help,
    /// Goes on in public.
    Ignore,
    /// Says no.
    Refuse,
    /// Comes and wants to be left alone.
    Stop,
}

/// What the desk does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    /// Of a hundred public complaints, how many are invited.
    pub(super) invites: u64,
    /// Of a hundred invitations, how many lead to a phone.
    #[serde(default)]
    pub(super) to_phone: u64,
    /// Of a hundred private messages, how many are answered.
    pub(super) answers: u64,
    /// How soon, from and to.
    pub(super) after_ms: (u64, u64),
    /// Of a hundred events, how many its endpoint does not take at the first try.
    #[serde(default)]
    pub(super) fails: u64,
}

/// A time in which more happens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Storm {
    /// Percent of the whole time.
    pub(super) from: u64,
    pub(super) to: u64,
    /// How many times as much.
    pub(super) times: u64,
    /// What new complaints are about.
    pub(super) topic: String,
}

/// The service is killed and started again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Death {
    /// Percent of the whole time.
    pub(super) at: u64,
    pub(super) side: Side,
}

/// Which part of the service: where it runs in one process, that process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Takes callbacks and requests.
    Gateway,
    /// Decides and sends.
    Worker,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Neither a name nor a file.
    #[error(
        "there is no scenario {asked:?}: {known} are built in, anything else is the path of a file ({why})"
    )]
    Missing {
        /// As it was asked for.
        asked: String,
        /// The names there are.
        known: String,
        /// What came of reading it as a file.
        why: std::io::Error,
    },
    /// It is not the TOML of a scenario.
    #[error("{asked}: {why}")]
    Form {
        /// As it was asked for.
        asked: String,
        /// Where it goes wrong.
        why: Box<toml::de::Error>,
    },
    /// It says something that cannot be.
    #[error("{asked}: {why}")]
    Sense {
        /// As it was asked for.
        asked: String,
        /// What.
        why: String,
    },
}

impl Scenario {
    /// The names of the program's own.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        OWN.iter().map(|(name, _)| *name).collect()
    }

    /// The one of that name, or in that file.
    ///
    /// # Errors
    /// When there is none, or it makes no sense.
    pub fn load(asked: &str) -> Result<Self, ScenarioError> {
        if let Some((_, text)) = OWN.iter().find(|(name, _)| *name == asked) {
            return Self::read(asked, text);
        }
        let text = std::fs::read_to_string(Path::new(asked)).map_err(|why| ScenarioError::Missing {
            asked: asked.to_owned(),
            known: Self::names().join(", "),
            why,
        })?;
        Self::read(asked, &text)
    }

    fn read(asked: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)
            .map_err(|why| ScenarioError::Form { asked: asked.to_owned(), why: Box::new(why) })?;
        match scenario.nonsense() {
            None => Ok(scenario),
            Some(why) => Err(ScenarioError::Sense { asked: asked.to_owned(), why }),
        }
    }

    /// Whether the service dies in it.
    #[must_use]
    pub fn has_deaths(&self) -> bool {
        !self.deaths.is_empty()
    }

    /// Of a hundred events, how many the desk's endpoint does not take at the first try.
    #[must_use]
    pub fn desk_fails(&self) -> u64 {
        self.desk.fails
    }

    /// What cannot be, if anything.
    fn nonsense(&self) -> Option<String> {
        let shares = [
            ("people.languages", self.people.languages.values().sum::<u64>()),
            ("people.channels", self.people.channels.values().sum()),
            ("tempers: share", self.tempers.values().map(|temper| temper.share).sum()),
        ];
        let none = shares.into_iter().find(|(_, sum)| *sum == 0);
        let wrong = none.map(|(name, _)| format!("{name}: nobody has a share"));
        let load = (self.rate == 0 || self.seconds == 0).then(|| "rate and seconds are 1 or more".to_owned());
        wrong
            .or(load)
            .or_else(|| self.tempers.iter().find_map(|(name, temper)| temper.nonsense(name)))
            .or_else(|| self.desk.nonsense())
            .or_else(|| self.storms.iter().find_map(Storm::nonsense))
            .or_else(|| self.deaths.iter().find_map(Death::nonsense))
            .or_else(|| self.faults.nonsense())
    }
}

impl Temper {
    fn nonsense(&self, name: &str) -> Option<String> {
        if !words::is_temper(name) {
            return Some(format!("tempers.{name}: there are no words for it"));
        }
        if self.invited.values().sum::<u64>() == 0 {
            return Some(format!("tempers.{name}.invited: nothing has a share"));
        }
        if self.acts.0 == 0 || self.acts.1 > MOST_ACTS {
            return Some(format!("tempers.{name}.acts: from 1 to {MOST_ACTS}"));
        }
        let percent = too_many(&format!("tempers.{name}.edits"), self.edits);
        let pause = range(&format!("tempers.{name}.pause_ms"), self.pause_ms);
        percent.or(pause).or_else(|| range(&format!("tempers.{name}.acts"), self.acts))
    }
}

impl Desk {
    fn nonsense(&self) -> Option<String> {
        let percents = [
            ("desk.invites", self.invites),
            ("desk.to_phone", self.to_phone),
            ("desk.answers", self.answers),
            ("desk.fails", self.fails),
        ];
        let wrong = percents.into_iter().find_map(|(name, percent)| too_many(name, percent));
        wrong.or_else(|| range("desk.after_ms", self.after_ms))
    }
}

impl Storm {
    fn nonsense(&self) -> Option<String> {
        if self.from >= self.to || self.to > 100 {
            return Some(format!("storms: from {} to {} is no part of the time", self.from, self.to));
        }
        if !(1..=MOST_TIMES).contains(&self.times) {
            return Some(format!("storms.times: from 1 to {MOST_TIMES}"));
        }
        let is_known = words::is_topic(&self.topic);
        (!is_known).then(|| format!("storms.topic: there are no words for {:?}", self.topic))
    }
}

impl Death {
    fn nonsense(&self) -> Option<String> {
        (!(1..100).contains(&self.at)).then(|| format!("deaths.at: {} is not within 1 to 99", self.at))
    }
}

fn too_many(name: &str, percent: u64) -> Option<String> {
    (percent > 100).then(|| format!("{name}: {percent} of a hundred"))
}

fn range(name: &str, (from, to): (u64, u64)) -> Option<String> {
    let is_range = from <= to && to <= LONGEST_PAUSE;
    (!is_range).then(|| format!("{name}: {from} to {to} is not a range up to {LONGEST_PAUSE}"))
}

#[cfg(test)]
mod tests;
