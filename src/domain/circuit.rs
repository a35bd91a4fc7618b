//! A circuit per destination: while it is open nothing is tried there but one probe at a time.

use std::time::Duration;

use super::time::Timestamp;

/// Failures in a row that open a circuit.
pub const OPENING_FAILURES: i64 = 5;

/// The wait before the next probe after `failures` in a row: 10 s doubling to 5 minutes.
#[must_use]
pub fn probe_after(failures: i64) -> Duration {
    let beyond = u32::try_from((failures - OPENING_FAILURES).clamp(0, 5)).unwrap_or(5);
    Duration::from_secs((10 << beyond).min(300))
}

/// A circuit after one more failure: how many in a row, and until when it is open.
#[must_use]
pub fn failed(failures: i64, now: Timestamp) -> (i64, Option<Timestamp>) {
    let failures = failures.saturating_add(1);
    let open = failures >= OPENING_FAILURES;
    (failures, open.then(|| now + probe_after(failures)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_at_the_fifth_failure_in_a_row() {
        let now = Timestamp::from_millis(0);
        assert_eq!(failed(3, now), (4, None));
        assert_eq!(failed(4, now), (5, Some(Timestamp::from_millis(10_000))));
        assert_eq!(failed(50, now).1, Some(Timestamp::from_millis(300_000)));
    }
}
