//! The system of record: a file or a server.

use std::path::{Path, PathBuf};

use crate::domain::secret::Secret;

/// Where the truth is kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// A SQLite file, created when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the URL holds its password.
    Postgres(Secret),
}

impl Default for Database {
    fn default() -> Self {
        Self::Sqlite(PathBuf::from("data/segue.db"))
    }
}

impl Database {
    /// Reads `sqlite://path`, `sqlite:///absolute/path` or `postgres://…`.
    ///
    /// # Errors
    /// A sentence on the right form.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", path)) => file(path).map(Self::Sqlite),
            Some(("postgres" | "postgresql", _)) => server(text).map(Self::Postgres),
            _ => Err("not a database; give sqlite://path or postgres://user@host/name".to_owned()),
        }
    }

    /// The directory for what is kept beside the database.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        let parent = match self {
            Self::Sqlite(path) => path.parent(),
            Self::Postgres(_) => Some(Path::new("data")),
        };
        parent.filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
    }
}

fn file(path: &str) -> Result<PathBuf, String> {
    if path.is_empty() || path.ends_with('/') || path.contains(['?', '#']) || path == ":memory:" {
        return Err(
            "not a file; give sqlite://data/segue.db or sqlite:///absolute/path, without options".to_owned()
        );
    }
    Ok(PathBuf::from(path))
}

fn server(text: &str) -> Result<Secret, String> {
    let wrong = "not a server; give postgres://user:password@host:5432/name";
    url::Url::parse(text).map(|_| Secret::new(text)).map_err(|_| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathBuf {
        match Database::parse(text).unwrap() {
            Database::Sqlite(path) => path,
            Database::Postgres(_) => panic!("{text} is a server"),
        }
    }

    #[test]
    fn two_slashes_are_relative_and_three_absolute() {
        assert_eq!(path("sqlite://data/segue.db"), Path::new("data/segue.db"));
        assert_eq!(path("sqlite:///var/lib/segue.db"), Path::new("/var/lib/segue.db"));
    }

    #[test]
    fn a_server_is_known_by_its_scheme_and_its_password_is_hidden() {
        let shown = format!("{:?}", Database::parse("postgres://u:hunter2@db/segue").unwrap());
        assert!(shown.starts_with("Postgres") && !shown.contains("hunter2"), "{shown}");
        assert!(matches!(Database::parse("postgresql:///segue?host=/run"), Ok(Database::Postgres(_))));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for text in ["mysql://a/b", "data.db", "sqlite://", "sqlite://:memory:", "sqlite://a.db?mode=ro"] {
            assert!(Database::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn data_is_kept_beside_the_file() {
        assert_eq!(Database::default().data_dir(), Path::new("data"));
        assert_eq!(Database::parse("sqlite://segue.db").unwrap().data_dir(), Path::new("."));
        assert_eq!(Database::parse("postgres://db/segue").unwrap().data_dir(), Path::new("data"));
    }
}
