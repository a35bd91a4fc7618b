//! How many came how far: the numbers that were made by the API are those that are seen.

use serde_json::json;

use super::{PHONE, Stage};
use crate::support::browser::{Browser, Screen, key};
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_those_of_what_happened_at_a_desk() {
    figures(Screen::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_those_of_what_happened_on_a_phone() {
    figures(Screen::Phone).await;
}

/// Of four who are invited one comes, one says no, one is called off and one is awaited.
async fn happen(stage: &Stage) -> String {
    let ana = stage.lead("ana", PHONE, "my card was charged twice").await;
    stage.invite("ben", "no internet for three days").await;
    stage.sandbox.write("x", "ben", "NO").await;
    stage.invite("clara", "the parcel never came").await;
    stage.invite("dario", "your app logs me out").await;
    let called_off = stage.service.get("/v1/handoffs?state=invited&limit=1").await;
    let id = called_off["data"][0]["id"].as_str().unwrap();
    stage.service.post(&format!("/v1/handoffs/{id}/cancel"), json!({})).await;
    until("the refusal", || async {
        !stage.service.get("/v1/handoffs?state=refused").await["data"].as_array().unwrap().is_empty()
    })
    .await;
    ana
}

async fn figures(screen: Screen) {
    let stage = Stage::set().await;
    let desk = stage.desk(screen, ("Ada B", "AB")).await;
    desk.open("/console#/handoffs").await;
    desk.see(".empty", "Nobody was invited in the last 30 days").await;
    desk.see(".list-of-handoffs", "No handoffs in this time").await;
    desk.inspect("handoffs-1-nothing").await;

    let ana = happen(&stage).await;
    // It is told by the event stream: the page was not opened again.
    desk.see(".figures", "1 of 4").await;
    for (name, number) in [("Invited", "4"), ("Proven", "1"), ("Agreed", "1"), ("In private", "1")] {
        desk.see(".funnel li", &format!("{name}\n{number}")).await;
    }
    for outcome in ["said no\n1", "ran out of time\n0", "called off\n1", "on the way\n1"] {
        desk.see(".outcomes > div", outcome).await;
    }
    desk.see(".table", "Way").await;
    day_by_day(&desk).await;
    list(&desk).await;
    desk.inspect("handoffs-2-figures").await;
    desk.run("document.querySelector('.chart').scrollIntoView()", json!([])).await;
    desk.inspect("handoffs-3-days").await;
    spans(&desk).await;
    let case = stage.service.get(&format!("/v1/handoffs?complaint_id={ana}")).await;
    desk.click(".list-of-handoffs a", case["data"][0]["case_ref"].as_str().unwrap()).await;
    desk.see("#story-title", "ana").await;
    desk.leave().await;
}

/// With the keyboard, and as a table.
async fn day_by_day(desk: &Browser) {
    desk.run("document.querySelector('.chart-field').focus()", json!([])).await;
    desk.press(&key::END.to_string()).await;
    desk.see(".chart-said", "1 in private, 1 on the way, 2 lost").await;
    desk.press(&key::LEFT.to_string()).await;
    desk.see(".chart-said", "0 in private, 0 on the way, 0 lost").await;
    desk.click(".chart summary", "As a table").await;
    let rows = "return document.querySelectorAll('.chart tbody tr').length";
    assert_eq!(desk.run(rows, json!([])).await, 30);
    desk.click(".chart summary", "As a table").await;
}

async fn list(desk: &Browser) {
    let rows = "return document.querySelectorAll('.list-of-handoffs tbody tr').length";
    until("all four", || async { desk.run(rows, json!([])).await == 4 }).await;
    choose(desk, "state", "refused").await;
    until("the one that said no", || async { desk.run(rows, json!([])).await == 1 }).await;
    desk.see(".list-of-handoffs .badge", "Said no").await;
    choose(desk, "state", "withdrawn").await;
    desk.see(".list-of-handoffs", "Nothing fits").await;
    desk.click(".list-of-handoffs button", "Show all").await;
    until("all four again", || async { desk.run(rows, json!([])).await == 4 }).await;
}

async fn choose(desk: &Browser, id: &str, value: &str) {
    let script = "const node = document.getElementById(arguments[0]);
        node.value = arguments[1];
        node.dispatchEvent(new Event('change'));";
    desk.run(script, json!([id, value])).await;
}

async fn spans(desk: &Browser) {
    desk.click(".segments button", "7 days").await;
    desk.see(".figures", "in 7 days").await;
    let rows = "return document.querySelectorAll('.chart-day').length";
    until("seven days", || async { desk.run(rows, json!([])).await == 7 }).await;
    desk.click(".segments button", "90 days").await;
    until("ninety days", || async { desk.run(rows, json!([])).await == 90 }).await;
}
