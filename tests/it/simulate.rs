//! `segue simulate` as a person runs it: short runs on both engines, with everything that can go wrong.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::engines::{Engine, fresh_schema};

fn simulate(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    command.arg("simulate").args(words).env_clear().env("PATH", "/usr/bin:/bin").output().unwrap()
}

/// Runs it on a fresh database; its report.
async fn run(engine: Engine, words: &[&str]) -> Value {
    let mut words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    if engine == Engine::Postgres {
        words.extend(["--database".to_owned(), fresh_schema().await.expose().to_owned()]);
    }
    words.extend(["--report".to_owned(), "-".to_owned()]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = tokio::task::block_in_place(|| simulate(&words));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_clean(report: &Value) {
    for field in ["lost", "doubled", "out_of_order", "sent_twice"] {
        assert_eq!(report[field]["count"], 0, "{report:#}");
    }
    let invariants = report["invariants"].as_array().unwrap();
    assert!(invariants.len() >= 7 && invariants.iter().all(|one| one["holds"] == true), "{report:#}");
    assert_eq!(report["passed"], true);
}

async fn faults(engine: Engine) {
    let report =
        run(engine, &["--scenario", "faults", "--rate", "50", "--duration", "4s", "--seed", "3"]).await;
    assert_clean(&report);
    assert_eq!(report["planned"]["callbacks"], 200);
    let number = |path: &str| report.pointer(path).unwrap().as_u64().unwrap();
    // The service died twice and what was told of it is whole.
    assert_eq!(number("/planned/deaths"), 2);
    assert!(number("/callbacks/acknowledged") + number("/callbacks/given_up") == 200, "{report:#}");
    assert!(number("/callbacks/acknowledged") > 150 && number("/events/at_webhook") > 150, "{report:#}");
    let latency = &report["latency_ms"];
    assert!(latency["p50"].as_f64().unwrap() > 0.0 && latency["p50"].as_f64() <= latency["max"].as_f64());
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_deaths_lose_nothing_on_postgres() {
    faults(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_deaths_lose_nothing_on_sqlite() {
    faults(Engine::Sqlite).await;
}

async fn handoffs(engine: Engine) {
    let report =
        run(engine, &["--scenario", "calm", "--rate", "20", "--duration", "4s", "--seed", "2"]).await;
    assert_clean(&report);
    let number = |path: &str| report.pointer(path).unwrap().as_u64().unwrap();
    assert_eq!(number("/callbacks/acknowledged"), 80);
    assert!(number("/desk/invited") > 10 && number("/desk/answered") > 3, "{report:#}");
    let ledger = report["invariants"].as_array().unwrap();
    let ledger = ledger.iter().find(|one| one["name"] == "the ledger verifies").unwrap();
    assert!(ledger["detail"].as_str().unwrap().starts_with("It holds"), "{ledger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_invite_and_answer_on_postgres() {
    handoffs(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_invite_and_answer_on_sqlite() {
    handoffs(Engine::Sqlite).await;
}

#[test]
fn a_plan_is_printed_with_its_hash_and_the_seed_decides_it() {
    let words = ["--scenario", "storm", "--rate", "10", "--duration", "3s", "--plan-only", "--seed"];
    let plan = |seed: &str| simulate(&[&words[..], &[seed]].concat());
    let (one, again, other) = (plan("7"), plan("7"), plan("8"));
    assert!(one.status.success());
    assert_eq!(one.stdout, again.stdout);
    assert_ne!(one.stdout, other.stdout);
    let lines: Vec<Value> =
        one.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines[0]["format"], "segue-plan/1");
    let is_customers = |line: &&Value| line["customer"].is_u64();
    assert_eq!(lines.iter().filter(is_customers).count(), 30);
    let hash = segue::domain::signature::sha256_hex(&one.stdout);
    assert!(String::from_utf8_lossy(&one.stderr).contains(&format!("plan {hash}")));
}

#[test]
fn a_scenario_of_ones_own_is_read_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let own = include_str!("../../src/sandbox/scenario/calm.toml").replace("x = 35, facebook = 35, ", "");
    std::fs::write(&path, own).unwrap();
    let words = ["--rate", "5", "--duration", "4s", "--plan-only", "--scenario"];
    let output = simulate(&[&words[..], &[path.to_str().unwrap()]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\"scenario\":\"mine\"") && !text.contains("\"provider\":\"x\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_wrongly_ends_with_2_and_changes_nothing() {
    let schema = fresh_schema().await;
    let pool = sqlx::PgPool::connect(schema.expose()).await.unwrap();
    sqlx::query("CREATE TABLE theirs (id BIGINT)").execute(&pool).await.unwrap();
    let wrong: [(&[&str], &str); 6] = [
        (&["--scenario", "strom"], "calm, storm, faults"),
        (&["--duration", "60"], "is no time"),
        (&["--rate", "0"], "0"),
        (&["--rate", "1", "--duration", "10ms"], "nothing happens"),
        (&["--database", "mysql://db"], "postgres://"),
        (&["--database", schema.expose()], "there are tables in it"),
    ];
    for (words, why) in wrong {
        let output = tokio::task::block_in_place(|| simulate(words));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(why), "{words:?}: {said}");
    }
    let tables: (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(tables.0, 1);
}
