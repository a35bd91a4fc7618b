//! Fabricated records: each kind of fault is found, and what is allowed is not.

use std::time::Duration;

use super::*;
use crate::sandbox::plan::Load;
use crate::sandbox::scenario::Scenario;
use crate::simulate::records::Says;

/// A plan, and records of a service that did everything right.
struct World {
    plan: Plan,
    fates: Vec<Fate>,
    told: Vec<Told>,
}

impl World {
    fn new() -> Self {
        Self::lasting(10_000)
    }

    fn lasting(millis: u64) -> Self {
        let load = Load { seed: 5, rate: 100, millis };
        let plan = Plan::of("faults", &Scenario::load("faults").unwrap(), load);
        let mut world = Self { fates: vec![Fate::default(); plan.steps.len()], told: Vec::new(), plan };
        for n in 0..world.plan.steps.len() {
            world.play(n);
        }
        world
    }

    fn play(&mut self, n: usize) {
        let step = self.plan.steps[n].clone();
        let Some(who) = step.act.who() else { return };
        let at = Duration::from_millis(10 * step.n);
        let acknowledged = Some(at + Duration::from_millis(5));
        self.fates[n] = Fate { begun: Some(at), acknowledged, place: (step.n, 0) };
        let thread = format!("cmp_{}", who.customer);
        let talk = format!("conv_{}", who.address.from);
        let (kind, subject, says) = match &step.act {
            Planned::Message { .. } => {
                ("message.received", talk, Says::Received { mark: Some(step.n), word: String::new() })
            }
            Planned::Word { text, .. } => {
                ("message.received", talk, Says::Received { mark: None, word: text.clone() })
            }
            Planned::Edit { post, .. } => {
                let now = self.thread(&thread).into_iter().map(|mark| match mark {
                    Some(old) if old == *post || self.edits(old, *post) => Some(step.n),
                    other => other,
                });
                ("complaint.updated", thread.clone(), Says::Thread(now.collect()))
            }
            _ => {
                let mut marks = self.thread(&thread);
                let kind = if marks.is_empty() { "complaint.created" } else { "complaint.updated" };
                marks.push(Some(step.n));
                (kind, thread.clone(), Says::Thread(marks))
            }
        };
        self.tell(kind, &subject, says, at + Duration::from_millis(7));
    }

    fn edits(&self, n: u64, post: u64) -> bool {
        matches!(self.plan.steps[n as usize].act, Planned::Edit { post: of, .. } if of == post)
    }

    fn thread(&self, subject: &str) -> Vec<Option<u64>> {
        let last = self.told.iter().rfind(|told| told.subject == subject);
        last.map_or_else(Vec::new, |told| match &told.says {
            Says::Thread(marks) => marks.clone(),
            _ => Vec::new(),
        })
    }

    fn tell(&mut self, kind: &str, subject: &str, says: Says, at: Duration) {
        let seq = self.told.iter().filter(|told| told.subject == subject).count() as i64 + 1;
        let (id, kind, subject) = (format!("evt_{}", self.told.len()), kind.to_owned(), subject.to_owned());
        self.told.push(Told { id, kind, subject, seq, at, says });
    }

    fn check(&self) -> Findings {
        self.check_with(&self.told, &[])
    }

    fn check_with(&self, listed: &[Told], arrived: &[&str]) -> Findings {
        let arrived: Vec<String> = arrived.iter().map(|&text| text.to_owned()).collect();
        let Self { plan, fates, told } = self;
        check(&Evidence { plan, fates, told, listed, arrived: &arrived })
    }

    /// The place of the first event that fits.
    fn find(&self, fits: impl Fn(&Told) -> bool) -> usize {
        self.told.iter().position(fits).unwrap()
    }

    /// The places of two marked messages in a row of one conversation.
    fn pair(&self) -> (usize, usize) {
        let is_marked = |told: &Told| matches!(told.says, Says::Received { mark: Some(_), .. });
        let next = |at: usize| {
            let rest = self.told.iter().enumerate().skip(at + 1);
            rest.into_iter().find(|(_, told)| told.subject == self.told[at].subject)
        };
        let pairs = (0..self.told.len()).filter(|&at| is_marked(&self.told[at]));
        pairs
            .filter_map(|at| next(at).filter(|(_, told)| is_marked(told)).map(|(to, _)| (at, to)))
            .next()
            .unwrap()
    }
}

fn is_message(told: &Told) -> bool {
    matches!(told.says, Says::Received { mark: Some(_), .. })
}

fn says(text: &'static str) -> impl Fn(&Told) -> bool {
    move |told| matches!(&told.says, Says::Received { mark: None, word } if word.starts_with(text))
}

#[test]
fn a_service_that_does_everything_right_is_clean() {
    let world = World::new();
    let findings = world.check_with(&world.told, &["answer 1", "answer 2"]);
    assert!(findings.is_clean(), "{findings:?}");
    assert_eq!((findings.events, findings.redelivered), ((1_000, 1_000), 0));
    assert_eq!(findings.listed.0 + findings.listed.1 + world.edited(), 1_000);
}

impl World {
    fn edited(&self) -> usize {
        self.plan.steps.iter().filter(|step| matches!(step.act, Planned::Edit { .. })).count()
    }
}

#[test]
fn a_lost_message_is_found_at_the_webhook_and_in_the_list() {
    let mut world = World::new();
    let whole = world.told.clone();
    let at = world.find(is_message);
    let mark = world.told[at].marks()[0];
    world.told.remove(at);
    let findings = world.check_with(&whole, &[]);
    assert_eq!((findings.lost_at_webhook.as_slice(), findings.lost_in_list.len()), (&[mark][..], 0));
    let shortened = std::mem::replace(&mut world.told, whole);
    let findings = world.check_with(&shortened, &[]);
    assert_eq!((findings.lost_at_webhook.len(), findings.lost_in_list), (0, vec![mark]));
}

#[test]
fn what_was_never_acknowledged_is_not_owed() {
    let mut world = World::new();
    let at = world.find(is_message);
    let mark = world.told.remove(at).marks()[0];
    world.fates[mark as usize].acknowledged = None;
    assert!(world.check().is_clean());
}

#[test]
fn a_lost_post_and_a_lost_word_are_found() {
    let mut world = World::new();
    // A thread that has one post alone.
    let alone = |told: &&Told| world.told.iter().filter(|one| one.subject == told.subject).count() == 1;
    let is_post = |told: &&Told| told.kind == "complaint.created";
    let id = world.told.iter().find(|told| is_post(told) && alone(told)).unwrap().id.clone();
    let at = world.find(|told| told.id == id);
    let mark = world.told.remove(at).marks()[0];
    let at = world.find(says("STOP"));
    world.told.remove(at);
    let findings = world.check();
    assert_eq!(findings.lost_at_webhook.len(), 2, "{findings:?}");
    assert!(findings.lost_at_webhook.contains(&mark));
}

#[test]
fn a_word_is_missed_even_where_nothing_else_tells_of_its_conversation() {
    let mut world = World::new();
    let is_alone =
        |at: usize| world.told.iter().filter(|one| one.subject == world.told[at].subject).count() == 1;
    let joins: Vec<usize> = (0..world.told.len()).filter(|&at| says("JOIN")(&world.told[at])).collect();
    let alone = joins.iter().copied().find(|&at| is_alone(at));
    let at = alone.unwrap_or_else(|| {
        // Make it alone.
        let subject = world.told[joins[0]].subject.clone();
        let kept = world.told[joins[0]].id.clone();
        let gone: Vec<u64> =
            world.told.iter().filter(|one| one.subject == subject).flat_map(Told::marks).collect();
        world.told.retain(|one| one.subject != subject || one.id == kept);
        gone.iter().for_each(|n| world.fates[*n as usize].acknowledged = None);
        world.find(|one| one.id == kept)
    });
    assert!(world.check().is_clean(), "{:?}", world.check());
    world.told.remove(at);
    assert_eq!(world.check().lost_at_webhook.len(), 1);
}

#[test]
fn an_act_told_under_two_ids_is_doubled_and_a_repeated_id_is_not() {
    let mut world = World::new();
    let again = world.told[world.find(is_message)].clone();
    world.told.push(again.clone());
    let findings = world.check();
    assert!(
        findings.doubled.iter().any(|line| line.starts_with("list: ") || line.contains("twice in the list"))
    );
    let whole = World::new().told;
    let findings = world.check_with(&whole, &[]);
    assert!(findings.is_clean() && findings.redelivered == 1, "{findings:?}");
    let last = world.told.len() - 1;
    world.told[last] = Told { id: "evt_other".into(), seq: 999, ..again };
    let findings = world.check_with(&whole, &[]);
    assert_eq!(findings.doubled.len(), 1, "{findings:?}");
    assert!(findings.doubled.first().unwrap().contains("evt_other"));
}

#[test]
fn one_id_with_two_contents_is_doubled() {
    let mut world = World::new();
    let whole = world.told.clone();
    let mut again = world.told[world.find(is_message)].clone();
    again.says = Says::Received { mark: None, word: "something else".into() };
    world.told.push(again);
    let findings = world.check_with(&whole, &[]);
    assert_eq!(findings.doubled.len(), 1, "{findings:?}");
}

#[test]
fn a_complaint_made_twice_and_a_post_that_stands_twice_are_doubled() {
    let mut world = World::new();
    let whole = world.told.clone();
    let first = world.told[world.find(|told| told.kind == "complaint.created")].clone();
    let (mark, at) = (first.marks()[0], first.at);
    world.tell("complaint.created", "cmp_other", Says::Thread(vec![Some(mark)]), at);
    assert_eq!(world.check_with(&whole, &[]).doubled.len(), 1);
    world.told = whole.clone();
    let mut marks = world.thread(&first.subject);
    marks.push(*marks.last().unwrap());
    world.tell("complaint.updated", &first.subject, Says::Thread(marks), at);
    assert_eq!(world.check_with(&whole, &[]).doubled.len(), 1);
}

#[test]
fn a_word_said_once_and_told_twice_is_doubled() {
    let mut world = World::new();
    let whole = world.told.clone();
    let said = world.told[world.find(says("STOP"))].clone();
    world.tell("message.received", &said.subject, said.says, said.at);
    assert_eq!(world.check_with(&whole, &[]).doubled.len(), 1);
}

#[test]
fn messages_told_against_their_acceptance_are_out_of_order() {
    let mut world = World::new();
    let whole = world.told.clone();
    let (one, next) = world.pair();
    // The numbers are right; what they stand for is not.
    let says = world.told[one].says.clone();
    world.told[one].says = std::mem::replace(&mut world.told[next].says, says);
    let findings = world.check_with(&whole, &[]);
    assert_eq!(findings.out_of_order.len(), 1, "{findings:?}");
    assert!(findings.out_of_order.first().unwrap().contains("accepted before it"));
    // Those under way at one time may come either way round.
    let (early, late) = (world.told[one].marks()[0] as usize, world.told[next].marks()[0] as usize);
    world.fates[late].acknowledged = world.fates[early].acknowledged.map(|at| at + Duration::from_secs(9));
    let findings = world.check_with(&whole, &[]);
    assert!(findings.out_of_order.is_empty(), "{findings:?}");
    // Not those in one callback.
    let begun = world.fates[late].begun;
    world.fates[early] = Fate { begun, place: (late as u64, 1), ..world.fates[late].clone() };
    assert_eq!(world.check_with(&whole, &[]).out_of_order.len(), 1);
}

#[test]
fn events_that_come_against_their_numbers_are_out_of_order() {
    let mut world = World::new();
    let whole = world.told.clone();
    let (one, next) = world.pair();
    world.told.swap(one, next);
    let findings = world.check_with(&whole, &[]);
    assert!(findings.out_of_order.iter().any(|line| line.contains("has number")), "{findings:?}");
}

#[test]
fn a_lost_edit_is_found_and_an_edit_needs_its_post() {
    let mut world = World::new();
    let edits = world.plan.steps.iter().filter_map(|step| match step.act {
        Planned::Edit { post, .. } => Some((step.clone(), post)),
        _ => None,
    });
    let edits: Vec<_> = edits.collect();
    let is_only = |post: u64| edits.iter().filter(|(_, other)| *other == post).count() == 1;
    let (step, post) = edits.iter().find(|(_, post)| is_only(*post)).unwrap().clone();
    let is_of = |told: &Told| told.marks().contains(&step.n);
    let only = world.told.iter().filter(|told| is_of(told)).map(|told| told.id.clone()).collect::<Vec<_>>();
    let subject = world.told.iter().find(|told| is_of(told)).unwrap().subject.clone();
    world.told.retain(|told| !only.contains(&told.id));
    assert!(world.check().lost_at_webhook.contains(&step.n));
    // Without its post nothing is owed.
    let of_thread: Vec<u64> =
        world.told.iter().filter(|told| told.subject == subject).flat_map(Told::marks).collect();
    world.told.retain(|told| told.subject != subject);
    let others = world.plan.steps.iter().filter(|other| other.n != step.n);
    let same =
        others.filter(|other| other.act.who().is_some_and(|who| format!("cmp_{}", who.customer) == subject));
    let same: Vec<u64> = same.map(|other| other.n).collect();
    for n in of_thread.into_iter().chain(same).chain([post]) {
        if !is_private(&world.plan.steps[n as usize].act) {
            world.fates[n as usize].acknowledged = None;
        }
    }
    let findings = world.check();
    assert_eq!((findings.lost_at_webhook.as_slice(), findings.orphans), (&[][..], 1), "{findings:?}");
}

fn is_private(act: &Planned) -> bool {
    matches!(act, Planned::Message { .. } | Planned::Word { .. })
}

#[test]
fn a_customer_who_gets_something_twice_is_told_of() {
    let world = World::new();
    let findings = world.check_with(&world.told, &["answer 1", "answer 2", "answer 1"]);
    assert_eq!(findings.sent_twice.into_iter().collect::<Vec<_>>(), ["answer 1"]);
}

#[test]
fn of_two_edits_the_one_that_stands_is_enough() {
    let mut world = World::lasting(40_000);
    let edit = |act: &Planned| match act {
        Planned::Edit { post, .. } => Some(*post),
        _ => None,
    };
    let posts: Vec<u64> = world.plan.steps.iter().filter_map(|step| edit(&step.act)).collect();
    let twice = *posts.iter().find(|post| posts.iter().filter(|other| other == post).count() == 2).unwrap();
    let both = world.plan.steps.iter().filter(|step| edit(&step.act) == Some(twice)).map(|step| step.n);
    let both: Vec<u64> = both.collect();
    let blank = |world: &mut World, n: u64| {
        for told in &mut world.told {
            if let Says::Thread(marks) = &mut told.says {
                marks.iter_mut().filter(|mark| **mark == Some(n)).for_each(|mark| *mark = None);
            }
        }
    };
    blank(&mut world, both[0]);
    assert!(world.check().is_clean(), "{:?}", world.check());
    blank(&mut world, both[1]);
    assert_eq!(world.check().lost_at_webhook, both);
}
