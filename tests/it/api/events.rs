//! The event list and the stream.

use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::{Value, json};

use super::fixture::{complaint_by, custom, id};
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;
use crate::support::sql;

/// Makes so many complaints and waits until each has told of itself.
async fn complain(client: &Client, from: usize, count: usize) {
    let connection = match client.get("/v1/connections").await.expect(200)["data"].get(0) {
        Some(one) => id(one),
        None => id(&client.post("/v1/connections", custom()).await.expect(201)),
    };
    for at in from..from + count {
        client.post("/v1/complaints", complaint_by(&connection, &format!("p{at}"))).await.expect(201);
    }
    while client.get("/v1/events?limit=200").await.expect(200)["data"].as_array().unwrap().len()
        < from + count
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Reads a stream until so many events came: their ids and bodies.
async fn read(mut stream: reqwest::Response, count: usize) -> Vec<(String, Value)> {
    let mut text = String::new();
    while text.matches("\ndata: ").count() < count {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap().unwrap()).unwrap());
    }
    let field = |frame: &str, name: &str| {
        frame.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    let frames = text.split("\n\n").filter(|frame| frame.starts_with("id: "));
    frames.map(|one| (field(one, "id: "), serde_json::from_str(&field(one, "data: ")).unwrap())).collect()
}

both_engines! {
    async fn events_are_listed_in_order_without_a_gap(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        complain(&admin, 0, 5).await;
        let first = admin.get("/v1/events?limit=2").await.expect(200);
        assert_eq!(first["next"], "2");
        let rest = admin.get("/v1/events?limit=200&after=2").await.expect(200);
        assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next"]), (3, &json!("5")));
        let after = admin.get("/v1/events?after=5").await.expect(200);
        assert_eq!((&after["data"], &after["next"]), (&json!([]), &Value::Null));
        assert_eq!(first["data"][0]["type"], "complaint.created");
        assert_eq!(first["data"][0]["data"]["text"], "Complaint p0");
        let none = admin.get("/v1/events?type=message.sent").await.expect(200);
        assert_eq!(none["data"], json!([]));
        assert_eq!(admin.get("/v1/events?after=6").await.code(400), "bad_cursor");
    }

    async fn a_position_that_is_gone_is_410(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        complain(&admin, 0, 3).await;
        sql::execute(&app.db.location, "DELETE FROM event WHERE position < 3").await;
        for path in ["/v1/events", "/v1/events/stream"] {
            assert_eq!(admin.get(&format!("{path}?after=1")).await.code(410), "cursor_expired");
        }
        let kept = admin.get("/v1/events?after=2").await.expect(200);
        assert_eq!(kept["data"].as_array().unwrap().len(), 1);
        assert_eq!(admin.get("/v1/events").await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn a_stream_goes_on_where_it_was_left(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        complain(&admin, 0, 3).await;
        let stream = admin.request("GET", "/v1/events/stream?after=1").send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let seen = read(stream, 2).await;
        assert_eq!(seen.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["2", "3"]);
        let request = admin.request("GET", "/v1/events/stream?after=0").header("last-event-id", "2");
        let seen = read(request.send().await.unwrap(), 1).await;
        assert_eq!(seen[0].0, "3");
        assert_eq!(seen[0].1["data"]["text"], "Complaint p2");
    }

    async fn a_stream_shows_what_happens_while_it_is_open(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        complain(&admin, 0, 1).await;
        let stream = admin.request("GET", "/v1/events/stream").send().await.unwrap();
        complain(&admin, 1, 2).await;
        let seen = read(stream, 2).await;
        assert_eq!(seen.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    }

    async fn a_stream_that_waits_for_nothing_says_all_there_is_and_ends(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        complain(&admin, 0, 150).await;
        let request = |query: &str| admin.request("GET", &format!("/v1/events/stream?{query}")).send();
        let whole = request("after=0&wait_seconds=0").await.unwrap().text().await.unwrap();
        assert_eq!(whole.matches("\ndata: ").count(), 150, "more than one batch");
        let nothing = request("wait_seconds=0").await.unwrap().text().await.unwrap();
        assert_eq!(nothing, ": still here\n\n");
        let watch = Stopwatch::start();
        let patient = request("after=149&wait_seconds=1").await.unwrap().text().await.unwrap();
        assert_eq!(patient.matches("\ndata: ").count(), 1);
        assert!(watch.elapsed() >= Duration::from_secs(1), "it waited for another");
        for wrong in ["3601", "-1", "soon"] {
            let path = format!("/v1/events/stream?wait_seconds={wrong}");
            assert_eq!(admin.get(&path).await.code(422), "invalid_field", "{wrong}");
        }
    }

    async fn the_docs_ask_nobody_else(db: TestStore) {
        let app = TestApp::start(db).await;
        let anybody = app.anybody();
        for path in ["/docs", "/docs/problems", "/docs/page.js", "/docs/page.css", "/openapi.json"] {
            let page = anybody.get(path).await;
            assert!(page.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
            assert_eq!(page.status, 200, "{path}");
        }
        let document: Value = anybody.get("/openapi.json").await.expect(200);
        assert_eq!(document, *app.document);
    }
}
