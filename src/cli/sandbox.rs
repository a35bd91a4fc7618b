//! `segue sandbox`: simulated providers in a process of their own, against a service anywhere.

use std::io::Write;
use std::net::TcpListener;

use clap::Args;
use serde_json::json;

use super::Failed;
use super::opening::{block_on, start_plain_logs};
use crate::clock::random;
use crate::config::HostPort;
use crate::domain::secret::Secret;
use crate::sandbox::{Api, Options, Sandbox as Providers};

#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Where it listens; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:9100", value_parser = HostPort::parse)]
    bind: HostPort,
    /// Where the service reaches it; default: where it listens.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A running service in which it makes its own connections.
    #[arg(long, value_name = "URL", requires = "key")]
    segue: Option<String>,
    /// An API key of that service with the scope admin.
    #[arg(long, value_name = "sk_…", requires = "segue")]
    key: Option<String>,
    /// Where a provider calls, for connections that are there already; may be repeated.
    #[arg(long, value_name = "PROVIDER=URL", value_parser = callback, requires = "token")]
    callback: Vec<(String, String)>,
    /// Opens its API; the same token has the same accounts and secrets. Default: a new one.
    #[arg(long)]
    token: Option<String>,
    /// Decides who the customers are who act of their own accord.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Lets any number of requests through, where the platforms would not.
    #[arg(long)]
    no_rate_limits: bool,
}

fn callback(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("write PROVIDER=URL")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}

pub(super) fn run(sandbox: &Sandbox) -> Result<(), Failed> {
    start_plain_logs()?;
    block_on(async {
        let listener = TcpListener::bind(sandbox.bind.as_pair())
            .map_err(|why| Failed::usage(format!("{}: {why}", sandbox.bind)))?;
        let address = listener.local_addr().map_err(Failed::new)?;
        let url = sandbox.url.clone().unwrap_or_else(|| format!("http://{address}"));
        let token = sandbox.token.clone().unwrap_or_else(|| hex::encode(random::<16>()));
        let options = Options {
            url: url.trim_end_matches('/').to_owned(),
            token: Secret::new(token.clone()),
            has_limits: !sandbox.no_rate_limits,
            seed: sandbox.seed,
        };
        let (providers, server) = Providers::start(options, listener).map_err(Failed::new)?;
        let server = tokio::spawn(server);
        if let (Some(segue), Some(key)) = (&sandbox.segue, &sandbox.key) {
            let api = Api::new(segue, key).map_err(Failed::new)?;
            providers.connect(&api).await.map_err(Failed::new)?;
        }
        for (provider, url) in &sandbox.callback {
            providers.call_at(provider, url).await.map_err(Failed::new)?;
        }
        say(&url, &token)?;
        server.await.map_err(Failed::new)?.map_err(Failed::new)
    })
}

/// One line for whoever drives it.
fn say(url: &str, token: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", json!({"url": url, "token": token})).map_err(Failed::new)?;
    out.flush().map_err(Failed::new)
}
