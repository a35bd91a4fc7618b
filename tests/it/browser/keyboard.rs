//! The keyboard alone: no mouse, from the key to the end of the case.

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen, key};
use crate::support::service::KEY;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let stage = Stage::set().await;
    let desk = Browser::beside(&stage.service, Screen::Desk).await;
    desk.open("/console").await;
    desk.see("#key", "").await;
    desk.press(&format!("{KEY}{}", key::ENTER)).await;
    desk.see("h1", "Inbox").await;
    let post = stage.complain("ana", "my card was charged twice").await;
    stage.complain("ben", "no internet for three days").await;
    desk.see(".row", "ben").await;
    desk.see(".row", "ana").await;

    desk.press("?").await;
    desk.see("dialog", "Answer in private").await;
    desk.press(&key::ESCAPE.to_string()).await;
    desk.miss("dialog", "").await;
    desk.press("/").await;
    desk.press("charged").await;
    desk.miss(".row", "ben").await;
    desk.press(&format!("{}j{}", key::ESCAPE, key::ENTER)).await;
    desk.see("#story-title", "ana").await;

    desk.see(".way-row", "SMS").await;
    desk.press("r").await;
    desk.press("Sorry, Ana.").await;
    desk.press_with(key::CONTROL, key::ENTER).await;
    desk.see(".side.public .said.own", "Sorry, Ana.").await;
    until("the reply", || async { stage.thread(&post).await.len() == 2 }).await;
    desk.press(&format!("{}i{}{}", key::ESCAPE, key::DOWN, key::ENTER)).await;
    desk.see(".bridge", "Waits for ana to write in private").await;
    talk(&stage, &desk).await;
    // Who is quick meets versions that moved on; the console tries again by itself.
    desk.leave_but(Some(409)).await;
}

async fn talk(stage: &Stage, desk: &Browser) {
    stage.sandbox.write("x", "ana", "Here I am").await;
    let token = stage.token("ana").await;
    stage.sandbox.write("twilio", PHONE, &token).await;
    desk.see(".bridge", "You and ana talk on SMS").await;
    desk.see("#message", "").await;
    desk.press("m").await;
    desk.press("Done, Ana.").await;
    desk.press_with(key::CONTROL, key::ENTER).await;
    desk.see(".side.private .said.own", "Done, Ana.").await;
    desk.press(&format!("{}e", key::ESCAPE)).await;
    desk.see("dialog", "Close this conversation?").await;
    desk.press(&key::ENTER.to_string()).await;
    desk.see(".bridge", "The private conversation was closed").await;
    desk.press(&key::ESCAPE.to_string()).await;
    desk.see(".story", "Choose a complaint").await;
    // A page is left and found again by two letters.
    desk.press("gh").await;
    desk.see("h1", "Handoffs").await;
    desk.press("gi").await;
    desk.see("h1", "Inbox").await;
}
