//! The Graph API's error codes in our words.
//!
//! <https://developers.facebook.com/docs/messenger-platform/error-codes>,
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling>

use crate::domain::failure::{Failure, FailureCode};

/// What a refused send comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// The same send may be taken later.
    Retry,
    /// It never will.
    GiveUp,
    /// The code is not known here: the HTTP status tells.
    Unsure,
}

/// A code, the subcode it needs (none: any), what to do, our word for it, and a sentence.
type Row = (u64, Option<u64>, Advice, FailureCode, &'static str);

use Advice::{GiveUp, Retry, Unsure};
use FailureCode::{InvalidContent, InvalidRecipient, Misconfigured, Rejected, Unreachable, WindowClosed};

const CLOSED: &str = "The window for answers to this person is over.";
const GONE: &str = "The person cannot be reached now, or has blocked the Page.";
const ELSEWHERE: &str = "Another app holds this conversation.";
const TOKEN: &str = "The Page token is no longer valid.";
const LIMIT: &str = "Facebook's limit for calls is reached.";

/// Rows with a subcode stand before the row of their code alone.
const TABLE: &[Row] = &[
    (1, None, Retry, Rejected, "Facebook had a passing fault."),
    (2, None, Retry, Rejected, "Facebook had a passing fault."),
    (4, None, Retry, Rejected, LIMIT),
    (17, None, Retry, Rejected, LIMIT),
    (32, None, Retry, Rejected, LIMIT),
    (613, None, Retry, Rejected, LIMIT),
    (80001, None, Retry, Rejected, LIMIT),
    (80002, None, Retry, Rejected, LIMIT),
    (80006, None, Retry, Rejected, LIMIT),
    (10, Some(2_018_278), GiveUp, WindowClosed, CLOSED),
    (10, Some(2_534_022), GiveUp, WindowClosed, CLOSED),
    (10, Some(2_018_065), GiveUp, WindowClosed, CLOSED),
    (10, Some(2_018_108), GiveUp, Unreachable, GONE),
    (10, Some(1_893_063), GiveUp, Misconfigured, "The Page is restricted."),
    (10, None, GiveUp, Misconfigured, "The app has no permission for this."),
    (3, None, GiveUp, Misconfigured, "The app cannot do this."),
    (200, Some(1_545_041), GiveUp, Unreachable, GONE),
    (200, Some(2_534_041), GiveUp, Unreachable, GONE),
    (551, None, GiveUp, Unreachable, GONE),
    (100, Some(2_018_001), GiveUp, InvalidRecipient, "There is no such person."),
    (100, Some(2_534_014), GiveUp, InvalidRecipient, "There is no such person."),
    (100, Some(2_534_025), GiveUp, InvalidRecipient, "The comment cannot be answered in private."),
    (100, Some(2_534_037), GiveUp, Rejected, ELSEWHERE),
    (100, None, GiveUp, InvalidContent, "Facebook did not accept a value of the request."),
    (2_018_300, None, GiveUp, Rejected, ELSEWHERE),
    (2_018_321, None, GiveUp, Rejected, ELSEWHERE),
    (9_000_001, None, GiveUp, Rejected, "Facebook refused it."),
    (190, None, GiveUp, Misconfigured, TOKEN),
    (102, None, GiveUp, Misconfigured, TOKEN),
    (104, None, GiveUp, Misconfigured, "The proof of the app secret is missing or wrong."),
    (368, None, GiveUp, Misconfigured, "Facebook has blocked the Page or the app for a policy."),
];

/// What to do, and why it failed. A code we do not know is a rejection that keeps it.
pub(super) fn judge(code: u64, subcode: Option<u64>) -> (Advice, Failure) {
    let fits = |row: &&Row| row.0 == code && (row.1.is_none() || row.1 == subcode);
    let (advice, ours, detail) = match TABLE.iter().find(fits) {
        Some((_, _, advice, ours, detail)) => (*advice, *ours, *detail),
        None if (200..300).contains(&code) => (GiveUp, Misconfigured, "The app has no permission for this."),
        None => (Unsure, Rejected, "Facebook refused it."),
    };
    (advice, Failure::by_provider(ours, label(code, subcode), detail))
}

/// A code and its subcode as one word: `10-2018278`.
fn label(code: u64, subcode: Option<u64>) -> String {
    match subcode {
        Some(subcode) => format!("{code}-{subcode}"),
        None => code.to_string(),
    }
}
