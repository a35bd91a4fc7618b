//! What came of a simulation, for people and for machines.

mod gather;
mod text;

use std::time::Duration;

use serde::Serialize;

use super::desk::Done;

/// Most single cases that are named.
const NAMED: usize = 20;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    scenario: String,
    seed: u64,
    rate: u64,
    /// From the first act to the last.
    seconds: f64,
    database: &'static str,
    plan_sha256: String,
    planned: Planned,
    callbacks: Callbacks,
    events: Events,
    desk: Done,
    lost: Lost,
    doubled: Cases,
    out_of_order: Cases,
    sent_twice: Cases,
    latency_ms: Latency,
    handoffs: Handoffs,
    invariants: Vec<Invariant>,
    drain: Drain,
    /// How long after its time the latest act was done.
    lag_ms: f64,
    /// Nothing is lost, doubled or out of order, and every invariant holds.
    passed: bool,
}

/// What was to happen.
#[derive(Clone, Debug, Serialize)]
struct Planned {
    callbacks: usize,
    invites: usize,
    answers: usize,
    deaths: usize,
}

/// What went to the service.
#[derive(Clone, Debug, Serialize)]
struct Callbacks {
    /// Acts that went out at all.
    acts: usize,
    /// Requests, with repetitions and with what the service's own sends caused.
    sent: u64,
    /// Of them, statuses and echoes.
    reports: u64,
    /// Acts that were acknowledged.
    acknowledged: usize,
    /// Requests answered with something other than success.
    refused: u64,
    /// Requests that nobody answered.
    unanswered: u64,
    /// Requests made because the one before was not taken.
    retried: u64,
    /// Acts that were never acknowledged: their provider gave up.
    given_up: usize,
    /// Acts that no provider lets a customer do.
    impossible: usize,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
struct Events {
    at_webhook: usize,
    /// Again under the same id: allowed.
    redelivered: usize,
    listed: usize,
    /// Requests at the desk's endpoint that no signature vouches for.
    unverified: usize,
}

/// What did not come out.
#[derive(Clone, Debug, Serialize)]
struct Lost {
    count: usize,
    at_webhook: usize,
    in_list: usize,
    acts: Vec<u64>,
    /// Edits of posts that never came: nothing was owed.
    edits_of_nothing: usize,
}

/// How many, and the first of them.
#[derive(Clone, Debug, Serialize)]
struct Cases {
    count: usize,
    first: Vec<String>,
}

/// How long it took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Latency {
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

/// How far the invited came, and how long what they agreed to took into the ledger.
#[derive(Clone, Copy, Debug, Serialize)]
struct Handoffs {
    invited: i64,
    active: i64,
    /// Held: something spoke against them.
    suspended: i64,
    /// Leaves of the ledger.
    sealed: usize,
    /// From when a consent's event was accepted to when it was sealed.
    sealing_ms: Latency,
}

/// Something that must hold in the end.
#[derive(Clone, Debug, Serialize)]
struct Invariant {
    name: &'static str,
    holds: bool,
    detail: String,
}

/// How it came to rest.
#[derive(Clone, Debug, Serialize)]
struct Drain {
    seconds: f64,
    left: Vec<String>,
    /// Sends whose end nobody saw: a person is asked about them.
    unknown_sends: i64,
}

impl Report {
    /// Whether nothing is lost, doubled or out of order, and every invariant holds.
    #[must_use]
    pub const fn has_passed(&self) -> bool {
        self.passed
    }
}

impl Cases {
    fn of(all: impl IntoIterator<Item = String>) -> Self {
        let all: Vec<String> = all.into_iter().collect();
        Self { count: all.len(), first: all.into_iter().take(NAMED).collect() }
    }
}

impl Latency {
    /// Of these, in any order.
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |percent: usize| {
            // The smallest that so many are not above.
            let rank = (all.len() * percent).div_ceil(100).max(1);
            all.get(rank - 1).copied().map_or(0.0, millis)
        };
        Self { p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let all = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(Latency::of(all), Latency { p50: 100.0, p95: 190.0, p99: 198.0, max: 200.0 });
        assert_eq!(Latency::of(vec![Duration::from_micros(1_500)]).p50, 1.5);
        assert_eq!(Latency::of(Vec::new()), Latency::default());
    }

    #[test]
    fn only_the_first_cases_are_named() {
        let cases = Cases::of((0..50).map(|n| n.to_string()));
        assert_eq!((cases.count, cases.first.len()), (50, NAMED));
    }
}
