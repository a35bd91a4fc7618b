//! `segue demo` as a process: customers are there and react, and nothing is left of it.

use serde_json::{Value, json};

use crate::support::demo::Demo;
use crate::support::{until, until_within};

/// Complaints of a channel that nobody at the desk has.
async fn free(demo: &Demo, channel: &str) -> Vec<String> {
    let listed = demo.get(&format!("/v1/complaints?channel={channel}&limit=200")).await;
    let all = listed["data"].as_array().unwrap().iter();
    let free = all.filter(|one| one["assignee"].is_null() && one["handoff"].is_null());
    free.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn invite(demo: &Demo, complaint: &str) {
    let (status, body) = demo.api("POST", &format!("/v1/complaints/{complaint}/handoffs"), json!({})).await;
    assert_eq!(status, 201, "{body}");
}

async fn states(demo: &Demo) -> Vec<String> {
    let listed = demo.get("/v1/handoffs?limit=200").await;
    let all = listed["data"].as_array().unwrap().iter();
    all.map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_complain_and_come_when_they_are_invited() {
    let demo = Demo::start(&["--pace", "200ms"]);
    for channel in ["x_post", "facebook_comment"] {
        until("complaints", || async { free(&demo, channel).await.len() > 3 }).await;
        for complaint in free(&demo, channel).await {
            invite(&demo, &complaint).await;
        }
    }
    // They take their time, as people do; some refuse, and some never come.
    until_within(60, "a conversation", || async { states(&demo).await.iter().any(|one| one == "active") })
        .await;
    let talks = demo.get("/v1/conversations?limit=200").await;
    assert!(!talks["data"].as_array().unwrap().is_empty());
    let connections = demo.get("/v1/connections").await;
    assert!(connections["data"].as_array().unwrap().iter().all(|one| one["settings"]["sandbox"] == true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_let_loose_by_the_sandboxs_own_api() {
    let demo = Demo::start(&["--pace", "1h"]);
    let storm = json!({"customers": 30, "seconds": 0, "topic": "outage"});
    let (status, body) = demo.sandbox("POST", "/crowd", storm).await;
    assert_eq!((status, &body["customers"]), (202, &json!(30)));
    // Some of them only have a telephone.
    until("the storm", || async {
        demo.get("/v1/complaints?limit=200").await["data"].as_array().unwrap().len() > 20
    })
    .await;
    let (_, feed) = demo.sandbox("GET", "/feed", Value::Null).await;
    assert!(feed["data"].as_array().unwrap().iter().all(|thread| thread["posts"][0]["by"] == "customer"));
    let (_, inboxes) = demo.sandbox("GET", "/inboxes", Value::Null).await;
    assert!(inboxes["data"].as_array().unwrap().iter().any(|one| one["provider"] == "twilio"));
    for wrong in [json!({"customers": 0}), json!({"topic": "weather"}), json!({"seconds": 100_000})] {
        assert_eq!(demo.sandbox("POST", "/crowd", wrong).await.0, 422);
    }
    let stranger = demo.api("GET", "/sandbox/feed", Value::Null).await;
    assert_eq!(stranger.0, 401, "the service's key is not the sandbox's");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let mut demo = Demo::start(&["--pace", "100ms"]);
        until("complaints", || async { !free(&demo, "x_post").await.is_empty() }).await;
        let made = std::fs::read_dir(demo.folder()).unwrap().count();
        assert_eq!(made, 1, "one folder is in use");
        let ended = tokio::task::block_in_place(|| demo.stop(signal));
        assert!(ended.success(), "{signal}: {ended}");
        assert_eq!(std::fs::read_dir(demo.folder()).unwrap().count(), 0);
    }
}

#[test]
fn a_place_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_segue"));
    let output = command.args(["demo", "--bind", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("--bind {address}")));
}
