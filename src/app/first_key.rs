//! The first key: how a new installation lets its owner in.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::StartError;
use crate::clock::{self, random};
use crate::config::Settings;
use crate::domain::id::KeyId;
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::key::{ApiKey, hint};
use crate::vault::new_api_key;

/// Makes the default workspace and, while no key ever existed, the first key.
pub(super) async fn ensure(store: &Store, settings: &Settings, now: Timestamp) -> Result<(), StartError> {
    let workspace_id = store.ensure_default_workspace(now).await?;
    let secret = settings.bootstrap_key.clone().unwrap_or_else(|| new_api_key(random()));
    let key = ApiKey {
        id: KeyId::new(now, &clock::chance()),
        workspace_id,
        name: "first key".into(),
        hint: hint(&secret),
        scopes: vec![Scope::Admin, Scope::Operator],
        agent: None,
        created_at: now,
        expires_at: None,
    };
    if store.insert_first_key(&key, &secret).await? && settings.bootstrap_key.is_none() {
        tell(&secret, &settings.data_dir().join("admin.key"))?;
    }
    Ok(())
}

/// Shows it on a terminal, else leaves it in a file that only its owner can read.
fn tell(secret: &Secret, path: &Path) -> Result<(), StartError> {
    if std::io::stderr().is_terminal() {
        eprintln!("\n  Your first API key, shown this once:\n\n    {}\n", secret.expose());
        return Ok(());
    }
    write_private(secret, path).map_err(|cause| StartError::FirstKey { path: path.to_owned(), cause })?;
    let shown = path.display();
    tracing::info!(path = %shown, "the first API key is in {shown}");
    Ok(())
}

fn write_private(secret: &Secret, path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{}", secret.expose())
}
