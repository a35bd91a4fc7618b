//! Secrets that go to one side and come back from the other: tokens, phrases and codes. Only their keyed hash is kept.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::domain::id::{HandoffId, IdentityId, WorkspaceId};
use crate::domain::identity::is_e164;
use crate::domain::time::Timestamp;
use crate::domain::workspace::Limits;

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a token: 40 bits.
const TOKEN_LENGTH: usize = 8;

/// Characters of a case reference.
const CASE_LENGTH: usize = 4;

/// Words of a phrase come from a list of 2,048, so that two of them are 22 bits.
fn words() -> &'static [&'static str; 2048] {
    bip39::Language::English.word_list()
}

/// What kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// Shown to the account, texted from the phone.
    Token,
    /// Texted to the phone, posted by the account.
    Phrase,
    /// Texted to the phone, typed by the account.
    Code,
}

impl ProofKind {
    /// The word in SQL, and what the hash is bound to.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Phrase => "phrase",
            Self::Code => "code",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Token, Self::Phrase, Self::Code].into_iter().find(|kind| kind.as_str() == word)
    }

    /// A new secret of this kind, as a person reads it, out of random bytes.
    #[must_use]
    pub fn make(self, random: [u8; 8]) -> String {
        let number = u64::from_be_bytes(random);
        match self {
            Self::Token => letters(number, TOKEN_LENGTH),
            Self::Phrase => {
                let word = |at: u64| words()[usize::try_from(at % 2048).unwrap_or_default()];
                format!("{} {}", word(number), word(number >> 11))
            }
            Self::Code => format!("{:06}", number % 1_000_000),
        }
    }
}

/// A new case reference, which is no secret. One of its characters is a digit from 2 to 9, which nobody takes for a
/// letter.
#[must_use]
pub fn case_ref(random: [u8; 8]) -> String {
    let number = u64::from_be_bytes(random);
    let digit = char::from(b'2' + u8::try_from(number % 8).unwrap_or_default());
    let mut case = letters(number >> 3, CASE_LENGTH - 1);
    let at = usize::try_from((number >> 40) % 4).unwrap_or_default();
    case.insert(at, digit);
    case
}

fn letters(mut number: u64, length: usize) -> String {
    (0..length)
        .map(|_| {
            let letter = ALPHABET[usize::try_from(number % 32).unwrap_or_default()];
            number /= 32;
            char::from(letter)
        })
        .collect()
}

/// Where a secret stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProofState {
    /// It may come back.
    Live,
    /// It came back.
    Used,
    /// It was taken back.
    Void,
}

impl ProofState {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Used => "used",
            Self::Void => "void",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Live, Self::Used, Self::Void].into_iter().find(|state| state.as_str() == word)
    }
}

/// One secret that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its keyed hash.
    pub hash: [u8; 32],
    /// Its tenant.
    pub workspace_id: WorkspaceId,
    /// What it proves.
    pub handoff_id: HandoffId,
    /// What kind.
    pub kind: ProofKind,
    /// Whom it was shown to.
    pub holder_id: IdentityId,
    /// The phone a phrase or a code belongs to.
    pub target_id: Option<IdentityId>,
    /// Where it stands.
    pub state: ProofState,
    /// Who brought it back.
    pub used_by: Option<IdentityId>,
    /// Wrong tries at it.
    pub tries: i64,
    /// Until when it may come back.
    pub expires_at: Timestamp,
    /// When it was shown.
    pub created_at: Timestamp,
}

/// What bringing a secret back means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It proves.
    Proves,
    /// The same identity brought it before: nothing new.
    Again,
    /// Somebody else brought it before: one of the two is not the customer.
    Reused,
    /// It is over.
    Stale,
}

impl Proof {
    /// Brings it back, once.
    pub fn present(&mut self, by: &IdentityId, now: Timestamp) -> Presented {
        let is_used = self.state == ProofState::Used && super::guard::a_secret_proves_once();
        let state = if is_used || self.state == ProofState::Void { self.state } else { ProofState::Live };
        match (state, &self.used_by) {
            (ProofState::Used, Some(before)) if before == by => Presented::Again,
            (ProofState::Used, _) => Presented::Reused,
            (ProofState::Live, _) if now < self.expires_at => {
                self.state = ProofState::Used;
                self.used_by = Some(by.clone());
                Presented::Proves
            }
            _ => Presented::Stale,
        }
    }
}

/// Codes are counted over so long.
const CODES_COUNT: Duration = Duration::from_secs(24 * 3600);

/// Whether an account that asked for codes at these times may ask for another. Each is a text message to a number that
/// somebody named, who need not be asked again.
#[must_use]
pub fn may_ask_code(asked: &[Timestamp], limits: &Limits, now: Timestamp) -> bool {
    let recent = asked.iter().filter(|at| now < **at + CODES_COUNT).count();
    u32::try_from(recent).is_ok_and(|recent| recent < limits.code_sessions_per_day)
}

/// What a text may be bringing back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// A token after the word JOIN.
    pub token: Option<String>,
    /// Case references.
    pub case_refs: Vec<String>,
    /// Phrases: pairs of words of the list that stand side by side.
    pub phrases: Vec<String>,
    /// A code that is nearly all of the text.
    pub code: Option<String>,
    /// The one phone number in it, where it is written with its country code; in E.164.
    pub number: Option<String>,
    /// Whether it is JOIN with something that is no token.
    pub is_malformed: bool,
}

/// Reads what a text may be bringing back. People write O for 0 and l for 1, and put blanks and dashes in between.
#[must_use]
pub fn offered(text: &str) -> Offered {
    let (token, is_malformed) = token_of(text);
    Offered {
        token,
        case_refs: case_refs(text),
        phrases: phrases(text),
        code: code_of(text),
        number: number_of(text),
        is_malformed,
    }
}

/// Whatever in a text may be a secret somebody was shown, as secrets are hashed: every group of eight letters, in one or
/// in two halves, every two words of the list in a row, every group of six digits.
#[must_use]
pub fn candidates(text: &str) -> Vec<(ProofKind, String)> {
    let text: String = text.nfkc().collect();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
    let whole = words.iter().filter_map(|word| read_letters(word, TOKEN_LENGTH));
    let halves = words.windows(2).filter_map(|pair| {
        let is_half = |word: &&str| word.len() == TOKEN_LENGTH / 2;
        let joined = || read_letters(&pair.concat(), TOKEN_LENGTH);
        pair.iter().all(is_half).then(joined).flatten()
    });
    let is_code = |word: &&&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
    let codes = words.iter().filter(is_code).map(|word| (ProofKind::Code, (*word).to_owned()));
    let tokens = whole.chain(halves).map(|token| (ProofKind::Token, token));
    tokens.chain(phrases(&text).into_iter().map(|phrase| (ProofKind::Phrase, phrase))).chain(codes).collect()
}

/// Whether a public text gives away a secret that is still worth something, as `is_live` says of each it may hold.
#[must_use]
pub fn gives_away(text: &str, is_live: impl Fn(ProofKind, &str) -> bool) -> bool {
    super::guard::no_secret_stands_in_public()
        && candidates(text).iter().any(|(kind, secret)| is_live(*kind, secret))
}

/// Words of a public text that are looked at: more than any platform posts.
const MOST_WORDS: usize = 2000;

fn token_of(text: &str) -> (Option<String>, bool) {
    let said: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let Some(join) = said.iter().position(|word| word.eq_ignore_ascii_case("join")) else {
        return (None, false);
    };
    let rest = &said[join + 1..];
    let whole = rest.first().and_then(|word| read_letters(word, TOKEN_LENGTH));
    let halves = || {
        let pair = rest.first().zip(rest.get(1))?;
        read_letters(&format!("{}{}", pair.0, pair.1), TOKEN_LENGTH)
    };
    let token = whole.or_else(halves);
    let is_malformed = token.is_none() && join == 0 && (1..=2).contains(&rest.len());
    (token, is_malformed)
}

/// A reference holds a digit, so that no word of a sentence is one.
fn case_refs(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.bytes().any(|b| b.is_ascii_digit()));
    let mut refs: Vec<String> = words.filter_map(|word| read_letters(word, CASE_LENGTH)).collect();
    refs.truncate(8);
    refs
}

fn read_letters(word: &str, length: usize) -> Option<String> {
    if word.chars().count() != length {
        return None;
    }
    word.chars().map(|letter| canonical(letter.to_ascii_uppercase())).collect()
}

fn canonical(letter: char) -> Option<char> {
    match letter {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        other => u8::try_from(other).ok().filter(|byte| ALPHABET.contains(byte)).map(char::from),
    }
}

fn phrases(text: &str) -> Vec<String> {
    let words: Vec<Cow<'_, str>> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            if word.bytes().any(|b| b.is_ascii_uppercase()) {
                word.to_lowercase().into()
            } else {
                word.into()
            }
        })
        .collect();
    let is_listed = |word: &Cow<'_, str>| words_hold(word);
    let pairs = words.windows(2).filter(|pair| pair.iter().all(is_listed));
    pairs.map(|pair| format!("{} {}", pair[0], pair[1])).take(16).collect()
}

/// The list is sorted.
fn words_hold(word: &str) -> bool {
    words().binary_search(&word).is_ok()
}

fn number_of(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    let mut numbers = text.split('+').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let digits: String = rest[..end].chars().filter(char::is_ascii_digit).collect();
        Some(format!("+{digits}")).filter(|number| digits.len() >= 8 && is_e164(number))
    });
    let first = numbers.next()?;
    numbers.next().is_none().then_some(first)
}

fn code_of(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let others = text.chars().filter(|c| c.is_alphanumeric() && !c.is_ascii_digit()).count();
    (digits.len() == 6 && others <= 20).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_may_be_a_secret_is_a_candidate_wherever_it_stands() {
        let in_text = |text: &str, kind, secret: &str| candidates(text).contains(&(kind, secret.to_owned()));
        for seed in 0..200_u64 {
            let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            let token = ProofKind::Token.make(random);
            let (one, two) = token.split_at(4);
            assert!(in_text(&format!("Please send JOIN {token} now"), ProofKind::Token, &token), "{token}");
            assert!(in_text(&format!("({})", token.to_lowercase()), ProofKind::Token, &token), "{token}");
            assert!(in_text(&format!("{one}-{two}!"), ProofKind::Token, &token), "{token}");
            let phrase = ProofKind::Phrase.make(random);
            assert!(in_text(&format!("say \"{phrase}\" here"), ProofKind::Phrase, &phrase), "{phrase}");
            let code = ProofKind::Code.make(random);
            assert!(in_text(&format!("your code is {code}."), ProofKind::Code, &code), "{code}");
        }
        assert_eq!(candidates("We are sorry."), []);
    }

    #[test]
    fn a_secret_that_was_made_is_read_back_however_people_write_it() {
        for seed in 0..500_u64 {
            let random = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_be_bytes();
            let token = ProofKind::Token.make(random);
            for text in [
                format!("JOIN {token}"),
                format!("join {}", token.to_lowercase()),
                format!("Hi, Join: {}-{}!", &token[..4], &token[4..]),
                format!("JOIN {}", token.replace('0', "o").replace('1', "l")),
            ] {
                assert_eq!(offered(&text).token.as_deref(), Some(token.as_str()), "{text}");
            }
            let phrase = ProofKind::Phrase.make(random);
            assert!(
                offered(&format!("My number ends in 23: {phrase}.")).phrases.contains(&phrase),
                "{phrase}"
            );
            assert!(offered(&phrase.to_uppercase()).phrases.contains(&phrase));
            let code = ProofKind::Code.make(random);
            assert_eq!(offered(&format!("the code is {} {}", &code[..3], &code[3..])).code, Some(code));
            let case = case_ref(random);
            assert!(offered(&format!("case {case} please")).case_refs.contains(&case));
        }
    }

    #[test]
    fn a_text_that_brings_nothing_back_offers_nothing() {
        let plain = offered("My card was charged twice!");
        assert_eq!((plain.token, plain.code, plain.is_malformed), (None, None, false));
        assert!(offered("JOIN").token.is_none());
        assert!(offered("JOIN 123").is_malformed);
        assert_eq!(offered("call me at +15005550123").code, None);
        assert_eq!(offered("call me at +1 (500) 555-0123, please").number.as_deref(), Some("+15005550123"));
        assert_eq!(offered("+15005550123 or +15005550124").number, None);
        assert_eq!(offered("500 555 0123").number, None);
        assert!(!offered("please join us tomorrow").is_malformed);
    }

    #[test]
    fn a_secret_proves_once() {
        let at = Timestamp::from_millis;
        let id = |n: u8| IdentityId::new(at(0), &[n; 10]);
        let mut proof = Proof {
            hash: [0; 32],
            workspace_id: WorkspaceId::new(at(0), &[1; 10]),
            handoff_id: HandoffId::new(at(0), &[1; 10]),
            kind: ProofKind::Token,
            holder_id: id(9),
            target_id: None,
            state: ProofState::Live,
            used_by: None,
            tries: 0,
            expires_at: at(1000),
            created_at: at(0),
        };
        assert_eq!(proof.clone().present(&id(1), at(1000)), Presented::Stale);
        assert_eq!(proof.present(&id(1), at(999)), Presented::Proves);
        assert_eq!(proof.present(&id(1), at(999)), Presented::Again);
        assert_eq!(proof.present(&id(2), at(999)), Presented::Reused);
        proof.state = ProofState::Void;
        assert_eq!(proof.present(&id(1), at(999)), Presented::Stale);
    }

    #[test]
    fn an_account_asks_for_three_codes_a_day() {
        let at = |hours: u64| Timestamp::from_secs(1_800_000_000) + Duration::from_secs(hours * 3600);
        let limits = Limits::default();
        assert!(may_ask_code(&[], &limits, at(0)));
        assert!(may_ask_code(&[at(0), at(1)], &limits, at(2)));
        let three = [at(0), at(1), at(2)];
        assert!(!may_ask_code(&three, &limits, at(2)));
        assert!(!may_ask_code(&three, &limits, at(23)));
        assert!(may_ask_code(&three, &limits, at(24)), "the first is a day old");
        let one = Limits { code_sessions_per_day: 1, ..Limits::default() };
        assert!(!may_ask_code(&three, &one, at(25)) && may_ask_code(&three, &one, at(26)));
    }
}
