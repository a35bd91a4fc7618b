//! Positions are dense, unique, and in the order of arrival, whoever gives them.

use std::sync::Arc;
use std::time::Duration;

use segue::clock::{Clock, chance};
use segue::coordination::Coordination;
use segue::domain::id::ReplicaId;
use segue::sequencer::Sequencer;
use tokio_util::sync::CancellationToken;

use crate::relay::kit::{Closed, tell};
use crate::support::engines::{TestStore, both_engines};
use crate::support::until;

fn sequencer(db: &TestStore) -> Sequencer {
    let replica = ReplicaId::new(db.clock.now(), &chance());
    Sequencer::new(db.store.clone(), db.clock.clone(), Arc::new(Coordination::local()), replica)
}

/// Tells so many events about one subject.
async fn tell_many(db: &TestStore, count: i64) {
    let workspace = db.store.ensure_default_workspace(db.clock.now()).await.unwrap();
    let book = Closed::new(db.clock.now());
    for number in 1..=count {
        tell(db, &book, &workspace, ("conv_1", number), &[]).await;
    }
}

both_engines! {
    async fn events_are_numbered_without_a_gap_in_the_order_they_came(db: TestStore) {
        tell_many(&db, 5).await;
        assert_eq!(sequencer(&db).number().await.unwrap(), 5);
        tell_many(&db, 2).await;
        let workspace = db.store.ensure_default_workspace(db.clock.now()).await.unwrap();
        assert_eq!(db.store.event_head(&workspace).await.unwrap(), 5);
        let events = db.store.events_after(&workspace, 0, None, 100).await.unwrap();
        assert_eq!(events.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(events.iter().map(|(_, event)| event.subject_seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    async fn a_sequencer_that_lost_its_fence_numbers_nothing(db: TestStore) {
        let (one, other) = (ReplicaId::new(db.clock.now(), &chance()), ReplicaId::new(db.clock.now(), &chance()));
        let (now, late) = (db.clock.now(), db.clock.now() + Duration::from_secs(60));
        let old = db.store.take_fence("sequencer", &one, now, now).await.unwrap().unwrap();
        let new = db.store.take_fence("sequencer", &other, now, late).await.unwrap().unwrap();
        tell_many(&db, 3).await;
        assert_eq!(db.store.number_events(old, late, 10).await.unwrap(), None);
        assert_eq!(db.store.number_events(new, late, 10).await.unwrap(), Some(3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sequencers_never_give_a_position_twice() {
    let db = TestStore::new(crate::support::engines::Engine::Postgres).await;
    let workspace = db.store.ensure_default_workspace(db.clock.now()).await.unwrap();
    let stop = CancellationToken::new();
    for _ in 0..2 {
        tokio::spawn(sequencer(&db).run(stop.clone()));
    }
    // The fence changes hands all the time.
    let (clock, ended) = (db.clock.clone(), stop.clone());
    tokio::spawn(async move {
        while !ended.is_cancelled() {
            clock.advance(Duration::from_secs(11));
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
    });
    tell_many(&db, 300).await;
    until("all are numbered", || async { db.store.event_head(&workspace).await.unwrap() == 300 }).await;
    stop.cancel();
    let events = db.store.events_after(&workspace, 0, None, 1000).await.unwrap();
    assert_eq!(
        events.iter().map(|(position, _)| *position).collect::<Vec<_>>(),
        (1..=300).collect::<Vec<_>>()
    );
}
