//! One customer: who they are, and what they will do in their own order.

use std::collections::{BTreeMap, VecDeque};

use super::{Address, Planned, Who};
use crate::sandbox::scenario::{Language, Place, Reaction, Scenario, Temper, Words, words};
use crate::sandbox::seed::Seed;

/// How much longer the late ones wait.
const LATE: u64 = 10;

/// What somebody will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Move {
    Complain,
    /// Again, below the first post.
    More,
    Edit,
    /// First in private.
    Come,
    Talk,
    Agree,
    Refuse,
    Stop,
    Help,
    /// Texts from the phone what stood in the private message.
    Join,
}

pub(in crate::sandbox) struct Customer {
    number: u64,
    place: Place,
    language: Language,
    temper: (String, Temper),
    topic: String,
    seed: Seed,
    pub(in crate::sandbox) moves: VecDeque<Move>,
    /// The act of the first post.
    post: Option<u64>,
    /// What the first post said.
    said: String,
    /// Goes on from the phone.
    is_on_phone: bool,
    is_late: bool,
}

impl Customer {
    pub(in crate::sandbox) fn new(scenario: &Scenario, (number, mut seed): (u64, Seed), topic: &str) -> Self {
        let people = &scenario.people;
        let (place, language) = (pick(&mut seed, &people.channels), pick(&mut seed, &people.languages));
        let shares: BTreeMap<&String, u64> =
            scenario.tempers.iter().map(|(name, temper)| (name, temper.share)).collect();
        let name = pick(&mut seed, &shares).clone();
        let temper = (name.clone(), scenario.tempers[&name].clone());
        let mut customer = Self {
            number,
            place,
            language,
            temper,
            topic: topic.to_owned(),
            seed,
            moves: VecDeque::new(),
            post: None,
            said: String::new(),
            is_on_phone: place.is_phone(),
            is_late: false,
        };
        customer.begin();
        customer
    }

    fn begin(&mut self) {
        let count = self.within(self.temper.1.acts);
        self.moves.push_back(Move::Complain);
        for _ in 1..count {
            let next = match self.place.is_phone() {
                true => Move::Talk,
                false if self.hits(self.temper.1.edits) => Move::Edit,
                false => Move::More,
            };
            self.moves.push_back(next);
        }
        if self.place.is_phone() {
            match pick(&mut self.seed, &self.temper.1.invited) {
                Reaction::Stop => self.moves.push_back(Move::Stop),
                Reaction::Help => self.moves.push_back(Move::Help),
                Reaction::Late => self.is_late = true,
                Reaction::Follow | Reaction::Ignore | Reaction::Refuse => {}
            }
        }
    }

    /// What they do about an invitation takes the place of what they would have written in public.
    pub(in crate::sandbox) fn is_invited(&mut self, to_phone: bool) {
        let goes_on = self.moves.len();
        let reaction = pick(&mut self.seed, &self.temper.1.invited);
        let agrees = if to_phone { Move::Join } else { Move::Agree };
        let first: &[Move] = match reaction {
            Reaction::Ignore => return,
            Reaction::Refuse => &[Move::Refuse],
            Reaction::Stop => &[Move::Come, Move::Stop],
            Reaction::Help => &[Move::Help, Move::Come, agrees],
            Reaction::Follow | Reaction::Late => &[Move::Come, agrees],
        };
        self.is_late = reaction == Reaction::Late;
        self.moves = first.iter().copied().collect();
        if first.last() == Some(&agrees) {
            self.moves.extend(vec![Move::Talk; goes_on]);
        }
    }

    /// The next thing they do, which gets that number.
    pub(in crate::sandbox) fn act(&mut self, number: u64) -> Option<Planned> {
        let words = words(self.language);
        let next = self.moves.pop_front()?;
        Some(match next {
            Move::Complain => self.complain(words, number),
            Move::More => {
                let text = self.choose(&words.say.more);
                Planned::Post { who: self.who(), text: self.public(&text), answers: self.post }
            }
            Move::Edit => {
                let added = self.choose(&words.say.edited);
                let text = format!("{} {added}", self.said);
                Planned::Edit { who: self.who(), text, post: self.post.unwrap_or(number) }
            }
            Move::Come => self.message(&words.say.private),
            Move::Talk => self.message(&words.say.talk),
            Move::Agree => self.word(&words.say.agree),
            Move::Refuse => self.word(&words.say.refuse),
            Move::Stop => self.word(&words.say.stop),
            Move::Help => self.word(&words.say.help),
            Move::Join => self.join(),
        })
    }

    fn complain(&mut self, words: &Words, number: u64) -> Planned {
        let about = self.choose(&words.complaints[&self.topic.clone()]);
        let feeling = self.choose(&words.tempers[&self.temper.0.clone()]);
        let closed = if about.ends_with('?') { about } else { format!("{about}.") };
        let text = format!("{closed} {feeling}");
        if self.place.is_phone() {
            return Planned::Message { who: self.who(), text };
        }
        self.post = Some(number);
        self.said = self.public(&text);
        Planned::Post { who: self.who(), text: self.said.clone(), answers: None }
    }

    fn message(&mut self, list: &[String]) -> Planned {
        let text = self.choose(list);
        Planned::Message { who: self.who(), text }
    }

    fn word(&mut self, list: &[String]) -> Planned {
        let text = self.choose(list);
        Planned::Word { who: self.who(), text, reads: None }
    }

    fn join(&mut self) -> Planned {
        let reads = Some(self.address());
        self.is_on_phone = true;
        Planned::Word { who: self.who(), text: "JOIN {token}".into(), reads }
    }

    /// What an agent says to them.
    pub(super) fn answer(&mut self) -> String {
        self.choose(&words(self.language).desk.answers)
    }

    /// On X the brand hears of what names it.
    fn public(&self, text: &str) -> String {
        if self.place == Place::X { format!("@SandboxBrand {text}") } else { text.to_owned() }
    }

    fn who(&self) -> Who {
        Who {
            customer: self.number,
            address: self.address(),
            language: self.language.code().to_owned(),
            temper: self.temper.0.clone(),
        }
    }

    /// Where they are reached now.
    pub(in crate::sandbox) fn address(&self) -> Address {
        let words = words(self.language);
        let number = usize::try_from(self.number).unwrap_or_default();
        let name = &words.names[number % words.names.len()];
        let surname = &words.surnames[number / words.names.len() % words.surnames.len()];
        let (provider, from) = match self.place {
            _ if self.is_on_phone && self.place != Place::Whatsapp => ("twilio", self.phone(words)),
            Place::Whatsapp => ("twilio", format!("whatsapp:{}", self.phone(words))),
            Place::X => ("x", format!("{}_{}", ascii(name), self.number)),
            Place::Facebook => ("facebook", format!("{name} {surname} {}", self.number)),
            Place::Sms => ("twilio", self.phone(words)),
        };
        Address { provider: provider.to_owned(), from }
    }

    fn phone(&self, words: &Words) -> String {
        format!("{}{:06}", words.phone, self.number % 1_000_000)
    }

    /// How long they wait before they go on.
    pub(in crate::sandbox) fn pause(&mut self) -> u64 {
        let pause = self.within(self.temper.1.pause_ms);
        if self.is_late { pause * LATE } else { pause }
    }

    pub(super) fn hits(&mut self, percent: u64) -> bool {
        self.seed.below(100) < percent
    }

    pub(super) fn within(&mut self, (from, to): (u64, u64)) -> u64 {
        from + self.seed.below(to - from + 1)
    }

    fn choose(&mut self, list: &[String]) -> String {
        let at = self.seed.below(list.len() as u64);
        list[usize::try_from(at).unwrap_or_default()].clone()
    }
}

impl Place {
    /// Whether there is no public side.
    const fn is_phone(self) -> bool {
        matches!(self, Self::Sms | Self::Whatsapp)
    }
}

/// One of them by their shares.
fn pick<T: Clone + Ord>(seed: &mut Seed, shares: &BTreeMap<T, u64>) -> T {
    let mut at = seed.below(shares.values().sum());
    for (one, share) in shares {
        if at < *share {
            return one.clone();
        }
        at -= share;
    }
    // Shares are never all 0.
    #[expect(clippy::expect_used, reason = "a scenario without shares is refused when it is read")]
    shares.keys().next().expect("somebody has a share").clone()
}

fn ascii(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.nfd().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
