//! Two people at one complaint: nobody answers to what they have not read.

use serde_json::json;

use super::Stage;
use crate::support::browser::{Browser, Screen, key};
use crate::support::until;

async fn opened(stage: &Stage, name: (&str, &str)) -> Browser {
    let desk = stage.desk(Screen::Desk, name).await;
    desk.click(".row", "charged twice").await;
    desk.see("#reply", "").await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_not_sent_over_what_came_while_it_was_written() {
    let stage = Stage::set().await;
    let post = stage.complain("ana", "my card was charged twice").await;
    let (ada, bo) = tokio::join!(opened(&stage, ("Ada B", "AB")), opened(&stage, ("Bo C", "BC")));

    ada.write("#reply", "We never got your order.").await;
    bo.write("#reply", "Both charges are seen; one goes back.").await;
    bo.click(".side.public button", "Answer in public").await;
    ada.see(".side.public .said.own", "Both charges are seen").await;
    ada.see(".news", "New since you began to write").await;
    ada.see(".news", "Both charges are seen").await;

    ada.press_with(key::CONTROL, key::ENTER).await;
    ada.see(".news.refused", "Nothing was sent: this changed while you wrote").await;
    let draft = ada.run("return document.getElementById('reply').value", json!([])).await;
    assert_eq!(draft, "We never got your order.");
    assert_eq!(stage.thread(&post).await.len(), 2);
    ada.inspect("8-refused").await;

    ada.click(".news button", "I have read it, send").await;
    ada.miss(".news", "").await;
    until("the second answer", || async { stage.thread(&post).await.len() == 3 }).await;
    let thread = stage.thread(&post).await;
    assert_eq!(
        thread[1..],
        [
            "SandboxBrand: Both charges are seen; one goes back. ^BC".to_owned(),
            "SandboxBrand: We never got your order. ^AB".to_owned(),
        ]
    );
    ada.leave_but(Some(409)).await;
    bo.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_draft_waits_for_what_the_customer_writes_meanwhile() {
    let stage = Stage::set().await;
    stage.sandbox.write("x", "ana", "Are you there?").await;
    let ada = stage.desk(Screen::Desk, ("Ada B", "AB")).await;
    ada.click(".segments button", "Conversations").await;
    ada.click(".row", "ana").await;
    ada.write("#message", "Yes. What is your order?").await;
    stage.sandbox.write("x", "ana", "It is settled, thank you.").await;
    ada.see(".side.private .news", "It is settled").await;
    ada.press_with(key::CONTROL, key::ENTER).await;
    ada.see(".side.private .news.refused", "Nothing was sent").await;
    assert_eq!(stage.sandbox.inbox("x", "ana").await.len(), 2);
    ada.click(".news button", "I have read it, send").await;
    ada.see(".side.private .said.own", "Yes. What is your order?").await;
    ada.leave_but(Some(409)).await;
}
