//! Somebody is erased from a running service, and once more from a backup that was restored.

use segue::store::Location;
use serde_json::json;

use super::{assert_absent, heard, subscribe};
use crate::support::engines::{Engine, on_both};
use crate::support::host::Host;
use crate::support::raw::Raw;
use crate::support::service::Service;
use crate::support::twilio;

const CUSTOMER: &str = "+12025550143";
const OTHER: &str = "+12025550144";
const TEXT: &str = "a-very-private-complaint";

on_both! {
    nothing_of_the_erased_is_left_and_a_restored_backup_forgets_them_again
}

mod stories {
    use super::*;

    pub(crate) async fn nothing_of_the_erased_is_left_and_a_restored_backup_forgets_them_again(
        engine: Engine,
    ) {
        let desk = Host::start();
        let host = Host::answering(|_| (201, json!({"sid": "SM_sent", "status": "queued"}).to_string()));
        let mut service = Service::start(engine).await;
        let (_, url) = twilio::connect(&service, Some(&host.url)).await;
        subscribe(&service, &desk, json!(["*"])).await;
        assert_eq!(twilio::post(&service, &url, &twilio::text("SM1", CUSTOMER, TEXT)).await, Some(200));
        assert_eq!(
            twilio::post(&service, &url, &twilio::text("SM2", OTHER, "another voice")).await,
            Some(200)
        );
        heard_last(&desk, "conversation.opened", 2).await;
        let found = service
            .get(&format!("/v1/identities?namespace=phone&external_id={}", CUSTOMER.replace('+', "%2B")))
            .await;
        let identity = found["data"][0]["id"].as_str().unwrap().to_owned();
        let customer = found["data"][0]["customer_id"].as_str().unwrap().to_owned();

        assert_eq!(service.stop(), Some(0));
        back_up(&service, engine).await;
        service.restart().await;

        let (status, erased) = service.call("DELETE", &format!("/v1/customers/{customer}"), None).await;
        assert_eq!((status, &erased["identity_ids"]), (200, &json!([identity])));
        heard(&desk, "identity.erased").await;
        let list = service.run(&["erasures", "export"], &[]);
        let list = String::from_utf8(list.stdout).unwrap();
        assert!(list.contains(&identity), "{list}");
        assert_absent("the erasure list", list.as_bytes(), &[CUSTOMER, "2025550143", TEXT]);
        assert_eq!(service.stop(), Some(0));
        assert_gone(&service, engine, &identity).await;

        restore(&service, engine).await;
        assert_eq!(rows(&service, engine, &identity).await.0, 1, "the backup still knew them");
        let file = service.folder().join("erasures.jsonl");
        std::fs::write(&file, list).unwrap();
        let applied = service.run(&["erasures", "apply", "erasures.jsonl"], &[]);
        let said = String::from_utf8(applied.stderr).unwrap();
        assert!(applied.status.success() && said.contains("1 of 1"), "{said}");
        assert_gone(&service, engine, &identity).await;
        let again = service.run(&["erasures", "apply", "erasures.jsonl"], &[]);
        assert!(String::from_utf8(again.stderr).unwrap().contains("0 of 1"));
        let wrong = service.run(&["erasures", "apply", "no-such-file"], &[]);
        assert_eq!(wrong.status.code(), Some(2));

        service.restart().await;
        assert_eq!(twilio::post(&service, &url, &twilio::text("SM3", CUSTOMER, "Hello")).await, Some(200));
        let told = heard_last(&desk, "conversation.opened", 3).await;
        assert_ne!(told, identity, "whoever writes again is somebody new");
    }
}

/// The identity of the newest event of that type, once there are so many.
async fn heard_last(desk: &Host, kind: &str, count: usize) -> String {
    let of_kind = || {
        desk.seen().into_iter().map(|one| one.json()).filter(|one| one["type"] == kind).collect::<Vec<_>>()
    };
    crate::support::until("the newest is told", || async { of_kind().len() >= count }).await;
    of_kind().pop().unwrap()["data"]["identity"]["id"].as_str().unwrap().to_owned()
}

async fn database(service: &Service, engine: Engine) -> Raw {
    Raw::open(&location(service, engine)).await
}

fn location(service: &Service, engine: Engine) -> Location {
    match engine {
        Engine::Sqlite => Location::Sqlite(service.folder().join("segue.db")),
        Engine::Postgres => Location::Postgres(segue::domain::secret::Secret::new(service.database())),
    }
}

/// Keys, bodies and raw callbacks there are of an identity.
async fn rows(service: &Service, engine: Engine, identity: &str) -> (i64, i64, i64) {
    let raw = database(service, engine).await;
    let count = async |table: &str| {
        raw.number(&format!("SELECT COUNT(*) FROM {table} WHERE identity_id = '{identity}'")).await
    };
    let requests = raw.number("SELECT COUNT(*) FROM inbound_event WHERE raw IS NOT NULL").await;
    (count("identity_key").await, count("body").await, requests)
}

/// The sealed rows and the key that opened them are gone, and no byte of what they held is in any file.
async fn assert_gone(service: &Service, engine: Engine, identity: &str) {
    assert_eq!(rows(service, engine, identity).await, (0, 0, 1), "the other's callback stays");
    let raw = database(service, engine).await;
    let blank = format!(
        "SELECT COUNT(*) FROM identity WHERE id = '{identity}' AND length(address) = 0 AND length(suppression_key) = 0 AND profile_body_id IS NULL AND erased_at IS NOT NULL"
    );
    assert_eq!(raw.number(&blank).await, 1);
    assert_eq!(raw.number("SELECT COUNT(*) FROM body").await, 1, "the other's words stay");
    if engine == Engine::Sqlite {
        raw.run("VACUUM").await;
        assert_eq!(raw.number("PRAGMA wal_checkpoint(TRUNCATE)").await, 0, "nobody is in the way");
    }
    for file in service.files() {
        let name = file.display().to_string();
        if file.is_file() {
            assert_absent(&name, &std::fs::read(&file).unwrap(), &[CUSTOMER, "2025550143", TEXT]);
        }
    }
}

/// Tables a person stands in, kept as they were beside themselves.
const KEPT: [&str; 5] = ["identity", "identity_key", "body", "conversation", "message"];

async fn back_up(service: &Service, engine: Engine) {
    let raw = database(service, engine).await;
    for table in KEPT {
        raw.run(&format!("CREATE TABLE backup_of_{table} AS SELECT * FROM {table}")).await;
    }
    raw.run("CREATE TABLE backup_of_inbound_event AS SELECT seq, raw FROM inbound_event").await;
}

async fn restore(service: &Service, engine: Engine) {
    let raw = database(service, engine).await;
    for table in KEPT {
        raw.run(&format!("DELETE FROM {table}")).await;
        raw.run(&format!("INSERT INTO {table} SELECT * FROM backup_of_{table}")).await;
        raw.run(&format!("DROP TABLE backup_of_{table}")).await;
    }
    let request = "SELECT b.raw FROM backup_of_inbound_event b WHERE b.seq = inbound_event.seq";
    raw.run(&format!("UPDATE inbound_event SET raw = ({request})")).await;
    raw.run("DROP TABLE backup_of_inbound_event").await;
}
