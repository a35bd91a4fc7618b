//! The one private answer to a comment: what the policy says of it is what a handoff finds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use segue::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{Stage, facebook, x};
use crate::story::Engine;
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::until;

const DAY: i64 = 86_400;

on_both! {
    a_comment_is_answered_in_private_once_and_the_policy_says_so_before
    the_echo_of_a_private_answer_may_come_before_the_platforms_own_answer
}

/// A platform that takes a private answer at once and answers when it is told to.
fn slow_page(may_answer: Arc<AtomicBool>) -> Host {
    Host::answering(move |request| {
        let is_send = request.path.split('?').next().unwrap().ends_with("/messages");
        while is_send && !may_answer.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        (200, json!({"recipient_id": "PSID7", "message_id": "m_first"}).to_string())
    })
}

/// The Page's own message to somebody, as the platform repeats it.
fn echo(mid: &str, text: &str) -> Vec<u8> {
    let at = SystemClock::default().now().millis();
    let told = json!({"sender": {"id": facebook::PAGE}, "recipient": {"id": "PSID7"}, "timestamp": at,
        "message": {"mid": mid, "text": text, "is_echo": true, "app_id": 77}});
    let entry = json!({"id": facebook::PAGE, "time": at, "messaging": [told]});
    json!({"object": "page", "entry": [entry]}).to_string().into_bytes()
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

    pub async fn the_echo_of_a_private_answer_may_come_before_the_platforms_own_answer(engine: Engine) {
        let stage = Stage::set(engine).await;
        let may_answer = Arc::new(AtomicBool::new(false));
        let page = slow_page(may_answer.clone());
        let (_, url) = facebook::connect(&stage.service, facebook::PAGE, json!({"api_base": page.url})).await;
        comment(&stage, &url, ("1", "11", "6123"), 60).await;
        let complaint = stage.told("complaint.created", 1).await[0]["id"].as_str().unwrap().to_owned();
        let offered = stage.offer(&complaint, json!({})).await;
        assert_eq!(offered["path"], "P1", "{offered}");
        until("the private answer", || async { page.count() == 1 }).await;
        let text = page.seen()[0].json()["message"]["text"].as_str().unwrap().to_owned();
        let told = echo("m_first", &text);
        assert_eq!(facebook::post(&stage.service, &url, told, facebook::SECRET).await, 200);
        let first = stage.told("message.sent", 1).await[0].clone();
        may_answer.store(true, Ordering::Relaxed);
        let asked = stage.told("consent.requested", 1).await;
        assert_eq!(asked[0]["purpose"], "handoff.relay");
        let agreed = facebook::message("PSID7", "m_in1", "agree");
        assert_eq!(facebook::post(&stage.service, &url, agreed, facebook::SECRET).await, 200);
        let active = stage.handoff_is(offered["id"].as_str().unwrap(), "active").await;
        assert_eq!(active["conversation_id"], first["conversation_id"]);
        let path = format!("/v1/conversations/{}/messages", active["conversation_id"].as_str().unwrap());
        let messages = stage.service.get(&path).await["data"].as_array().unwrap().clone();
        let same = messages.iter().filter(|one| one["text"] == text.as_str()).collect::<Vec<_>>();
        assert_eq!(same.len(), 1, "{messages:?}");
        assert_eq!(same[0]["id"], first["id"]);
    }
}
