//! A request that a test can sign, bend and hand to a provider.

use std::collections::BTreeMap;

use segue::domain::secret::Secret;
use segue::domain::time::Timestamp;
use segue::providers::{Account, Door, Provider, RawRequest, Unverified};
use serde_json::Value;

/// When every fixture is received.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_795_342_500);

#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Reads HTTP text: a request line, headers, an empty line, the body without the file's last line end.
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let mut lines = head.lines();
        let mut words = lines.next().unwrap().split(' ');
        let (method, url) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = body.strip_suffix('\n').unwrap_or(body).as_bytes().to_vec();
        Self { method, url, headers: lines.filter_map(header).collect(), body }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn raw(&self) -> RawRequest {
        let bytes = |(name, value): &(String, String)| (name.clone(), value.clone().into_bytes());
        RawRequest {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().map(bytes).collect(),
            body: self.body.clone().into(),
        }
    }
}

/// What a connection knows, owned.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) account: Account,
    pub(super) settings: Value,
    pub(super) secrets: Vec<Secret>,
    pub(super) named: BTreeMap<String, Vec<Secret>>,
}

impl Keys {
    pub(super) fn of(secrets: &[&str]) -> Self {
        let secrets = secrets.iter().map(|text| Secret::new(*text)).collect();
        Self { account: Account::new(), settings: Value::Null, secrets, named: BTreeMap::new() }
    }

    pub(super) fn with_door<T>(&self, work: impl FnOnce(&Door<'_>) -> T) -> T {
        work(&Door {
            account: &self.account,
            settings: &self.settings,
            secrets: &self.secrets,
            named: &self.named,
        })
    }

    pub(super) fn verify(
        &self,
        provider: &dyn Provider,
        raw: &RawRequest,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        self.with_door(|door| door.verify(provider, raw, now).map(|_| ()))
    }
}
