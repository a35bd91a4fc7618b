//! Customers who act of their own accord: they complain, and what they do when they are invited comes of their temper.
//! They see what anybody in their place sees: the public thread, and what is written to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::core::Sandbox;
use super::host::{Act, Refused};
use super::plan::customer::{Customer, Move};
use super::plan::{Address, Planned};
use super::scenario::{EVERYDAY, Scenario, is_topic};
use super::seed::Seed;
use crate::domain::time::Timestamp;

/// Between two looks at what was written to them.
const LOOK: Duration = Duration::from_millis(250);

/// How much longer they wait for an answer in public than they take for one in private.
const PATIENCE: u32 = 5;

/// So many answers somebody writes in private before they have said everything.
const MOST_ANSWERS: u32 = 6;

/// Those who came first have gone by then.
const MOST: usize = 1_000;

/// Customers who are to come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Gathering {
    /// How many.
    pub(crate) customers: u64,
    /// Within how many seconds.
    pub(crate) seconds: u64,
    /// How many seconds ago the first of them complained: then they are there at once.
    pub(crate) ago: u64,
    /// What they complain about.
    pub(crate) topic: String,
}

impl Default for Gathering {
    fn default() -> Self {
        Self { customers: 1, seconds: 0, ago: 0, topic: EVERYDAY.to_owned() }
    }
}

impl Gathering {
    fn nonsense(&self) -> Option<String> {
        let wrong = [
            (!(1..=500).contains(&self.customers), "`customers` is 1 to 500"),
            (self.seconds > 3_600, "`seconds` is at most 3600"),
            (self.ago > 86_400, "`ago` is at most 86400"),
            (!is_topic(&self.topic), "`topic` is everyday or outage"),
        ];
        wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, why)| why.to_owned())
    }
}

/// Those who are there.
pub(super) struct Crowd {
    scenario: Scenario,
    seed: u64,
    people: Mutex<(u64, Vec<Person>)>,
}

struct Person {
    customer: Customer,
    /// Where they began, and where they read private messages at first.
    home: Address,
    post: Option<String>,
    /// When they do what they have in mind.
    ready: Timestamp,
    /// When they complained, if that is over.
    began: Option<Timestamp>,
    /// Letters of the brand that were seen, by address.
    read: BTreeMap<Address, usize>,
    stand: Stand,
    answers: u32,
}

/// How somebody stands to the brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Has complained, and waits.
    Waits,
    /// Was answered in public.
    Heard,
    /// Was invited, and does about it what they do.
    Invited,
    /// Talks in private.
    Talks,
}

impl Crowd {
    pub(super) fn new(seed: u64) -> Self {
        // It is part of the program, and a test reads it.
        #[expect(clippy::expect_used, reason = "a scenario of the program")]
        let scenario = Scenario::load("calm").expect("the calm scenario");
        Self { scenario, seed, people: Mutex::default() }
    }

    /// Has them act until the sandbox is gone.
    pub(super) async fn live(sandbox: Weak<Sandbox>) {
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let Some(sandbox) = sandbox.upgrade() else { return };
            sandbox.crowd.pass(&sandbox);
        }
    }

    /// Somebody new comes, each at their time.
    ///
    /// # Errors
    /// When what is asked for makes no sense.
    pub(super) fn gather(&self, wanted: &Gathering, now: Timestamp) -> Result<(), Refused> {
        if let Some(why) = wanted.nonsense() {
            return Err(Refused::act(why));
        }
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let span = if wanted.ago > 0 { wanted.ago } else { wanted.seconds };
        for place in 0..wanted.customers {
            let after = Duration::from_millis(span * 1000 * place / wanted.customers);
            let (ready, began) = match wanted.ago {
                0 => (now + after, None),
                ago => (now, Some(now - Duration::from_secs(ago) + after)),
            };
            let number = people.0;
            people.0 += 1;
            let seed = Seed::of(self.seed, "crowd", number);
            people.1.push(Person::new(
                Customer::new(&self.scenario, (number, seed), &wanted.topic),
                ready,
                began,
            ));
        }
        let gone = people.1.len().saturating_sub(MOST);
        people.1.drain(..gone);
        Ok(())
    }

    fn pass(&self, sandbox: &Arc<Sandbox>) {
        let now = sandbox.now();
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        for person in &mut people.1 {
            person.look(sandbox, now);
            if person.ready <= now {
                person.go_on(sandbox, now);
            }
        }
    }
}

impl Person {
    fn new(customer: Customer, ready: Timestamp, began: Option<Timestamp>) -> Self {
        let home = customer.address();
        let stand = if home.provider == "twilio" { Stand::Talks } else { Stand::Waits };
        Self { customer, home, post: None, ready, began, read: BTreeMap::new(), stand, answers: 0 }
    }

    /// Takes note of what the brand did.
    fn look(&mut self, sandbox: &Sandbox, now: Timestamp) {
        let (home, here) = (self.home.clone(), self.customer.address());
        let mut has_letter = self.reads_anew(sandbox, &home);
        if here != home {
            has_letter |= self.reads_anew(sandbox, &here);
        }
        match self.stand {
            Stand::Waits | Stand::Heard => self.may_be_invited(sandbox, has_letter, now),
            Stand::Talks if has_letter && self.answers < MOST_ANSWERS && self.customer.moves.is_empty() => {
                self.answers += 1;
                // Who is asked to go on by telephone does.
                let is_asked_to_join = here == home && sandbox.token_of(&home).is_some();
                self.customer.moves.push_back(if is_asked_to_join { Move::Join } else { Move::Talk });
                self.wait(now, 1);
            }
            Stand::Talks | Stand::Invited => {}
        }
    }

    /// Whether there is something by the brand that was not there before.
    fn reads_anew(&mut self, sandbox: &Sandbox, at: &Address) -> bool {
        let inbox = sandbox.inbox(&at.provider, &at.from).unwrap_or_default();
        let letters = inbox["messages"].as_array().into_iter().flatten();
        let count = letters.filter(|letter| letter["by"] == "brand").count();
        self.read.insert(at.clone(), count).unwrap_or_default() < count
    }

    fn may_be_invited(&mut self, sandbox: &Sandbox, has_letter: bool, now: Timestamp) {
        let thread = self.post.as_deref().and_then(|id| sandbox.thread(&self.home.provider, id));
        let posts = thread.as_ref().and_then(|thread| thread["posts"].as_array());
        let answers: Vec<&Value> = posts.into_iter().flatten().filter(|post| post["by"] == "brand").collect();
        if has_letter || answers.iter().any(|post| post["button"].is_string()) {
            self.customer.is_invited(false);
            // What they say after they agreed comes of what they are asked.
            self.customer.moves.retain(|next| *next != Move::Talk);
            self.stand = Stand::Invited;
            self.wait(now, 1);
        } else if !answers.is_empty() && self.stand == Stand::Waits {
            self.customer.moves.clear();
            self.stand = Stand::Heard;
        }
    }

    fn wait(&mut self, now: Timestamp, times: u32) {
        self.ready = now + Duration::from_millis(self.customer.pause()) * times;
    }

    /// Does the next thing.
    fn go_on(&mut self, sandbox: &Sandbox, now: Timestamp) {
        if let Some(next) = self.customer.moves.front_mut()
            && *next == Move::Agree
        {
            self.stand = Stand::Talks;
            if sandbox.token_of(&self.home).is_some() {
                *next = Move::Join;
            }
        }
        let Some(planned) = self.customer.act(0) else { return };
        self.act(sandbox, &planned);
        self.wait(now, if matches!(self.stand, Stand::Waits | Stand::Heard) { PATIENCE } else { 1 });
    }

    fn act(&mut self, sandbox: &Sandbox, planned: &Planned) {
        let Some(who) = planned.who() else { return };
        let began = self.began.take();
        let act = match planned {
            Planned::Post { text, .. } => {
                Act { at: began, ..who.does("post", text.clone(), self.post.clone()) }
            }
            Planned::Edit { text, .. } => who.does("edit", text.clone(), self.post.clone()),
            Planned::Message { text, .. } => Act { at: began, ..who.does("message", text.clone(), None) },
            Planned::Word { text, reads, .. } => {
                who.does("message", sandbox.word(text, reads.as_ref()), None)
            }
            Planned::Invite { .. } | Planned::Answer { .. } | Planned::Kill { .. } => return,
        };
        // What a platform does not let them do they leave.
        if let Ok(id) = sandbox.act(&who.address.provider, &act)
            && (act.act == "edit" || act.act == "post" && self.post.is_none())
        {
            self.post = Some(id);
        }
    }
}
