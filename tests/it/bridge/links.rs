//! Links and the customers that follow from them, on both engines.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use segue::bridge::command::EndLink;
use segue::domain::event::EventType;
use segue::domain::id::{IdentityId, LinkId};
use segue::domain::link::{Actor, Level, LinkMethod, LinkProof, Proof};
use segue::domain::time::Timestamp;
use serde_json::Value;

use super::desk::Desk;
use super::facts::said;
use crate::support::engines::both_engines;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Customers who each wrote once.
async fn people(desk: &Desk, count: usize) -> Vec<IdentityId> {
    let told = (0..count).map(|at| said(&format!("m{at}"), &format!("+1202555{at:04}"), "Hello")).collect();
    desk.accept(told, segue::domain::inbound::Trust::Signed).await;
    desk.settle().await;
    let opened = desk.told().into_iter().filter(|event| event.kind == EventType::ConversationOpened);
    opened.map(|event| IdentityId::parse(event.data["identity"]["id"].as_str().unwrap()).unwrap()).collect()
}

fn proof(one: &IdentityId, other: &IdentityId, level: Level) -> LinkProof {
    let proof = Proof::new(LinkMethod::DmToken, level, vec!["msg_1".into()], Actor::Service, NOW);
    LinkProof::new([one.clone(), other.clone()], proof)
}

async fn link(desk: &Desk, one: &IdentityId, other: &IdentityId, level: Level) -> LinkId {
    let made = desk.bridge.link(&desk.caller(), proof(one, other, level)).await.unwrap();
    LinkId::parse(made.body["id"].as_str().unwrap()).unwrap()
}

async fn unlink(desk: &Desk, id: &LinkId) -> Value {
    let input: EndLink = serde_json::from_value(serde_json::json!({"reason": "wrong"})).unwrap();
    desk.bridge.end_link(&desk.caller(), id, input).await.unwrap().body
}

/// The customer of every identity, as stored.
async fn customers(desk: &Desk) -> BTreeMap<String, String> {
    let rows = desk.rows("SELECT id || ' ' || customer_id FROM identity").await;
    rows.iter()
        .map(|row| row.split_once(' ').unwrap())
        .map(|(id, customer)| (id.into(), customer.into()))
        .collect()
}

/// What each identity began as.
async fn began(desk: &Desk) -> BTreeMap<String, String> {
    let rows = desk.rows("SELECT id || ' ' || own_customer_id FROM identity").await;
    rows.iter()
        .map(|row| row.split_once(' ').unwrap())
        .map(|(id, customer)| (id.into(), customer.into()))
        .collect()
}

/// Who is joined by live links, found from the rows alone; each group with the oldest customer of its members.
async fn expected(desk: &Desk) -> BTreeMap<String, String> {
    let mut groups = began(desk).await;
    let live =
        desk.rows("SELECT one_id || ' ' || other_id FROM link WHERE state = 'live' AND level >= 2").await;
    for _ in 0..groups.len() {
        for row in &live {
            let (one, other) = row.split_once(' ').unwrap();
            let oldest = groups[one].clone().min(groups[other].clone());
            groups.insert(one.into(), oldest.clone());
            groups.insert(other.into(), oldest);
        }
    }
    groups
}

/// One component is one customer, and every other customer resolves to it.
async fn assert_whole(desk: &Desk) {
    let stored = customers(desk).await;
    assert_eq!(stored, expected(desk).await);
    let resolved = desk.rows("SELECT id || ' ' || COALESCE(resolves_to, id) FROM customer").await;
    let resolved: BTreeMap<&str, &str> = resolved.iter().map(|row| row.split_once(' ').unwrap()).collect();
    for (id, own) in began(desk).await {
        assert_eq!(resolved[own.as_str()], stored[&id], "{own} stands for {id}");
    }
}

both_engines! {
    async fn a_link_makes_one_customer_and_its_end_gives_each_its_own_back(db: TestStore) {
        let desk = Desk::new(db).await;
        let ids = people(&desk, 3).await;
        let before = customers(&desk).await;
        link(&desk, &ids[2], &ids[1], Level::L2).await;
        let id = link(&desk, &ids[1], &ids[0], Level::L2).await;
        let told = desk.last(EventType::IdentityLinked);
        assert_eq!(told.data["customers"].as_array().unwrap().len(), 1);
        assert_eq!(told.data["customers"][0]["identity_ids"].as_array().unwrap().len(), 3);
        let oldest = before.values().min().unwrap();
        assert_eq!(told.data["customers"][0]["id"], oldest.as_str());
        assert_eq!((told.data["level"].as_str(), told.subject_seq), (Some("L2"), 1));
        assert_whole(&desk).await;
        let ended = unlink(&desk, &id).await;
        assert_eq!((ended["state"].as_str(), ended["ended"]["note"].as_str()), (Some("ended"), Some("wrong")));
        let told = desk.last(EventType::IdentityUnlinked);
        assert_eq!((told.subject_seq, told.data["customers"].as_array().unwrap().len()), (2, 2));
        assert_whole(&desk).await;
        assert_eq!(customers(&desk).await[ids[0].as_str()], before[ids[0].as_str()]);
    }

    async fn the_same_pair_is_one_link_that_only_grows_stronger(db: TestStore) {
        let desk = Desk::new(db).await;
        let ids = people(&desk, 2).await;
        let first = link(&desk, &ids[0], &ids[1], Level::L1).await;
        assert_eq!(began(&desk).await, customers(&desk).await);
        assert_eq!(link(&desk, &ids[1], &ids[0], Level::L2).await, first);
        assert_eq!(link(&desk, &ids[0], &ids[1], Level::L1).await, first);
        assert_eq!(desk.count(EventType::IdentityLinked), 2);
        assert_eq!(desk.last(EventType::IdentityLinked).data["level"], "L2");
        assert_whole(&desk).await;
        unlink(&desk, &first).await;
        assert_ne!(link(&desk, &ids[0], &ids[1], Level::L2).await, first);
        assert_whole(&desk).await;
    }

    async fn a_crowd_is_brought_to_a_person(db: TestStore) {
        let desk = Desk::new(db).await;
        let ids = people(&desk, 7).await;
        for other in &ids[1..6] {
            link(&desk, &ids[0], other, Level::L2).await;
        }
        assert_eq!(desk.count(EventType::TaskOpened), 0);
        let id = link(&desk, &ids[0], &ids[6], Level::L2).await;
        let task = desk.last(EventType::TaskOpened);
        assert_eq!((task.data["kind"].as_str(), task.data["subject"].as_str()), (Some("link_review"), Some(id.as_str())));
    }

    async fn those_who_link_and_unlink_at_once_leave_every_customer_whole(db: TestStore) {
        let desk = Desk::new(db).await;
        let ids = people(&desk, 6).await;
        let mut runner = TestRunner::deterministic();
        for _ in 0..6 {
            let steps = proptest::collection::vec((0..6_usize, 0..6_usize, any::<bool>()), 4..9);
            let steps = steps.new_tree(&mut runner).unwrap().current();
            let open = desk.rows("SELECT id FROM link WHERE state <> 'ended'").await;
            let work = steps.into_iter().map(|(one, other, ends)| {
                let (desk, ids, open) = (&desk, &ids, &open);
                async move {
                    if ends && !open.is_empty() {
                        let id = LinkId::parse(&open[(one * 6 + other) % open.len()]).unwrap();
                        let input: EndLink = serde_json::from_value(serde_json::json!({"reason": "wrong"})).unwrap();
                        let _ended_by_another = desk.bridge.end_link(&desk.caller(), &id, input).await;
                    } else if one != other {
                        let _too_busy = desk.bridge.link(&desk.caller(), proof(&ids[one], &ids[other], Level::L2)).await;
                    }
                }
            });
            futures_util::future::join_all(work).await;
            assert_whole(&desk).await;
        }
        let made = desk.rows("SELECT id FROM link").await;
        assert!(made.len() > 5, "the test linked somebody: {}", made.len());
    }
}

both_engines! {
    async fn whoever_writes_while_being_erased_is_erased_with_it_or_new_and_never_lost(db: TestStore) {
        let desk = Desk::new(db).await;
        for round in 0..8 {
            let number = format!("+120255502{round:02}");
            desk.hear(said(&format!("first{round}"), &number, "Hello")).await;
            let owner = desk.told().into_iter().rfind(|event| event.kind == EventType::ConversationOpened).unwrap();
            let owner = IdentityId::parse(owner.data["identity"]["id"].as_str().unwrap()).unwrap();
            let caller = desk.caller();
            let erase = desk.bridge.erase_identity(&caller, &owner);
            let second = said(&format!("second{round}"), &number, "Are you there?");
            let write = desk.accept(vec![second], segue::domain::inbound::Trust::Signed);
            let (erased, _) = futures_util::future::join(erase, write).await;
            erased.unwrap();
            desk.settle().await;
        }
        let orphans = "SELECT b.id FROM body b LEFT JOIN identity_key k ON k.identity_id = b.identity_id WHERE k.identity_id IS NULL";
        assert_eq!(desk.rows(orphans).await, Vec::<String>::new(), "nothing is stored under a key that is gone");
        let lost = "SELECT m.id FROM message m JOIN identity i ON i.id = m.identity_id LEFT JOIN body b ON b.id = m.body_id
            WHERE b.id IS NULL AND i.erased_at IS NULL";
        assert_eq!(desk.rows(lost).await, Vec::<String>::new());
        assert_eq!(desk.rows("SELECT id FROM identity WHERE erased_at IS NOT NULL").await.len(), 8);
        assert_eq!(desk.rows("SELECT state FROM inbound_event WHERE state <> 'done'").await.len(), 0);
    }

    async fn a_link_ends_when_its_time_is_over(db: TestStore) {
        let clock = db.clock.clone();
        let desk = Desk::new(db).await;
        let ids = people(&desk, 2).await;
        link(&desk, &ids[0], &ids[1], Level::L2).await;
        assert_eq!(desk.bridge.expire_links().await.unwrap(), 0);
        clock.advance(std::time::Duration::from_secs(367 * 86_400));
        assert_eq!(desk.bridge.expire_links().await.unwrap(), 1);
        assert_eq!(desk.last(EventType::IdentityUnlinked).data["ended"]["why"], "expired");
        assert_whole(&desk).await;
    }

    async fn a_new_name_is_told_and_the_first_is_not(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(crate::bridge::facts::posted("p1", "t1", "ana", "Charged twice")).await;
        assert_eq!(desk.count(EventType::IdentityRenamed), 0);
        let mut renamed = crate::bridge::facts::posted("p2", "t1", "ana", "Hello?");
        if let segue::domain::inbound::Fact::PostCreated(post) = &mut renamed.fact {
            post.author.profile.handle = Some("ana.b".into());
        }
        desk.hear(renamed).await;
        let told = desk.last(EventType::IdentityRenamed);
        assert_eq!((told.data["handle"].as_str(), told.subject_seq), (Some("ana.b"), 1));
    }
}
