//! `segue keys rotate-master`: the vault's keys under the newest master key, beside a running service and as often as
//! one likes.

use std::path::Path;

use crate::app::{self, StartError};
use crate::cli::Failed;
use crate::cli::opening::{block_on, settings};
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::store::{OpenError, Outlook, RewrapError, Store, StoreError, Wrapped, look};
use crate::vault::MasterKeys;

/// How often another rotation at the same time is waited out.
const TRIES: u32 = 5;

const WRONG: &str = "Nothing was changed: the keys in the database do not open under any key of SEGUE_MASTER_KEY. \
    It must name the new key first and then the one in use: SEGUE_MASTER_KEY=new,old.";

pub(super) fn run(config: Option<&Path>) -> Result<(), Failed> {
    let settings = settings(config)?;
    block_on(async {
        let outlook = look(&app::location(&settings)).await.map_err(Failed::new)?;
        if outlook != Outlook::Current {
            let why = "Nothing was changed: the database is not there yet, or migrations are due.";
            return Err(Failed::usage(format!("{why} Start the service, or run `segue migrate`, first.")));
        }
        let master = app::master_keys(&settings).map_err(|error| Failed::starting(&error))?;
        let store = open(&settings).await?;
        let done = rewrap(&store, &master).await;
        store.close().await;
        tell(&done?);
        Ok(())
    })
}

async fn open(settings: &Settings) -> Result<Store, Failed> {
    let opened = app::open_store(settings, SystemClock::default().now()).await;
    opened.map_err(|error| match error {
        StartError::Open(OpenError::WrongMasterKey) => Failed::usage(WRONG),
        other => Failed::starting(&other),
    })
}

async fn rewrap(store: &Store, master: &MasterKeys) -> Result<Wrapped, Failed> {
    let mut tries = 1;
    loop {
        match store.rewrap_vault(master).await {
            Err(RewrapError::Store(StoreError::Conflict)) if tries < TRIES => tries += 1,
            Err(RewrapError::WrongMasterKey(_)) => return Err(Failed::usage(WRONG)),
            Err(RewrapError::Store(error)) => {
                return Err(Failed::new(format!("Nothing was changed: {error}.")));
            }
            Ok(before) => return Ok(before),
        }
    }
}

fn tell(before: &Wrapped) {
    if before.older.is_empty() {
        let count = before.newest.len();
        eprintln!("Nothing to do: all {count} keys in the database are under the newest master key already.");
    } else {
        eprintln!("Now under the newest master key: {}.", before.older.join(", "));
    }
    eprintln!("Older keys may be dropped from SEGUE_MASTER_KEY once no backup needs them.");
}
