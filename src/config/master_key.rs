//! The master keys: configured, or a file made once. Losing them loses every secret and every personal datum.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretBox};

use super::Settings;

/// 32 bytes that never print.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; 32]>);

impl MasterKey {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes: only for deriving keys from them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl Clone for MasterKey {
    fn clone(&self) -> Self {
        Self::new(*self.expose())
    }
}

/// The keys to run with.
#[derive(Debug)]
pub struct MasterKeys {
    /// Newest first; never empty.
    pub keys: Vec<MasterKey>,
    /// The file, when it was made just now: to be said at start.
    pub created: Option<PathBuf>,
}

/// The key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// It could be neither read nor made.
    #[error("cannot read or make the master key file {path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// It holds no key.
    #[error("the master key file {path} holds no key of 64 hex digits; restore it from a backup")]
    Content {
        /// Which file.
        path: PathBuf,
    },
}

/// A comma list of keys, newest first.
pub(super) fn parse(text: &str) -> Result<Vec<MasterKey>, String> {
    text.split(',').map(|item| parse_one(item.trim())).collect()
}

fn parse_one(text: &str) -> Result<MasterKey, String> {
    let mut bytes = [0; 32];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => Ok(MasterKey::new(bytes)),
        Err(_) => Err("not 64 hex digits, or a comma list of such keys, newest first".to_owned()),
    }
}

/// The configured keys, else those of `master.key` in the data directory, made from `fresh` when missing.
///
/// # Errors
/// When there is such a file and it cannot be used, or it cannot be made.
pub fn load_or_create(
    settings: &Settings,
    fresh: impl FnOnce() -> [u8; 32],
) -> Result<MasterKeys, MasterKeyError> {
    if let Some(keys) = &settings.master_keys {
        return Ok(MasterKeys { keys: keys.clone(), created: None });
    }
    let path = settings.data_dir().join("master.key");
    match create(&path, fresh) {
        Ok(key) => Ok(MasterKeys { keys: vec![key], created: Some(path) }),
        Err(taken) if taken.kind() == ErrorKind::AlreadyExists => read(path),
        Err(why) => Err(MasterKeyError::File { path, why }),
    }
}

fn create(path: &Path, fresh: impl FnOnce() -> [u8; 32]) -> io::Result<MasterKey> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let key = MasterKey::new(fresh());
    writeln!(file, "{}", hex::encode(key.expose()))?;
    file.sync_all()?;
    // The name must survive a power cut too: what is written next can be read with this key alone.
    File::open(dir)?.sync_all()?;
    Ok(key)
}

fn read(path: PathBuf) -> Result<MasterKeys, MasterKeyError> {
    match fs::read_to_string(&path) {
        Err(why) => Err(MasterKeyError::File { path, why }),
        Ok(text) => match parse(text.trim()) {
            Ok(keys) => Ok(MasterKeys { keys, created: None }),
            Err(_) => Err(MasterKeyError::Content { path }),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn settings(dir: &Path, key: &str) -> Settings {
        let url = format!("sqlite://{}/segue.db", dir.display());
        let env = [("SEGUE_DATABASE_URL", url.as_str()), ("SEGUE_MASTER_KEY", key)];
        let env: BTreeMap<_, _> = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Settings::read(&env, None).unwrap()
    }

    #[test]
    fn keys_come_newest_first_and_do_not_print() {
        let keys = parse(&format!("{}, {}", "ab".repeat(32), "01".repeat(32))).unwrap();
        assert_eq!(keys[0].expose(), &[0xab; 32]);
        assert_eq!(keys[1].expose(), &[1; 32]);
        assert!(!format!("{keys:?}").contains("171"));
        assert!(parse("abcd").is_err());
    }

    #[test]
    fn a_configured_key_makes_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let loaded = load_or_create(&settings(dir.path(), &"ab".repeat(32)), || [7; 32]).unwrap();
        assert_eq!(loaded.keys[0].expose(), &[0xab; 32]);
        assert!(!dir.path().join("master.key").exists());
    }

    #[test]
    fn the_file_is_made_once_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let settings = settings(&dir.path().join("new"), "");
        let first = load_or_create(&settings, || [7; 32]).unwrap();
        let second = load_or_create(&settings, || [8; 32]).unwrap();
        assert_eq!(second.keys[0].expose(), first.keys[0].expose());
        assert_eq!(second.created, None);
        let mode = fs::metadata(first.created.unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("master.key"), "").unwrap();
        let outcome = load_or_create(&settings(dir.path(), ""), || [7; 32]);
        assert!(matches!(outcome, Err(MasterKeyError::Content { .. })));
    }
}
