//! What is printed of a ledger: all of it, or all about one record.

use std::io::{self, Write};
use std::path::Path;

use super::Evidence;
use crate::cli::Failed;
use crate::cli::opening::with_store;
use crate::domain::id::WorkspaceId;
use crate::ledger::export::{Head, Line};
use crate::store::Store;

/// Leaves read at once.
const PAGE: i64 = 1000;

pub(super) fn run(workspace: &WorkspaceId, config: Option<&Path>) -> Result<(), Failed> {
    with_store(config, async |store, _| export(store, workspace).await)
}

async fn export(store: &Store, workspace: &WorkspaceId) -> Result<(), Failed> {
    let head = store.ledger_head(workspace).await.map_err(Failed::new)?;
    let vkey = store.ledger_vkey(workspace).await.map_err(Failed::new)?;
    let (Some(head), Some(vkey)) = (head, vkey) else {
        return Err(Failed::new(format!("Nothing is sealed yet in the ledger of {workspace}.")));
    };
    let origin = vkey.split('+').next().unwrap_or_default();
    print(&[Head::new(origin, &vkey, &head.checkpoint).to_line()])?;
    let mut next = 0;
    while next < head.size {
        let leaves = store.ledger_leaves(workspace, (next, head.size), PAGE).await.map_err(Failed::new)?;
        let Some((last, _)) = leaves.last() else {
            return Err(Failed::new(format!("Leaf {next} of {} is missing in the database.", head.size)));
        };
        next = last + 1;
        let lines: Vec<String> =
            leaves.iter().map(|(index, leaf)| Line::new(*index, leaf).to_line()).collect();
        print(&lines)?;
    }
    Ok(())
}

pub(super) fn run_evidence(evidence: &Evidence, config: Option<&Path>) -> Result<(), Failed> {
    let (workspace, consent) = (evidence.of.id(), &evidence.consent);
    with_store(config, async |store, _| {
        let found = store.evidence(&workspace, consent.as_str()).await.map_err(Failed::new)?;
        let found = found.ok_or_else(|| Failed::new(format!("Nothing of {consent} is sealed here.")))?;
        print(&[serde_json::to_string_pretty(&found).map_err(Failed::new)?])
    })
}

fn print(lines: &[String]) -> Result<(), Failed> {
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush()).map_err(Failed::new)
}
