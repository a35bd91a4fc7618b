//! What was seen: the tries of every act on the way in, and the events on the way out.

use std::time::Duration;

use serde::Deserialize;

use super::mark::mark_of;
use crate::sandbox::Try;

/// What became of the callback of one act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    /// When it first went out.
    pub(super) begun: Option<Duration>,
    /// When it was first acknowledged.
    pub(super) acknowledged: Option<Duration>,
    /// The first mark of the callback it went out in first, and its place in there.
    pub(super) place: (u64, usize),
}

/// Tries, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    /// All.
    pub(super) sent: u64,
    /// Of them, those that tell what customers did; the others are statuses and echoes.
    pub(super) of_customers: u64,
    /// Answered with something other than success.
    pub(super) refused: u64,
    /// Answered by nobody.
    pub(super) unanswered: u64,
    /// Made again because the one before was not taken.
    pub(super) again: u64,
}

/// All acts and tries so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Fates {
    pub(super) acts: Vec<Fate>,
    pub(super) tries: Tries,
    /// Acts that were acknowledged.
    pub(super) acknowledged: usize,
}

impl Fates {
    pub(super) fn new(acts: usize) -> Self {
        Self { acts: vec![Fate::default(); acts], ..Self::default() }
    }

    /// Takes note of a try.
    pub(super) fn note(&mut self, one: &Try) {
        let is_success = one.status.is_some_and(|status| (200..300).contains(&status));
        self.tries.sent += 1;
        self.tries.of_customers += u64::from(!one.marks.is_empty());
        self.tries.refused += u64::from(one.status.is_some() && !is_success);
        self.tries.unanswered += u64::from(one.status.is_none());
        self.tries.again += u64::from(one.number > 0);
        for (at, &mark) in one.marks.iter().enumerate() {
            let Some(fate) = usize::try_from(mark).ok().and_then(|n| self.acts.get_mut(n)) else { continue };
            if fate.begun.is_none_or(|begun| one.begun < begun) {
                fate.begun = Some(one.begun);
                fate.place = (one.marks[0], at);
            }
            if is_success && fate.acknowledged.is_none_or(|before| one.ended < before) {
                self.acknowledged += usize::from(fate.acknowledged.is_none());
                fate.acknowledged = Some(one.ended);
            }
        }
    }
}

/// An event, as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) seq: i64,
    /// When it came.
    pub(super) at: Duration,
    pub(super) says: Says,
}

/// What an event says, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// The customer wrote: an act by its mark, or a word.
    Received { mark: Option<u64>, word: String },
    /// A public thread: the marks of the customer's posts, as they are now.
    Thread(Vec<Option<u64>>),
    /// Anything else.
    Other,
}

/// An event in JSON.
#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    subject_seq: i64,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    text: Option<String>,
    posts: Option<Vec<Post>>,
}

#[derive(Debug, Deserialize)]
struct Post {
    by: String,
    text: Option<String>,
}

impl Told {
    /// Reads an event.
    pub(super) fn read(body: &[u8], at: Duration) -> Result<Self, serde_json::Error> {
        let Event { id, kind, subject, subject_seq: seq, data } = serde_json::from_slice(body)?;
        let says = match (kind.as_str(), data.posts) {
            ("message.received", _) => {
                let word = data.text.unwrap_or_default();
                Says::Received { mark: mark_of(&word), word }
            }
            (_, Some(posts)) => {
                let by_customer = posts.into_iter().filter(|post| post.by == "customer");
                Says::Thread(by_customer.map(|post| post.text.as_deref().and_then(mark_of)).collect())
            }
            _ => Says::Other,
        };
        Ok(Self { id, kind, subject, seq, at, says })
    }

    /// Whether this is the same event as another, whenever it came.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Self { at: other.at, ..self.clone() } == *other
    }

    /// The marks of what customers did, as far as this event tells them.
    pub(super) fn marks(&self) -> Vec<u64> {
        match &self.says {
            Says::Received { mark, .. } => mark.iter().copied().collect(),
            Says::Thread(marks) => marks.iter().flatten().copied().collect(),
            Says::Other => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::mark::marked;

    fn tried(marks: &[u64], number: usize, (begun, ended): (u64, u64), status: Option<u16>) -> Try {
        let (begun, ended) = (Duration::from_millis(begun), Duration::from_millis(ended));
        Try { marks: marks.to_vec(), number, begun, ended, status }
    }

    #[test]
    fn an_act_is_acknowledged_by_its_first_success_and_begins_with_its_first_try() {
        let mut fates = Fates::new(3);
        fates.note(&tried(&[1, 2], 0, (10, 12), None));
        fates.note(&tried(&[1, 2], 1, (20, 25), Some(503)));
        fates.note(&tried(&[1, 2], 2, (30, 35), Some(200)));
        fates.note(&tried(&[2], 0, (31, 33), Some(200)));
        fates.note(&tried(&[], 0, (40, 41), Some(200)));
        let of = |n: usize| (fates.acts[n].begun, fates.acts[n].acknowledged);
        assert_eq!(of(0), (None, None));
        assert_eq!(of(1), (Some(Duration::from_millis(10)), Some(Duration::from_millis(35))));
        assert_eq!(of(2), (Some(Duration::from_millis(10)), Some(Duration::from_millis(33))));
        assert_eq!(fates.acts[2].place, (1, 1));
        let tries = Tries { sent: 5, of_customers: 4, refused: 1, unanswered: 1, again: 2 };
        assert_eq!((fates.tries, fates.acknowledged), (tries, 2));
    }

    #[test]
    fn events_are_read_for_what_customers_did() {
        let event = |kind: &str, data: serde_json::Value| {
            let event = serde_json::json!({"id": "evt_1", "type": kind, "timestamp": "2026-11-22T10:15:00.000Z",
                "subject": "s_1", "subject_seq": 4, "data": data});
            Told::read(event.to_string().as_bytes(), Duration::ZERO).unwrap()
        };
        let received = event("message.received", serde_json::json!({"text": marked("Hi", 7)}));
        assert_eq!(received.marks(), [7]);
        let posts = serde_json::json!([{"by": "customer", "text": marked("a", 1)}, {"by": "brand", "text":
            marked("b", 2)}, {"by": "customer", "text": null}]);
        let thread = event("complaint.updated", serde_json::json!({"text": marked("a", 1), "posts": posts}));
        assert_eq!(thread.says, Says::Thread(vec![Some(1), None]));
        let sent = event("message.sent", serde_json::json!({"text": marked("Thanks", 9)}));
        assert_eq!(sent.says, Says::Other);
    }
}
