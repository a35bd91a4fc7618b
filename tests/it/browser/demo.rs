//! One person plays both sides of a demo: the customer on the page Sandbox, the desk in the inbox.

use serde_json::json;

use crate::support::browser::{Browser, Screen};
use crate::support::demo::Demo;

const SAID: &str = "my invoice is wrong for the third time";

#[tokio::test(flavor = "multi_thread")]
async fn one_person_plays_both_sides_at_a_desk() {
    play(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_plays_both_sides_on_a_phone() {
    play(Screen::Phone).await;
}

async fn play(screen: Screen) {
    let demo = Demo::start(&["--pace", "1h"]);
    let browser = Browser::at(demo.origin(), screen).await;
    browser.open(demo.path()).await;
    browser.see("h1", "Inbox").await;
    browser.see(".row", "").await;
    let address = browser.run("return location.href", json!([])).await;
    assert!(!address.as_str().unwrap().contains("sk_"), "the key does not stay in the address");

    complain(&browser).await;
    invite(&browser).await;
    join(&browser).await;
    browser.open("/console#/inbox").await;
    browser.click(".row", SAID).await;
    browser.see(".bridge", "talk on SMS").await;
    browser.leave().await;
}

async fn to_sandbox(browser: &Browser) {
    if browser.screen == Screen::Phone {
        browser.click("#more", "").await;
        browser.click(".menu a", "Sandbox").await;
    } else {
        browser.click("[data-page=sandbox]", "").await;
    }
    browser.see("h1", "Sandbox").await;
}

async fn complain(browser: &Browser) {
    to_sandbox(browser).await;
    browser.see(".feed-thread", "").await;
    browser.see(".phone", "Choose whose phone this is").await;
    browser.inspect("sandbox-1-feed").await;
    browser.write("#post", SAID).await;
    browser.click("form button", "Post").await;
    browser.see(".feed-thread", &format!("@SandboxBrand {SAID}")).await;
    browser.see(".faults .hint", "The providers work as they should").await;
}

async fn invite(browser: &Browser) {
    browser.open("/console#/inbox").await;
    browser.click(".row", SAID).await;
    browser.click("label.way-row", "SMS, by a code word").await;
    browser.click("#invite", "").await;
    browser.see(".bridge", "Waits for ana to write in private").await;
    to_sandbox(browser).await;
    browser.click(".feed-thread button", "Send a private message").await;
    browser.see(".phone-place", "@ana").await;
    browser.see(".phone", "Nothing here yet").await;
    browser.write("#letter", "Here I am").await;
    browser.click(".phone button", "Send").await;
    browser.see(".phone .said.own", "Here I am").await;
}

async fn join(browser: &Browser) {
    browser.see(".phone .said", "text JOIN").await;
    browser.inspect("sandbox-2-invited").await;
    browser.click(".phone button", "Text “JOIN").await;
    browser.see(".phone-place", "SMS").await;
    browser.see(".phone .said.own", "JOIN").await;
    browser.see(".phone .said", "your case").await;
    browser.inspect("sandbox-3-joined").await;
    browser.write("#letter", "It is order 4711.").await;
    browser.click(".phone button", "Send").await;
    browser.see(".phone .said.own", "order 4711").await;
}
