//! Claims and leases, on the store alone.

use std::collections::HashSet;
use std::time::Duration;

use segue::clock::{Clock, chance};
use segue::domain::id::{ReplicaId, WebhookId, WorkspaceId};
use segue::store::{Claimed, Desk, End, Settlement, Tried};

use super::kit::{Closed, add_webhook, tell};
use crate::support::engines::{TestStore, both_engines};
use crate::support::raw::Raw;

fn replica(db: &TestStore) -> ReplicaId {
    ReplicaId::new(db.clock.now(), &chance())
}

async fn workspace(db: &TestStore) -> WorkspaceId {
    db.store.ensure_default_workspace(db.clock.now()).await.unwrap()
}

/// A webhook nobody calls.
async fn webhook(db: &TestStore) -> WebhookId {
    add_webhook(db, &workspace(db).await, "https://desk.example/in", "*").await
}

/// Owes so many events to a webhook, each about a subject of its own.
async fn owe(db: &TestStore, to: &WebhookId, count: usize) {
    let (book, workspace) = (Closed::new(db.clock.now()), workspace(db).await);
    for number in 0..count {
        tell(db, &book, &workspace, (&format!("conv_{number}"), 1), &[to]).await;
    }
}

async fn claim(db: &TestStore, replica: &ReplicaId, limit: usize) -> Vec<Claimed> {
    let due = db.store.due_destinations(db.clock.now()).await.unwrap();
    db.store.claim_due(&due, replica, limit, db.clock.now()).await.unwrap()
}

async fn settle(db: &TestStore, claimed: &Claimed, end: End, works: bool) {
    let now = db.clock.now();
    let tried = Tried { works, status: Some(200), error: None, at: now, took_ms: 3 };
    let one = Settlement { id: claimed.id.clone(), attempt: claimed.attempt, end, tried: Some(tried) };
    let book = Closed::new(now);
    db.store.settle(&[one], &Desk { book: &book, now }).await.unwrap();
}

both_engines! {
    async fn eight_claimers_claim_each_delivery_once(db: TestStore) {
        for _ in 0..4 {
            let to = webhook(&db).await;
            owe(&db, &to, 50).await;
        }
        let claims = (0..8).map(|_| {
            let (store, replica, now) = (db.store.clone(), replica(&db), db.clock.now());
            tokio::spawn(async move {
                let mut all = Vec::new();
                loop {
                    let due = store.due_destinations(now).await.unwrap();
                    let claimed = store.claim_due(&due, &replica, 10, now).await.unwrap();
                    if claimed.is_empty() {
                        return all;
                    }
                    all.extend(claimed.into_iter().map(|one| one.id));
                }
            })
        });
        let mut all = Vec::new();
        for claimed in claims.collect::<Vec<_>>() {
            all.extend(claimed.await.unwrap());
        }
        all.extend(claim(&db, &replica(&db), 1000).await.into_iter().map(|one| one.id));
        assert_eq!(all.len(), 200);
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 200);
    }

    async fn a_lane_is_claimed_from_its_head_on_by_one_replica(db: TestStore) {
        let (to, book, workspace) = (webhook(&db).await, Closed::new(db.clock.now()), workspace(&db).await);
        for number in 1..=4 {
            tell(&db, &book, &workspace, ("conv_1", number), &[&to]).await;
        }
        let (me, other) = (replica(&db), replica(&db));
        let mut first = claim(&db, &me, 2).await;
        assert_eq!(first.len(), 2);
        assert!(claim(&db, &other, 10).await.is_empty());
        settle(&db, &first.remove(0), End::Delivered, true).await;
        assert!(claim(&db, &other, 10).await.is_empty());
        let again = End::Again { due_at: db.clock.now() + Duration::from_secs(5), holds: true };
        settle(&db, &first.remove(0), again, false).await;
        assert!(claim(&db, &other, 10).await.is_empty());
        db.clock.advance(Duration::from_secs(5));
        assert_eq!(claim(&db, &other, 10).await.len(), 3);
    }

    async fn a_long_backlog_does_not_starve_other_destinations(db: TestStore) {
        let (long, short) = (webhook(&db).await, webhook(&db).await);
        owe(&db, &long, 60).await;
        owe(&db, &short, 3).await;
        let claimed = claim(&db, &replica(&db), 20).await;
        let of = |to: &WebhookId| claimed.iter().filter(|one| one.destination == to.as_str()).count();
        assert_eq!(of(&short), 3);
        assert!((10..=17).contains(&of(&long)), "{}", of(&long));
    }

    async fn an_expired_lease_is_claimed_again_and_its_late_settlement_ignored(db: TestStore) {
        let (to, raw) = (webhook(&db).await, Raw::open(&db.location).await);
        owe(&db, &to, 1).await;
        let late = claim(&db, &replica(&db), 10).await.remove(0);
        assert_eq!(db.store.expire_leases(db.clock.now()).await.unwrap(), 0);
        db.clock.advance(Duration::from_secs(31));
        assert_eq!(db.store.expire_leases(db.clock.now()).await.unwrap(), 1);
        settle(&db, &late, End::Delivered, true).await;
        assert_eq!(raw.texts("SELECT state FROM delivery").await, ["pending"]);
        let again = claim(&db, &replica(&db), 10).await.remove(0);
        assert_eq!((again.attempt, again.tries), (2, 0));
        settle(&db, &late, End::Delivered, true).await;
        assert_eq!(raw.texts("SELECT state FROM delivery").await, ["leased"]);
        settle(&db, &again, End::Delivered, true).await;
        assert_eq!(raw.texts("SELECT state FROM delivery").await, ["settled"]);
    }

    async fn what_expired_is_claimed_again_before_the_long_lane_behind_it(db: TestStore) {
        let (to, book, workspace) = (webhook(&db).await, Closed::new(db.clock.now()), workspace(&db).await);
        for number in 1..=600 {
            tell(&db, &book, &workspace, ("conv_1", number), &[&to]).await;
        }
        let ids = |claimed: Vec<Claimed>| claimed.into_iter().map(|one| one.id).collect::<Vec<_>>();
        let before = ids(claim(&db, &replica(&db), 10).await);
        db.clock.advance(Duration::from_secs(31));
        assert_eq!(db.store.expire_leases(db.clock.now()).await.unwrap(), 10);
        assert_eq!(ids(claim(&db, &replica(&db), 10).await), before);
    }

    async fn a_restart_of_an_embedded_database_frees_what_was_leased(db: TestStore) {
        let to = webhook(&db).await;
        owe(&db, &to, 2).await;
        let (dead, alive) = (replica(&db), replica(&db));
        assert_eq!(claim(&db, &dead, 10).await.len(), 2);
        assert_eq!(db.store.void_leases(&alive, db.clock.now()).await.unwrap(), 2);
        assert_eq!(db.store.expire_leases(db.clock.now()).await.unwrap(), 2);
        assert_eq!(claim(&db, &alive, 10).await.len(), 2);
    }

    async fn one_replica_probes_an_open_circuit(db: TestStore) {
        let to = webhook(&db).await;
        owe(&db, &to, 8).await;
        let me = replica(&db);
        for one in claim(&db, &me, 5).await {
            let due_at = db.clock.now() + Duration::from_secs(3600);
            settle(&db, &one, End::Again { due_at, holds: true }, false).await;
        }
        assert!(claim(&db, &me, 10).await.is_empty());
        Raw::open(&db.location).await.run("UPDATE delivery SET due_at = due_at + 600000").await;
        db.clock.advance(Duration::from_secs(11));
        let (one, other) = (replica(&db), replica(&db));
        let (one, other) = tokio::join!(claim(&db, &one, 10), claim(&db, &other, 10));
        assert_eq!(one.len() + other.len(), 1);
        assert!(claim(&db, &me, 10).await.is_empty());
        let probe = one.into_iter().chain(other).next().unwrap();
        settle(&db, &probe, End::Delivered, true).await;
        assert_eq!(claim(&db, &me, 10).await.len(), 7, "what waited for its own retry goes at once");
    }
}
