//! Everything that was seen, put together and judged.

use std::collections::HashMap;
use std::fs;
use std::sync::PoisonError;
use std::time::Duration;

use super::{
    Callbacks, Cases, Drain, Events, Handoffs, Invariant, Latency, Lost, Planned, Report, millis, seconds,
};
use crate::domain::time::Timestamp;
use crate::sandbox::plan::{self, Plan};
use crate::simulate::SimulateError;
use crate::simulate::check::{Evidence, Findings, check};
use crate::simulate::drain::Drained;
use crate::simulate::driver::Played;
use crate::simulate::listed::read_all;
use crate::simulate::mark::mark_of;
use crate::simulate::records::{Fate, Fates, Told};
use crate::simulate::stage::Stage;
use crate::store::{HandoffCensus, Sealing};

impl Stage<'_> {
    /// Judges what was seen.
    pub(in crate::simulate) async fn report(
        &self,
        played: Played,
        drained: Drained,
    ) -> Result<Report, SimulateError> {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (told, listed) = (self.inbox.told(), read_all(&self.api).await?);
        let mut arrived = self.answers();
        arrived.extend(self.replies(&played));
        let evidence =
            Evidence { plan: self.plan, fates: &fates.acts, told: &told, listed: &listed, arrived: &arrived };
        let findings = check(&evidence);
        let mut invariants = self.invariants(&findings, &drained);
        let census = self.store.handoff_census().await?;
        invariants.extend(of_handoffs(&census, drained.census.unknown));
        invariants.push(self.ledger().await?);
        if let Some(why) = &played.broken {
            invariants.push(Invariant { name: "the service comes back", holds: false, detail: why.clone() });
        }
        let passed = findings.is_clean() && invariants.iter().all(|one| one.holds);
        let (head, lost) = (&self.plan.head, lost(&findings));
        Ok(Report {
            scenario: head.scenario.clone(),
            seed: head.seed,
            rate: head.rate,
            seconds: seconds(Duration::from_millis(head.millis)),
            database: if self.is_server { "postgresql" } else { "sqlite" },
            plan_sha256: self.plan.hash(),
            planned: planned(self.plan),
            callbacks: callbacks(self.plan, &fates, &played),
            events: Events {
                at_webhook: findings.events.0,
                redelivered: findings.redelivered,
                listed: findings.events.1,
                unverified: self.inbox.refused(),
            },
            desk: self.desk.done(),
            lost,
            doubled: Cases::of(findings.doubled),
            out_of_order: Cases::of(findings.out_of_order),
            sent_twice: Cases::of(findings.sent_twice),
            latency_ms: Latency::of(latencies(&fates.acts, &told)),
            handoffs: self.handoffs(&census).await?,
            invariants,
            drain: Drain {
                seconds: seconds(drained.took),
                left: drained.left,
                unknown_sends: drained.census.unknown,
            },
            lag_ms: millis(played.lag),
            passed,
        })
    }

    /// Every public answer to whoever was invited.
    fn replies(&self, played: &Played) -> Vec<String> {
        let invited = self.plan.steps.iter().filter_map(|step| match step.act {
            plan::Planned::Invite { complaint, .. } => Some(complaint),
            _ => None,
        });
        let replies = |n: u64| {
            let who = self.plan.steps.get(usize::try_from(n).ok()?)?.act.who()?;
            let thread = self.sandbox.thread(&who.address.provider, played.posts.get(&n)?)?;
            let posts = thread["posts"].as_array().into_iter().flatten();
            let by_brand = posts.filter(|post| post["author"] != who.address.from.as_str());
            Some(by_brand.map(|post| format!("the public answer {} to act {n}", post["text"])).collect())
        };
        invited.filter_map(replies).flat_map(|replies: Vec<String>| replies).collect()
    }

    /// Every answer of an agent that is in a customer's hands.
    fn answers(&self) -> Vec<String> {
        let whos = self.plan.steps.iter().filter_map(|step| step.act.who());
        let addresses: std::collections::BTreeSet<_> = whos.map(|who| &who.address).collect();
        let letters = |address: &&plan::Address| self.sandbox.inbox(&address.provider, &address.from);
        let marks = |inbox: &serde_json::Value| {
            let letters = inbox["messages"].as_array().into_iter().flatten();
            let by_brand = letters.filter(|letter| letter["by"] == "brand");
            let marks = by_brand.filter_map(|letter| mark_of(letter["text"].as_str()?));
            marks.map(|n| format!("the answer of act {n}")).collect::<Vec<_>>()
        };
        addresses.iter().filter_map(letters).flat_map(|inbox| marks(&inbox)).collect()
    }

    fn invariants(&self, findings: &Findings, drained: &Drained) -> Vec<Invariant> {
        let census = &drained.census;
        let equal = |name, rows: i64, listed: usize| Invariant {
            name,
            holds: usize::try_from(rows).is_ok_and(|rows| rows == listed),
            detail: format!("{rows} rows, {listed} in the list of events"),
        };
        let refused = i64::try_from(self.inbox.refused()).unwrap_or(i64::MAX);
        vec![
            equal("every message in the database is told", census.messages, findings.listed.0),
            equal("every post in the database is told", census.posts, findings.listed.1),
            none("no fact is left undecided", census.pending),
            none("no fact was set aside", census.quarantined),
            none("no event is left undelivered", census.untold + census.dead),
            none("no event was signed wrongly", refused),
        ]
    }

    async fn handoffs(&self, census: &HandoffCensus) -> Result<Handoffs, SimulateError> {
        let sealings = self.store.sealings().await?;
        let took = |one: &Sealing| {
            let leaf: serde_json::Value = serde_json::from_slice(&one.leaf).ok()?;
            Some(Timestamp::parse(leaf["at"].as_str()?).ok()?.until(one.sealed_at))
        };
        let sealing_ms = Latency::of(sealings.iter().filter_map(took).collect());
        Ok(Handoffs {
            invited: census.invited,
            active: census.active,
            suspended: census.suspended,
            sealed: sealings.len(),
            sealing_ms,
        })
    }

    /// Exports the ledger and verifies the export, as anybody can.
    async fn ledger(&self) -> Result<Invariant, SimulateError> {
        let (name, service) = ("the ledger verifies", self.service.lock().await);
        if self.store.census().await?.sealed == 0 {
            return Ok(Invariant { name, holds: true, detail: "nobody agreed to anything".to_owned() });
        }
        let exported = service.command(&["ledger", "export"])?;
        let file = self.folder.path().join("ledger.jsonl");
        fs::write(&file, &exported.stdout)?;
        let verified = service.command(&["ledger", "verify", &file.display().to_string()])?;
        let said = [exported.stderr, verified.stdout, verified.stderr].concat();
        let detail = String::from_utf8_lossy(&said).trim().to_owned();
        Ok(Invariant { name, holds: exported.status.success() && verified.status.success(), detail })
    }
}

fn none(name: &'static str, count: i64) -> Invariant {
    Invariant { name, holds: count == 0, detail: count.to_string() }
}

/// A private reply whose end nobody saw is known by its echo alone.
fn of_handoffs(census: &HandoffCensus, unknown: i64) -> [Invariant; 3] {
    [
        none("nobody is relayed without a consent", census.without_consent),
        none("no complaint is invited twice", census.invited_twice),
        Invariant {
            name: "no echo of ours is taken for something new",
            holds: census.learned <= unknown,
            detail: format!("{} known by an echo alone, {unknown} sends of unknown end", census.learned),
        },
    ]
}

fn planned(plan: &Plan) -> Planned {
    let count = |fits: fn(&plan::Planned) -> bool| plan.steps.iter().filter(|step| fits(&step.act)).count();
    Planned {
        callbacks: plan.callbacks(),
        invites: count(|act| matches!(act, plan::Planned::Invite { .. })),
        answers: count(|act| matches!(act, plan::Planned::Answer { .. })),
        deaths: count(|act| matches!(act, plan::Planned::Kill { .. })),
    }
}

fn callbacks(plan: &Plan, fates: &Fates, played: &Played) -> Callbacks {
    let acts = fates.acts.iter().filter(|fate| fate.begun.is_some()).count();
    let impossible = played.impossible.len();
    Callbacks {
        acts,
        sent: fates.tries.sent,
        reports: fates.tries.sent - fates.tries.of_customers,
        acknowledged: fates.acknowledged,
        refused: fates.tries.refused,
        unanswered: fates.tries.unanswered,
        retried: fates.tries.again,
        given_up: plan.callbacks() - fates.acknowledged - impossible,
        impossible,
    }
}

fn lost(findings: &Findings) -> Lost {
    let all = findings.lost_at_webhook.iter().chain(&findings.lost_in_list);
    let acts: std::collections::BTreeSet<u64> = all.copied().collect();
    Lost {
        count: acts.len(),
        at_webhook: findings.lost_at_webhook.len(),
        in_list: findings.lost_in_list.len(),
        acts: acts.into_iter().take(super::NAMED).collect(),
        edits_of_nothing: findings.orphans,
    }
}

/// From the first try of each act to the first event that tells it.
fn latencies(fates: &[Fate], told: &[Told]) -> Vec<Duration> {
    let mut first: HashMap<u64, Duration> = HashMap::new();
    for one in told {
        for n in one.marks() {
            first.entry(n).or_insert(one.at);
        }
    }
    let begun = |n: u64| fates.get(usize::try_from(n).ok()?)?.begun;
    first.into_iter().filter_map(|(n, at)| Some(at.saturating_sub(begun(n)?))).collect()
}
