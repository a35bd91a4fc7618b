//! Sealing on both engines: dense, in order, told, provable; and what two sequencers can do to each other.

use std::time::Duration;

use segue::clock::Clock;
use segue::domain::event::EventType;
use segue::ledger::leaf::{self, LeafEvent};
use segue::ledger::note::Vkey;
use segue::ledger::proof::{is_consistent, is_included};
use segue::ledger::receipt::Receipt;
use segue::ledger::verify;
use segue::store::ledger::{Recorded, accept_erased, erase_payloads};
use tokio_util::sync::CancellationToken;

use super::bench::Bench;
use crate::relay::kit::{add_webhook, put};
use crate::support::engines::{Engine, TestStore, both_engines};
use crate::support::raw::Raw;
use crate::support::until;

both_engines! {
    async fn events_are_sealed_in_order_and_told(db: TestStore) {
        let bench = Bench::new(db).await;
        let hook = add_webhook(&bench.db, &bench.workspace, "https://desk.example/", "consent.*").await;
        let party = bench.party().await;
        bench.happens(&party, LeafEvent::Granted).await;
        assert!(matches!(bench.db.store.recorded(&bench.workspace, party.consent.as_str()).await, Ok(Recorded::Waiting)));
        let mut sequencer = bench.sequencer();
        assert_eq!(sequencer.seal().await.unwrap(), 2);
        assert_eq!(sequencer.seal().await.unwrap(), 0);
        bench.happens(&party, LeafEvent::Withdrawn).await;
        assert_eq!(sequencer.seal().await.unwrap(), 1);
        assert_eq!(sequencer.number().await.unwrap(), 3);
        assert!(matches!(bench.db.store.recorded(&bench.workspace, party.consent.as_str()).await, Ok(Recorded::Sealed(2))));
        let leaves = bench.db.store.leaves_of(&bench.workspace, party.consent.as_str()).await.unwrap();
        let said: Vec<_> = leaves.iter().map(|(_, bytes)| leaf::read(bytes).unwrap()["event"].clone()).collect();
        assert_eq!(said, ["consent.requested", "consent.granted", "consent.withdrawn"]);
        let events = bench.db.store.events_after(&bench.workspace, 0, Some(EventType::ConsentSealed), 10).await.unwrap();
        let head = bench.head().await;
        let last = &events[2].1;
        assert_eq!((last.subject.as_str(), last.subject_seq), (party.consent.as_str(), 3));
        assert_eq!((&last.data["ledger"]["state"], &last.data["ledger"]["index"]), (&"sealed".into(), &2.into()));
        assert_eq!(last.data["checkpoint"], head.checkpoint);
        assert_eq!(last.data["sealed"]["event"], "consent.withdrawn");
        assert_eq!(events[0].1.data["sealed"]["index"], 0);
        let raw = Raw::open(&bench.db.location).await;
        let owed = format!("SELECT COUNT(*) FROM delivery WHERE destination = '{hook}' AND state = 'pending'");
        assert_eq!(raw.number(&owed).await, 3);
        assert_eq!(raw.number("SELECT COUNT(*) FROM ledger_inbox").await, 0);
        assert_eq!(raw.number("SELECT ledger_index FROM consent").await, 2);
    }

    async fn everything_sealed_is_provable_at_every_size(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        let mut kept = Vec::new();
        for count in [1, 3, 1, 6, 2] {
            bench.parties(count).await;
            assert_eq!(sequencer.seal().await.unwrap(), count);
            kept.push(bench.head().await);
        }
        let (store, workspace) = (&bench.db.store, &bench.workspace);
        let head = bench.head().await;
        let leaves = store.ledger_leaves(workspace, (0, head.size), 100).await.unwrap();
        assert_eq!(leaves.iter().map(|(index, _)| *index).collect::<Vec<_>>(), (0..13).collect::<Vec<_>>());
        for size in 1..=head.size {
            let root = store.ledger_root(workspace, size).await.unwrap().unwrap();
            for (index, bytes) in &leaves[..usize::try_from(size).unwrap()] {
                let proof = store.prove_inclusion(workspace, *index, size).await.unwrap().unwrap();
                let hash = segue::ledger::hash::Hash::of_leaf(bytes);
                assert!(is_included(&hash, *index, (size, &root), &proof), "{index} of {size}");
            }
            let proof = store.prove_consistency(workspace, size, head.size).await.unwrap().unwrap();
            assert!(is_consistent((size, &root), (head.size, &head.root), &proof));
        }
        for old in &kept {
            assert!(bench.verify(Some(&old.checkpoint)).await.is_ok(), "against {}", old.size);
        }
        assert!(store.prove_inclusion(workspace, 13, 13).await.unwrap().is_none());
        assert!(store.prove_consistency(workspace, 0, 13).await.unwrap().is_none());
    }

    async fn a_record_is_opened_by_its_evidence_and_shut_by_erasure(db: TestStore) {
        let bench = Bench::new(db).await;
        let (party, other) = (bench.party().await, bench.party().await);
        bench.happens(&party, LeafEvent::Granted).await;
        let mut sequencer = bench.sequencer();
        sequencer.seal().await.unwrap();
        let (store, workspace) = (&bench.db.store, &bench.workspace);
        let evidence = store.evidence(workspace, party.consent.as_str()).await.unwrap().unwrap();
        let text = serde_json::to_string(&evidence).unwrap();
        let key = Vkey::parse(&evidence.vkey).unwrap();
        let said = verify::evidence(&text, Some(&key)).unwrap().to_string();
        assert!(said.contains("consent.requested, consent.granted"), "{said}");
        let content = evidence.entries[0].content.as_ref().unwrap();
        assert_eq!(content["identity"]["external_id"], party.known.external_id.as_str());
        assert!(!bench.export().await.contains(&party.known.external_id));
        let mut lying = evidence.clone();
        lying.entries[0].content.as_mut().unwrap()["identity"]["external_id"] = "+12025550000".into();
        assert!(lying.verify(&key).is_err(), "another number");
        lying = evidence.clone();
        lying.entries[0].record_key.clone_from(&store.evidence(workspace, other.consent.as_str()).await.unwrap().unwrap().entries[0].record_key);
        assert!(lying.verify(&key).is_err(), "another record's key");

        let erased = accept_erased(workspace, party.consent.as_str(), bench.db.clock.now());
        put(&bench.db, vec![erase_payloads(&party.known.identity.id), erased]).await;
        assert_eq!(sequencer.seal().await.unwrap(), 1);
        let after = store.evidence(workspace, party.consent.as_str()).await.unwrap().unwrap();
        assert_eq!(after.entries.len(), 3);
        assert!(after.entries.iter().all(|entry| entry.record_key.is_none() && entry.payload.is_none()));
        assert_eq!(after.verify(&key).unwrap()[2]["event"], "subject.erased");
        let older = Receipt::parse(&evidence.entries[0].receipt).unwrap();
        assert!(older.verify(&key).is_ok(), "an old receipt stays good");
        assert!(bench.verify(Some(&evidence.entries[1].receipt)).await.is_ok());
    }

    async fn heads_are_put_aside_when_it_is_time(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        let folder = bench.heads_dir().join("anchors").join(bench.workspace.as_str());
        let kept = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
        bench.party().await;
        sequencer.seal().await.unwrap();
        sequencer.anchor().await.unwrap();
        assert_eq!(kept(), 1);
        let first = std::fs::read_to_string(folder.join(format!("{:020}.checkpoint", 1))).unwrap();
        bench.party().await;
        sequencer.seal().await.unwrap();
        sequencer.anchor().await.unwrap();
        assert_eq!(kept(), 1, "it is not time yet");
        bench.db.clock.advance(Duration::from_secs(3601));
        sequencer.seal().await.unwrap();
        sequencer.anchor().await.unwrap();
        assert_eq!(kept(), 2);
        assert!(bench.verify(Some(&first)).await.is_ok());
    }

    async fn two_sequencers_never_fork(db: TestStore) {
        let bench = Bench::new(db).await;
        let stop = CancellationToken::new();
        for _ in 0..2 {
            tokio::spawn(bench.sequencer().run(stop.clone()));
        }
        // The fence changes hands all the time.
        let (clock, ended) = (bench.db.clock.clone(), stop.clone());
        tokio::spawn(async move {
            while !ended.is_cancelled() {
                clock.advance(Duration::from_secs(11));
                tokio::time::sleep(Duration::from_millis(7)).await;
            }
        });
        let mut kept = Vec::new();
        for _ in 0..15 {
            bench.parties(10).await;
            kept.extend(bench.db.store.ledger_head(&bench.workspace).await.unwrap());
        }
        until("all are sealed", || async {
            bench.db.store.ledger_head(&bench.workspace).await.unwrap().is_some_and(|head| head.size == 150)
        })
        .await;
        stop.cancel();
        bench.verify(None).await.unwrap();
        for head in kept {
            bench.verify(Some(&head.checkpoint)).await.unwrap();
        }
        let raw = Raw::open(&bench.db.location).await;
        assert_eq!(raw.number("SELECT COUNT(*) FROM event WHERE type = 'consent.sealed'").await, 150);
        assert_eq!(raw.number("SELECT COUNT(DISTINCT record_id) FROM ledger_leaf").await, 150);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_and_sealing_at_once_lose_nothing() {
    let bench = Bench::new(TestStore::new(Engine::Postgres).await).await;
    let stop = CancellationToken::new();
    tokio::spawn(bench.sequencer().run(stop.clone()));
    let many = (0..8).map(|_| async { bench.parties(25).await });
    futures_util::future::join_all(many).await;
    until("all are sealed", || async {
        bench.db.store.ledger_head(&bench.workspace).await.unwrap().is_some_and(|head| head.size == 200)
    })
    .await;
    stop.cancel();
    bench.verify(None).await.unwrap();
}
