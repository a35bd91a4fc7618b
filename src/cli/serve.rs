//! `segue serve`: the service, until it is told to stop.

use std::path::Path;

use clap::{Args, ValueEnum};
use url::Url;

use super::Failed;
use super::opening::{block_on, settings};
use crate::app::{self, Role};
use crate::config::LogFormat;
use crate::outbound::Collector;
use crate::telemetry::{LogForm, Traces, start_logs};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// What this process does. An embedded database knows `all` alone.
    #[arg(long, value_enum, default_value_t = RoleName::All)]
    role: RoleName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Everything.
    All,
    /// Callbacks and the API.
    Gateway,
    /// Deciding, sending, numbering events.
    Worker,
}

pub(super) fn run(serve: &Serve, config: Option<&Path>) -> Result<(), Failed> {
    let settings = settings(config)?;
    let form = match settings.log_format {
        Some(LogFormat::Json) => LogForm::Json,
        Some(LogFormat::Text) => LogForm::Text,
        None => LogForm::default(),
    };
    let role = match serve.role {
        RoleName::All => Role::All,
        RoleName::Gateway => Role::Gateway,
        RoleName::Worker => Role::Worker,
    };
    block_on(async {
        let traces = settings.otlp_endpoint.as_ref().map(traces).transpose()?;
        start_logs(&settings.log, form, traces.as_ref()).map_err(Failed::usage)?;
        let served = app::serve(settings, role).await.map_err(|error| Failed::starting(&error));
        if let Some(traces) = traces {
            // It waits for the exporter's thread, which needs this runtime.
            let _ = tokio::task::spawn_blocking(move || traces.stop()).await;
        }
        served
    })
}

fn traces(endpoint: &Url) -> Result<Traces, Failed> {
    Traces::start(endpoint, Collector::new().map_err(Failed::new)?).map_err(Failed::usage)
}
