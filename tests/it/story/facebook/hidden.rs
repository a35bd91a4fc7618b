//! A comment that the Page hides and shows again, on the running service.

use serde_json::{Value, json};

use super::{PAGE, SECRET, batch, comment, connect, post};
use crate::story::{Engine, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::until;

on_both! {
    a_comment_is_shown_as_hidden_for_as_long_as_the_page_hides_it
    a_comment_hidden_before_it_was_told_is_hidden_when_it_comes
    a_forged_hiding_that_is_only_reported_hides_nothing
}

/// The Page hides a comment or shows it again, and tells so at that second.
fn act(verb: &str, at: i64) -> Vec<u8> {
    let mut change = comment("1", PAGE, "");
    change["value"]["verb"] = json!(verb);
    let entry = json!({"id": PAGE, "time": at, "changes": [change]});
    json!({"object": "page", "entry": [entry]}).to_string().into_bytes()
}

fn said() -> Vec<u8> {
    batch(PAGE, &[comment("1", "6123", "Charged twice")])
}

/// Every list of posts that was told, by what it says of the first one's hiding.
fn told(desk: &Host) -> Vec<Value> {
    desk.seen().iter().map(|one| one.json()["data"]["posts"][0]["hidden_at"].clone()).collect()
}

/// The only complaint.
async fn complaint(service: &Service) -> Value {
    let id = service.get("/v1/complaints").await["data"][0]["id"].as_str().unwrap().to_owned();
    service.get(&format!("/v1/complaints/{id}")).await
}

mod stories {
    use super::*;

    pub async fn a_comment_is_shown_as_hidden_for_as_long_as_the_page_hides_it(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({})).await;
        subscribe(&service, &desk, json!(["complaint.*"])).await;
        assert_eq!(post(&service, &url, said(), SECRET).await, 200);
        heard(&desk, "complaint.created").await;
        // A callback that comes again, and one that says what is known, tell nothing new.
        for (verb, at) in [("hide", 1_794_000_100), ("hide", 1_794_000_100), ("hide", 1_794_000_101)] {
            assert_eq!(post(&service, &url, act(verb, at), SECRET).await, 200);
        }
        until("it is hidden", || async { desk.count() == 2 }).await;
        let hidden = complaint(&service).await;
        assert_eq!(hidden["posts"][0]["hidden_at"], "2026-11-06T21:21:40.000Z");
        assert_eq!((&hidden["text"], &hidden["status"]), (&json!("Charged twice"), &json!("open")));
        assert_eq!(hidden["posts"][0]["deleted_at"], Value::Null, "its author did nothing");
        assert_eq!(post(&service, &url, act("unhide", 1_794_000_200), SECRET).await, 200);
        until("it is shown", || async { desk.count() == 3 }).await;
        assert_eq!(complaint(&service).await["posts"][0]["hidden_at"], Value::Null);
        assert_eq!(post(&service, &url, act("hide", 1_794_000_300), SECRET).await, 200);
        until("it is hidden again", || async { desk.count() == 4 }).await;
        let again = json!("2026-11-06T21:25:00.000Z");
        assert_eq!(complaint(&service).await["posts"][0]["hidden_at"], again);
        assert_eq!(told(&desk), [Value::Null, json!("2026-11-06T21:21:40.000Z"), Value::Null, again]);
    }

    pub async fn a_comment_hidden_before_it_was_told_is_hidden_when_it_comes(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({})).await;
        subscribe(&service, &desk, json!(["complaint.*"])).await;
        assert_eq!(post(&service, &url, act("hide", 1_794_000_100), SECRET).await, 200);
        assert_eq!(post(&service, &url, said(), SECRET).await, 200);
        until("both are told", || async { desk.count() == 2 }).await;
        assert_eq!(complaint(&service).await["posts"][0]["hidden_at"], "2026-11-06T21:21:40.000Z");
        let kinds: Vec<Value> = desk.seen().iter().map(|one| one.json()["type"].clone()).collect();
        assert_eq!(kinds, ["complaint.created", "complaint.updated"]);
    }

    pub async fn a_forged_hiding_that_is_only_reported_hides_nothing(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({"verification": "report_only"})).await;
        subscribe(&service, &desk, json!(["complaint.*"])).await;
        assert_eq!(post(&service, &url, said(), SECRET).await, 200);
        heard(&desk, "complaint.created").await;
        assert_eq!(post(&service, &url, act("hide", 1_794_000_100), "another-secret").await, 200);
        // What comes after it in its lane shows that it was decided.
        assert_eq!(post(&service, &url, act("hide", 1_794_000_200), SECRET).await, 200);
        until("the real one", || async { desk.count() == 2 }).await;
        assert_eq!(complaint(&service).await["posts"][0]["hidden_at"], "2026-11-06T21:23:20.000Z");
    }
}
