use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn plan(name: &str, load: Load) -> Plan {
    Plan::of(name, &Scenario::load(name).unwrap(), load)
}

const LOAD: Load = Load { seed: 42, rate: 500, millis: 20_000 };

#[test]
fn one_seed_has_one_plan_on_every_machine() {
    let hash = plan("faults", LOAD).hash();
    assert_eq!(hash, plan("faults", LOAD).hash());
    assert_eq!(hash, "8f54fa1ee982c18b0dca4bbe7b417a5c382db31937ed08879f69e9b45b45bb5c");
}

#[test]
fn another_seed_rate_time_or_scenario_is_another_plan() {
    let loads =
        [LOAD, Load { seed: 43, ..LOAD }, Load { rate: 499, ..LOAD }, Load { millis: 19_999, ..LOAD }];
    let mut hashes: BTreeSet<String> = loads.into_iter().map(|load| plan("faults", load).hash()).collect();
    hashes.insert(plan("storm", LOAD).hash());
    assert_eq!(hashes.len(), 5);
}

#[test]
fn callbacks_are_as_many_as_asked_for_and_in_order() {
    for name in Scenario::names() {
        let plan = plan(name, LOAD);
        assert_eq!(plan.callbacks(), 10_000, "{name}");
        assert!(plan.steps.iter().enumerate().all(|(at, step)| step.n == at as u64));
        assert!(plan.steps.windows(2).all(|pair| pair[0].at <= pair[1].at));
        assert!(plan.steps.iter().filter(|step| step.act.who().is_some()).all(|step| step.at < LOAD.millis));
    }
}

#[test]
fn a_storm_is_as_much_heavier_as_it_says() {
    let plan = plan("storm", LOAD);
    let callbacks = plan.steps.iter().filter(|step| step.act.who().is_some());
    let (stormy, calm): (Vec<_>, Vec<_>) = callbacks.partition(|step| (8_000..13_000).contains(&step.at));
    // 6 times as often in 5 seconds, against 15 seconds: 30 to 15.
    assert!((1.95..2.05).contains(&(stormy.len() as f64 / calm.len() as f64)), "{}", stormy.len());
}

#[test]
fn shares_are_those_of_the_scenario() {
    let plan = plan("faults", LOAD);
    let mut of: BTreeMap<(&str, String), BTreeSet<u64>> = BTreeMap::new();
    for who in plan.steps.iter().filter_map(|step| step.act.who()) {
        let channel =
            if who.address.from.starts_with("whatsapp:") { "whatsapp" } else { &who.address.provider };
        for (kind, one) in [("channel", channel), ("language", &who.language), ("temper", &who.temper)] {
            of.entry((kind, one.to_owned())).or_default().insert(who.customer);
        }
    }
    let all = plan.steps.iter().filter_map(|step| step.act.who()).map(|who| who.customer).max().unwrap() + 1;
    let percent = |kind, one: &str| of[&(kind, one.to_owned())].len() as u64 * 100 / all;
    let near = |kind, one, wanted: u64| {
        let is = percent(kind, one);
        assert!(is.abs_diff(wanted) <= 3, "{one}: {is} and not {wanted}");
    };
    near("channel", "x", 30);
    near("channel", "facebook", 25);
    near("channel", "whatsapp", 15);
    near("language", "en", 40);
    near("language", "de", 12);
    near("temper", "furious", 20);
    let invites = plan.steps.iter().filter(|step| matches!(step.act, Planned::Invite { .. })).count();
    let posts = |step: &&Step| matches!(step.act, Planned::Post { answers: None, .. });
    let complaints = plan.steps.iter().filter(posts).count();
    assert!((2..=6).contains(&(invites * 100 / complaints)), "{invites} of {complaints}");
}

#[test]
fn what_an_act_refers_to_happened_before() {
    let plan = plan("faults", LOAD);
    let is_post =
        |n: u64, by: &Who| matches!(&plan.steps[n as usize].act, Planned::Post { who, .. } if who == by);
    for step in &plan.steps {
        match &step.act {
            Planned::Post { who, answers: Some(n), .. } | Planned::Edit { who, post: n, .. } => {
                assert!(*n < step.n && is_post(*n, who), "{step:?}");
            }
            Planned::Invite { complaint: n, .. } => {
                assert!(
                    *n < step.n && matches!(plan.steps[*n as usize].act, Planned::Post { .. }),
                    "{step:?}"
                );
            }
            Planned::Answer { message: n, .. } => {
                assert!(
                    *n < step.n && matches!(plan.steps[*n as usize].act, Planned::Message { .. }),
                    "{step:?}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn a_customer_says_a_word_once_and_is_one_person_everywhere() {
    let plan = plan("faults", LOAD);
    let (mut words, mut people) = (BTreeSet::new(), BTreeMap::new());
    for step in &plan.steps {
        if let Planned::Word { who, text, .. } = &step.act {
            assert!(words.insert((who.address.clone(), text)), "{step:?}");
        }
        if let Some(who) = step.act.who() {
            let first = people.entry(who.address.clone()).or_insert(who.customer);
            assert_eq!(*first, who.customer, "{step:?}");
        }
    }
}

#[test]
fn a_written_plan_can_be_read_again() {
    let plan = plan("calm", Load { seed: 1, rate: 2, millis: 60_000 });
    let mut text = Vec::new();
    plan.write(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut lines = text.lines();
    let head: Head = serde_json::from_str(lines.next().unwrap()).unwrap();
    let steps: Vec<Step> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Plan { head, steps }, plan);
    assert_eq!(hex::encode(Sha256::digest(&text)), plan.hash());
}

#[test]
fn the_service_dies_where_the_scenario_says() {
    let plan = plan("faults", LOAD);
    let deaths = plan.steps.iter().filter_map(|step| match step.act {
        Planned::Kill { side } => Some((step.at, side)),
        _ => None,
    });
    assert_eq!(deaths.collect::<Vec<_>>(), [(7_000, Side::Gateway), (13_000, Side::Worker)]);
}
