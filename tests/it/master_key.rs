//! Changing the master key: in the store, and with the real program beside a running service.

use std::process::Output;

use segue::clock::Clock;
use segue::store::{OpenError, RewrapError, Store};
use segue::vault::{KEY_NAMES, Key, MasterKeys};

use crate::support::engines::{Engine, TestStore, both_engines, master};
use crate::support::raw::Raw;
use crate::support::service::Service;

const ROWS: &str = "SELECT COUNT(*) FROM vault_key";

fn key(byte: u8) -> Key {
    Key::new([byte; 32])
}

/// The key of all test databases, and a newer one.
fn rotating() -> MasterKeys {
    MasterKeys::new(key(8), vec![key(7)])
}

async fn opens(db: &TestStore, master: &MasterKeys) -> bool {
    match Store::open(&db.location, master, db.clock.now()).await {
        Ok(_) => true,
        Err(OpenError::WrongMasterKey) => false,
        Err(other) => panic!("{other}"),
    }
}

both_engines! {
    async fn a_newer_master_key_takes_over_and_the_older_opens_nothing(db: TestStore) {
        assert_eq!(db.store.find_wrapped(&rotating()).await.unwrap().older.len(), KEY_NAMES.len());
        let before = db.store.rewrap_vault(&rotating()).await.unwrap();
        assert_eq!((before.newest.len(), before.older.len()), (0, KEY_NAMES.len()));
        assert!(!opens(&db, &master()).await);
        assert!(opens(&db, &MasterKeys::new(key(8), vec![])).await);
        let raw = Raw::open(&db.location).await;
        assert_eq!(raw.number(ROWS).await, i64::try_from(KEY_NAMES.len()).unwrap());
    }

    async fn a_second_rotation_finds_nothing_to_do(db: TestStore) {
        db.store.rewrap_vault(&rotating()).await.unwrap();
        let before = db.store.rewrap_vault(&rotating()).await.unwrap();
        assert_eq!(before.older, Vec::<String>::new());
        assert_eq!(db.store.find_wrapped(&rotating()).await.unwrap(), before);
    }

    async fn two_rotations_at_once_leave_one_key(db: TestStore) {
        let master = rotating();
        let (one, other) = tokio::join!(db.store.rewrap_vault(&master), db.store.rewrap_vault(&master));
        assert!(one.is_ok() || other.is_ok());
        assert!(opens(&db, &MasterKeys::new(key(8), vec![])).await);
    }

    async fn a_rotation_without_the_key_in_use_changes_nothing(db: TestStore) {
        let wrong = MasterKeys::new(key(8), vec![key(9)]);
        let outcome = db.store.rewrap_vault(&wrong).await;
        assert!(matches!(outcome, Err(RewrapError::WrongMasterKey(_))), "{outcome:?}");
        assert!(opens(&db, &master()).await);
    }

    async fn one_key_that_does_not_open_keeps_all_of_them_as_they_were(db: TestStore) {
        let raw = Raw::open(&db.location).await;
        let (last, first) = ("'suppression-pepper'", "'data'");
        raw.run(&format!(
            "UPDATE vault_key SET wrapped = (SELECT wrapped FROM vault_key WHERE name = {first}) WHERE name = {last}"
        )).await;
        assert!(db.store.rewrap_vault(&rotating()).await.is_err());
        assert_eq!(db.store.find_wrapped(&master()).await.unwrap().newest.len(), KEY_NAMES.len() - 1);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

async fn rotates_beside_a_running_service(engine: Engine) {
    let mut service = Service::start(engine).await;
    let (old, new, wrong) = ("07".repeat(32), "08".repeat(32), "09".repeat(32));
    let secret = serde_json::json!({"provider": "custom", "name": "Reviews",
        "secrets": {"signing_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}});
    service.post("/v1/connections", secret).await;

    let with = |key: &str, args: &[&str]| service.run(args, &[("SEGUE_MASTER_KEY", key)]);
    let refused = with(&format!("{new},{wrong}"), &["keys", "rotate-master"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("Nothing was changed"), "{}", said(&refused));
    let both = format!("{new},{old}");
    assert!(said(&with(&both, &["doctor"])).contains("warn  master key"), "an older one is needed");
    let done = with(&both, &["keys", "rotate-master"]);
    assert!(done.status.success() && said(&done).contains("data"), "{}", said(&done));
    let again = with(&both, &["keys", "rotate-master"]);
    assert!(again.status.success() && said(&again).contains("Nothing to do"), "{}", said(&again));
    assert!(
        said(&with(&both, &["doctor"])).contains("may be dropped"),
        "{}",
        said(&with(&both, &["doctor"]))
    );

    assert_eq!(service.get("/v1/connections").await["data"][0]["name"], "Reviews");
    service.stop();
    service.set("SEGUE_MASTER_KEY", &new);
    service.restart().await;
    assert_eq!(service.get("/v1/connections").await["data"][0]["name"], "Reviews");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_is_rotated_beside_a_running_service_on_sqlite() {
    rotates_beside_a_running_service(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_is_rotated_beside_a_running_service_on_postgres() {
    rotates_beside_a_running_service(Engine::Postgres).await;
}
