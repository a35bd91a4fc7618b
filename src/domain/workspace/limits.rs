//! Times and numbers of the handoff, and of what is sent without a person: all defaults in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Wrong, wrong};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

macro_rules! limits {
    (
        times { $($(#[$time_doc:meta])* $time:ident as $json:literal = $time_default:expr, in $time_range:expr;)+ }
        counts { $($(#[$count_doc:meta])* $count:ident = $count_default:expr, in $count_range:expr;)+ }
    ) => {
        /// Times and numbers of the handoff, and of what is sent without a person.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $(
                $(#[$time_doc])*
                #[serde(rename = $json, with = "seconds")]
                #[schema(value_type = u64)]
                pub $time: Duration,
            )+
            $(
                $(#[$count_doc])*
                pub $count: u32,
            )+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self {
                    $($time: Duration::from_secs($time_default),)+
                    $($count: $count_default,)+
                }
            }
        }

        impl Limits {
            /// The times by the name of their field, each with its name in JSON.
            pub const TIMES: &'static [(&'static str, &'static str)] = &[$((stringify!($time), $json)),+];

            /// Whether each is within what makes sense.
            ///
            /// # Errors
            /// The first that is not.
            pub fn check(&self) -> Result<(), Wrong> {
                $(check($json, self.$time.as_secs(), &$time_range)?;)+
                $(check(stringify!($count), u64::from(self.$count), &$count_range)?;)+
                Ok(())
            }
        }
    };
}

limits! {
    times {
        /// How long an invitation stands.
        invite_ttl as "invite_ttl_seconds" = 7 * DAY, in HOUR..=90 * DAY;
        /// How long somebody who named a case by text may take to prove that it is theirs.
        claim_ttl as "claim_ttl_seconds" = DAY, in HOUR..=7 * DAY;
        /// How long the token in a private message can be texted back.
        token_ttl as "token_ttl_seconds" = 30 * MINUTE, in 5 * MINUTE..=DAY;
        /// How long the phrase in a text message can be posted.
        phrase_ttl as "phrase_ttl_seconds" = 10 * MINUTE, in 5 * MINUTE..=HOUR;
        /// How long the code in a text message can be typed back.
        code_ttl as "code_ttl_seconds" = 10 * MINUTE, in 2 * MINUTE..=HOUR;
        /// How long an asked consent may be answered.
        consent_ttl as "consent_ttl_seconds" = DAY, in HOUR..=7 * DAY;
        /// How long who tried too many wrong tokens is not listened to.
        mute as "mute_seconds" = HOUR, in 5 * MINUTE..=DAY;
        /// After so long without a word of the customer the relay ends.
        relay_idle as "relay_idle_seconds" = 30 * DAY, in DAY..=365 * DAY;
        /// After so long without a word from a phone its link must be proven anew.
        link_idle as "link_idle_seconds" = 45 * DAY, in DAY..=365 * DAY;
        /// A SIM card changed within this time is a risk.
        sim_swap_lookback as "sim_swap_lookback_seconds" = 10 * DAY, in HOUR..=100 * DAY;
        /// The shortest time between two automatic answers to a number that nothing is proven of.
        unproven_reply_gap as "unproven_reply_gap_seconds" = 10 * MINUTE, in MINUTE..=DAY;
        /// How long a customer's own message lets answers go at any hour.
        reply_window as "reply_window_seconds" = HOUR, in 0..=DAY;
    }
    counts {
        /// Wrong answers to one code.
        code_tries = 5, in 1..=10;
        /// Codes an account may ask for in a day.
        code_sessions_per_day = 3, in 1..=20;
        /// Codes texted to one number in a day: the first and one more.
        code_sends_per_number_per_day = 2, in 1..=5;
        /// Wrong tokens from one address about one case in an hour; then it is not listened to for a while.
        bad_tokens_per_hour = 5, in 1..=20;
        /// Wrong tokens of everybody in an hour; then linking pauses.
        bad_tokens_per_hour_all = 1000, in 10..=100_000;
        /// Automatic answers in a day to a number that nothing is proven of.
        unproven_replies_per_day = 3, in 0..=50;
        /// Automatic texts in an hour to numbers that differ in their last four digits alone.
        prefix_texts_per_hour = 20, in 1..=10_000;
        /// Automatic texts in a day to the numbers of one country.
        country_texts_per_day = 1000, in 1..=1_000_000;
    }
}

fn check(name: &str, value: u64, range: &std::ops::RangeInclusive<u64>) -> Result<(), Wrong> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(wrong(format!("/limits/{name}"), format!("is from {} to {}", range.start(), range.end())))
}

/// A duration as whole seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(value.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_secs)
    }
}
