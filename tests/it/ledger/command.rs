//! The commands on a running service, as an operator and a customer use them.

use std::fs;
use std::process::Output;

use segue::domain::secret::Secret;
use segue::ledger::leaf::LeafEvent;
use segue::store::{Location, Store, consent, identity};

use super::bench::{Party, entry, party, record};
use crate::relay::kit::write_to;
use crate::support::engines::{Engine, master, start_of_time};
use crate::support::service::Service;
use crate::support::until;

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

async fn open(service: &Service) -> Store {
    let url = service.database();
    let location = match url.strip_prefix("sqlite://") {
        Some(path) => Location::Sqlite(path.into()),
        None => Location::Postgres(Secret::new(url)),
    };
    Store::open(&location, &master(), start_of_time()).await.unwrap()
}

/// A customer who agreed, stored beside the running service.
async fn agreed(store: &Store) -> Party {
    let workspace = segue::store::workspace::default_id();
    let one = party(store, &workspace, start_of_time());
    let mut writes = Vec::from(identity::insert(&one.known, store.vault(), start_of_time()));
    writes.push(consent::insert(&record(&one, start_of_time()), start_of_time()));
    writes.extend(entry(&one, LeafEvent::Granted, start_of_time()));
    write_to(store, writes).await;
    one
}

async fn tell_the_story(engine: Engine) {
    let mut service = Service::start(engine).await;
    let store = open(&service).await;
    let (one, _) = (agreed(&store).await, agreed(&store).await);
    let path = format!("/v1/consents/{}/receipt", one.consent);
    until("it is sealed", || async { service.call("GET", &path, None).await.0 == 200 }).await;
    until("both are", || async { service.get("/v1/ledger/checkpoint").await["size"] == 2 }).await;
    let (_, receipt) = service.call("GET", &path, None).await;
    let receipt = receipt.as_str().unwrap().to_owned();
    let vkey = service.get("/v1/ledger/checkpoint").await["vkey"].as_str().unwrap().to_owned();

    let (code, export, _) = said(&service.run(&["ledger", "export"], &[]));
    assert_eq!((code, export.lines().count()), (0, 3), "{export}");
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (export_file, receipt_file) = (file("export", &export), file("receipt", &receipt));
    // Verifying asks nobody: no database, no settings.
    let verify = |args: &[&str]| {
        let all: Vec<&str> = ["ledger", "verify"].iter().chain(args).copied().collect();
        said(&service.run(&all, &[("SEGUE_DATABASE_URL", "nonsense"), ("SEGUE_MASTER_KEY", "")]))
    };
    let (code, verdict, _) = verify(&[&export_file]);
    assert_eq!(code, 0);
    assert!(verdict.contains("self-declared key"), "{verdict}");
    let (code, verdict, _) = verify(&[&export_file, "--vkey", &vkey, "--against", &receipt_file]);
    assert!(code == 0 && verdict.contains("the key given"), "{verdict}");
    assert_eq!(verify(&[&receipt_file, "--vkey", &vkey]).0, 0);
    assert_eq!(verify(&[&receipt_file]).0, 2, "a receipt names no key");
    let changed = file("changed", &export.replacen("\"leaf\":\"ey", "\"leaf\":\"fy", 1));
    let (code, verdict, why) = verify(&[&changed]);
    assert_eq!((code, verdict.as_str()), (1, ""));
    assert!(why.contains("something in them was changed"), "{why}");

    let (code, evidence, _) = said(&service.run(&["ledger", "evidence", one.consent.as_str()], &[]));
    assert_eq!(code, 0);
    assert!(evidence.contains(&one.known.external_id));
    assert_eq!(verify(&[&file("evidence", &evidence), "--vkey", &vkey]).0, 0);
    let lie = evidence.replace(&one.known.external_id, "+12025550000");
    assert_eq!(verify(&[&file("lie", &lie), "--vkey", &vkey]).0, 1);
    assert_eq!(said(&service.run(&["ledger", "evidence", "cns_01kap0bswxev1bjsph3xxwkkrz"], &[])).0, 1);

    lose_the_record(&mut service, &store).await;
    let (_, export, _) = said(&service.run(&["ledger", "export"], &[]));
    let again = file("again", &export);
    let verify = service.run(&["ledger", "verify", &again, "--vkey", &vkey, "--against", &receipt_file], &[]);
    assert_eq!(said(&verify).0, 0);
    store.close().await;
}

/// Nothing more is sealed until a person decides.
async fn lose_the_record(service: &mut Service, store: &Store) {
    let heads = service.files().find(|path| path.ends_with("ledger-heads")).unwrap();
    assert_eq!(service.stop(), Some(0));
    fs::rename(&heads, heads.with_extension("lost")).unwrap();
    service.restart().await;
    agreed(store).await;
    until("it is refused", || async { service.log().contains("there is no record of what was signed") })
        .await;
    assert_eq!(service.get("/v1/ledger/checkpoint").await["size"], 2);
    let (_, doctor, _) = said(&service.run(&["doctor"], &[]));
    assert!(doctor.contains("fail  ledger"), "{doctor}");
    let (code, _, about) = said(&service.run(&["ledger", "adopt"], &[]));
    assert!(code == 2 && about.contains("--confirm"), "{about}");
    assert_eq!(said(&service.run(&["ledger", "adopt", "--confirm"], &[])).0, 0);
    until("it goes on", || async { service.get("/v1/ledger/checkpoint").await["size"] == 3 }).await;
    let (_, doctor, _) = said(&service.run(&["doctor"], &[]));
    assert!(doctor.contains("ok    ledger"), "{doctor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_exported_verified_and_adopted_on_sqlite() {
    tell_the_story(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_exported_verified_and_adopted_on_postgres() {
    tell_the_story(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sealing_is_seen_in_the_metrics() {
    let service = Service::start(Engine::Sqlite).await;
    let store = open(&service).await;
    agreed(&store).await;
    until("it is sealed", || async { service.call("GET", "/v1/ledger/checkpoint", None).await.0 == 200 })
        .await;
    // It can be read before the process that sealed it has counted it.
    until("it is counted", || async {
        let text =
            service.http.get(format!("{}/metrics", service.ops)).send().await.unwrap().text().await.unwrap();
        text.contains("segue_ledger_sealed_total 1") && text.contains("segue_ledger_oldest_unsealed_seconds ")
    })
    .await;
    store.close().await;
}
