//! The one private answer to a comment: what the policy says of it is what a handoff finds.

use segue::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{Stage, facebook, x};
use crate::story::Engine;
use crate::support::engines::on_both;

const DAY: i64 = 86_400;

on_both! {
    a_comment_is_answered_in_private_once_and_the_policy_says_so_before
}

/// Somebody comments, so many seconds ago.
async fn comment(stage: &Stage, url: &str, (id, thread, from): (&str, &str, &str), age: i64) {
    let mut said = facebook::comment(id, from, "My card was charged twice and nobody answers the phone");
    said["value"]["created_time"] = json!(SystemClock::default().now().secs() - age);
    said["value"]["post_id"] = json!(format!("{}_{thread}", facebook::PAGE));
    let said = facebook::batch(facebook::PAGE, &[said]);
    assert_eq!(facebook::post(&stage.service, url, said, facebook::SECRET).await, 200);
}

/// Its verdict and the reasons.
async fn policy(stage: &Stage, complaint: &str) -> (Value, Vec<Value>) {
    let answer = stage.service.get(&format!("/v1/complaints/{complaint}/policy")).await;
    let codes = answer["reasons"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    (answer["verdict"].clone(), codes)
}

/// Why an offered handoff could not go by a private answer.
fn closed(offered: &Value) -> Option<&Value> {
    let ways = offered["not_possible"].as_array().unwrap();
    ways.iter().find(|way| way["path"] == "P1").map(|way| &way["reason"])
}

mod stories {
    use super::*;

    pub async fn a_comment_is_answered_in_private_once_and_the_policy_says_so_before(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, url) =
            facebook::connect(&stage.service, facebook::PAGE, json!({"api_base": stage.world.url})).await;
        comment(&stage, &url, ("1", "11", "6123"), 60).await;
        let fresh = stage.told("complaint.created", 1).await[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(policy(&stage, &fresh).await, (json!("allowed"), vec![]));
        let answer = stage.service.get(&format!("/v1/complaints/{fresh}/policy")).await;
        assert_eq!(answer["channel"], "messenger");
        assert_eq!(stage.offer(&fresh, json!({})).await["path"], "P1");
        assert_eq!(policy(&stage, &fresh).await, (json!("never"), vec![json!("replied_in_private")]));
        comment(&stage, &url, ("2", "11", "6123"), -1).await;
        stage.told("complaint.updated", 1).await;
        assert_eq!(policy(&stage, &fresh).await, (json!("allowed"), vec![]), "a new comment, a new answer");
        comment(&stage, &url, ("3", "12", "6124"), 8 * DAY).await;
        let old = stage.told("complaint.created", 2).await[1]["id"].as_str().unwrap().to_owned();
        assert_eq!(policy(&stage, &old).await, (json!("never"), vec![json!("private_reply_over")]));
        let offered = stage.offer(&old, json!({"to": ["messenger", "sms"]})).await;
        assert_eq!(closed(&offered), Some(&json!("reply_window_closed")), "{offered}");
        let url = x::connect(&stage.service, &stage.world.url).await;
        assert_eq!(x::post(&stage.service, &url, &x::mention("198", "@Brand help")).await, 200);
        let on_x = stage.told("complaint.created", 3).await[2]["id"].as_str().unwrap().to_owned();
        assert_eq!(policy(&stage, &on_x).await, (json!("never"), vec![json!("no_private_reply")]));
        let unknown = "/v1/complaints/cmp_01kap0bswxev1bjsph3xxwkkrz/policy";
        assert_eq!(stage.service.call("GET", unknown, None).await.0, 404);
    }
}
