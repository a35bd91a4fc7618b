//! The signer's own record: what it lets through, what it refuses, and how a person goes on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use segue::domain::id::WorkspaceId;
use segue::ledger::hash::Hash;
use segue::ledger::kept::{Course, Kept, Refused};
use segue::ledger::verify::Unproven;
use segue::sequencer::Heads;
use segue::store::ledger::{HeadRecord, accept_erased};
use segue::store::workspace::{self, Workspace};

use super::bench::Bench;
use super::log::Log;
use crate::relay::kit::put;
use crate::support::engines::{Engine, NamedSessions, TestStore, both_engines, start_of_time};
use crate::support::raw::Raw;
use crate::support::sql::execute;

/// The process dies after the record and before the commit.
struct DiesAfterwards(Heads);

impl HeadRecord for DiesAfterwards {
    fn read(&self, workspace: &WorkspaceId) -> io::Result<Option<String>> {
        self.0.read(workspace)
    }

    fn replace(&self, workspace: &WorkspaceId, old: Option<&str>, new: &str) -> io::Result<bool> {
        self.0.replace(workspace, old, new)?;
        Err(io::Error::other("it died"))
    }
}

/// The process sleeps just before it records, until it is let go.
struct Sleeps {
    heads: Heads,
    asleep: Arc<AtomicBool>,
    awake: Arc<AtomicBool>,
}

impl HeadRecord for Sleeps {
    fn read(&self, workspace: &WorkspaceId) -> io::Result<Option<String>> {
        self.heads.read(workspace)
    }

    fn replace(&self, workspace: &WorkspaceId, old: Option<&str>, new: &str) -> io::Result<bool> {
        self.asleep.store(true, Ordering::SeqCst);
        while !self.awake.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        self.heads.replace(workspace, old, new)
    }
}

fn kept(text: &str) -> Kept {
    Kept::parse(text).unwrap()
}

#[test]
fn a_record_allows_its_own_history_alone() {
    let log = Log::with(9);
    let key = log.signer.vkey();
    let hashes: Vec<Hash> = log.leaves.iter().map(|leaf| Hash::of_leaf(leaf)).collect();
    // Recorded over 6, of which the last 2 were one batch.
    let record = kept(&Kept::new(log.checkpoint(6), &hashes[4..6]).to_text());
    let root = |size: u64| log.root(size.min(6));
    assert_eq!(record.course(&key, 6, &root(6)), Ok(Course::Extend));
    assert_eq!(
        record.course(&key, 9, &root(9)),
        Ok(Course::Extend),
        "the database is ahead and goes on from it"
    );
    assert_eq!(record.course(&key, 4, &root(4)), Ok(Course::Repeat(hashes[4..6].to_vec())));
    assert_eq!(record.course(&key, 5, &root(5)), Err(Refused::Behind { size: 5, recorded: 6 }));
    assert_eq!(record.course(&key, 0, &Hash::of_nothing()), Err(Refused::Behind { size: 0, recorded: 6 }));
    assert_eq!(record.course(&key, 6, &log.root(5)), Err(Refused::Forked { at: 6 }));
    assert_eq!(record.course(&key, 9, &log.root(9)), Err(Refused::Forked { at: 6 }));
    let stranger = segue::ledger::note::Signer::new(super::log::ORIGIN, &[9; 32]).unwrap().vkey();
    assert!(matches!(record.course(&stranger, 6, &root(6)), Err(Refused::OtherKey(_))));
    for broken in ["", "{}", "{\"format\":\"segue-ledger-head/2\",\"checkpoint\":\"\",\"batch\":[]}"] {
        assert_eq!(Kept::parse(broken), Err(Refused::Unreadable));
    }
}

both_engines! {
    async fn a_death_between_record_and_commit_is_made_good_by_the_same_batch(db: TestStore) {
        let bench = Bench::new(db).await;
        bench.parties(2).await;
        let mut first = bench.sequencer();
        first.seal().await.unwrap();
        drop(first);
        bench.db.clock.advance(std::time::Duration::from_secs(20));
        bench.parties(3).await;
        let mut dies = bench.sequencer_with(bench.db.store.clone(), DiesAfterwards(bench.heads()));
        assert_eq!(dies.seal().await.unwrap(), 0);
        assert_eq!(bench.head().await.size, 2, "nothing was committed");
        let recorded = std::fs::read_to_string(bench.record_path()).unwrap();
        bench.db.clock.advance(std::time::Duration::from_secs(20));
        // More comes meanwhile: it is not mixed in.
        bench.parties(4).await;
        let mut next = bench.sequencer();
        assert_eq!(next.seal().await.unwrap(), 7);
        assert_eq!(bench.head().await.size, 9);
        bench.verify(Some(&kept(&recorded).checkpoint)).await.unwrap();
        let raw = Raw::open(&bench.db.location).await;
        assert_eq!(raw.number("SELECT COUNT(*) FROM event WHERE type = 'consent.sealed'").await, 9);
    }

    async fn an_older_database_is_not_signed_until_a_person_decides(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        let first = bench.party().await;
        sequencer.seal().await.unwrap();
        let old = bench.head().await;
        for _ in 0..2 {
            bench.party().await;
            sequencer.seal().await.unwrap();
        }
        let kept_outside = bench.db.store.evidence(&bench.workspace, first.consent.as_str()).await.unwrap().unwrap();
        restore(&bench, &old).await;
        bench.party().await;
        assert_eq!(sequencer.seal().await.unwrap(), 0);
        assert_eq!(bench.head().await.size, 1);
        bench.wait();
        assert_eq!(sequencer.seal().await.unwrap(), 0, "and not a moment later either");
        bench.heads().adopt(&bench.workspace, Some(&Kept::new(old.checkpoint, &[]).to_text())).unwrap();
        bench.wait();
        assert_eq!(sequencer.seal().await.unwrap(), 1);
        bench.verify(None).await.unwrap();
        let broken = bench.verify(Some(&kept_outside.entries[0].receipt)).await;
        assert_eq!(broken, Err(Unproven::Shortened { found: 2, kept: 3 }));
        let aside = bench.record_path().with_extension("given-up");
        assert!(std::fs::read_to_string(aside).unwrap().contains("\\n3\\n"), "what was given up is still there");
    }

    async fn a_database_as_it_was_before_the_last_batch_is_not_signed_either(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        bench.party().await;
        sequencer.seal().await.unwrap();
        let old = bench.head().await;
        bench.party().await;
        sequencer.seal().await.unwrap();
        restore(&bench, &old).await;
        bench.party().await;
        assert_eq!(sequencer.seal().await.unwrap(), 0, "the event that was signed is not there to be signed again");
        assert_eq!(bench.head().await, old);
    }

    async fn a_ledger_without_a_record_waits_and_the_others_go_on(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        bench.party().await;
        sequencer.seal().await.unwrap();
        std::fs::remove_file(bench.record_path()).unwrap();
        bench.party().await;
        let other = Workspace {
            id: WorkspaceId::new(start_of_time(), &[9; 10]), name: "Another".into(), created_at: start_of_time(),
        };
        let waits = accept_erased(&other.id, "cns_1", start_of_time());
        put(&bench.db, vec![workspace::insert(&other), waits]).await;
        assert_eq!(sequencer.seal().await.unwrap(), 1, "the other ledger");
        assert_eq!(bench.head().await.size, 1);
        assert_eq!(bench.db.store.ledger_head(&other.id).await.unwrap().unwrap().size, 1);
    }

    async fn a_database_with_another_tree_than_its_head_is_not_signed(db: TestStore) {
        let bench = Bench::new(db).await;
        let mut sequencer = bench.sequencer();
        bench.parties(2).await;
        sequencer.seal().await.unwrap();
        execute(&bench.db.location, "DELETE FROM ledger_node WHERE level = 1").await;
        bench.party().await;
        assert_eq!(sequencer.seal().await.unwrap(), 0);
        assert_eq!(bench.head().await.size, 2);
    }
}

/// The database as it was when its ledger had one leaf.
async fn restore(bench: &Bench, to: &segue::store::ledger::Head) {
    let at = &bench.db.location;
    execute(at, "DELETE FROM ledger_leaf WHERE leaf_index > 0").await;
    execute(at, "DELETE FROM ledger_node WHERE NOT (level = 0 AND node_index = 0)").await;
    let root = hex::encode(to.root.bytes());
    let root = match at {
        segue::store::Location::Sqlite(_) => format!("x'{root}'"),
        segue::store::Location::Postgres(_) => format!("'\\x{root}'"),
    };
    let head = format!("UPDATE ledger_head SET size = 1, root = {root}, checkpoint = '{}'", to.checkpoint);
    execute(at, &head).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequencer_that_slept_and_was_overtaken_signs_nothing() {
    let bench = Bench::new(TestStore::new(Engine::Postgres).await).await;
    bench.parties(2).await;
    let (asleep, awake) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let sessions = NamedSessions::open(&bench.db).await;
    let heads = Sleeps { heads: bench.heads(), asleep: asleep.clone(), awake: awake.clone() };
    let mut sleeper = bench.sequencer_with(sessions.store.clone(), heads);
    let slept = tokio::spawn(async move {
        let sealed = sleeper.seal().await;
        (sleeper, sealed)
    });
    crate::support::until("it sleeps", || async { asleep.load(Ordering::SeqCst) }).await;
    execute(&bench.db.location, &sessions.end()).await;
    bench.db.clock.advance(std::time::Duration::from_secs(20));
    bench.parties(3).await;
    let mut other = bench.sequencer();
    // The server ends the session in its own time.
    while other.seal().await.unwrap() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let head = bench.head().await;
    assert_eq!(head.size, 5);
    let recorded = std::fs::read_to_string(bench.record_path()).unwrap();
    awake.store(true, Ordering::SeqCst);
    let (_sleeper, sealed) = slept.await.unwrap();
    assert!(!matches!(sealed, Ok(1..)), "{sealed:?}");
    assert_eq!(bench.head().await, head);
    assert_eq!(std::fs::read_to_string(bench.record_path()).unwrap(), recorded);
    bench.party().await;
    assert_eq!(other.seal().await.unwrap(), 1, "and the ledger goes on");
    bench.verify(Some(&head.checkpoint)).await.unwrap();
}
