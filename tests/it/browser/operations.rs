//! Connections, webhooks and operations: what went wrong is said, and can be mended where it is said.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen};
use crate::support::host::Host;
use crate::support::until;

/// It may be an opt-out, or not: a person has to read it.
const UNCLEAR: &str = "I have told you twice to stop texting me about this";

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_is_mended_at_a_desk() {
    mend(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_is_mended_on_a_phone() {
    mend(Screen::Phone).await;
}

async fn mend(screen: Screen) {
    let stage = Stage::set().await;
    let desk = stage.desk(screen, ("Ada B", "AB")).await;
    desk.open("/console#/operations").await;
    desk.see(".all-well", "All is well").await;
    desk.see(".empty", "Nothing waits for a person").await;
    desk.inspect("operations-1-well").await;
    connections(&stage, &desk).await;
    webhooks(&desk).await;
    tasks(&stage, &desk).await;
    desk.leave_but(Some(422)).await;
}

async fn connection(stage: &Stage, provider: &str) -> Value {
    stage.service.get(&format!("/v1/connections?provider={provider}")).await["data"][0].clone()
}

/// A secret that is wrong has callbacks rejected; the right one has them verify when they are replayed.
async fn connections(stage: &Stage, desk: &Browser) {
    let x = connection(stage, "x").await;
    let id = x["id"].as_str().unwrap();
    let right = stage.sandbox.get("/providers").await["data"][0]["connection"]["secrets"].clone();
    let wrong = json!({"secrets": {"consumer_secret": "not-the-one"}, "overlap_seconds": 0});
    stage.service.post(&format!("/v1/connections/{id}/secrets"), wrong).await;
    stage.complain("eva", "nobody hears this at first").await;
    let rejected = format!("/v1/connections/{id}/rejected");
    until("a rejected callback", || async {
        !stage.service.get(&rejected).await["data"].as_array().unwrap().is_empty()
    })
    .await;

    desk.open("/console#/connections").await;
    desk.see(".table", "Sandbox: x").await;
    desk.inspect("connections-1-all").await;
    desk.click(".table a", "Sandbox: x").await;
    desk.see(".table", "The signature does not fit").await;
    desk.click("button", "Test the connection").await;
    desk.see(".check-line", "Secrets").await;
    desk.inspect("connections-2-one").await;
    desk.click("button", "Replay").await;
    desk.see(".note.bad", "It still does not verify").await;
    desk.click(".note [aria-label=Dismiss]", "").await;

    desk.click("button", "Set new ones").await;
    desk.write("dialog input[name=consumer_secret]", right["consumer_secret"].as_str().unwrap()).await;
    desk.inspect("connections-3-secrets").await;
    desk.click("dialog button", "Set them").await;
    desk.see(".note.good", "The new secrets count").await;
    desk.click("button", "Replay").await;
    desk.see(".note.good", "It verifies now: 1 fact taken in").await;
    desk.see(".badge", "Replayed").await;
    until("the complaint", || async {
        let list = stage.service.get("/v1/complaints?limit=50").await;
        list["data"].as_array().unwrap().iter().any(|one| one["identity"]["handle"] == "eva")
    })
    .await;
}

/// A receiver that refuses: what it did not take is seen, and sent again once it does.
async fn webhooks(desk: &Browser) {
    let refuses = Arc::new(AtomicBool::new(true));
    let refusing = refuses.clone();
    let receiver = Host::answering(move |_| {
        let status = if refusing.swap(false, Ordering::Relaxed) { 500 } else { 200 };
        (status, String::new())
    });
    desk.open("/console#/webhooks").await;
    desk.see(".empty", "Nobody is told yet").await;
    desk.click("button", "New webhook").await;
    desk.write("dialog input[type=url]", &receiver.url).await;
    desk.inspect("webhooks-1-new").await;
    desk.click("dialog button", "Make it").await;
    desk.see("dialog", "The signing secret").await;
    let secret = desk.run("return document.querySelector('dialog input').value", json!([])).await;
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    desk.click("dialog button", "I have it").await;
    desk.see("h2", "Deliveries").await;

    desk.click("button", "Send a test").await;
    desk.see(".table", "webhook.test").await;
    desk.see(".table", "answered 500").await;
    desk.inspect("webhooks-2-failed").await;
    desk.click("button", "Send a test").await;
    // The first is tried again after four to six seconds, the second goes behind it; then the page looks again.
    until("both arrive", || async { receiver.seen().len() == 3 }).await;
    desk.see(".badge", "Delivered").await;
    which(desk, "dead").await;
    desk.see(".empty", "Nothing here").await;
    // What is read again and is the same stays as it is, the choice with it.
    which(desk, "dead").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    which(desk, "").await;
    desk.see(".table", "webhook.test").await;
    let before = receiver.seen().len();
    desk.click(".table button", "Send again").await;
    desk.see(".note.good", "sent again").await;
    until("the repetition", || async { receiver.seen().len() > before }).await;
    desk.click("button", "Switch it off").await;
    desk.see(".refused", "It gets nothing").await;
    desk.open("/console#/operations").await;
    desk.see(".check-line a", "A webhook is switched off").await;
}

/// Chooses which deliveries are shown.
async fn which(desk: &Browser, state: &str) {
    let script = "const choice = document.querySelector('.filters select');
        choice.value = arguments[0];
        choice.dispatchEvent(new Event('change'));";
    desk.run(script, json!([state])).await;
}

/// What the service cannot decide waits for a person, who decides.
async fn tasks(stage: &Stage, desk: &Browser) {
    stage.sandbox.write("twilio", PHONE, UNCLEAR).await;
    desk.see(".task", "This may be an opt-out").await;
    desk.inspect("operations-2-task").await;
    desk.click(".task button", "It is none").await;
    desk.see(".note.good", "They may be written to again").await;
    desk.see(".empty", "Nothing waits for a person").await;
    let open = stage.service.get("/v1/tasks?state=open").await;
    assert_eq!(open["data"], json!([]));
    desk.see(".table", "POST /v1/webhooks").await;
}
