//! Who is next: somebody whose pause is over, else somebody new.

use std::collections::BTreeSet;

use super::customer::{Customer, Move};
use super::times::{moment, moments, storm};
use super::{Load, Planned, Step};
use crate::sandbox::scenario::{EVERYDAY, Scenario};
use crate::sandbox::seed::Seed;

pub(super) struct Agenda<'a> {
    scenario: &'a Scenario,
    load: Load,
    customers: Vec<Customer>,
    /// When who goes on.
    waiting: BTreeSet<(u64, usize)>,
    /// In the order of planning; its place is its number for now.
    drafts: Vec<(u64, Planned)>,
}

impl<'a> Agenda<'a> {
    pub(super) fn new(scenario: &'a Scenario, load: Load) -> Self {
        let (customers, waiting, drafts) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { scenario, load, customers, waiting, drafts }
    }

    pub(super) fn steps(mut self) -> Vec<Step> {
        for death in &self.scenario.deaths {
            self.drafts.push((moment(self.load, death.at), Planned::Kill { side: death.side }));
        }
        for at in moments(self.scenario, self.load) {
            let next = self.waiting.first().copied().filter(|(ready, _)| *ready <= at);
            let who = match next {
                Some(first) => {
                    self.waiting.remove(&first);
                    first.1
                }
                None => self.meet(at),
            };
            self.play(who, at);
        }
        numbered(self.drafts)
    }

    /// Somebody new.
    fn meet(&mut self, at: u64) -> usize {
        let number = self.customers.len();
        let topic = storm(self.scenario, self.load, at).map_or(EVERYDAY, |storm| &storm.topic);
        let seed = Seed::of(self.load.seed, "customer", number as u64);
        self.customers.push(Customer::new(self.scenario, (number as u64, seed), topic));
        number
    }

    fn play(&mut self, who: usize, at: u64) {
        let number = self.drafts.len() as u64;
        let Some(next) = self.customers[who].act(number) else { return };
        let is_post = matches!(next, Planned::Post { answers: None, .. });
        let is_message = matches!(next, Planned::Message { .. });
        self.drafts.push((at, next));
        let mut ready = at + self.customers[who].pause();
        if is_post && let Some(invited) = self.invite(who, number, at) {
            ready = ready.max(invited + self.customers[who].pause());
        }
        if is_message {
            self.answer(who, number, at);
        }
        if self.customers[who].has_more() {
            self.waiting.insert((ready, who));
        }
    }

    /// Perhaps the desk invites; then what the customer does next comes of it.
    fn invite(&mut self, who: usize, complaint: u64, at: u64) -> Option<u64> {
        let desk = &self.scenario.desk;
        let customer = &mut self.customers[who];
        if !customer.hits(desk.invites) {
            return None;
        }
        let (to_phone, at) = (customer.hits(desk.to_phone), at + customer.within(desk.after_ms));
        customer.is_invited(to_phone);
        self.drafts.push((at, Planned::Invite { complaint, to_phone }));
        Some(at)
    }

    fn answer(&mut self, who: usize, message: u64, at: u64) {
        let desk = &self.scenario.desk;
        let customer = &mut self.customers[who];
        if customer.hits(desk.answers) {
            let (at, text) = (at + customer.within(desk.after_ms), customer.answer());
            self.drafts.push((at, Planned::Answer { message, text }));
        }
    }
}

/// In the order of time, with numbers to match.
fn numbered(drafts: Vec<(u64, Planned)>) -> Vec<Step> {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|&at| (drafts[at].0, at));
    let mut number = vec![0; drafts.len()];
    for (n, &at) in order.iter().enumerate() {
        number[at] = n as u64;
    }
    let new = |old: u64| usize::try_from(old).map_or(old, |at| number[at]);
    let mut steps: Vec<Step> = drafts
        .into_iter()
        .zip(&number)
        .map(|((at, act), &n)| Step { n, at, act: renamed(act, new) })
        .collect();
    steps.sort_by_key(|step| step.n);
    steps
}

/// What it refers to, by its final number.
fn renamed(act: Planned, new: impl Fn(u64) -> u64) -> Planned {
    match act {
        Planned::Post { who, text, answers } => Planned::Post { who, text, answers: answers.map(new) },
        Planned::Edit { who, text, post } => Planned::Edit { who, text, post: new(post) },
        Planned::Invite { complaint, to_phone } => Planned::Invite { complaint: new(complaint), to_phone },
        Planned::Answer { message, text } => Planned::Answer { message: new(message), text },
        other => other,
    }
}

impl Customer {
    /// Whether there is anything left to do.
    fn has_more(&self) -> bool {
        self.next().is_some()
    }

    fn next(&self) -> Option<&Move> {
        self.moves.front()
    }
}
