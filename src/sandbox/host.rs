//! What a simulated provider must be able to do, and the values that cross that border. It opens no connection itself:
//! requests in, answers and facts out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// A simulated provider.
pub(super) trait Host: Send + Sync {
    /// Its name, as the service knows it.
    fn name(&self) -> &'static str;

    /// The account a connection to it has.
    fn account(&self) -> Value;

    /// The secrets of that account.
    fn secrets(&self) -> Map<String, Value>;

    /// What it asks of a callback URL before it uses it.
    fn challenge(&self, _nonce: &str) -> Option<Challenge> {
        None
    }

    /// Takes note of the callback URL it uses from now on.
    fn calls_at(&self, _url: &str, _now: Timestamp) {}

    /// Does what a request of the service asks, if the rules let it.
    fn serve(&self, call: &Call, now: Timestamp) -> Served;

    /// The answer to a request that it does not do.
    fn trouble(&self, trouble: Trouble, now: Timestamp) -> Reply;

    /// Does what a customer does.
    ///
    /// # Errors
    /// Why a customer cannot do that there.
    fn act(&self, act: &Act, now: Timestamp) -> Result<Done, Refused>;

    /// The callbacks that tell these facts, signed for that URL.
    fn pack(&self, items: &[Item], url: &str) -> Vec<Callback>;

    /// Whether one callback of its can tell many facts.
    fn can_batch(&self) -> bool {
        false
    }

    /// What everybody can read there: a thread by the id of its first post.
    fn thread(&self, _id: &str) -> Option<Value> {
        None
    }

    /// The first post of every thread a customer began.
    fn threads(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Who wrote or was written to in private, with the newest of it.
    fn inboxes(&self) -> Vec<(String, Letter)>;

    /// What one customer can read in private.
    fn inbox(&self, customer: &str) -> Value;

    /// How it goes about a callback that is not taken.
    fn patience(&self) -> Patience;
}

/// How a provider asks a callback URL whose it is.
#[derive(Debug)]
pub(super) struct Challenge {
    /// The query of the request.
    pub(super) query: String,
    /// The answer that counts.
    pub(super) answer: Answer,
}

/// An answer that is waited for.
#[derive(Debug)]
pub(super) enum Answer {
    /// These bytes.
    Text(String),
    /// An object with these fields.
    Json(Value),
}

impl Answer {
    /// Whether a body is that answer.
    pub(super) fn is(&self, body: &str) -> bool {
        match self {
            Self::Text(text) => body == text,
            Self::Json(value) => serde_json::from_str::<Value>(body).is_ok_and(|said| said == *value),
        }
    }
}

/// How a provider waits and tries again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long an answer may take.
    pub(super) deadline: Duration,
    /// The waits before further tries.
    pub(super) again: &'static [Duration],
    /// Whether an answer that is no success is tried again too, or only silence.
    pub(super) after_refusal: bool,
}

/// A request of the service, as it came.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// `GET`, `POST` …
    pub(super) method: String,
    /// Behind the prefix of the provider.
    pub(super) path: String,
    /// Without `?`.
    pub(super) query: String,
    /// The whole URL as it was called.
    pub(super) url: String,
    /// By names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    /// As it came.
    pub(super) body: Vec<u8>,
}

impl Call {
    /// A header's value, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON, if it says it is.
    pub(super) fn json(&self) -> Option<Value> {
        let is_json = self.header("content-type").starts_with("application/json");
        serde_json::from_slice(&self.body).ok().filter(|_| is_json)
    }

    /// The body as a form, if it says it is.
    pub(super) fn form(&self) -> Option<Vec<(String, String)>> {
        let is_form = self.header("content-type").starts_with("application/x-www-form-urlencoded");
        is_form.then(|| pairs(&self.body))
    }

    /// The segments of the path.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}

/// Name and value of each field of a form or a query.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// The first value of that name.
pub(super) fn field<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
}

/// An answer to the service.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
}

impl Reply {
    /// An answer without headers of its own.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// With a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What came of a request: the answer, and what is to be told because of it.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) reply: Reply,
    pub(super) items: Vec<Item>,
}

impl From<Reply> for Served {
    fn from(reply: Reply) -> Self {
        Self { reply, items: Vec::new() }
    }
}

/// Why a request is not done, without a fault of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The provider is broken.
    Broken,
    /// Too many requests.
    Throttled,
}

/// One fact to be told to the service.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Facts of one lane are told one after the other.
    pub(super) lane: String,
    /// What happened, in the provider's own words before they are packed.
    pub(super) fact: Value,
    /// Where it is told, if not at the callback URL.
    pub(super) url: Option<String>,
    /// It tells of something the service did: a status, an echo.
    pub(super) is_report: bool,
    /// By what whoever had it happen knows it again.
    pub(super) mark: Option<u64>,
}

impl Item {
    /// A fact a customer caused.
    pub(super) fn new(lane: &str, fact: Value) -> Self {
        Self { lane: lane.to_owned(), fact, url: None, is_report: false, mark: None }
    }

    /// A fact the service caused.
    pub(super) fn report(lane: &str, fact: Value) -> Self {
        Self { is_report: true, ..Self::new(lane, fact) }
    }
}

/// A request to the service, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// Of the facts in it.
    pub(super) marks: Vec<u64>,
}

/// The marks of facts.
pub(super) fn marks(items: &[Item]) -> Vec<u64> {
    items.iter().filter_map(|item| item.mark).collect()
}

/// What a customer does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Act {
    /// The kind: `post`, `edit`, `delete`, `message`, `read`, `block`, `unblock`, `unreachable`, `reachable`.
    pub(crate) act: String,
    /// Who: a handle, a name, a phone number.
    pub(crate) from: String,
    /// What they write.
    pub(crate) text: String,
    /// The post it is about: what is answered, edited or deleted.
    pub(crate) post: Option<String>,
    /// The language they write in, where the platform tells it.
    pub(crate) language: Option<String>,
    /// When it happened, if not now; never in the future.
    pub(crate) at: Option<Timestamp>,
}

/// What came of an act.
#[derive(Debug)]
pub(super) struct Done {
    /// The post or message that was made or touched.
    pub(super) id: String,
    pub(super) items: Vec<Item>,
}

/// Why an act cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) detail: String,
}

impl Refused {
    /// What was asked makes no sense here.
    pub(super) fn act(detail: impl Into<String>) -> Self {
        Self { status: 422, detail: detail.into() }
    }

    /// There is no such thing.
    pub(super) fn missing(what: &str) -> Self {
        Self { status: 404, detail: format!("There is no such {what}.") }
    }
}

/// One private message, as a customer reads it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Letter {
    pub(super) id: String,
    /// `customer`, `brand`, or `provider` for its own notices.
    pub(super) by: &'static str,
    pub(super) text: String,
    pub(super) media: Vec<String>,
    pub(super) at: Timestamp,
}

impl Letter {
    pub(super) fn new(id: &str, by: &'static str, text: &str, at: Timestamp) -> Self {
        Self { id: id.to_owned(), by, text: text.to_owned(), media: Vec::new(), at }
    }
}

/// A list of letters as it is shown.
pub(super) fn shown(customer: &str, letters: Option<&Vec<Letter>>) -> Value {
    json!({"customer": customer, "messages": letters.map_or(&[][..], Vec::as_slice)})
}

/// The newest letter of everybody who has one.
pub(super) fn newest(inboxes: &BTreeMap<String, Vec<Letter>>) -> Vec<(String, Letter)> {
    let of = |(customer, letters): (&String, &Vec<Letter>)| Some((customer.clone(), letters.last()?.clone()));
    inboxes.iter().filter_map(of).collect()
}

/// What the secrets of all hosts come from: the same token has the same ones.
#[derive(Clone, Debug)]
pub(super) struct Source(pub(super) Secret);

impl Source {
    /// A secret by its name.
    pub(super) fn secret(&self, name: &str) -> String {
        let mac = crate::domain::signature::hmac_sha256(self.0.expose().as_bytes(), &[name.as_bytes()]);
        hex::encode(&mac[..20])
    }
}

/// A stable number of so many digits for a name: an id a provider would give.
pub(super) fn number_of(name: &str, digits: u32) -> String {
    let first = 10_u64.pow(digits - 1);
    (first + super::seed::Seed::of(0, name, 0).below(9 * first)).to_string()
}
