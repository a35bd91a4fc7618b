//! When to try again: schedules as data, jitter as an argument.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Waits before the tries that follow a failed webhook delivery (Standard Webhooks, "Deliverability").
const WEBHOOK: [u64; 7] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

/// Tries for which a failing head holds its lane back: about six minutes.
pub const HOLDING_TRIES: i64 = 3;

/// The longest a destination may make us wait by `Retry-After`.
const LONGEST_ASKED: Duration = Duration::from_secs(HOUR);

/// A share of chance from 0 to 255, turned into minus to plus a fifth.
fn jittered(wait: Duration, chance: u8) -> Duration {
    let share = 0.8 + 0.4 * f64::from(chance) / 255.0;
    wait.mul_f64(share)
}

/// The wait after the `tries`-th failed try of a webhook delivery (1 = the first); `None`: give up.
#[must_use]
pub fn webhook(tries: i64, asked: Option<Duration>, chance: u8) -> Option<Duration> {
    let step = usize::try_from(tries - 1).ok()?;
    let wait = jittered(Duration::from_secs(*WEBHOOK.get(step)?), chance);
    Some(wait.max(asked.unwrap_or_default().min(LONGEST_ASKED)))
}

/// The wait after the `tries`-th failed try of a provider send: 1 s doubling to 60 s, or what the provider asks.
/// The message's own validity, not a count, ends it.
#[must_use]
pub fn provider(tries: i64, asked: Option<Duration>, chance: u8) -> Duration {
    if let Some(asked) = asked {
        return asked.clamp(Duration::from_millis(500), LONGEST_ASKED);
    }
    let doublings = u32::try_from((tries - 1).clamp(0, 6)).unwrap_or(6);
    jittered(Duration::from_secs((1 << doublings).min(60)), chance)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn provider_waits_grow_and_are_bounded(tries in 1_i64..100, chance: u8) {
            let wait = provider(tries, None, chance);
            prop_assert!(wait >= Duration::from_millis(800));
            prop_assert!(wait <= Duration::from_secs(72));
            prop_assert!(provider(tries + 1, None, chance) >= wait);
        }

        #[test]
        fn webhook_waits_stay_within_a_fifth(tries in 1_i64..8, chance: u8) {
            let plain = WEBHOOK[usize::try_from(tries - 1).unwrap()];
            let wait = webhook(tries, None, chance).unwrap().as_secs_f64();
            prop_assert!((wait / plain as f64 - 1.0).abs() <= 0.2001);
        }
    }

    #[test]
    fn a_webhook_is_given_up_after_its_last_wait() {
        assert_eq!(webhook(8, None, 0), None);
    }

    #[test]
    fn what_a_destination_asks_is_honoured_within_an_hour() {
        assert_eq!(webhook(1, Some(Duration::from_secs(90)), 128), Some(Duration::from_secs(90)));
        assert_eq!(provider(1, Some(Duration::from_secs(90_000)), 0), LONGEST_ASKED);
    }
}
