//! The commands. Standard output carries data only; logs and talk go to standard error.

mod demo;
mod doctor;
mod erasures;
mod health;
mod inspect;
mod keys;
mod ledger;
mod listen;
mod migrate;
mod openapi;
mod opening;
mod sandbox;
mod serve;
mod simulate;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::StartError;

/// Takes a public complaint into a private conversation, with consent on record, and relays messages both ways.
#[derive(Debug, Parser)]
#[command(name = "segue", version, propagate_version = true)]
struct Cli {
    /// Settings file; without it `segue.toml` in the working directory, if there is one.
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole product work: the service with simulated providers and customers, in a folder that is thrown away.
    Demo(demo::Demo),
    /// Run the service.
    Serve(serve::Serve),
    /// Bring the database's schema up to date and end.
    Migrate,
    /// API keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Say why captured callbacks do or do not verify: one JSON object a line in, one a line out.
    Inspect {
        /// The file to read; `-` or nothing for standard input.
        file: Option<PathBuf>,
    },
    /// Look before a start whether all that is needed is there; ends with 1 when something is wrong.
    Doctor(doctor::Doctor),
    /// Ask the service of these settings whether it can work; ends with 1 when it cannot.
    Health,
    /// Bring events to a program on this machine, signed as a webhook would be.
    Listen(listen::Listen),
    /// The consent ledger.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Whom a restored database must forget again.
    #[command(subcommand)]
    Erasures(erasures::Erasures),
    /// Run simulated providers, to be used in the place of the real ones.
    Sandbox(sandbox::Sandbox),
    /// Play a scenario of customers under load against a service of its own, and say whether anything was lost, doubled
    /// or told out of order; ends with 1 when it was.
    Simulate(simulate::Simulate),
    /// Print the OpenAPI document.
    Openapi,
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
struct Failed {
    /// For the person who reads it.
    why: String,
    /// 2 for settings and usage, 1 for everything else.
    code: u8,
}

impl Failed {
    fn new(why: impl Display) -> Self {
        Self { why: format!("{why}"), code: 1 }
    }

    fn starting(why: &StartError) -> Self {
        let code = if why.is_usage() { 2 } else { 1 };
        Self { why: format!("{why}"), code }
    }

    fn usage(why: impl Display) -> Self {
        Self { why: format!("{why}"), code: 2 }
    }
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let ended = match cli.command {
        Command::Demo(demo) => demo::run(&demo),
        Command::Serve(serve) => serve::run(&serve, config),
        Command::Migrate => migrate::run(config),
        Command::Keys(keys) => keys::run(&keys, config),
        Command::Inspect { file } => inspect::run(file.as_deref()),
        Command::Doctor(doctor) => doctor::run(&doctor, config),
        Command::Health => health::run(config),
        Command::Listen(listen) => listen::run(&listen),
        Command::Ledger(ledger) => ledger::run(&ledger, config),
        Command::Erasures(erasures) => erasures::run(&erasures, config),
        Command::Sandbox(sandbox) => sandbox::run(&sandbox),
        Command::Simulate(simulate) => simulate::run(&simulate),
        Command::Openapi => openapi::run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{}", failed.why.trim_end());
            ExitCode::from(failed.code)
        }
    }
}
