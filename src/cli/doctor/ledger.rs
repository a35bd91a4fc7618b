//! Whether the ledgers go on from what their signer recorded: the question a restore raises.

use super::{Grade, Report};
use crate::cli::Failed;
use crate::config::Settings;
use crate::sequencer::Heads;
use crate::store::Store;
use crate::store::ledger::HeadRecord;

pub(super) async fn examine(store: &Store, settings: &Settings, report: &mut Report) -> Result<(), Failed> {
    let dir = settings.ledger_heads.display();
    let heads = Heads::new(&settings.ledger_heads);
    let ledgers = store.ledger_heads().await.map_err(Failed::new)?;
    let mut is_well = true;
    for (workspace, _) in &ledgers {
        let recorded = heads.read(workspace).map_err(Failed::new)?;
        if let Err(why) = store.judge_record(workspace, recorded.as_deref()).await {
            is_well = false;
            report.line(Grade::Fail, "ledger", &format!("{workspace}: {why}"))?;
        }
    }
    match ledgers.len() {
        0 => report.line(Grade::Ok, "ledger", "nothing is sealed yet"),
        count if is_well => {
            let detail = format!("ledgers: {count}; each goes on from its record in {dir}");
            report.line(Grade::Ok, "ledger", &detail)
        }
        _ => Ok(()),
    }
}
