//! All settings, typed and checked.
#![expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::address::{self, HostPort, PublicUrl};
use super::database::Database;
use super::log::{self, LogFormat};
use super::master_key::{self, MasterKey};
use super::mistake::{Mistake, Mistakes};
use super::retention::Retention;
use super::source::Source;
use super::target;
use crate::domain::secret::Secret;

/// What the operator decided. `config.example.toml` describes each.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `SEGUE_BIND`.
    pub bind: HostPort,
    /// `SEGUE_OPS_BIND`; `None` is off.
    pub ops_bind: Option<HostPort>,
    /// `SEGUE_PUBLIC_URL`.
    pub public_url: PublicUrl,
    /// `SEGUE_DATABASE_URL`.
    pub database: Database,
    /// `SEGUE_REDIS_URL`.
    pub redis_url: Option<Secret>,
    /// `SEGUE_MASTER_KEY`, newest first; [`super::load_or_create`] when there is none.
    pub master_keys: Option<Vec<MasterKey>>,
    /// `SEGUE_BOOTSTRAP_KEY`.
    pub bootstrap_key: Option<Secret>,
    /// `SEGUE_ALLOW_PRIVATE_TARGETS`.
    pub allow_private_targets: Vec<IpNet>,
    /// `SEGUE_SPOOL_DIR`.
    pub spool_dir: Option<PathBuf>,
    /// `SEGUE_LEDGER_HEADS`.
    pub ledger_heads: PathBuf,
    /// `SEGUE_LEDGER_ANCHORS`.
    pub ledger_anchors: PathBuf,
    /// `SEGUE_LEDGER_ANCHOR_MINUTES`.
    pub ledger_anchor_every: Duration,
    /// `SEGUE_RETENTION_…_DAYS`.
    pub retention: Retention,
    /// `SEGUE_LOG`.
    pub log: String,
    /// `SEGUE_LOG_FORMAT`; without one the terminal decides.
    pub log_format: Option<LogFormat>,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub otlp_endpoint: Option<Url>,
}

impl Settings {
    /// Reads the environment over `config`, or over `segue.toml` here if there is one.
    ///
    /// # Errors
    /// Every mistake there is.
    pub fn load(config: Option<&Path>) -> Result<Self, Mistakes> {
        let env = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        Self::read(&env, file(config)?.as_deref())
    }

    /// Reads these variables over the text of a file.
    ///
    /// # Errors
    /// Every mistake there is.
    pub fn read(env: &BTreeMap<String, String>, file: Option<&str>) -> Result<Self, Mistakes> {
        let mut source = Source::new(env, file);
        let settings = Self::take_from(&mut source);
        source.finish().map(|()| settings)
    }

    fn take_from(source: &mut Source) -> Self {
        let bind = source.take("SEGUE_BIND", HostPort::parse).unwrap_or_else(|| HostPort::local(8080));
        let ops_bind = source.take("SEGUE_OPS_BIND", address::parse_or_off);
        let public_url = source.take("SEGUE_PUBLIC_URL", PublicUrl::parse);
        let database = source.take("SEGUE_DATABASE_URL", Database::parse).unwrap_or_default();
        let ledger_heads = source.take("SEGUE_LEDGER_HEADS", directory);
        let ledger_heads = ledger_heads.unwrap_or_else(|| database.data_dir().join("ledger-heads"));
        let ledger_anchors = source.take("SEGUE_LEDGER_ANCHORS", directory);
        let anchor_every = source.take("SEGUE_LEDGER_ANCHOR_MINUTES", minutes);
        Self {
            ops_bind: ops_bind.unwrap_or_else(|| Some(HostPort::local(9090))),
            public_url: public_url.unwrap_or_else(|| PublicUrl::assume(&bind)),
            redis_url: source.take("SEGUE_REDIS_URL", target::parse_redis),
            master_keys: source.take("SEGUE_MASTER_KEY", master_key::parse),
            bootstrap_key: source.take("SEGUE_BOOTSTRAP_KEY", bootstrap_key),
            allow_private_targets: source
                .take("SEGUE_ALLOW_PRIVATE_TARGETS", target::parse_networks)
                .unwrap_or_default(),
            spool_dir: source.take("SEGUE_SPOOL_DIR", directory),
            ledger_anchors: ledger_anchors.unwrap_or_else(|| ledger_heads.join("anchors")),
            ledger_anchor_every: anchor_every.unwrap_or(Duration::from_secs(3600)),
            ledger_heads,
            retention: Retention::take_from(source),
            log: source.take("SEGUE_LOG", log::parse_filter).unwrap_or_else(|| "info".to_owned()),
            log_format: source.take("SEGUE_LOG_FORMAT", LogFormat::parse),
            otlp_endpoint: source.take("OTEL_EXPORTER_OTLP_ENDPOINT", target::parse_collector),
            bind,
            database,
        }
    }

    /// The directory for what is kept beside the database.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.database.data_dir()
    }

    /// What is allowed but should be known at start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let assumed = self.public_url.is_assumed().then(|| {
            let origin = self.public_url.origin();
            format!("SEGUE_PUBLIC_URL is not set: assumed {origin}, which providers can hardly reach")
        });
        let spool = self.spool_dir.as_ref().map(|_| {
            "SEGUE_SPOOL_DIR is set, but there is no spool yet: callbacks get a 503 meanwhile".to_owned()
        });
        assumed.into_iter().chain(spool).collect()
    }
}

fn file(config: Option<&Path>) -> Result<Option<String>, Mistakes> {
    let path = config.unwrap_or(Path::new("segue.toml"));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(wrong) if config.is_none() && wrong.kind() == ErrorKind::NotFound => Ok(None),
        Err(wrong) => {
            let name = path.display().to_string();
            Err(Mistakes::new(Mistake { name, why: format!("cannot be read: {wrong}") }, []))
        }
    }
}

fn directory(text: &str) -> Result<PathBuf, String> {
    if text.contains("://") {
        return Err("object stores are not supported yet; give a directory".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// An anchor a minute is more than anybody looks at; one a day is the least that still dates anything.
fn minutes(text: &str) -> Result<Duration, String> {
    let count = text.parse().ok().filter(|count| (1..=1440).contains(count));
    count
        .map(|count: u64| Duration::from_secs(count * 60))
        .ok_or_else(|| format!("{text:?} is not a number of minutes from 1 to 1440"))
}

fn bootstrap_key(text: &str) -> Result<Secret, String> {
    let is_key = text
        .strip_prefix("sk_")
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if is_key && text.len() >= 32 {
        Ok(Secret::new(text))
    } else {
        Err("not sk_ and letters or digits, 32 characters or more in all".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../config.example.toml");

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Mistakes> {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(&env, None)
    }

    /// The example with every setting switched on: a setting is a comment that begins with its name.
    fn uncommented() -> String {
        let lines = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.starts_with("SEGUE_") || setting.starts_with("OTEL_") => setting,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.bind.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.ops_bind.as_ref().unwrap().to_string(), "127.0.0.1:9090");
        assert_eq!(settings.data_dir(), Path::new("data"));
        assert_eq!(settings.ledger_heads, Path::new("data/ledger-heads"));
        assert!(settings.warnings()[0].contains("SEGUE_PUBLIC_URL"));
    }

    #[test]
    fn every_mistake_is_told_at_once_by_name_and_without_secrets() {
        let wrong = [
            ("SEGUE_BIND", "8080"),
            ("SEGUE_MASTER_KEY", "hunter2"),
            ("SEGUE_BOOTSTRAP_KEY", "sk_hunter2"),
            ("SEGUE_DATABASE_URL", "mysql://u:hunter2@db/x"),
            ("SEGUE_SPOOLDIR", "/x"),
        ];
        let mistakes = read(&wrong).unwrap_err();
        assert_eq!(mistakes.iter().count(), wrong.len());
        let text = mistakes.to_string();
        assert!(wrong.iter().all(|(name, _)| text.contains(name)), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_example_shows_every_setting() {
        let mut source = Source::new(&BTreeMap::new(), Some(&uncommented()));
        Settings::take_from(&mut source);
        let missing = source.asked().iter().filter(|name| !EXAMPLE.contains(&format!("# {name} = ")));
        assert_eq!(missing.count(), 0);
        assert_eq!(source.finish(), Ok(()));
    }

    #[test]
    fn the_example_as_it_stands_changes_nothing() {
        let settings = Settings::read(&BTreeMap::new(), Some(EXAMPLE)).unwrap();
        assert_eq!(format!("{settings:?}"), format!("{:?}", read(&[]).unwrap()));
    }

    #[test]
    fn a_file_named_on_the_command_line_must_be_there() {
        let mistakes = Settings::load(Some(Path::new("no/such/segue.toml"))).unwrap_err();
        assert!(mistakes.to_string().contains("no/such/segue.toml: cannot be read"));
    }

    #[test]
    fn an_object_store_is_not_yet_a_directory() {
        assert!(read(&[("SEGUE_LEDGER_HEADS", "s3://bucket/heads")]).is_err());
    }
}
