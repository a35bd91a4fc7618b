//! Whether everything that was acknowledged came out: once, and in its order. Pure: records in, findings out.
//!
//! What is owed. **Nothing is lost**: an act whose callback was acknowledged is told, at the webhook and in the list of
//! events. Of a text that an edit replaced this is not owed: platforms demand that it goes, and an event shows what is left
//! when it is told; so of all edits of a post one must be told. The edit of a post that never came has nothing to change. **Nothing is doubled**: one act is one message of one conversation, or one post of one complaint; the same
//! event may come to the webhook again, under the same id and with the same content. **Order**: of the acts in one
//! conversation or complaint, B is told after A if A was acknowledged before B first went out, or stood before it in the
//! same callback. Acts that were under way at the same time may be told either way round; so a callback that left its
//! order on purpose, or came again, breaks nothing.

mod telling;

use std::collections::{BTreeMap, BTreeSet};

use self::telling::Telling;
use super::records::{Fate, Told};
use crate::sandbox::plan::{Plan, Planned};

/// Everything that is judged.
pub(super) struct Evidence<'a> {
    pub(super) plan: &'a Plan,
    /// By the number of the act.
    pub(super) fates: &'a [Fate],
    /// At the webhook, in the order in which it came.
    pub(super) told: &'a [Told],
    /// In the list of events, in its order.
    pub(super) listed: &'a [Told],
    /// The marks of what customers got, and the words of public answers; each as often as it arrived.
    pub(super) arrived: &'a [String],
}

/// What is wrong; nothing where all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Acknowledged and not told at the webhook.
    pub(super) lost_at_webhook: Vec<u64>,
    /// Acknowledged and not in the list of events.
    pub(super) lost_in_list: Vec<u64>,
    pub(super) doubled: BTreeSet<String>,
    pub(super) out_of_order: BTreeSet<String>,
    /// What a customer got twice.
    pub(super) sent_twice: BTreeSet<String>,
    /// Events that came to the webhook again, under their id: allowed.
    pub(super) redelivered: usize,
    /// Edits of posts that never came: nothing is owed.
    pub(super) orphans: usize,
    /// Different events at the webhook, and in the list.
    pub(super) events: (usize, usize),
    /// Messages and posts of customers in the list.
    pub(super) listed: (usize, usize),
}

/// Judges.
pub(super) fn check(evidence: &Evidence<'_>) -> Findings {
    let webhook = Telling::of(evidence.plan, evidence.told);
    let list = Telling::of(evidence.plan, evidence.listed);
    let (lost_at_webhook, orphans) = missing(evidence, &webhook);
    let (lost_in_list, _) = missing(evidence, &list);
    let mut doubled = webhook.doubled("webhook");
    doubled.extend(list.doubled("list"));
    doubled.extend(list.repeated().into_iter().map(|id| format!("{id} stands twice in the list")));
    let mut out_of_order = webhook.out_of_order(evidence.fates, "webhook");
    out_of_order.extend(list.out_of_order(evidence.fates, "list"));
    Findings {
        lost_at_webhook,
        lost_in_list,
        doubled,
        out_of_order,
        sent_twice: twice(evidence.arrived),
        redelivered: webhook.repeated().len(),
        orphans,
        events: (webhook.events(), list.events()),
        listed: (list.messages(), list.posts()),
    }
}

impl Findings {
    /// Whether anything is lost, doubled or out of order.
    pub(super) fn is_clean(&self) -> bool {
        let lists = [&self.doubled, &self.out_of_order, &self.sent_twice];
        self.lost_at_webhook.is_empty()
            && self.lost_in_list.is_empty()
            && lists.into_iter().all(BTreeSet::is_empty)
    }
}

/// What was acknowledged and is not told, and how many edits had nothing to change.
fn missing(evidence: &Evidence<'_>, telling: &Telling<'_>) -> (Vec<u64>, usize) {
    let (mut lost, mut orphans) = (Vec::new(), 0);
    let mut words: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let is_owed = |n| evidence.fate(n).is_some_and(|fate| fate.acknowledged.is_some());
    for step in evidence.plan.steps.iter().filter(|step| is_owed(step.n) && !telling.tells(step.n)) {
        match &step.act {
            Planned::Word { who, text, .. } => match telling.said(&who.address, text) {
                Said::Yes => {}
                Said::No => lost.push(step.n),
                Said::Perhaps => words.entry(telling::word(text)).or_default().push(step.n),
            },
            Planned::Post { .. } if telling.has_edit(step.n) => {}
            Planned::Edit { post, .. } if telling.has_edit(*post) => {}
            Planned::Edit { post, .. } if !telling.tells(*post) && !is_owed(*post) => orphans += 1,
            _ => lost.push(step.n),
        }
    }
    // Of words in conversations that nothing else tells of, only the number can be compared.
    for (word, acts) in words {
        lost.extend(acts.into_iter().skip(telling.strays(word)));
    }
    lost.sort_unstable();
    (lost, orphans)
}

impl Evidence<'_> {
    fn fate(&self, n: u64) -> Option<&Fate> {
        self.fates.get(usize::try_from(n).ok()?)
    }
}

/// Whether somebody's word is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    /// Their conversation is not known by anything else.
    Perhaps,
}

/// What arrived more than once.
fn twice(arrived: &[String]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    arrived.iter().filter(|one| !seen.insert(*one)).cloned().collect()
}

#[cfg(test)]
mod tests;
