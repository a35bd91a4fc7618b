//! Chance from a seed: the same on every machine, integers only (SplitMix64).
//!
//! <https://prng.di.unimi.it/splitmix64.c>

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers that its seed decides.
#[derive(Clone, Debug)]
pub(crate) struct Seed(u64);

impl Seed {
    /// A stream for one thing among many: it does not depend on what was drawn before.
    pub(crate) fn of(seed: u64, about: &str, number: u64) -> Self {
        let name = about.bytes().fold(seed, |all, byte| mix(all ^ u64::from(byte)));
        Self(mix(name ^ mix(number)))
    }

    /// The next number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `bound`; 0 where that is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.draw()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(crate) fn hits(&mut self, percent: u8) -> bool {
        self.below(100) < u64::from(percent)
    }
}

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn the_published_stream_comes_out() {
        let mut seed = Seed(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| seed.draw()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn percents_are_kept() {
        let mut seed = Seed(7);
        assert!((0..1000).all(|_| !seed.hits(0)) && (0..1000).all(|_| seed.hits(100)));
    }

    #[test]
    fn each_thing_has_a_stream_of_its_own() {
        let first = |about: &str, number: u64| Seed::of(7, about, number).draw();
        assert_eq!(first("late", 3), first("late", 3));
        assert_ne!(first("late", 3), first("late", 4));
        assert_ne!(first("late", 3), first("twice", 3));
    }
}
