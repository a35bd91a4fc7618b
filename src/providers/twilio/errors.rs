//! Twilio's error codes in our words: one table for refused sends and for failed deliveries.
//!
//! <https://www.twilio.com/docs/api/errors>

use crate::domain::failure::{Failure, FailureCode};

/// What to do about a send that was refused with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    /// The same send may be taken later.
    Retry,
    /// It never will.
    GiveUp,
}

type Row = (&'static str, Advice, FailureCode, &'static str);

use Advice::{GiveUp, Retry};
use FailureCode::{
    Expired, Filtered, InvalidContent, InvalidRecipient, Misconfigured, OptedOut, Rejected, Unreachable,
    WindowClosed,
};

const TABLE: &[Row] = &[
    ("20003", GiveUp, Misconfigured, "Twilio did not accept the account's credentials."),
    ("20429", Retry, Rejected, "The account sends too many requests at once."),
    ("21211", GiveUp, InvalidRecipient, "The number is not valid."),
    ("21408", GiveUp, Misconfigured, "The account may not send to this region."),
    ("21602", GiveUp, InvalidContent, "The message has no text."),
    ("21606", GiveUp, Misconfigured, "The sender cannot send messages."),
    ("21608", GiveUp, Misconfigured, "A trial account sends only to verified numbers."),
    ("21610", GiveUp, OptedOut, "The recipient has opted out."),
    ("21611", Retry, Rejected, "The sender's queue is full."),
    ("21612", GiveUp, Misconfigured, "There is no route from this sender to this number."),
    ("21614", GiveUp, InvalidRecipient, "The number is not a mobile number."),
    ("21617", GiveUp, InvalidContent, "The text is too long."),
    ("21621", GiveUp, Misconfigured, "The sender cannot send attachments."),
    ("30001", Retry, Expired, "It waited too long in the sender's queue."),
    ("30002", GiveUp, Misconfigured, "The account is suspended."),
    ("30003", Retry, Unreachable, "The handset could not be reached."),
    ("30004", GiveUp, InvalidRecipient, "The number is blocked from receiving this."),
    ("30005", GiveUp, InvalidRecipient, "The number is unknown."),
    ("30006", GiveUp, InvalidRecipient, "The number is a landline or its carrier cannot be reached."),
    ("30007", GiveUp, Filtered, "A carrier filtered the message."),
    ("30008", Retry, Rejected, "The carrier gave no reason."),
    ("30009", Retry, Rejected, "A segment of the message was lost."),
    ("30010", GiveUp, Misconfigured, "The price is above the account's limit."),
    ("30011", GiveUp, InvalidContent, "The recipient's network takes no attachments."),
    ("30012", GiveUp, Misconfigured, "The validity of the message is too short."),
    ("30032", GiveUp, Misconfigured, "The toll-free sender is not verified."),
    ("30034", GiveUp, Misconfigured, "The sender belongs to no registered campaign."),
    ("63014", GiveUp, OptedOut, "The recipient has blocked the sender."),
    ("63016", GiveUp, WindowClosed, "The window for free-form messages is over."),
    ("63018", Retry, Rejected, "The sender reached its rate limit."),
];

/// Whether the same send may be taken later.
pub(super) fn is_passing(code: &str) -> bool {
    row(code).is_some_and(|(_, advice, ..)| *advice == Retry)
}

/// Why it failed; a code we do not know is a rejection that keeps it.
pub(super) fn failure(code: &str) -> Failure {
    match row(code) {
        Some((_, _, ours, detail)) => Failure::by_provider(*ours, code, *detail),
        None => Failure::by_provider(Rejected, code, "Twilio did not deliver it."),
    }
}

fn row(code: &str) -> Option<&'static Row> {
    TABLE.iter().find(|(known, ..)| *known == code)
}
