//! `segue simulate`: a scenario under load against a service of its own, and whether anything was lost.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use super::opening::{block_on, duration, start_quiet_logs};
use crate::config::own_program;
use crate::sandbox::plan::{Load, Plan};
use crate::sandbox::scenario::Scenario;
use crate::simulate::{Options, run as play};

/// Most callbacks of one run: what is remembered of them must fit into memory.
const MOST: u64 = 10_000_000;

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// What happens: calm, storm, faults, handoffs, or the path of a TOML file.
    #[arg(long, value_name = "NAME|FILE", default_value = "calm")]
    scenario: String,
    /// Decides everything that is left to chance: the same seed has the same plan on every machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Callbacks in a second, on average; default: the scenario's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rate: Option<u64>,
    /// How long, as 90s, 5m or 1500ms; default: the scenario's.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// An empty database or schema, postgres://… or sqlite://…; without it a SQLite file that is thrown away.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// A Redis between the processes of the service, where it runs in two: on a server, when the scenario kills.
    #[arg(long, value_name = "URL", requires = "database")]
    redis: Option<String>,
    /// How long everything may take to come to rest after the last act.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "3m")]
    patience: Duration,
    /// Writes the report as JSON too; - is standard output.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Only prints the plan, an act a line, and does nothing.
    #[arg(long, conflicts_with_all = ["database", "redis", "report"])]
    plan_only: bool,
}

pub(super) fn run(simulate: &Simulate) -> Result<(), Failed> {
    start_quiet_logs()?;
    let scenario = Scenario::load(&simulate.scenario).map_err(Failed::usage)?;
    let plan = plan(simulate, &scenario)?;
    if simulate.plan_only {
        return print(&plan);
    }
    eprintln!("{}", scenario.about);
    eprintln!("plan {}", plan.hash());
    let options = Options {
        program: own_program().map_err(Failed::new)?,
        database: simulate.database.clone(),
        redis: simulate.redis.clone(),
        patience: simulate.patience,
    };
    let report = block_on(async {
        tokio::select! {
            report = play(&plan, &scenario, &options) => report.map_err(|why| match why.is_usage() {
                true => Failed::usage(why),
                false => Failed::new(why),
            }),
            why = interrupted() => Err(why),
        }
    })?;
    if let Some(path) = &simulate.report {
        let json = serde_json::to_string_pretty(&report).map_err(Failed::new)?;
        write(path, &json).map_err(|why| Failed::new(format!("{}: {why}", path.display())))?;
    }
    eprintln!("{report}");
    match report.has_passed() {
        true => Ok(()),
        false => Err(Failed::new("Something is lost, doubled, out of order or broken.")),
    }
}

fn plan(simulate: &Simulate, scenario: &Scenario) -> Result<Plan, Failed> {
    let time = simulate.duration.unwrap_or(Duration::from_secs(scenario.seconds));
    let load = Load {
        seed: simulate.seed,
        rate: simulate.rate.unwrap_or(scenario.rate),
        millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
    };
    match load.callbacks() {
        0 => Err(Failed::usage("At this rate nothing happens in this time; make --duration longer.")),
        count if count > MOST => {
            Err(Failed::usage(format!("{count} callbacks are more than {MOST}; ask for fewer or less long.")))
        }
        _ => {
            let name = std::path::Path::new(&simulate.scenario).file_stem().unwrap_or_default();
            Ok(Plan::of(&name.to_string_lossy(), scenario, load))
        }
    }
}

fn print(plan: &Plan) -> Result<(), Failed> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    plan.write(&mut out).and_then(|()| out.flush()).map_err(Failed::new)?;
    eprintln!("plan {}", plan.hash());
    Ok(())
}

fn write(path: &std::path::Path, json: &str) -> std::io::Result<()> {
    match path.as_os_str() == "-" {
        true => writeln!(std::io::stdout(), "{json}"),
        false => writeln!(File::create(path)?, "{json}"),
    }
}

/// The processes of the service are ended with this one.
async fn interrupted() -> Failed {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Failed::new("interrupted: there is no report")
}
