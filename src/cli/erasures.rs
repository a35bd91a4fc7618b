//! `segue erasures`: a list of who was erased, kept outside the database, so that a restored backup forgets them again.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Failed;
use super::opening::with_store;
use crate::bridge::Bridge;
use crate::clock::{self, Clock, SystemClock};
use crate::coordination::Coordination;
use crate::domain::id::{IdentityId, ReplicaId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::relay::Elsewhere;
use crate::store::Store;
use crate::store::erasure::Erasure;

/// Lines of one step.
const STEP: usize = 200;

#[derive(Debug, Subcommand)]
pub(super) enum Erasures {
    /// Print who was erased: one JSON object a line, ids and times only. Keep it with your backups.
    Export,
    /// Erase again whoever is on a list and in the database: after a restore, before the service starts.
    Apply {
        /// The list; `-` or nothing for standard input.
        file: Option<PathBuf>,
    },
}

pub(super) fn run(erasures: &Erasures, config: Option<&Path>) -> Result<(), Failed> {
    match erasures {
        Erasures::Export => with_store(config, async |store, _| export(store).await),
        Erasures::Apply { file } => {
            let list = read(file.as_deref())?;
            with_store(config, async |store, clock| apply(store, clock.now(), &list).await)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the list is this command's data")]
async fn export(store: &Store) -> Result<(), Failed> {
    let mut after: Option<IdentityId> = None;
    loop {
        let page = store.erasures(after.as_ref()).await.map_err(Failed::new)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.identity_id.clone());
        for Erasure { identity_id, workspace_id, erased_at } in &page {
            let line = json!({
                "identity_id": identity_id, "workspace_id": workspace_id, "erased_at": erased_at
            });
            println!("{line}");
        }
    }
}

fn read(file: Option<&Path>) -> Result<Vec<Erasure>, Failed> {
    let lines: Box<dyn BufRead> = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => Box::new(BufReader::new(
            File::open(path).map_err(|error| Failed::usage(format!("{}: {error}", path.display())))?,
        )),
        None => Box::new(stdin().lock()),
    };
    let mut list = Vec::new();
    for (at, line) in lines.lines().enumerate() {
        let line = line.map_err(Failed::new)?;
        if !line.trim().is_empty() {
            list.push(parse(&line).ok_or_else(|| {
                Failed::usage(format!("Line {} is not one of `segue erasures export`.", at + 1))
            })?);
        }
    }
    Ok(list)
}

fn parse(line: &str) -> Option<Erasure> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some(Erasure {
        identity_id: IdentityId::parse(value["identity_id"].as_str()?).ok()?,
        workspace_id: WorkspaceId::parse(value["workspace_id"].as_str()?).ok()?,
        erased_at: Timestamp::parse(value["erased_at"].as_str()?).ok()?,
    })
}

async fn apply(store: &Store, now: Timestamp, list: &[Erasure]) -> Result<(), Failed> {
    let coordination = Arc::new(Coordination::local());
    let book = Elsewhere::new(ReplicaId::new(now, &clock::chance()), coordination.clone());
    let bridge = Bridge::new(store.clone(), Arc::new(book), Arc::new(SystemClock::default()), coordination);
    let mut erased = 0;
    for step in list.chunks(STEP) {
        erased += bridge.erase_again(step).await.map_err(Failed::new)?;
    }
    eprintln!("{erased} of {} were there and are erased now", list.len());
    Ok(())
}
