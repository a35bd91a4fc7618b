//! `segue ledger`: exporting, verifying and proving what stands in the consent ledger.

mod adopt;
mod export;
mod verify;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Failed;
use crate::domain::id::{ConsentId, WorkspaceId};
use crate::ledger::note::Vkey;
use crate::store::workspace;

#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Print a whole ledger: a line with its signed head, then a line for each leaf.
    Export(Of),
    /// Say whether an export, a receipt or evidence holds. It needs no database, no settings and no network; ends with 1
    /// when it does not hold.
    Verify(Box<Verify>),
    /// Print everything there is about one consent: its proofs, the evidence, and the key that opens them.
    Evidence(Evidence),
    /// Take the database's present head for the record of what was signed, after the record was lost or the database
    /// restored. Whoever holds a head that the database no longer continues can then prove it.
    Adopt(Adopt),
}

#[derive(Debug, Args)]
pub(super) struct Of {
    /// Whose ledger; without it the default workspace's.
    #[arg(long, value_parser = workspace_id)]
    workspace: Option<WorkspaceId>,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The file; `-` for standard input.
    file: PathBuf,
    /// The ledger's verifier key, from anywhere but the file.
    #[arg(long, value_parser = vkey)]
    vkey: Option<Vkey>,
    /// A receipt or a checkpoint that somebody kept: the export must go on from there.
    #[arg(long, value_name = "RECEIPT|CHECKPOINT")]
    against: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Evidence {
    /// The consent.
    #[arg(value_parser = consent_id)]
    consent: ConsentId,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub(super) struct Adopt {
    #[command(flatten)]
    of: Of,
    /// That you know what it gives up; without it nothing is done but saying so.
    #[arg(long)]
    confirm: bool,
}

impl Of {
    fn id(&self) -> WorkspaceId {
        self.workspace.clone().unwrap_or_else(workspace::default_id)
    }
}

fn workspace_id(text: &str) -> Result<WorkspaceId, String> {
    WorkspaceId::parse(text).map_err(|error| error.to_string())
}

fn consent_id(text: &str) -> Result<ConsentId, String> {
    ConsentId::parse(text).map_err(|error| error.to_string())
}

fn vkey(text: &str) -> Result<Vkey, String> {
    Vkey::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(ledger: &Ledger, config: Option<&Path>) -> Result<(), Failed> {
    match ledger {
        Ledger::Export(of) => export::run(&of.id(), config),
        Ledger::Verify(verify) => verify::run(verify),
        Ledger::Evidence(evidence) => export::run_evidence(evidence, config),
        Ledger::Adopt(adopt) => adopt::run(adopt, config),
    }
}
