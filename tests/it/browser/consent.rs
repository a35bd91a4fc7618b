//! What a customer agreed to, proven in the browser: what is whole holds, what was changed does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen};
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_told_and_verified_at_a_desk() {
    prove(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_told_and_verified_on_a_phone() {
    prove(Screen::Phone).await;
}

async fn prove(screen: Screen) {
    let stage = Stage::set().await;
    let desk = stage.desk(screen, ("Ada B", "AB")).await;
    desk.open("/console#/consent").await;
    desk.see(".empty", "Nobody was asked yet").await;
    desk.see(".empty", "Nothing is sealed yet").await;
    desk.inspect("consent-1-nothing").await;

    stage.lead("ana", PHONE, "my card was charged twice").await;
    let relay = sealed(&stage, "handoff.relay").await;
    look_up(&desk).await;
    read_and_verify(&desk, &relay).await;
    stop(&stage, &desk, &relay).await;
    bring(&stage, &desk, &relay).await;
    come_back(&stage, &desk).await;
    desk.leave().await;
}

/// The id of a granted consent once its place in the ledger is known.
async fn sealed(stage: &Stage, purpose: &str) -> String {
    let path = format!("/v1/consents?purpose={purpose}&state=granted");
    let all = || async { stage.service.get(&path).await["data"][0].clone() };
    until("the seal", || async { all().await["ledger"]["state"] == "sealed" }).await;
    all().await["id"].as_str().unwrap().to_owned()
}

/// By number, and by name.
async fn look_up(desk: &Browser) {
    desk.write("#look", PHONE).await;
    desk.click(".look button", "Look up").await;
    desk.see(".person", "ana").await;
    desk.see(".table", PHONE).await;
    desk.see(".table", "@ana").await;
    desk.see(".table", "May be written to").await;
    desk.open("/console#/consent/nobody-like-this").await;
    desk.see(".empty", "Nobody is known by that").await;
    desk.open("/console#/consent/ana").await;
    desk.see(".person", "ana").await;
}

async fn read_and_verify(desk: &Browser, relay: &str) {
    let record = format!(".record[data-id={relay}]");
    desk.see(&record, "To go on with the case on SMS").await;
    desk.see(&record, "agreed today").await;
    desk.see(&record, "“JOIN” and the code word").await;
    desk.see(&format!("{record} .timeline li"), "The question was put").await;
    desk.see(&format!("{record} .timeline li"), "The customer agreed").await;
    desk.click(&format!("{record} summary"), "The words they were shown").await;
    desk.see(&format!("{record} blockquote"), "Example Co").await;
    desk.inspect("consent-2-customer").await;
    desk.click(&format!("{record} button"), "Verify here").await;
    desk.see(&format!("{record} .checked.held"), "Verified in this browser").await;
    for check in [
        "The receipt",
        "What it is about",
        "The words",
        "Its fingerprint",
        "Its place in the ledger",
        "The signature",
    ] {
        desk.see(&format!("{record} .check-line.held"), check).await;
    }
    desk.run("document.querySelector('.checked').scrollIntoView({ block: 'center' })", json!([])).await;
    desk.inspect("consent-3-verified").await;
}

/// The customer takes it back: the record says so by itself, and the new entry verifies too.
async fn stop(stage: &Stage, desk: &Browser, relay: &str) {
    let record = format!(".record[data-id={relay}]");
    stage.sandbox.write("twilio", PHONE, "STOP").await;
    desk.see(&format!("{record} .badge"), "Taken back").await;
    desk.see(&format!("{record} .timeline li"), "The customer took it back").await;
    desk.see(".table", "The customer has opted out on this channel").await;
    desk.click(&format!("{record} button"), "Verify here").await;
    desk.see(&format!("{record} .checked.held"), "Verified in this browser").await;
}

/// A receipt from outside, whole and changed in every way that matters.
async fn bring(stage: &Stage, desk: &Browser, relay: &str) {
    let receipt = stage.service.get(&format!("/v1/consents/{relay}/receipt")).await;
    let receipt = receipt.as_str().unwrap().to_owned();
    desk.open("/console#/consent").await;
    desk.see(".checked.held", "The ledger holds").await;
    check(desk, &receipt).await;
    desk.see("[aria-labelledby=bring] .checked.held", "Verified in this browser").await;
    let changes = [
        (with_leaf(&receipt, |leaf| leaf.replace("withdrawn", "granted")), "Its place in the ledger"),
        (receipt.replace("index ", "index 1"), "Its place in the ledger"),
        (with_root(&receipt), "The signature"),
        (with_signature(&receipt), "The signature"),
        (receipt.replace("tlog-proof", "tlog-poof"), "The receipt"),
    ];
    for (changed, fault) in changes {
        assert_ne!(changed, receipt);
        check(desk, &changed).await;
        desk.see("[aria-labelledby=bring] .checked.broken", "This does not hold").await;
        desk.see("[aria-labelledby=bring] .check-line.broken", fault).await;
    }
    check(desk, &with_leaf(&receipt, |leaf| leaf.replace("withdrawn", "granted"))).await;
    desk.see("[aria-labelledby=bring] .check-line.broken", "Its place in the ledger").await;
    desk.run("document.getElementById('bring').scrollIntoView()", json!([])).await;
    desk.inspect("consent-4-changed").await;
    know_less(desk, &receipt).await;
}

/// A browser that knows no Ed25519 says so, and does not say that the receipt holds.
async fn know_less(desk: &Browser, receipt: &str) {
    let forget = "window.known = SubtleCrypto.prototype.importKey;
        SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));";
    desk.run(forget, json!([])).await;
    check(desk, receipt).await;
    desk.see("[aria-labelledby=bring] .checked.open", "Not all of it could be checked").await;
    desk.see("[aria-labelledby=bring] .check-line.open", "does not know Ed25519").await;
    desk.see("[aria-labelledby=bring] .check-line.held", "Its place in the ledger").await;
    desk.run("SubtleCrypto.prototype.importKey = window.known", json!([])).await;
}

async fn check(desk: &Browser, receipt: &str) {
    let script = "document.getElementById('receipt').value = arguments[0];
        document.querySelector('[aria-labelledby=bring] .checked')?.remove();";
    desk.run(script, json!([receipt])).await;
    desk.click("[aria-labelledby=bring] button", "Check it").await;
}

fn with_leaf(receipt: &str, change: impl Fn(&str) -> String) -> String {
    let line = receipt.lines().nth(1).unwrap();
    let leaf = STANDARD.decode(line.strip_prefix("extra ").unwrap()).unwrap();
    let changed = STANDARD.encode(change(std::str::from_utf8(&leaf).unwrap()));
    receipt.replace(line, &format!("extra {changed}"))
}

/// Another root, which the proof still has to lead to.
fn with_root(receipt: &str) -> String {
    let (head, note) = receipt.split_once("\n\n").unwrap();
    let root = note.lines().nth(2).unwrap();
    format!("{head}\n\n{}", note.replace(root, &STANDARD.encode([7; 32])))
}

fn with_signature(receipt: &str) -> String {
    let line = receipt.lines().last().unwrap();
    let (before, signature) = line.rsplit_once(' ').unwrap();
    let mut bytes = STANDARD.decode(signature).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    receipt.replace(line, &format!("{before} {}", STANDARD.encode(bytes)))
}

/// The head of the last visit is kept: what was added since is proven, and another history is found out.
async fn come_back(stage: &Stage, desk: &Browser) {
    desk.open("/console#/handoffs").await;
    desk.see("h1", "Handoffs").await;
    let before = size(stage).await;
    stage.lead("ben", "+12025550144", "no internet for three days").await;
    until("more entries", || async { size(stage).await > before }).await;
    desk.open("/console#/consent").await;
    desk.see(".check-line.held", &format!("the {before} entries of then are unchanged")).await;
    desk.inspect("consent-5-home").await;

    let forge = "const heads = JSON.parse(localStorage.getItem('segue-ledger-heads'));
        for (const head of Object.values(heads)) Object.assign(head, arguments[0]);
        localStorage.setItem('segue-ledger-heads', JSON.stringify(heads));";
    for (kept, fault) in [
        (json!({"root": STANDARD.encode([7; 32]), "size": 2}), "history was rewritten"),
        (json!({"size": 1000}), "something was taken away"),
        (json!({"vkey": "another+00000000+AA=="}), "signed by another key"),
    ] {
        desk.run(forge, json!([kept])).await;
        desk.open("/console#/handoffs").await;
        desk.see("h1", "Handoffs").await;
        desk.open("/console#/consent").await;
        desk.see(".check-line.broken", fault).await;
        desk.see(".checked.broken", "The ledger does not hold").await;
    }
}

async fn size(stage: &Stage) -> i64 {
    let head: Value = stage.service.get("/v1/ledger/checkpoint").await;
    head["size"].as_i64().unwrap()
}
