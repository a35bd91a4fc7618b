//! The challenge of X, answered as the vendor's own library answers it, and of no use to anybody else.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use segue::domain::secret::Secret;
use segue::providers::{self, Account, Body, Door, FailedCheck, RawRequest, Reply, inspect::inspect_line};
use serde_json::{Value, json};

use super::request::NOW;

const SECRET: &str = "x-consumer-secret-4Kp9";

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../../fixtures/vectors/x_crc.json")).unwrap()
}

fn with_door<T>(secrets: &[&str], work: impl FnOnce(&Door<'_>) -> T) -> T {
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    let (account, named) = (Account::new(), BTreeMap::new());
    work(&Door { account: &account, settings: &Value::Null, secrets: &secrets, named: &named })
}

fn request(method: &str, query: &str) -> RawRequest {
    let url = format!("https://gw.example/hooks/x/tenant-a?{query}");
    RawRequest { method: method.to_owned(), url, headers: Vec::new(), body: "".into() }
}

fn ask(secrets: &[&str], query: &str) -> Option<Result<Reply, FailedCheck>> {
    let provider = providers::find("x").unwrap();
    with_door(secrets, |door| provider.handshake(door, &request("GET", query)))
}

fn token(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    body["response_token"].as_str().unwrap().to_owned()
}

#[test]
fn every_challenge_is_answered_as_the_vendor_answers() {
    for vector in vectors() {
        let url = vector["url"].as_str().unwrap();
        let reply = ask(&[SECRET], url.split_once('?').unwrap().1).unwrap().unwrap();
        assert_eq!((reply.status, reply.content_type), (200, "application/json"));
        let fits = vector["expect_body"] == reply.body.as_str();
        assert_eq!(fits, vector["valid"] == true, "{}: {}", vector["id"], reply.body);
        let line = inspect_line(vector.to_string().as_bytes(), NOW);
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["handshake"], json!({"status": 200, "body": reply.body}), "{}", vector["id"]);
    }
}

#[test]
fn the_newest_secret_answers() {
    let of = |secrets: &[&str]| token(&ask(secrets, "crc_token=a").unwrap().unwrap());
    assert_eq!(of(&["new", "old"]), of(&["new"]));
    assert_ne!(of(&["new", "old"]), of(&["old"]));
    assert_eq!(ask(&[], "crc_token=a"), Some(Err(FailedCheck::SecretMissing)));
}

#[test]
fn a_challenge_that_could_be_a_callback_is_refused() {
    let long = format!("crc_token={}", "a".repeat(129));
    for query in ["crc_token=", "crc_token=%7B%7D", "crc_token=a%20b", "crc_token=a&crc_token=b", &long] {
        assert_eq!(ask(&[SECRET], query), Some(Err(FailedCheck::ChallengeRefused)), "{query}");
    }
    assert!(ask(&[SECRET], &long.replace("aa", "a")).unwrap().is_ok());
    assert_eq!(ask(&[SECRET], "other=1"), None);
}

#[test]
fn an_answer_signs_no_callback() {
    let provider = providers::find("x").unwrap();
    let signature = token(&ask(&[SECRET], "crc_token=a%3Db").unwrap().unwrap());
    assert_eq!(STANDARD.decode(&signature["sha256=".len()..]).unwrap().len(), 32);
    let header = ("x-twitter-webhooks-signature".to_owned(), signature.into_bytes());
    let mut forged = RawRequest { headers: vec![header], ..request("GET", "a=b") };
    let body = r#"{"for_user_id":"1","direct_message_events":[]}"#;
    with_door(&[SECRET], |door| {
        let read = door.verify(provider, &forged, NOW).map(|body| provider.parse(door, &body));
        assert_eq!(read, Ok(Vec::new()));
        forged.body = body.into();
        assert!(door.verify(provider, &forged, NOW).is_err());
        assert!(provider.parse(door, &Body::unsigned(&forged)).is_empty());
    });
}
