//! Callbacks made durable and acknowledged, on each engine: against the edge without a commit, one insert for each
//! request, what one would write by hand, and pgbench. Targets take turns, each on a database of its own, so that a ratio
//! is of one moment.

use std::path::Path;
use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::json;

use crate::database::{Database, Databases, Engine};
use crate::edge::Accepts;
use crate::process::Process;
use crate::report::{Bar, Finding, Report, median};
use crate::service::{Service, prepared};
use crate::{Result, callbacks, load, twilio};

/// More answers in a second than any target gives here; the file of requests must last.
const FASTEST: usize = 70_000;

/// pgbench opens no more.
const MOST_CLIENTS: usize = 64;

/// How long a database may take to end what a killed service left under way.
const SETTLING: Duration = Duration::from_secs(10);

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The real edge without a commit.
    Edge,
    /// The real edge with one insert and one commit for each request.
    Single,
    /// A bare handler with one insert into one table for each request.
    ByHand,
    /// The real edge with the real commit.
    Segue,
    /// The whole service, which decides what it takes in while it takes more.
    Serve,
}

/// How much is measured.
struct Plan {
    targets: &'static [Target],
    connections: &'static [usize],
    repeats: usize,
    seconds: u64,
}

/// One run of one target.
#[derive(Clone, Copy, Debug)]
struct Run {
    target: Target,
    rate: f64,
    p50: f64,
    /// Microseconds of processor time for each acknowledged callback, service and database.
    cpu: f64,
}

impl Target {
    const ALL: [Self; 5] = [Self::Edge, Self::Single, Self::Segue, Self::ByHand, Self::Serve];

    const fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Single => "single insert",
            Self::ByHand => "by hand",
            Self::Segue => "segue",
            Self::Serve => "segue serve",
        }
    }

    /// Where what it acknowledges is.
    const fn table(self) -> Option<&'static str> {
        match self {
            Self::Edge => None,
            Self::ByHand => Some("plain"),
            Self::Single | Self::Segue | Self::Serve => Some("inbound_event"),
        }
    }
}

pub(crate) async fn measure(databases: &Databases, quick: bool, report: &mut Report) -> Result<()> {
    let plan = match quick {
        true => Plan { targets: &Target::ALL[..4], connections: &[1, 128], repeats: 2, seconds: 1 },
        false => Plan { targets: &Target::ALL, connections: &[1, 128, 512], repeats: 5, seconds: 3 },
    };
    for engine in Engine::BOTH {
        let (template, connection) = prepared(databases, engine, &twilio::connection()).await?;
        template.add_plain_table().await?;
        let count = FASTEST * usize::try_from(plan.seconds)?;
        let requests = callbacks::write(databases.folder(), &connection, count)?;
        for &connections in plan.connections {
            let bench = Bench { databases, template: &template, requests: &requests, connections };
            bench.compare(&plan, report).await?;
        }
        std::fs::remove_file(requests)?;
        databases.remove(template).await?;
    }
    Ok(())
}

struct Bench<'a> {
    databases: &'a Databases,
    template: &'a Database,
    requests: &'a Path,
    connections: usize,
}

impl Bench<'_> {
    async fn compare(&self, plan: &Plan, report: &mut Report) -> Result<()> {
        let (mut runs, mut inserts) = (Vec::new(), Vec::new());
        for repeat in 0..plan.repeats {
            for step in 0..plan.targets.len() {
                let target = plan.targets[(repeat + step) % plan.targets.len()];
                runs.push(self.run(target, plan.seconds, report).await?);
            }
            if self.template.engine == Engine::Postgres {
                inserts.push(self.pgbench(plan.seconds).await?);
            }
        }
        self.judge(plan, &Rounds { runs, inserts }, report)
    }

    async fn run(&self, target: Target, seconds: u64, report: &mut Report) -> Result<Run> {
        let database = self.databases.copy(self.template).await?;
        let process = self.start(target, &database).await?;
        let (service, server) = (process.cpu()?, self.databases.cpu()?);
        let seen = load::drive(&process.origin(), self.requests, self.connections, seconds)?;
        let (service, server) = (process.cpu()? - service, self.databases.cpu()? - server);
        match target {
            // It would first decide all that it took in.
            Target::Serve => drop(process),
            _ => process.end()?,
        }
        if let Some(table) = target.table() {
            self.check_rows(&database, table, seen.requests).await?;
        }
        let engine = self.template.engine;
        self.databases.remove(database).await?;
        let used = service + if engine == Engine::Postgres { server } else { Duration::ZERO };
        #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
        let cpu = used.as_secs_f64() * 1e6 / seen.requests as f64;
        report.run(&json!({
            "engine": engine.name(), "connections": self.connections, "target": target.name(),
            "acknowledged": seen.requests, "per_second": seen.rate(), "p50_us": seen.p50, "p99_us": seen.p99,
            "cpu_us": cpu,
        }))?;
        Ok(Run { target, rate: seen.rate(), p50: seen.p50, cpu })
    }

    async fn start(&self, target: Target, database: &Database) -> Result<Process> {
        let edge = |accepts: Accepts| Process::target(&["edge", accepts.word()], &database.url);
        match target {
            Target::Edge => edge(Accepts::Nothing),
            Target::Segue => edge(Accepts::Store),
            Target::Single => edge(Accepts::Single),
            Target::ByHand => Process::target(&["by-hand"], &database.url),
            Target::Serve => Ok(Service::start(self.databases, database).await?.process),
        }
    }

    /// Nothing acknowledged is missing, and nothing is there that nobody sent: only what was under way at the end may
    /// be stored without its sender having heard.
    async fn check_rows(&self, database: &Database, table: &str, acknowledged: u64) -> Result<()> {
        let limit = acknowledged + u64::try_from(self.connections)?;
        let watch = Stopwatch::start();
        loop {
            let rows = database.count(table).await?;
            if (acknowledged..=limit).contains(&rows) {
                return Ok(());
            }
            if rows > limit || watch.elapsed() > SETTLING {
                return Err(
                    format!("{rows} rows in {table} for {acknowledged} acknowledged callbacks").into()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn pgbench(&self, seconds: u64) -> Result<f64> {
        let database = self.databases.copy(self.template).await?;
        let tps = self.databases.pgbench(&database, self.connections.min(MOST_CLIENTS), seconds)?;
        self.databases.remove(database).await?;
        Ok(tps)
    }

    fn judge(&self, plan: &Plan, rounds: &Rounds, report: &mut Report) -> Result<()> {
        let (engine, connections) = (self.template.engine, self.connections);
        let all = |target, value: fn(&Run) -> f64| median(rounds.of(target).map(value));
        let mut find = |what: &str, measured: f64, unit, bar, how: String| {
            let name = format!("{}, {connections} connections: {what}", engine.name());
            report.find(&Finding { name, measured, unit, bar, how })
        };
        let rates = |target: Target| format!("median of {} runs, wrk", rounds.of(target).count());
        for &target in plan.targets {
            let cpu = all(target, |run| run.cpu);
            let how = format!("{}; {cpu:.0} us of processor time each", rates(target));
            find(target.name(), all(target, |run| run.rate), "/s", Bar::Told, how)?;
        }
        if !rounds.inserts.is_empty() {
            let how = format!("{} clients, prepared", connections.min(MOST_CLIENTS));
            find("pgbench single inserts", median(rounds.inserts.iter().copied()), "/s", Bar::Told, how)?;
        }
        let above = rounds.pairs(Target::Edge).map(|(segue, edge)| segue.cpu - edge.cpu);
        find(
            "processor time above the edge",
            median(above),
            " us",
            Bar::Told,
            "/proc, service and database".into(),
        )?;
        if connections == 1 {
            let ratio = median(rounds.pairs(Target::Single).map(|(segue, single)| segue.p50 / single.p50));
            let (ours, theirs) = (all(Target::Segue, |run| run.p50), all(Target::Single, |run| run.p50));
            let how = format!("medians {ours:.0} and {theirs:.0} us");
            find("p50, segue / single insert", ratio, "", Bar::AtMost(1.15), how)?;
            let ratio = median(rounds.pairs(Target::ByHand).map(|(segue, hand)| segue.p50 / hand.p50));
            let how = format!("median {:.0} us", all(Target::ByHand, |run| run.p50));
            return find("p50, segue / by hand", ratio, "", Bar::Told, how);
        }
        let ratio = |other| median(rounds.pairs(other).map(|(segue, other)| segue.rate / other.rate));
        let bar = match (engine, connections) {
            (Engine::Postgres, 512) => 0.60,
            (Engine::Postgres, _) => 0.50,
            (Engine::Sqlite, _) => 0.40,
        };
        let how = || "median of the ratios within a round".to_owned();
        find("rate, segue / edge", ratio(Target::Edge), "", Bar::AtLeast(bar), how())?;
        find("rate, segue / single insert", ratio(Target::Single), "", Bar::AtLeast(4.0), how())?;
        find("rate, segue / by hand", ratio(Target::ByHand), "", Bar::Told, how())
    }
}

/// Everything of one engine at one number of connections.
struct Rounds {
    runs: Vec<Run>,
    inserts: Vec<f64>,
}

impl Rounds {
    fn of(&self, target: Target) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.target == target)
    }

    /// The service and another target in the same round.
    fn pairs(&self, other: Target) -> impl Iterator<Item = (&Run, &Run)> {
        self.of(Target::Segue).zip(self.of(other))
    }
}
