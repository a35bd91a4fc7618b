//! The fixtures: `tests/fixtures/<provider>/<case>/{request.http,expected.json}`, and `account.json` where it matters.

use std::fs;
use std::path::{Path, PathBuf};

use segue::providers::{self, Provider, inspect::inspect_line};
use serde_json::{Value, json};

use super::request::{Keys, NOW, Request};
use super::sign::{SIGNERS, Signer};

/// One request a provider may send, not signed yet.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) provider: &'static dyn Provider,
    pub(super) signer: &'static Signer,
    pub(super) unsigned: Request,
    pub(super) keys: Keys,
    expected: Value,
}

impl Case {
    fn load(signer: &'static Signer, folder: &Path) -> Self {
        let text =
            |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
        let mut keys = Keys::of(&[signer.secret]);
        if folder.join("account.json").exists() {
            keys.account = serde_json::from_str(&text("account.json")).unwrap();
        }
        Self {
            name: folder.display().to_string(),
            provider: providers::find(signer.provider).unwrap(),
            signer,
            unsigned: Request::parse(&text("request.http")),
            keys,
            expected: serde_json::from_str(&text("expected.json")).unwrap(),
        }
    }

    pub(super) fn signed(&self) -> Request {
        let mut request = self.unsigned.clone();
        (self.signer.sign)(&mut request, self.signer.secret);
        request
    }
}

/// Every case of every provider.
pub(super) fn all() -> Vec<Case> {
    let folders = |provider: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(provider);
        let mut found: Vec<PathBuf> =
            fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    };
    let of = |signer: &'static Signer| {
        folders(signer.provider).into_iter().map(move |folder| Case::load(signer, &folder))
    };
    SIGNERS.iter().flat_map(of).collect()
}

#[test]
fn every_provider_has_cases() {
    for provider in providers::TABLE {
        assert!(all().iter().any(|case| case.provider.name() == provider.name()), "{}", provider.name());
    }
}

#[test]
fn every_case_is_believed_and_read_as_expected() {
    for case in all() {
        let raw = case.signed().raw();
        let events: Vec<Value> = case.keys.with_door(|door| {
            let body =
                door.verify(case.provider, &raw, NOW).unwrap_or_else(|e| panic!("{}: {e:?}", case.name));
            let read = |item| match item {
                Ok(event) => json!(event),
                Err(quarantined) => json!({"quarantined": quarantined}),
            };
            case.provider.parse(door, &body).into_iter().map(read).collect()
        });
        let events = Value::from(events);
        assert_eq!(events, case.expected, "{}: {events:#}", case.name);
    }
}

#[test]
fn inspect_says_the_same() {
    for case in all().into_iter().filter(|case| case.keys.account.is_empty()) {
        let request = case.signed();
        let line = json!({
            "provider": case.signer.provider, "secret": case.signer.secret, "method": request.method,
            "url": request.url, "headers": Value::from_iter(request.headers.clone()),
            "body": String::from_utf8(request.body).unwrap(), "now": NOW.secs(),
        });
        let answer: Value = serde_json::from_str(&inspect_line(line.to_string().as_bytes(), NOW)).unwrap();
        let expected =
            json!({"verified": true, "failed_check": null, "handshake": null, "events": case.expected});
        assert_eq!(answer, expected, "{}", case.name);
    }
}
