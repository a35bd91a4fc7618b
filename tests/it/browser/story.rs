//! The whole story by clicking, on a desk and on a phone.
#![expect(clippy::disallowed_methods, reason = "UPDATE_SCREENSHOT=1 renews the picture of the documentation")]

use std::path::Path;

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen};
use crate::support::until;

const SAID: &str = "my card was charged twice for one order, and nobody answers. I have waited two weeks.";

const OTHERS: [(&str, &str); 4] = [
    ("ben", "three days without internet, and your hotline hangs up. Is anybody there?"),
    ("clara_m", "the parcel says delivered, my doorstep says no."),
    ("dario", "why does your app log me out every single morning?"),
    ("martha.k", "the kettle I ordered leaks. I have written twice now."),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_led_into_private_and_closed_at_a_desk() {
    lead(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_led_into_private_and_closed_on_a_phone() {
    lead(Screen::Phone).await;
}

async fn lead(screen: Screen) {
    let stage = Stage::set().await;
    let desk = stage.desk(screen, ("Ada B", "AB")).await;
    desk.see(".list", "No complaints yet").await;
    desk.inspect("1-nothing").await;

    let post = stage.complain("ana", SAID).await;
    for (who, said) in OTHERS {
        stage.complain(who, said).await;
        desk.see(".row", who).await;
    }
    desk.see(".row", SAID).await;
    desk.inspect("2-list").await;
    answer_in_public(&stage, &desk, &post).await;
    invite(&stage, &desk).await;
    talk(&stage, &desk).await;
    close(&stage, &desk).await;
    desk.leave().await;
}

async fn answer_in_public(stage: &Stage, desk: &Browser, post: &str) {
    desk.click(".row", SAID).await;
    desk.see("#story-title", "ana").await;
    desk.see(".way-row", "X messages").await;
    desk.inspect("3-ways").await;
    desk.write("#reply", "Sorry, Ana. We look at it right away.").await;
    desk.click(".side.public button", "Answer in public").await;
    desk.see(".side.public .said.own", "sent").await;
    assert_eq!(
        stage.thread(post).await.last().unwrap(),
        "SandboxBrand: Sorry, Ana. We look at it right away. ^AB"
    );
    assert_eq!(desk.run("return document.getElementById('reply').value", serde_json::json!([])).await, "");
}

async fn invite(stage: &Stage, desk: &Browser) {
    desk.click("label.way-row", "SMS, by a code word").await;
    desk.click("#invite", "").await;
    desk.see(".bridge", "Waits for ana to write in private").await;
    stage.sandbox.write("x", "ana", "Here I am").await;
    desk.see(".bridge", "Waits for ana to text the code word").await;
    side(desk, "In private").await;
    desk.see(".side.private .said", "Here I am").await;
    desk.see(".side.private .ruling", "ana was asked today").await;
    desk.inspect("4-under-way").await;
}

/// On a phone one side is seen at a time.
async fn side(desk: &Browser, name: &str) {
    if desk.screen == Screen::Phone {
        desk.click(".sides button", name).await;
    }
}

async fn talk(stage: &Stage, desk: &Browser) {
    let token = stage.token("ana").await;
    stage.sandbox.write("twilio", PHONE, &token).await;
    desk.see(".bridge", "You and ana talk on SMS").await;
    desk.see(".side.private .ruling", "ana agreed today").await;
    desk.see(".side.private .ruling", "by texting “JOIN”").await;
    desk.see(".side.private .ruling a", "Proof no.").await;
    stage.sandbox.write("twilio", PHONE, "Finally a human. It is order 4711.").await;
    desk.see(".side.private .said", "order 4711").await;
    desk.write("#message", "Thank you, Ana. The second charge goes back to your card today.").await;
    desk.click(".side.private button", "Send").await;
    desk.see(".side.private .said.own", "delivered").await;
    let answer = "brand: Thank you, Ana. The second charge goes back to your card today. ^AB";
    until("the answer", || async {
        stage.sandbox.inbox("twilio", PHONE).await.last().is_some_and(|last| last == answer)
    })
    .await;
    stage.sandbox.write("twilio", PHONE, "That was quick. Thank you!").await;
    desk.see(".side.private .said", "That was quick").await;
    desk.inspect("5-in-private").await;
    if desk.screen == Screen::Desk && std::env::var_os("UPDATE_SCREENSHOT").is_some() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let picture = root.join("target/screenshots/5-in-private-light-1440.png");
        std::fs::copy(picture, root.join("docs/console.png")).unwrap();
    }
}

async fn close(stage: &Stage, desk: &Browser) {
    desk.click("#close", "").await;
    desk.see("dialog", "Close this conversation?").await;
    desk.inspect("6-question").await;
    desk.click("dialog button", "Close it").await;
    desk.see(".bridge", "The private conversation was closed").await;
    desk.see(".side.private .ruling", "it ended with the case").await;
    desk.inspect("7-closed").await;
    let talks = stage.service.get("/v1/conversations?channel=sms").await;
    assert_eq!(talks["data"][0]["status"], "closed");
    if desk.screen == Screen::Phone {
        desk.click("[aria-label='Back to the list']", "").await;
        desk.see(".row", SAID).await;
    }
}
