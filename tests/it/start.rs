//! Starting and stopping the real program.

use std::process::{Command, Output};
use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::json;

use crate::support::engines::{Engine, fresh_schema};
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::twilio;

fn segue(args: &[&str], settings: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.args(args).current_dir(folder.path()).envs(settings.iter().copied());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_empty_postgres_database_both_come_up() {
    let database = fresh_schema().await;
    let (one, other) = tokio::join!(Service::on(database.expose()), Service::on(database.expose()));
    for service in [&one, &other] {
        assert_eq!(service.get("/v1/conversations").await["data"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_one_sqlite_file_says_who_holds_it() {
    let service = Service::start(Engine::Sqlite).await;
    let (database, pid) = (service.database().to_owned(), service.pid().to_string());
    let master = "07".repeat(32);
    let settings =
        [("SEGUE_DATABASE_URL", database.as_str()), ("SEGUE_MASTER_KEY", &master), ("SEGUE_OPS_BIND", "off")];
    let second = segue(&["serve"], &settings);
    assert_eq!(second.status.code(), Some(2));
    assert!(said(&second).contains(&pid), "{}", said(&second));
    let beside = segue(&["keys", "create", "--scopes", "read"], &settings);
    assert!(beside.status.success(), "{}", said(&beside));
    let key = String::from_utf8(beside.stdout).unwrap();
    let list = service.http.get(format!("{}/v1/complaints", service.url)).bearer_auth(key.trim());
    assert_eq!(list.send().await.unwrap().status(), 200);
}

#[test]
fn all_wrong_settings_are_listed_at_once() {
    let output =
        segue(&["serve"], &[("SEGUE_BIND", "nowhere"), ("SEGUE_MASTER_KEY", "short"), ("SEGUE_BINT", "x")]);
    assert_eq!(output.status.code(), Some(2));
    for name in ["SEGUE_BIND", "SEGUE_MASTER_KEY", "SEGUE_BINT"] {
        assert!(said(&output).contains(name), "{}", said(&output));
    }
    assert!(!said(&output).contains("short"), "a key is not repeated: {}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_is_refused_with_a_way_on() {
    let service = Service::start(Engine::Sqlite).await;
    let other = "08".repeat(32);
    let settings = [("SEGUE_DATABASE_URL", service.database()), ("SEGUE_MASTER_KEY", other.as_str())];
    let output = segue(&["migrate"], &settings);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("SEGUE_MASTER_KEY"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_is_under_way_on_sqlite() {
    stop_under_way(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_is_under_way_on_postgres() {
    stop_under_way(Engine::Postgres).await;
}

async fn stop_under_way(engine: Engine) {
    let desk = Host::answering(|_| {
        std::thread::sleep(Duration::from_millis(300));
        (200, String::new())
    });
    let mut service = Service::start(engine).await;
    let (_, url) = twilio::connect(&service, None).await;
    service.post("/v1/webhooks", json!({"url": desk.url, "events": ["message.received"]})).await;
    assert_eq!(twilio::post(&service, &url, &twilio::text("SM1", "+12025550143", "Hello")).await, Some(200));
    while desk.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Stopwatch::start();
    assert_eq!(service.stop(), Some(0));
    let log = service.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    assert!(began.elapsed() < Duration::from_secs(15));
    service.restart().await;
    let hook = service.get("/v1/webhooks").await["data"][0]["id"].as_str().unwrap().to_owned();
    let deliveries = service.get(&format!("/v1/webhooks/{hook}/deliveries")).await;
    assert_eq!(deliveries["data"][0]["state"], "settled", "{deliveries}");
    assert_eq!(desk.count(), 1);
}
