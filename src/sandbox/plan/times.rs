//! When callbacks come: evenly, with a little chance, and more of them in storms.

use super::Load;
use crate::sandbox::scenario::{Scenario, Storm};
use crate::sandbox::seed::Seed;

/// A time in which they come equally often.
struct Stretch {
    from: u64,
    to: u64,
    weight: u64,
}

/// The storm of a moment, if there is one: the heaviest.
pub(super) fn storm(scenario: &Scenario, load: Load, at: u64) -> Option<&Storm> {
    let within = |storm: &&Storm| (moment(load, storm.from)..moment(load, storm.to)).contains(&at);
    scenario.storms.iter().filter(within).max_by_key(|storm| storm.times)
}

/// The moment at which so many percent of the time are over.
pub(super) fn moment(load: Load, percent: u64) -> u64 {
    load.millis * percent / 100
}

/// The moments of all callbacks, in order.
pub(super) fn moments(scenario: &Scenario, load: Load) -> Vec<u64> {
    let stretches = stretches(scenario, load);
    let all: u128 = stretches.iter().map(Stretch::mass).sum();
    let count = load.callbacks();
    let one = |number: u64| {
        // A share of the whole for each, and a place by chance within it.
        let within = Seed::of(load.seed, "moment", number).below(1 << 32);
        let part = (u128::from(number) << 32) + u128::from(within);
        at(&stretches, part * all / (u128::from(count) << 32))
    };
    (0..count).map(one).collect()
}

fn stretches(scenario: &Scenario, load: Load) -> Vec<Stretch> {
    let edges = scenario.storms.iter().flat_map(|storm| [storm.from, storm.to]).chain([0, 100]);
    let mut edges: Vec<u64> = edges.map(|percent| moment(load, percent)).collect();
    edges.sort_unstable();
    edges.dedup();
    let weight = |from| storm(scenario, load, from).map_or(1, |storm| storm.times);
    edges.windows(2).map(|pair| Stretch { from: pair[0], to: pair[1], weight: weight(pair[0]) }).collect()
}

impl Stretch {
    fn mass(&self) -> u128 {
        u128::from(self.to - self.from) * u128::from(self.weight)
    }
}

/// The moment before which so much of the mass lies.
fn at(stretches: &[Stretch], mut mass: u128) -> u64 {
    for stretch in stretches {
        if mass < stretch.mass() {
            let into = mass / u128::from(stretch.weight);
            return stretch.from + u64::try_from(into).unwrap_or(0);
        }
        mass -= stretch.mass();
    }
    stretches.last().map_or(0, |stretch| stretch.to)
}
