//! The report as a person reads it.

use std::fmt::{self, Display, Formatter};

use super::{Cases, Report};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { scenario, seed, rate, seconds, database, .. } = self;
        writeln!(f, "scenario {scenario}, seed {seed}, {rate} a second for {seconds} s on {database}")?;
        writeln!(f, "plan          {}", self.plan_sha256)?;
        self.write_numbers(f)?;
        self.write_desk(f)?;
        let late = &self.latency_ms;
        writeln!(
            f,
            "latency       p50 {} ms, p95 {} ms, p99 {} ms, max {} ms from callback to webhook",
            late.p50, late.p95, late.p99, late.max
        )?;
        self.write_handoffs(f)?;
        self.write_rest(f)?;
        self.write_verdicts(f)?;
        write!(f, "{}", if self.passed { "passed" } else { "FAILED" })
    }
}

impl Report {
    fn write_numbers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (planned, callbacks, events) = (&self.planned, &self.callbacks, &self.events);
        let kills = match planned.deaths {
            0 => String::new(),
            deaths => format!(", the service killed {deaths} times"),
        };
        writeln!(
            f,
            "planned       {} callbacks, {} invitations, {} answers{kills}",
            planned.callbacks, planned.invites, planned.answers
        )?;
        writeln!(
            f,
            "callbacks     {} acts in {} requests ({} of them statuses and echoes); {} acknowledged, {} given up by \
             their provider, {} impossible",
            callbacks.acts,
            callbacks.sent,
            callbacks.reports,
            callbacks.acknowledged,
            callbacks.given_up,
            callbacks.impossible
        )?;
        writeln!(
            f,
            "              {} requests refused, {} unanswered, {} retried",
            callbacks.refused, callbacks.unanswered, callbacks.retried
        )?;
        writeln!(
            f,
            "events        {} at the webhook and {} redelivered, {} in the list",
            events.at_webhook, events.redelivered, events.listed
        )
    }

    fn write_desk(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let desk = &self.desk;
        let refused: u64 = desk.refused.values().sum();
        writeln!(
            f,
            "desk          {} invited, {} answered, {refused} refused by the rules, {} unheard, {} failed",
            desk.invited, desk.answered, desk.unheard, desk.failed
        )?;
        desk.refused.iter().try_for_each(|(why, count)| writeln!(f, "              {count} x {why}"))
    }

    fn write_handoffs(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (handoffs, late) = (&self.handoffs, &self.handoffs.sealing_ms);
        writeln!(
            f,
            "handoffs      {} invited, {} active, {} suspended; {} consent events sealed, p50 {} ms, p99 {} ms, max {} ms from \
             accepted to sealed",
            handoffs.invited,
            handoffs.active,
            handoffs.suspended,
            handoffs.sealed,
            late.p50,
            late.p99,
            late.max
        )
    }

    fn write_rest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let drain = &self.drain;
        write!(f, "rest          after {} s", drain.seconds)?;
        if !drain.left.is_empty() {
            write!(f, ", with {} left", drain.left.join(", "))?;
        }
        if drain.unknown_sends > 0 {
            write!(f, ", {} sends of unknown end", drain.unknown_sends)?;
        }
        writeln!(f, "; the latest act was {} ms late", self.lag_ms)
    }

    fn write_verdicts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let lost = &self.lost;
        write!(f, "lost          {}", lost.count)?;
        if lost.count > 0 {
            write!(
                f,
                " ({} at the webhook, {} in the list): acts {:?}",
                lost.at_webhook, lost.in_list, lost.acts
            )?;
        }
        writeln!(f)?;
        write_cases(f, "doubled", &self.doubled)?;
        write_cases(f, "out of order", &self.out_of_order)?;
        write_cases(f, "sent twice", &self.sent_twice)?;
        for one in &self.invariants {
            writeln!(f, "{:<13} {}: {}", if one.holds { "holds" } else { "BROKEN" }, one.name, one.detail)?;
        }
        Ok(())
    }
}

fn write_cases(f: &mut Formatter<'_>, name: &str, cases: &Cases) -> fmt::Result {
    writeln!(f, "{name:<13} {}", cases.count)?;
    cases.first.iter().try_for_each(|case| writeln!(f, "              {case}"))
}
