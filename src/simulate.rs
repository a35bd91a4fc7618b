//! `segue simulate`: a scenario played against the real service, and what came of every single act. The service runs in
//! processes of its own, so that it can be killed; providers, customers, agents and the desk's endpoint live here, and
//! speak to it over HTTP alone.

mod check;
mod desk;
mod drain;
mod driver;
mod listed;
mod mark;
mod progress;
mod receiver;
mod records;
mod report;
mod service;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

pub use self::report::Report;
use self::stage::Stage;
use crate::sandbox::ApiError;
use crate::sandbox::plan::Plan;
use crate::sandbox::scenario::Scenario;
use crate::store::{OpenError, StoreError};

/// How a simulation is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program that is the service.
    pub program: PathBuf,
    /// An empty database; without one a file of its own.
    pub database: Option<String>,
    /// Between the processes of the service.
    pub redis: Option<String>,
    /// How long what was taken in may take to come out after the last act.
    pub patience: Duration,
}

/// Why a simulation did not come to a report.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The database is no empty one.
    #[error("--database: {0}")]
    Database(String),
    /// The service does not run.
    #[error("the service {0}")]
    Service(String),
    /// The service refuses what everything begins with.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The database cannot be looked at.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be looked at.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This machine cannot do what is needed.
    #[error(transparent)]
    Machine(#[from] std::io::Error),
}

impl SimulateError {
    /// Whether it was asked for wrongly.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Database(_))
    }
}

/// Plays a plan and tells what came of it.
///
/// # Errors
/// When there is no way to play it; what goes wrong while playing is in the report.
pub async fn run(plan: &Plan, scenario: &Scenario, options: &Options) -> Result<Report, SimulateError> {
    let stage = Stage::set(plan, scenario, options).await?;
    let played = stage.play().await;
    let drained = stage.drain(options.patience).await?;
    let report = stage.report(played, drained).await?;
    stage.strike().await;
    Ok(report)
}
