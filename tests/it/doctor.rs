//! The preflight and the probe, with the real program.

use std::process::Output;

use serde_json::json;

use crate::support::engines::Engine;
use crate::support::service::Service;

const HOOK: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn lines(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn a_running_service_is_well(engine: Engine) {
    let service = Service::start(engine).await;
    let connection = json!({"provider": "custom", "name": "Reviews", "secrets": {"signing_secret": HOOK}});
    let made = service.post("/v1/connections", connection).await;
    let output = service.run(&["doctor", "--sample"], &[]);
    let said = lines(&output);
    assert!(output.status.success(), "{said}");
    let sample = format!("ok    sample      {}: was verified and stored", made["id"].as_str().unwrap());
    for line in ["ok    database", "ok    master key", "ok    public url", &sample] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("fail"), "{said}");
    assert!(service.run(&["health"], &[]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_a_running_service_well_on_sqlite() {
    a_running_service_is_well(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_a_running_service_well_on_postgres() {
    a_running_service_is_well(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_is_wrong_and_changes_nothing() {
    let mut service = Service::start(Engine::Sqlite).await;
    service.stop();
    let other = "08".repeat(32);
    let output =
        service.run(&["doctor"], &[("SEGUE_MASTER_KEY", &other), ("SEGUE_REDIS_URL", "redis://127.0.0.1:9")]);
    assert_eq!(output.status.code(), Some(1));
    let said = lines(&output);
    for line in ["ok    database", "fail  master key", "fail  redis", "fail  public url"] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(service.run(&["health"], &[]).status.code(), Some(1));
    let output = service.run(&["doctor"], &[("SEGUE_DATABASE_URL", "sqlite://none/none.db")]);
    assert!(lines(&output).contains("warn  database"), "{}", lines(&output));
    assert!(service.files().all(|file| file.file_name().unwrap() != "none"));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_lists_wrong_settings() {
    let service = Service::start(Engine::Sqlite).await;
    let output = service.run(&["doctor"], &[("SEGUE_RETENTION_EVENTS_DAYS", "3")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(lines(&output).contains("SEGUE_RETENTION_EVENTS_DAYS"), "{}", lines(&output));
}
