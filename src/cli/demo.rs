//! `segue demo`: everything in one process, nothing kept.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Failed;
use super::opening::{block_on, duration, start_quiet_logs};
use crate::app;
use crate::config::HostPort;
use crate::demo::{DemoError, Options, run as play};

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where it listens; default: 127.0.0.1:8080, or a free port where that is taken.
    #[arg(long, value_name = "HOST:PORT", value_parser = HostPort::parse)]
    bind: Option<HostPort>,
    /// Decides who the customers are and what they do.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How often somebody new complains, as 8s or 1m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "8s")]
    pace: Duration,
    /// Prints the URL and nothing else.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(demo: &Demo) -> Result<(), Failed> {
    start_quiet_logs()?;
    let options = Options { bind: demo.bind.clone(), seed: demo.seed, pace: demo.pace };
    block_on(async {
        let stop = CancellationToken::new();
        app::on_signals(stop.clone()).map_err(Failed::new)?;
        if !demo.quiet {
            eprintln!("Starting a service, three simulated providers and their customers …");
        }
        let played = play(options, stop, |url| say(url, demo.quiet)).await;
        if !demo.quiet && played.is_ok() {
            eprintln!("Everything is gone again.");
        }
        played.map_err(|why| match why {
            DemoError::Bind { .. } => Failed::usage(why),
            why => Failed::new(why),
        })
    })
}

fn say(url: &str, is_quiet: bool) {
    if is_quiet {
        let _ = writeln!(std::io::stdout(), "{url}");
        return;
    }
    eprintln!("\nOpen this in a browser; Ctrl-C ends it, and leaves nothing behind:\n");
    let _ = writeln!(std::io::stdout(), "  {url}");
    eprintln!(
        "\nCustomers are complaining in the inbox already. Invite one to a private conversation and see what they do,\n\
         or be the customer yourself on the page Sandbox. A colleague, Robin, works on every third case."
    );
}
