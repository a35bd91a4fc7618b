//! Why a captured callback is believed or not, and what it says: no database, no network, time as an argument.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Account, Door, FailedCheck, PersonRef, Provider, Quarantined, RawRequest, Reply, Unverified};
use crate::domain::inbound::InboundEvent;
use crate::domain::secret::Secret;
use crate::domain::signature::decode_base64;
use crate::domain::time::Timestamp;

/// One captured request; fields it does not name are passed over.
#[derive(Deserialize)]
struct Capture {
    provider: String,
    secret: OneOrMore,
    #[serde(default)]
    settings: Value,
    #[serde(default = "post")]
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, OneOrMore>,
    #[serde(default)]
    body: String,
    body_base64: Option<String>,
    now: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// The answer to one line.
#[derive(Debug, Default, Serialize)]
struct Finding {
    verified: bool,
    failed_check: Option<String>,
    handshake: Option<Answer>,
    events: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
    body: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Item {
    Event(Box<InboundEvent>),
    Quarantined { quarantined: Quarantined },
}

/// Reads one JSON line and answers one. `now` counts where the line names no time of its own.
#[must_use]
pub fn inspect_line(line: &[u8], now: Timestamp) -> String {
    let finding =
        inspect(line, now).unwrap_or_else(|error| Finding { error: Some(error), ..Finding::default() });
    serde_json::json!(finding).to_string()
}

fn inspect(line: &[u8], now: Timestamp) -> Result<Finding, String> {
    let capture: Capture = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let provider =
        find(&capture.provider).ok_or_else(|| format!("no provider is called {}", capture.provider))?;
    let now = capture.now.map_or(now, Timestamp::from_secs);
    let settings = capture.settings.clone();
    let (secrets, raw) = capture.split()?;
    // The capture has one secret: it stands for whichever the provider asks for.
    let named =
        provider.secret_fields().iter().map(|field| (field.name.to_owned(), secrets.clone())).collect();
    let door = Door { account: &Account::new(), settings: &settings, secrets: &secrets, named: &named };
    Ok(if let Some(answer) = provider.handshake(&door, &raw) {
        Finding::of_handshake(answer)
    } else if let Some(person) = provider.signed_request(&door, &raw, now) {
        Finding::of_person(person)
    } else if let Some(proof) = provider.proof(&door, &raw) {
        proof.map_or_else(Finding::failed, |()| Finding { verified: true, ..Finding::default() })
    } else {
        Finding::of_callback(provider, &door, &raw, now)
    })
}

impl Capture {
    fn split(self) -> Result<(Vec<Secret>, RawRequest), String> {
        let body = match self.body_base64 {
            Some(text) => decode_base64(&text).map_err(|_| "body_base64 is not base64 with padding")?,
            None => self.body.into_bytes(),
        };
        let headers = self.headers.into_iter().flat_map(|(name, values)| {
            values.into_vec().into_iter().map(move |value| (name.clone(), value.into_bytes()))
        });
        let headers = headers.collect();
        let raw = RawRequest { method: self.method, url: self.url, headers, body: Bytes::from(body) };
        Ok((self.secret.into_vec().into_iter().map(Secret::new).collect(), raw))
    }
}

impl OneOrMore {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::More(values) => values,
        }
    }
}

impl Finding {
    fn of_handshake(answer: Result<Reply, FailedCheck>) -> Self {
        match answer {
            Ok(reply) => Self {
                verified: !reply.refuses(),
                failed_check: reply.refuses().then(|| FailedCheck::ChallengeRefused.to_string()),
                handshake: Some(Answer { status: reply.status, body: reply.body }),
                ..Self::default()
            },
            Err(check) => Self::failed(check),
        }
    }

    fn of_person(person: Result<PersonRef, FailedCheck>) -> Self {
        match person {
            Ok(person) => Self { verified: true, person: Some(person), ..Self::default() },
            Err(check) => Self::failed(check),
        }
    }

    fn failed(check: FailedCheck) -> Self {
        Self { failed_check: Some(check.to_string()), ..Self::default() }
    }

    fn of_callback(provider: &dyn Provider, door: &Door<'_>, raw: &RawRequest, now: Timestamp) -> Self {
        match door.verify(provider, raw, now) {
            Ok(body) => Self {
                verified: true,
                events: provider.parse(door, &body).into_iter().map(Item::from).collect(),
                ..Self::default()
            },
            Err(Unverified(check)) => Self::failed(check),
        }
    }
}

impl From<Result<InboundEvent, Quarantined>> for Item {
    fn from(read: Result<InboundEvent, Quarantined>) -> Self {
        match read {
            Ok(event) => Self::Event(Box::new(event)),
            Err(quarantined) => Self::Quarantined { quarantined },
        }
    }
}

fn find(name: &str) -> Option<&'static dyn Provider> {
    super::TABLE
        .iter()
        .copied()
        .find(|provider| provider.name() == name || provider.aliases().contains(&name))
}

fn post() -> String {
    "POST".to_owned()
}
