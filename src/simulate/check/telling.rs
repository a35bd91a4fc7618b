//! What one list of events tells: which acts, in which conversations and complaints, in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::Said;
use crate::sandbox::plan::{Address, Plan, Planned};
use crate::simulate::records::{Fate, Says, Told};

pub(super) struct Telling<'a> {
    /// Each event once, as it first came.
    first: Vec<&'a Told>,
    /// The ids that came again.
    repeated: Vec<&'a str>,
    /// The ids that came again with other content.
    altered: BTreeSet<&'a str>,
    /// Where acts are told: by events, as messages; by complaints, as posts.
    places: HashMap<u64, BTreeSet<&'a str>>,
    /// Whose a conversation is.
    owners: HashMap<&'a str, &'a Address>,
    /// The same the other way round.
    talks: HashMap<&'a Address, BTreeSet<&'a str>>,
    /// The words said in a conversation, with how often.
    words: HashMap<(&'a str, &'a str), usize>,
    /// Posts of which an edit is told.
    edited: HashSet<u64>,
    /// The act in which somebody says a word.
    sayings: HashMap<(&'a Address, &'a str), u64>,
    /// Edits have no place in the order: they wait for their post.
    is_edit: HashSet<u64>,
}

impl<'a> Telling<'a> {
    pub(super) fn of(plan: &'a Plan, told: &'a [Told]) -> Self {
        let mut telling = Self {
            first: Vec::with_capacity(told.len()),
            repeated: Vec::new(),
            altered: BTreeSet::new(),
            places: HashMap::new(),
            owners: HashMap::new(),
            talks: HashMap::new(),
            words: HashMap::new(),
            edited: HashSet::new(),
            sayings: HashMap::new(),
            is_edit: HashSet::new(),
        };
        telling.take_once(told);
        telling.place(plan);
        telling.read_plan(plan);
        telling
    }

    fn take_once(&mut self, told: &'a [Told]) {
        let mut known: HashMap<&str, &Told> = HashMap::new();
        for one in told {
            match known.get(one.id.as_str()) {
                Some(before) => {
                    self.repeated.push(&one.id);
                    if !before.is_same(one) {
                        self.altered.insert(&one.id);
                    }
                }
                None => {
                    known.insert(&one.id, one);
                    self.first.push(one);
                }
            }
        }
    }

    fn place(&mut self, plan: &'a Plan) {
        for &event in &self.first {
            let place = match event.says {
                Says::Received { .. } => &event.id,
                Says::Thread(_) | Says::Other => &event.subject,
            };
            for n in event.marks() {
                self.places.entry(n).or_default().insert(place);
            }
            let Says::Received { mark, word: said } = &event.says else { continue };
            match mark.and_then(|n| plan.steps.get(usize::try_from(n).ok()?)?.act.who()) {
                Some(who) => {
                    self.owners.insert(&event.subject, &who.address);
                    self.talks.entry(&who.address).or_default().insert(&event.subject);
                }
                None => *self.words.entry((&event.subject, word(said))).or_default() += 1,
            }
        }
    }

    fn read_plan(&mut self, plan: &'a Plan) {
        for step in &plan.steps {
            match &step.act {
                Planned::Word { who, text, .. } => {
                    self.sayings.insert((&who.address, word(text)), step.n);
                }
                Planned::Edit { post, .. } => {
                    self.is_edit.insert(step.n);
                    if self.tells(step.n) {
                        self.edited.insert(*post);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the text of an act is told.
    pub(super) fn tells(&self, n: u64) -> bool {
        self.places.contains_key(&n)
    }

    /// Whether an edit of that post is told.
    pub(super) fn has_edit(&self, post: u64) -> bool {
        self.edited.contains(&post)
    }

    pub(super) fn said(&self, who: &Address, text: &str) -> Said {
        let Some(talks) = self.talks.get(who) else { return Said::Perhaps };
        match talks.iter().any(|talk| self.words.contains_key(&(*talk, word(text)))) {
            true => Said::Yes,
            false => Said::No,
        }
    }

    /// How often a word is said in conversations of which nothing else is known.
    pub(super) fn strays(&self, wanted: &str) -> usize {
        let is_stray =
            |((talk, said), _): &(&(&str, &str), &usize)| *said == wanted && !self.owners.contains_key(talk);
        self.words.iter().filter(is_stray).map(|(_, times)| times).sum()
    }

    pub(super) fn events(&self) -> usize {
        self.first.len()
    }

    pub(super) fn repeated(&self) -> Vec<&'a str> {
        self.repeated.clone()
    }

    pub(super) fn messages(&self) -> usize {
        self.first.iter().filter(|event| matches!(event.says, Says::Received { .. })).count()
    }

    /// The posts of all threads as they are in the end.
    pub(super) fn posts(&self) -> usize {
        self.threads().values().map(|marks| marks.len()).sum()
    }

    fn threads(&self) -> HashMap<&'a str, &'a Vec<Option<u64>>> {
        let mut last: HashMap<&str, (i64, &Vec<Option<u64>>)> = HashMap::new();
        for event in &self.first {
            let Says::Thread(marks) = &event.says else { continue };
            let newest = last.entry(&event.subject).or_insert((event.seq, marks));
            if event.seq >= newest.0 {
                *newest = (event.seq, marks);
            }
        }
        last.into_iter().map(|(subject, (_, marks))| (subject, marks)).collect()
    }

    /// What is told twice.
    pub(super) fn doubled(&self, list: &str) -> BTreeSet<String> {
        let acts = self.places.iter().filter(|(_, places)| places.len() > 1);
        let acts = acts.map(|(n, places)| format!("{list}: act {n} is told as {places:?}"));
        let altered = self.altered.iter().map(|id| format!("{list}: {id} came with two contents"));
        let words = self.words.iter().filter(|(_, times)| **times > 1);
        let words = words.map(|((talk, word), times)| format!("{list}: {talk} has {word:?} {times} times"));
        let mut created = BTreeSet::new();
        let begun = self.first.iter().filter(|event| event.kind == "complaint.created");
        let begun = begun.filter(|event| !created.insert(&event.subject));
        let begun = begun.map(|event| format!("{list}: {} was created twice", event.subject));
        let all = acts.chain(altered).chain(words).chain(begun).chain(self.posts_twice(list));
        all.collect()
    }

    fn posts_twice(&self, list: &str) -> Vec<String> {
        let twice = |marks: &[Option<u64>]| {
            let mut seen = HashSet::new();
            marks.iter().flatten().copied().find(|mark| !seen.insert(*mark))
        };
        let threads = self.threads();
        let found = threads.iter().filter_map(|(subject, marks)| Some((subject, twice(marks)?)));
        found.map(|(subject, n)| format!("{list}: {subject} has the post of act {n} twice")).collect()
    }

    /// What is told out of its order: by the numbers of its subject, and by when it was accepted.
    pub(super) fn out_of_order(&self, fates: &[Fate], list: &str) -> BTreeSet<String> {
        let mut subjects: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
        for &event in &self.first {
            subjects.entry(&event.subject).or_default().push(event);
        }
        let mut breaks = BTreeSet::new();
        for (subject, events) in subjects {
            for pair in events.windows(2).filter(|pair| pair[0].seq >= pair[1].seq) {
                let (before, after) = (pair[0].seq, pair[1].seq);
                breaks.insert(format!("{list}: {subject} has number {after} after {before}"));
            }
            breaks.extend(self.against_acceptance(&events, fates).map(|(early, late)| {
                format!("{list}: {subject} tells act {early} before act {late}, which was accepted before it")
            }));
        }
        breaks
    }

    /// Acts of one subject that are told before one that was accepted before them.
    fn against_acceptance(&self, events: &[&'a Told], fates: &[Fate]) -> impl Iterator<Item = (u64, u64)> {
        let mut seen = HashSet::new();
        // Of those told so far: the one that went out last, and the last of each callback.
        let mut latest: Option<(Duration, u64)> = None;
        let mut within: HashMap<u64, (usize, u64)> = HashMap::new();
        let mut breaks = Vec::new();
        for n in events.iter().flat_map(|event| self.acts(event)) {
            let fate = usize::try_from(n).ok().and_then(|at| fates.get(at));
            let Some((begun, fate)) = fate.and_then(|fate| Some((fate.begun?, fate))) else { continue };
            if self.is_edit.contains(&n) || !seen.insert(n) {
                continue;
            }
            if let (Some((last, early)), Some(accepted)) = (latest, fate.acknowledged)
                && accepted <= last
            {
                breaks.push((early, n));
            }
            let (callback, place) = fate.place;
            let furthest = within.entry(callback).or_insert((place, n));
            if furthest.0 > place {
                breaks.push((furthest.1, n));
            } else {
                *furthest = (place, n);
            }
            latest = latest.max(Some((begun, n)));
        }
        breaks.into_iter()
    }

    /// The acts an event tells of.
    fn acts(&self, event: &'a Told) -> Vec<u64> {
        match &event.says {
            Says::Received { mark: None, word: said } => {
                let owner = self.owners.get(event.subject.as_str());
                owner.and_then(|owner| self.sayings.get(&(*owner, word(said)))).copied().into_iter().collect()
            }
            _ => event.marks(),
        }
    }
}

/// A word as it is compared: what followed `JOIN` is not shown.
pub(super) fn word(text: &str) -> &str {
    if text.starts_with("JOIN") { "JOIN" } else { text.trim() }
}
