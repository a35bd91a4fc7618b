//! Taking the database's head for the record: the way on after a restore, decided by a person.

use std::path::Path;

use super::Adopt;
use crate::app;
use crate::cli::Failed;
use crate::cli::opening::{block_on, settings};
use crate::clock::{Clock, SystemClock};
use crate::domain::id::WorkspaceId;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::kept::Kept;
use crate::ledger::note::Vkey;
use crate::sequencer::Heads;
use crate::store::Store;
use crate::store::ledger::HeadRecord;

pub(super) fn run(adopt: &Adopt, config: Option<&Path>) -> Result<(), Failed> {
    let settings = settings(config)?;
    let heads = Heads::new(&settings.ledger_heads);
    let workspace = adopt.of.id();
    block_on(async {
        let now = SystemClock::default().now();
        let store = app::open_store(&settings, now).await.map_err(|error| Failed::starting(&error))?;
        let done = decide(&store, &heads, &workspace, adopt.confirm).await;
        store.close().await;
        done
    })
}

async fn decide(store: &Store, heads: &Heads, workspace: &WorkspaceId, is_sure: bool) -> Result<(), Failed> {
    let present = present(store, workspace).await?;
    let size = present.as_ref().map_or(0, |(_, size)| *size);
    let recorded = heads.read(workspace).map_err(Failed::new)?;
    let recorded = match recorded.as_deref().map(Kept::parse) {
        None => "there is no record".to_owned(),
        Some(Err(_)) => "the record cannot be read".to_owned(),
        Some(Ok(kept)) => {
            format!("the record is over {} leaves", kept.checkpoint.lines().nth(1).unwrap_or("?"))
        }
    };
    let about = format!(
        "The database's ledger of {workspace} has {size} leaves; {recorded}. From here on the signer goes on from the \
         database. Whoever holds a receipt or a checkpoint that the database does not continue can prove that the \
         ledger was not continued from there."
    );
    if !is_sure {
        return Err(Failed::usage(format!("{about}\nNothing was done. Add --confirm to do it.")));
    }
    let new = present.map(|(checkpoint, _)| Kept::new(checkpoint, &[]).to_text());
    heads.adopt(workspace, new.as_deref()).map_err(Failed::new)?;
    tracing::warn!("{about} Done; the record before it was put aside beside it.");
    Ok(())
}

/// The present head, when the database bears it out.
async fn present(store: &Store, workspace: &WorkspaceId) -> Result<Option<(String, u64)>, Failed> {
    let head = store.ledger_head(workspace).await.map_err(Failed::new)?;
    let vkey = store.ledger_vkey(workspace).await.map_err(Failed::new)?;
    let (Some(head), Some(vkey)) = (head, vkey) else { return Ok(None) };
    let key = Vkey::parse(&vkey).map_err(Failed::new)?;
    let signed = Checkpoint::open(&head.checkpoint, &key).map_err(Failed::new)?;
    let root = store.ledger_root(workspace, head.size).await.map_err(Failed::new)?;
    if (signed.size, Some(signed.root)) == (head.size, root) {
        return Ok(Some((head.checkpoint, head.size)));
    }
    Err(Failed::new("The head in the database is not that of its own leaves; restore another backup."))
}
