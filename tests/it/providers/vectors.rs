//! Signature vectors that were checked with the vendors' own libraries.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use segue::domain::secret::Secret;
use segue::domain::time::Timestamp;
use segue::providers::{self, Provider, inspect::inspect_line};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::request::{Keys, NOW, Request};

const FILES: &[&str] =
    &[include_str!("../../fixtures/vectors/sms.json"), include_str!("../../fixtures/vectors/facebook.json")];

#[derive(Deserialize)]
struct Vector {
    id: String,
    provider: String,
    scheme: String,
    secret: Value,
    method: String,
    url: String,
    headers: Map<String, Value>,
    body: String,
    body_base64: Option<String>,
    valid: bool,
    now: Option<i64>,
    note: String,
    expect_status: Option<u16>,
    expect_body: Option<String>,
}

impl Vector {
    fn provider(&self) -> &'static dyn Provider {
        let named =
            |p: &&&dyn Provider| p.name() == self.provider || p.aliases().contains(&self.provider.as_str());
        *providers::TABLE.iter().find(named).unwrap()
    }

    fn keys(&self) -> Keys {
        let secrets = match &self.secret {
            Value::Array(list) => list.iter().map(|one| Secret::new(one.as_str().unwrap())).collect(),
            one => vec![Secret::new(one.as_str().unwrap())],
        };
        let fields = self.provider().secret_fields().iter();
        let named = fields.map(|field| (field.name.to_owned(), secrets.clone())).collect();
        Keys { secrets, named, ..Keys::of(&[]) }
    }

    fn request(&self) -> Request {
        let header = |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap().to_owned());
        Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().map(header).collect(),
            body: match &self.body_base64 {
                Some(text) => STANDARD.decode(text).unwrap(),
                None => self.body.clone().into_bytes(),
            },
        }
    }

    /// Whether it is believed, whichever way this provider has for such a request.
    fn is_believed(&self, keys: &Keys) -> bool {
        let (provider, raw) = (self.provider(), self.request().raw());
        let now = self.now.map_or(NOW, Timestamp::from_secs);
        keys.with_door(|door| {
            if let Some(answer) = provider.handshake(door, &raw) {
                return answer.is_ok_and(|reply| reply.status < 400);
            }
            let person = provider.signed_request(door, &raw, now).map(|person| person.is_ok());
            let proof = || provider.proof(door, &raw).map(|proof| proof.is_ok());
            person.or_else(proof).unwrap_or_else(|| door.verify(provider, &raw, now).is_ok())
        })
    }
}

fn all() -> Vec<(Vector, Value)> {
    let read = |file: &&str| serde_json::from_str::<Vec<Value>>(file).unwrap();
    let all = FILES.iter().flat_map(read);
    all.map(|value| (serde_json::from_value(value.clone()).unwrap(), value)).collect()
}

#[test]
fn every_vector_is_judged_as_the_vendor_judges() {
    for (vector, _) in all() {
        for settings in [Value::Null, json!({"scheme": vector.scheme})] {
            let keys = Keys { settings, ..vector.keys() };
            assert_eq!(vector.is_believed(&keys), vector.valid, "{}: {}", vector.id, vector.note);
        }
    }
}

#[test]
fn inspect_judges_every_vector_the_same() {
    for (vector, line) in all() {
        let answer: Value = serde_json::from_str(&inspect_line(line.to_string().as_bytes(), NOW)).unwrap();
        assert_eq!(answer["verified"], vector.valid, "{}: {answer}", vector.id);
        assert_eq!(answer["failed_check"].is_null(), vector.valid, "{}: {answer}", vector.id);
        assert!(answer.get("error").is_none(), "{}: {answer}", vector.id);
    }
}

#[test]
fn challenges_are_answered_as_the_vendor_wants() {
    let wanted = |vector: &Vector| vector.method == "GET" && vector.expect_status.is_some();
    for (vector, _) in all().into_iter().filter(|(vector, _)| wanted(vector)) {
        let reply =
            vector.keys().with_door(|door| vector.provider().handshake(door, &vector.request().raw()));
        let reply = reply.unwrap().unwrap();
        assert_eq!(Some(reply.status), vector.expect_status, "{}", vector.id);
        assert_eq!(reply.body, vector.expect_body.unwrap_or_default(), "{}", vector.id);
    }
}

#[test]
fn a_line_that_cannot_be_read_is_answered_with_an_error() {
    for line in ["", "{}", "not json", r#"{"provider":"nobody","secret":"x","url":"u"}"#] {
        let answer: Value = serde_json::from_str(&inspect_line(line.as_bytes(), NOW)).unwrap();
        assert_eq!(answer["verified"], false, "{line}");
        assert!(answer["error"].is_string(), "{line}: {answer}");
    }
}

#[test]
fn inspect_takes_many_secrets_many_header_values_and_base64() {
    let (_, mut line) =
        all().into_iter().find(|(vector, _)| vector.id == "dev-standard-webhooks-v1-01").unwrap();
    line["secret"] = json!(["whsec_AAAA", line["secret"]]);
    line["body_base64"] = json!(base64_of(line["body"].as_str().unwrap()));
    line["body"] = json!("");
    let answer = |line: &Value| -> Value {
        serde_json::from_str(&inspect_line(line.to_string().as_bytes(), NOW)).unwrap()
    };
    assert_eq!(answer(&line)["verified"], true);
    let id = line["headers"]["webhook-id"].clone();
    line["headers"]["webhook-id"] = json!([id, id]);
    assert_eq!(answer(&line)["failed_check"], "signature_missing");
}

fn base64_of(text: &str) -> String {
    STANDARD.encode(text)
}
