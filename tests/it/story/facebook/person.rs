//! What Meta asks in the name of a person: who it is stays sealed, and what is too old is not taken.

use serde_json::{Value, json};

use super::{PAGE, ask, connect, signed_request_of};
use crate::story::{Engine, assert_absent, heard, subscribe};
use crate::support::engines::on_both;
use crate::support::host::Host;
use crate::support::raw::Raw;
use crate::support::service::Service;

/// An id nobody else has.
const PERSON: &str = "90817263544536271";

const DAY: i64 = 86_400;

on_both! {
    whom_a_task_is_about_is_read_by_the_api_and_nowhere_else
    a_request_older_than_ninety_days_is_refused
}

mod stories {
    use super::*;

    pub async fn whom_a_task_is_about_is_read_by_the_api_and_nowhere_else(engine: Engine) {
        let desk = Host::start();
        let service = Service::start(engine).await;
        let (_, url) = connect(&service, PAGE, json!({})).await;
        subscribe(&service, &desk, json!(["*"])).await;
        for wish in ["deletion", "deauthorize"] {
            let form = signed_request_of(PERSON, 0);
            assert_eq!(ask(&service, &format!("{url}/{wish}"), &form).await.0, 200);
            let kind = if wish == "deletion" { "data_deletion" } else { "deauthorized" };
            let task = task(&service, &desk, kind).await;
            let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
            assert_eq!(service.get(&path).await["person"], PERSON, "{task}");
            let listed = service.get("/v1/tasks").await;
            let shown = listed["data"].as_array().unwrap().iter().find(|one| one["id"] == task["id"]);
            assert_eq!(shown.unwrap()["person"], PERSON);
        }
        let raw = Raw::open(&service.location()).await;
        let sealed = raw.blobs("SELECT person FROM task WHERE person IS NOT NULL").await;
        assert_eq!(sealed.len(), 2);
        for one in &sealed {
            assert_absent("the task", one, &[PERSON]);
        }
        assert_absent("the database", &raw.everything().await, &[PERSON]);
        for told in desk.seen() {
            assert_absent("what was told", &told.body, &[PERSON]);
        }
        for file in service.files().filter(|file| file.is_file()) {
            assert_absent(&file.display().to_string(), &std::fs::read(&file).unwrap(), &[PERSON]);
        }
        let tasks = service.get("/v1/tasks").await["data"].as_array().unwrap().clone();
        for task in &tasks {
            let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
            assert_eq!(service.post(&format!("{path}/close"), json!({})).await["state"], "closed");
            assert_eq!(service.get(&path).await["person"], Value::Null);
        }
        assert_eq!(raw.number("SELECT COUNT(*) FROM task WHERE person IS NOT NULL").await, 0);
        put_in_plain(engine, &raw).await;
        let found = raw.everything().await.windows(PERSON.len()).any(|window| window == PERSON.as_bytes());
        assert!(found, "what is there in plain is found");
    }

    /// As it must not stand there.
    async fn put_in_plain(engine: Engine, raw: &Raw) {
        let plain = match engine {
            Engine::Postgres => format!("convert_to('{PERSON}', 'UTF8')"),
            Engine::Sqlite => format!("CAST('{PERSON}' AS BLOB)"),
        };
        raw.run(&format!("UPDATE task SET person = {plain}")).await;
    }

    /// The open task of that kind, as it was told.
    async fn task(service: &Service, desk: &Host, kind: &str) -> Value {
        heard(desk, "task.opened").await;
        for _ in 0..1000 {
            let tasks = service.get("/v1/tasks?state=open").await["data"].as_array().unwrap().clone();
            if let Some(found) = tasks.into_iter().find(|task| task["kind"] == kind) {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no task {kind}");
    }

    pub async fn a_request_older_than_ninety_days_is_refused(engine: Engine) {
        let service = Service::start(engine).await;
        let (id, url) = connect(&service, PAGE, json!({})).await;
        for wish in ["deletion", "deauthorize"] {
            let url = format!("{url}/{wish}");
            for (age, status) in [(89 * DAY, 200), (91 * DAY, 401), (-DAY, 401)] {
                let (code, answer) = ask(&service, &url, &signed_request_of(PERSON, age)).await;
                assert_eq!(code, status, "{wish} of {age} seconds ago: {answer}");
                if code == 401 {
                    assert_eq!(answer["code"], "unverified", "it learns nothing more");
                }
            }
        }
        let rejected = service.get(&format!("/v1/connections/{id}/rejected")).await;
        let checks: Vec<&Value> =
            rejected["data"].as_array().unwrap().iter().map(|one| &one["failed_check"]).collect();
        assert!(!checks.is_empty() && checks.iter().all(|check| **check == "timestamp_stale"), "{rejected}");
    }
}
