//! Jobs whose turn has come, and how many may be on the wire: fair between destinations, with room of its own for
//! fresh work.

use std::collections::{HashMap, VecDeque};

use super::job::Job;
use crate::domain::delivery::DeliveryKind;

/// How many may be on the wire: in all, and to one destination.
#[derive(Clone, Copy)]
struct Limits {
    all: usize,
    each: usize,
}

const FRESH_WEBHOOKS: Limits = Limits { all: 256, each: 32 };
const FRESH_SENDS: Limits = Limits { all: 64, each: 16 };
const CLAIMED_WEBHOOKS: Limits = Limits { all: 128, each: 16 };
const CLAIMED_SENDS: Limits = Limits { all: 32, each: 8 };

/// Jobs that could go out now.
pub(super) struct Ready([Class; 4]);

/// Jobs of one kind and origin.
struct Class {
    limits: Limits,
    out: usize,
    destinations: HashMap<String, Destination>,
    /// Destinations that have a job and may have one more out, next first.
    turns: VecDeque<String>,
}

#[derive(Default)]
struct Destination {
    jobs: VecDeque<Job>,
    out: usize,
    is_listed: bool,
}

impl Default for Ready {
    fn default() -> Self {
        Self([FRESH_WEBHOOKS, FRESH_SENDS, CLAIMED_WEBHOOKS, CLAIMED_SENDS].map(Class::new))
    }
}

impl Ready {
    fn class(&mut self, job: &Job) -> &mut Class {
        &mut self.0[match (job.is_fresh, job.kind()) {
            (true, DeliveryKind::Webhook) => 0,
            (true, DeliveryKind::Provider) => 1,
            (false, DeliveryKind::Webhook) => 2,
            (false, DeliveryKind::Provider) => 3,
        }]
    }

    /// This one could go out.
    pub(super) fn push(&mut self, job: Job) {
        self.class(&job).push(job);
    }

    /// The next that may go out now.
    pub(super) fn pop(&mut self) -> Option<Job> {
        self.0.iter_mut().find_map(Class::pop)
    }

    /// One that went out came back.
    pub(super) fn back(&mut self, job: &Job) {
        self.class(job).back(&job.destination);
    }

    /// Takes back all that has not gone out to a destination.
    pub(super) fn drain(&mut self, destination: &str) -> Vec<Job> {
        self.0.iter_mut().flat_map(|class| class.drain(destination)).collect()
    }
}

impl Class {
    fn new(limits: Limits) -> Self {
        Self { limits, out: 0, destinations: HashMap::new(), turns: VecDeque::new() }
    }

    fn push(&mut self, job: Job) {
        let name = job.destination.clone();
        self.destinations.entry(name.clone()).or_default().jobs.push_back(job);
        self.list(&name);
    }

    fn list(&mut self, name: &str) {
        let Some(destination) = self.destinations.get_mut(name) else { return };
        let may = !destination.jobs.is_empty() && destination.out < self.limits.each;
        if may && !destination.is_listed {
            destination.is_listed = true;
            self.turns.push_back(name.to_owned());
        }
    }

    fn pop(&mut self) -> Option<Job> {
        if self.out >= self.limits.all {
            return None;
        }
        let name = self.turns.pop_front()?;
        let destination = self.destinations.get_mut(&name)?;
        destination.is_listed = false;
        let job = destination.jobs.pop_front()?;
        destination.out += 1;
        self.out += 1;
        self.list(&name);
        Some(job)
    }

    fn back(&mut self, name: &str) {
        let Some(destination) = self.destinations.get_mut(name) else { return };
        destination.out -= 1;
        self.out -= 1;
        if destination.out == 0 && destination.jobs.is_empty() && !destination.is_listed {
            self.destinations.remove(name);
        } else {
            self.list(name);
        }
    }

    fn drain(&mut self, name: &str) -> Vec<Job> {
        let Some(destination) = self.destinations.get_mut(name) else { return Vec::new() };
        let jobs = std::mem::take(&mut destination.jobs);
        destination.is_listed = false;
        self.turns.retain(|turn| turn != name);
        if destination.out == 0 {
            self.destinations.remove(name);
        }
        jobs.into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::Freight;
    use super::*;
    use crate::domain::id::DeliveryId;
    use crate::domain::time::Timestamp;

    fn job(destination: &str, is_fresh: bool) -> Job {
        let now = Timestamp::from_millis(0);
        Job {
            id: DeliveryId::new(now, &[1; 10]),
            attempt: 1,
            tries: 0,
            lane: None,
            destination: destination.to_owned(),
            valid_until: None,
            lease_until: now,
            freight: Freight::Provider,
            is_fresh,
            span: tracing::Span::none(),
        }
    }

    #[test]
    fn destinations_take_turns() {
        let mut ready = Ready::default();
        for destination in ["a", "a", "a", "b"] {
            ready.push(job(destination, true));
        }
        let order: Vec<String> = std::iter::from_fn(|| ready.pop()).map(|job| job.destination).collect();
        assert_eq!(order, ["a", "b", "a", "a"]);
    }

    #[test]
    fn one_destination_does_not_take_every_place() {
        let mut ready = Ready::default();
        for _ in 0..=FRESH_SENDS.each {
            ready.push(job("a", true));
        }
        let out: Vec<Job> = std::iter::from_fn(|| ready.pop()).collect();
        assert_eq!(out.len(), FRESH_SENDS.each);
        ready.push(job("b", true));
        assert_eq!(ready.pop().map(|job| job.destination), Some("b".into()));
        ready.back(&out[0]);
        assert_eq!(ready.pop().map(|job| job.destination), Some("a".into()));
    }

    #[test]
    fn claimed_work_does_not_take_the_place_of_fresh_work() {
        let mut ready = Ready::default();
        for number in 0..100 {
            ready.push(job(&number.to_string(), false));
        }
        assert_eq!(std::iter::from_fn(|| ready.pop()).count(), CLAIMED_SENDS.all);
        ready.push(job("a", true));
        assert!(ready.pop().is_some());
    }

    #[test]
    fn what_has_not_gone_out_can_be_taken_back() {
        let mut ready = Ready::default();
        (0..3).for_each(|_| ready.push(job("a", true)));
        let out = ready.pop().unwrap();
        assert_eq!(ready.drain("a").len(), 2);
        ready.back(&out);
        assert!(ready.pop().is_none());
    }
}
