//! The ledger over the API, and a customer's way to their own receipt.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue::clock::{Clock, random};
use segue::domain::id::ConsentId;
use segue::ledger::hash::Hash;
use segue::ledger::leaf::LeafEvent;
use segue::ledger::note::Vkey;
use segue::ledger::proof::{is_consistent, is_included};
use segue::ledger::verify;
use segue::store::ledger::{GOOD_FOR, receipt_link};
use segue::store::{consent, identity};
use serde_json::{Value, json};

use super::fixture::{complaint_by, custom, id};
use crate::ledger::bench::{Party, entry, party, record};
use crate::relay::kit::put;
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;
use crate::support::until;

/// A customer who agreed.
async fn agreed(app: &TestApp) -> Party {
    let now = app.db.clock.now();
    let one = party(&app.db.store, &app.workspace, now);
    let mut writes = Vec::from(identity::insert(&one.known, app.db.store.vault(), now));
    writes.push(consent::insert(&record(&one, now), now));
    writes.extend(entry(&one, LeafEvent::Granted, now));
    put(&app.db, writes).await;
    one
}

async fn sealed(app: &TestApp, size: u64) {
    let reached = || async {
        app.db.store.ledger_head(&app.workspace).await.unwrap().is_some_and(|head| head.size == size)
    };
    until("it is sealed", reached).await;
}

fn hash(value: &Value) -> Hash {
    Hash::from_base64(value.as_str().unwrap()).unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

async fn text(client: &Client, path: &str) -> (u16, String) {
    let answer = client.request("GET", path).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

both_engines! {
    async fn proofs_are_served_and_hold(db: TestStore) {
        let app = TestApp::start(db).await;
        let client = app.admin().await;
        assert_eq!(client.get("/v1/ledger/checkpoint").await.code(404), "not_found");
        assert_eq!(client.get("/v1/ledger/entries").await.expect(200)["data"].as_array().unwrap().len(), 0);
        let first = agreed(&app).await;
        sealed(&app, 1).await;
        for size in 2..=5 {
            agreed(&app).await;
            sealed(&app, size).await;
        }
        let head = client.get("/v1/ledger/checkpoint").await.expect(200);
        let key = Vkey::parse(head["vkey"].as_str().unwrap()).unwrap();
        let signed = segue::ledger::checkpoint::Checkpoint::open(head["checkpoint"].as_str().unwrap(), &key).unwrap();
        assert_eq!((signed.size, signed.root), (5, hash(&head["root"])));
        assert_eq!(signed.origin, head["origin"].as_str().unwrap());

        let own = client.get(&format!("/v1/ledger/entries?record_id={}", first.consent)).await.expect(200);
        assert_eq!((&own["data"][0]["index"], own["data"].as_array().unwrap().len(), &own["next"]), (&0.into(), 1, &Value::Null));
        let later = client.get(&format!("/v1/ledger/entries?record_id={}&start=1", first.consent)).await.expect(200);
        assert_eq!(later["data"], Value::Array(Vec::new()));

        let path = format!("/v1/ledger/proof?record_id={}", first.consent);
        let proof = client.get(&path).await.expect(200);
        assert_eq!((&proof["index"], &proof["size"], &proof["checkpoint"]), (&0.into(), &5.into(), &head["checkpoint"]));
        let leaf = STANDARD.decode(proof["leaf"].as_str().unwrap()).unwrap();
        assert_eq!(Hash::of_leaf(&leaf), hash(&proof["leaf_hash"]));
        assert!(is_included(&hash(&proof["leaf_hash"]), 0, (5, &signed.root), &hashes(&proof["proof"])));
        let older = client.get("/v1/ledger/proof?index=2&size=3").await.expect(200);
        assert!(is_included(&hash(&older["leaf_hash"]), 2, (3, &hash(&older["root"])), &hashes(&older["proof"])));
        assert_eq!(older["checkpoint"], Value::Null);

        let grown = client.get("/v1/ledger/consistency?from=3").await.expect(200);
        assert_eq!((&grown["from_root"], &grown["to_root"]), (&older["root"], &head["root"]));
        assert!(is_consistent((3, &hash(&grown["from_root"])), (5, &signed.root), &hashes(&grown["proof"])));

        let page = client.get("/v1/ledger/entries?limit=2").await.expect(200);
        assert_eq!((&page["data"][1]["index"], &page["next"]), (&1.into(), &"2".into()));
        let rest = client.get("/v1/ledger/entries?start=2").await.expect(200);
        assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next"]), (3, &Value::Null));

        for wrong in ["", "?index=1&record_id=cns_01kap0bswxev1bjsph3xxwkkrz", "?index=1&size=6", "?index=1&size=0", "?index=-1"] {
            assert_eq!(client.get(&format!("/v1/ledger/proof{wrong}")).await.code(422), "invalid_field", "{wrong}");
        }
        for wrong in ["", "?from=0", "?from=6", "?from=4&to=3"] {
            assert_eq!(client.get(&format!("/v1/ledger/consistency{wrong}")).await.code(422), "invalid_field", "{wrong}");
        }
        assert_eq!(client.get("/v1/ledger/proof?index=5").await.code(404), "not_found");
        let stranger = app.stranger().await;
        assert_eq!(stranger.get(&path).await.code(404), "not_found");
        assert_eq!(stranger.get("/v1/ledger/checkpoint").await.code(404), "not_found");
    }

    async fn a_receipt_is_there_once_its_event_is_sealed(db: TestStore) {
        let app = TestApp::start(db).await;
        let client = app.admin().await;
        // A record nobody can read: the signer refuses.
        let dir = app.db.folder().join("ledger-heads");
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join(format!("{}.json", app.workspace));
        std::fs::write(&file, "?").unwrap();
        let one = agreed(&app).await;
        let path = format!("/v1/consents/{}/receipt", one.consent);
        assert_eq!(client.get(&path).await.code(409), "not_sealed");
        std::fs::remove_file(&file).unwrap();
        app.db.clock.advance(Duration::from_secs(6));
        sealed(&app, 1).await;
        let (status, receipt) = text(&client, &path).await;
        assert_eq!(status, 200);
        let head = client.get("/v1/ledger/checkpoint").await.expect(200);
        let key = Vkey::parse(head["vkey"].as_str().unwrap()).unwrap();
        assert!(verify::receipt(&receipt, &key).is_ok());
        assert_eq!(app.stranger().await.get(&path).await.code(404), "not_found");
        assert_eq!(client.get("/v1/consents/cns_nonsense/receipt").await.code(404), "not_found");
    }

    async fn a_customer_takes_their_copy_once(db: TestStore) {
        let app = TestApp::start(db).await;
        let (one, other) = (agreed(&app).await, agreed(&app).await);
        sealed(&app, 2).await;
        let now = app.db.clock.now();
        let (path, link) = receipt_link(&app.workspace, &one.consent, random(), (now, now + GOOD_FOR));
        put(&app.db, vec![link]).await;
        let customer = app.anybody();
        for _ in 0..2 {
            let (status, page) = text(&customer, &path).await;
            assert_eq!(status, 200, "looking uses nothing up");
            assert!(page.contains("consent.granted") && page.contains(one.consent.as_str()), "{page}");
            assert!(!page.contains("<script") && !page.contains(&one.known.external_id), "{page}");
        }
        let answer = customer.request("POST", &path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let copy = answer.text().await.unwrap();
        assert!(verify::evidence(&copy, None).is_ok());
        assert!(copy.contains(&one.known.external_id) && !copy.contains(&other.known.external_id));
        assert!(!copy.contains(other.consent.as_str()));
        for method in ["GET", "POST"] {
            let again = customer.request(method, &path).send().await.unwrap();
            assert_eq!(again.status(), 404, "{method}");
        }
        let (late, link) = receipt_link(&app.workspace, &one.consent, random(), (now, now + GOOD_FOR));
        put(&app.db, vec![link]).await;
        app.db.clock.advance(GOOD_FOR);
        assert_eq!(text(&customer, &late).await.0, 404, "its time has passed");
        assert_eq!(text(&customer, "/r/nonsense").await.0, 404);
    }

    async fn a_link_waits_for_what_is_not_sealed(db: TestStore) {
        let app = TestApp::start(db).await;
        let (now, unknown) = (app.db.clock.now(), ConsentId::new(app.db.clock.now(), &random()));
        let (path, link) = receipt_link(&app.workspace, &unknown, random(), (now, now + GOOD_FOR));
        put(&app.db, vec![link]).await;
        let customer = app.anybody();
        for method in ["GET", "POST", "GET"] {
            let answer = customer.request(method, &path).send().await.unwrap();
            assert!(answer.text().await.unwrap().contains("It is being sealed"), "{method}");
        }
    }

    async fn a_consent_of_the_api_is_sealed_and_stays_proven_when_its_person_is_erased(db: TestStore) {
        let app = TestApp::start(db).await;
        let client = app.admin().await;
        let connection = id(&client.post("/v1/connections", custom()).await.expect(201));
        let complaint = client.post("/v1/complaints", complaint_by(&connection, "p1")).await.expect(201);
        let agreed = json!({
            "identity_id": complaint["identity"]["id"], "purpose": "case.updates", "channel": "sms", "method": "written",
            "granted_at": "2026-11-01T10:00:00Z", "evidence": "Order form 4711",
        });
        let consent = id(&client.post("/v1/consents", agreed).await.expect(201));
        sealed(&app, 1).await;
        let shown = client.get(&format!("/v1/consents/{consent}")).await.expect(200);
        assert_eq!(shown["ledger"], json!({"state": "sealed", "index": 0}));
        let told = || async {
            let events = client.get("/v1/events").await.expect(200)["data"].clone();
            let of = events.as_array().unwrap().iter().filter(|event| event["subject"] == consent.as_str());
            of.map(|event| (event["type"].clone(), event["subject_seq"].clone())).collect::<Vec<_>>()
        };
        let expected = [(json!("consent.granted"), json!(1)), (json!("consent.sealed"), json!(2))];
        until("it is told", || async { told().await == expected }).await;
        let (_, receipt) = text(&client, &format!("/v1/consents/{consent}/receipt")).await;
        let before = app.db.store.evidence(&app.workspace, &consent).await.unwrap().unwrap();
        assert!(before.entries[0].content.as_ref().unwrap().to_string().contains("Order form 4711"));

        client.delete(&format!("/v1/customers/{}", complaint["customer_id"].as_str().unwrap())).await;
        let erased = || async {
            let leaves = app.db.store.leaves_of(&app.workspace, &consent).await.unwrap();
            leaves.last().is_some_and(|(_, leaf)| String::from_utf8_lossy(leaf).contains("subject.erased"))
        };
        until("the erasure is sealed", erased).await;
        let after = app.db.store.evidence(&app.workspace, &consent).await.unwrap().unwrap();
        assert!(after.entries.iter().all(|entry| entry.record_key.is_none() && entry.content.is_none()));
        let key = Vkey::parse(&after.vkey).unwrap();
        assert!(after.verify(&key).is_ok() && verify::receipt(&receipt, &key).is_ok());
        let export = crate::ledger::bench::export(&app.db.store, &app.workspace).await;
        let anchor = verify::Anchor::read(&receipt).unwrap();
        verify::export(&export, Some(&key), Some(&anchor)).unwrap();
    }
}
