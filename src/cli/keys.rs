//! `segue keys`: keys from the machine itself, beside a running service too.

mod rotate_master;

use std::path::Path;

use clap::{Args, Subcommand};

use super::Failed;
use super::opening::with_store;
use crate::clock::{self, Clock};
use crate::domain::id::{KeyId, WorkspaceId};
use crate::domain::scope::Scope;
use crate::store::key::{ApiKey, hint};
use crate::store::workspace;
use crate::vault::new_api_key;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a key and print its secret, which is shown this once.
    Create(Create),
    /// Put everything encrypted under the newest key of `SEGUE_MASTER_KEY`, so that the older ones may be dropped.
    RotateMaster,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What the key is for.
    #[arg(long, default_value = "made on the command line")]
    name: String,
    /// What it may do: any of read, write, consent, admin, operator.
    #[arg(long, value_delimiter = ',', default_value = "admin", value_parser = scope)]
    scopes: Vec<Scope>,
    /// The workspace it opens; without it the default one.
    #[arg(long, value_parser = workspace_id)]
    workspace: Option<WorkspaceId>,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::parse(word).ok_or_else(|| "one of read, write, consent, admin, operator".into())
}

fn workspace_id(text: &str) -> Result<WorkspaceId, String> {
    WorkspaceId::parse(text).map_err(|error| error.to_string())
}

pub(super) fn run(keys: &Keys, config: Option<&Path>) -> Result<(), Failed> {
    match keys {
        Keys::Create(wanted) => create(wanted, config),
        Keys::RotateMaster => rotate_master::run(config),
    }
}

fn create(create: &Create, config: Option<&Path>) -> Result<(), Failed> {
    let secret = new_api_key(clock::random());
    with_store(config, async |store, clock| {
        let now = clock.now();
        store.ensure_default_workspace(now).await.map_err(Failed::new)?;
        let workspace = create.workspace.clone().unwrap_or_else(workspace::default_id);
        if store.find_workspace(&workspace).await.map_err(Failed::new)?.is_none() {
            return Err(Failed::usage(format!("There is no workspace {workspace}.")));
        }
        let key = ApiKey {
            id: KeyId::new(now, &clock::chance()),
            workspace_id: workspace,
            name: create.name.clone(),
            hint: hint(&secret),
            scopes: create.scopes.clone(),
            agent: None,
            created_at: now,
            expires_at: None,
        };
        store.add_key(&key, &secret).await.map_err(Failed::new)
    })?;
    print_secret(secret.expose());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the secret is this command's data")]
fn print_secret(secret: &str) {
    println!("{secret}");
}
