use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::id::CustomerId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn identity(at: u8) -> IdentityId {
    IdentityId::new(Timestamp::from_millis(i64::from(at)), &[at; 10])
}

fn customer(at: u8) -> CustomerId {
    CustomerId::new(Timestamp::from_millis(i64::from(at)), &[at; 10])
}

fn proof(one: u8, other: u8, method: LinkMethod, level: Level) -> LinkProof {
    let proof = Proof::new(method, level, vec!["msg_1".into()], Actor::Service, NOW);
    LinkProof::new([identity(one), identity(other)], proof)
}

fn link(one: u8, other: u8, level: Level) -> Link {
    let id = LinkId::new(NOW, &[one ^ other.rotate_left(4); 10]);
    let workspace = WorkspaceId::new(NOW, &[0; 10]);
    Link::new(id, workspace, &proof(one, other, LinkMethod::DmToken, level), Level::L2, NOW)
}

fn own(count: u8) -> BTreeMap<IdentityId, CustomerId> {
    (0..count).map(|at| (identity(at), customer(at))).collect()
}

#[test]
fn a_proof_never_shows_more_than_its_method_can() {
    assert_eq!(proof(1, 2, LinkMethod::Manual, Level::L3).proof.level(), Level::L1);
    assert_eq!(proof(1, 2, LinkMethod::DmToken, Level::L2).proof.level(), Level::L2);
    let stored = r#"{"method":"manual","level":"L3","evidence":[],"by":{"kind":"service"},"at":"2026-11-25T00:00:00Z"}"#;
    assert_eq!(serde_json::from_str::<Proof>(stored).unwrap().level(), Level::L1);
}

#[test]
fn a_weaker_proof_changes_nothing_and_a_stronger_one_raises_the_level() {
    let known = link(1, 2, Level::L2);
    let claimed = proof(1, 2, LinkMethod::Manual, Level::L1);
    assert_eq!(known.clone().prove(&claimed, Level::L2), Ok(known.clone()));
    let raised = known.prove(&proof(2, 1, LinkMethod::PrivateReply, Level::L3), Level::L2).unwrap();
    assert_eq!((raised.level(), raised.proofs.len()), (Level::L3, 2));
}

#[test]
fn a_suspended_link_comes_back_by_a_new_proof_and_an_ended_one_never() {
    let suspended = link(1, 2, Level::L2).suspend(SuspendReason::Disputed, Actor::Service, NOW).unwrap();
    assert!(!suspended.joins());
    assert_eq!(
        suspended.clone().suspend(SuspendReason::Disputed, Actor::Service, NOW),
        Err(LinkError::Suspended)
    );
    let weak = suspended.clone().prove(&proof(1, 2, LinkMethod::Manual, Level::L1), Level::L2).unwrap();
    assert!(!weak.joins());
    let proved = suspended.clone().prove(&proof(1, 2, LinkMethod::Code, Level::L2), Level::L2).unwrap();
    assert!(proved.joins() && suspended.resume().unwrap().joins());
    let ended = proved.end(EndReason::Withdrawn, Actor::Service, NOW).unwrap();
    assert_eq!(ended.valid_until, Some(NOW));
    assert_eq!(ended.clone().resume(), Err(LinkError::Ended));
    assert_eq!(
        ended.clone().prove(&proof(1, 2, LinkMethod::Code, Level::L2), Level::L2),
        Err(LinkError::Ended)
    );
    assert_eq!(ended.end(EndReason::Unlinked, Actor::Service, NOW), Err(LinkError::Ended));
}

#[test]
fn nothing_joins_through_a_claim() {
    let links = [link(0, 1, Level::L1), link(1, 2, Level::L2)];
    let assigned = assign(&own(3), &links);
    assert_eq!(assigned[&identity(0)], customer(0));
    assert_eq!(assigned[&identity(2)], customer(1));
    let strict = links.map(|link| {
        let proof = proof(0, 1, LinkMethod::DmToken, link.level());
        Link::new(link.id, link.workspace_id, &LinkProof { between: link.between, ..proof }, Level::L3, NOW)
    });
    assert_eq!(assign(&own(3), &strict), own(3));
}

#[test]
fn a_crowd_and_phones_of_two_countries_are_looked_at() {
    let ids: Vec<_> = (0..8).map(identity).collect();
    let members = |count: usize| -> Vec<Endpoint<'_>> {
        ids.iter().take(count).map(|id| Endpoint { id, phone: None }).collect()
    };
    assert_eq!(review(&members(6), &[], NOW), None);
    assert_eq!(review(&members(7), &[], NOW), Some(Review::ManyIdentities(7)));
    let phones = |second| {
        vec![
            Endpoint { id: &ids[0], phone: Some("+12025550143") },
            Endpoint { id: &ids[1], phone: None },
            Endpoint { id: &ids[2], phone: Some(second) },
        ]
    };
    let links = [link(0, 1, Level::L2), link(1, 2, Level::L2)];
    assert_eq!(review(&phones("+12025550144"), &links, NOW), None);
    assert_eq!(review(&phones("+447700900123"), &links, NOW), Some(Review::PhonesOfCountries));
    let later = NOW + std::time::Duration::from_secs(25 * 3600);
    assert_eq!(review(&phones("+447700900123"), &links, later), None);
}

/// Who is joined with whom, found the slow way: walk the links from each identity.
fn walk(start: &IdentityId, links: &[Link]) -> BTreeSet<IdentityId> {
    let mut reached: BTreeSet<IdentityId> = [start.clone()].into();
    loop {
        let joining = links.iter().filter(|link| link.joins());
        let ends: Vec<_> =
            joining.filter(|link| link.between.iter().any(|id| reached.contains(id))).collect();
        let before = reached.len();
        reached.extend(ends.into_iter().flat_map(|link| link.between.clone()));
        if reached.len() == before {
            return reached;
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Link(u8, u8, i64),
    End(usize),
    Suspend(usize),
    Resume(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..9_u8, 0..9_u8, 0..4_i64).prop_map(|(one, other, level)| Step::Link(one, other, level)),
        1 => any::<usize>().prop_map(Step::End),
        1 => any::<usize>().prop_map(Step::Suspend),
        1 => any::<usize>().prop_map(Step::Resume),
    ]
}

fn apply(links: &mut Vec<Link>, step: Step) {
    let at = |place: usize| (!links.is_empty()).then(|| place % links.len());
    let (place, changed) = match step {
        Step::Link(one, other, level) => {
            if one != other {
                links.push(link(one, other, Level::from_number(level).unwrap()));
            }
            return;
        }
        Step::End(place) => (
            at(place),
            at(place).and_then(|at| links[at].clone().end(EndReason::Unlinked, Actor::Service, NOW).ok()),
        ),
        Step::Suspend(place) => (
            at(place),
            at(place)
                .and_then(|at| links[at].clone().suspend(SuspendReason::Disputed, Actor::Service, NOW).ok()),
        ),
        Step::Resume(place) => (at(place), at(place).and_then(|at| links[at].clone().resume().ok())),
    };
    if let (Some(place), Some(changed)) = (place, changed) {
        links[place] = changed;
    }
}

proptest! {
    #[test]
    fn one_component_is_one_customer_and_it_is_its_oldest(steps in proptest::collection::vec(step(), 0..40)) {
        let own = own(9);
        let mut links = Vec::new();
        for step in steps {
            apply(&mut links, step);
            let assigned = assign(&own, &links);
            for id in own.keys() {
                let component = walk(id, &links);
                let oldest = component.iter().map(|member| &own[member]).min().unwrap();
                prop_assert_eq!(&assigned[id], oldest);
            }
        }
    }

    #[test]
    fn ending_every_link_gives_each_its_own_back(steps in proptest::collection::vec(step(), 0..40)) {
        let mut links = Vec::new();
        for step in steps {
            apply(&mut links, step);
        }
        let over = |link: Link| link.clone().end(EndReason::Unlinked, Actor::Service, NOW).unwrap_or(link);
        let ended: Vec<Link> = links.into_iter().map(over).collect();
        prop_assert_eq!(assign(&own(9), &ended), own(9));
    }
}
