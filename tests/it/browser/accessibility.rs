//! Every page, light and dark, on both sizes: no rule of accessibility is broken, nobody else is asked.

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen, key};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody_at_a_desk() {
    visit(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody_on_a_phone() {
    visit(Screen::Phone).await;
}

async fn visit(screen: Screen) {
    let stage = Stage::set().await;
    let stranger = Browser::beside(&stage.service, screen).await;
    stranger.open("/console").await;
    stranger.see("#key", "").await;
    stranger.inspect("0-entrance").await;
    stranger.leave().await;

    stage.lead("ana", PHONE, "my card was charged twice").await;
    let desk = stage.desk(screen, ("Ada B", "AB")).await;
    let names = "return [...document.querySelectorAll('[data-page]')].map((link) => link.dataset.page)";
    let pages: Vec<String> = serde_json::from_value(desk.run(names, json!([])).await).unwrap();
    assert_eq!(pages, ["inbox", "handoffs", "consent", "connections", "webhooks", "operations"]);
    for page in pages {
        desk.open(&format!("/console#/{page}")).await;
        desk.see("h1", &page).await;
        let quiet = "return !document.querySelector('.page-root .skeleton')";
        crate::support::until("the page", || async { desk.run(quiet, json!([])).await == true }).await;
        desk.inspect(&format!("page-{page}")).await;
    }
    desk.press("?").await;
    desk.see("dialog", "Keyboard").await;
    desk.inspect("help").await;
    desk.press(&key::ESCAPE.to_string()).await;
    desk.leave().await;
}
