//! Benchmarks from outside: real requests to a real edge on a real database, and what it is compared with, in one
//! run. `scripts/bench` brings the servers; `docs/performance.md` says how to read what comes out.

mod acknowledged;
mod batch;
mod by_hand;
mod callbacks;
mod console;
mod database;
mod edge;
mod journey;
mod load;
mod process;
mod receiver;
mod report;
mod sender;
mod service;
mod stocked;
mod twilio;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::database::Databases;
use crate::edge::Accepts;
use crate::process::Address;
use crate::report::Report;

/// A benchmark that cannot go on says why and ends.
type Failed = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failed>;

/// Measures the bars of docs/performance.md; ends with 1 when one is missed.
#[derive(Debug, Parser)]
struct Options {
    /// A PostgreSQL server on which databases may be made.
    #[arg(long, default_value = "")]
    postgres: String,
    /// Fewer and shorter runs: whether it works, and roughly how it stands.
    #[arg(long)]
    quick: bool,
    /// Every run and every bar, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// One part alone.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    target: Option<Target>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Callbacks made durable and acknowledged.
    Acknowledged,
    /// A batch of a thousand items in one callback.
    Batch,
    /// From a callback to the desk's webhook.
    Journey,
    /// What the console asks with a hundred thousand complaints stored.
    Console,
}

/// A process that is measured; it ends when its standard input does.
#[derive(Debug, Subcommand)]
enum Target {
    /// The real edge.
    #[command(hide = true)]
    Edge {
        accepts: Accepts,
        #[command(flatten)]
        address: Address,
    },
    /// A bare handler that makes one insert for each request.
    #[command(hide = true)]
    ByHand {
        #[command(flatten)]
        address: Address,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => fail(&error),
    }
}

fn fail(error: &Failed) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::from(2)
}

/// Whether all bars were met.
async fn run(options: Options) -> Result<bool> {
    match options.target {
        Some(Target::Edge { accepts, address }) => edge::serve(accepts, &address).await.map(|()| true),
        Some(Target::ByHand { address }) => by_hand::serve(&address).await.map(|()| true),
        None => measure(&options).await,
    }
}

async fn measure(options: &Options) -> Result<bool> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let databases = Databases::open(&options.postgres).await?;
    let mut report = Report::start(options.json.as_deref())?;
    let wants = |part| options.only.is_none_or(|only| only == part);
    if wants(Part::Acknowledged) {
        acknowledged::measure(&databases, options.quick, &mut report).await?;
    }
    if wants(Part::Batch) {
        batch::measure(&databases, options.quick, &mut report).await?;
    }
    if wants(Part::Journey) {
        journey::measure(&databases, options.quick, &mut report).await?;
    }
    if wants(Part::Console) {
        console::measure(&databases, options.quick, &mut report).await?;
    }
    report.finish()
}
