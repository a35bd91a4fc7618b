//! A fresh database for each test, on both engines.

use std::sync::Arc;

use segue::clock::{ManualClock, random};
use segue::domain::secret::Secret;
use segue::domain::time::Timestamp;
use segue::store::{Location, Store};
use segue::vault::{Key, MasterKeys};

use super::servers::postgres_url;

/// The engines the product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    Sqlite,
}

/// A database of its own: a file, or a schema on the test server.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) location: Location,
    pub(crate) clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

/// The moment at which every test begins.
pub(crate) fn start_of_time() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

/// The master key of every test database.
pub(crate) fn master() -> MasterKeys {
    MasterKeys::new(Key::new([7; 32]), Vec::new())
}

impl TestStore {
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = match engine {
            Engine::Sqlite => Location::Sqlite(folder.path().join("segue.db")),
            Engine::Postgres => Location::Postgres(fresh_schema().await),
        };
        let now = start_of_time();
        let store = Store::open(&location, &master(), now).await.unwrap();
        Self { store, location, clock: Arc::new(ManualClock::at(now)), folder }
    }

    /// A directory of its own for what is kept beside the database.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// A schema of its own on the test server, as a URL.
pub(crate) async fn fresh_schema() -> Secret {
    let name = format!("t_{}", hex::encode(random::<8>()));
    let url = postgres_url();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    let joint = if url.contains('?') { '&' } else { '?' };
    Secret::new(format!("{url}{joint}options=-csearch_path%3D{name}"))
}

/// The same PostgreSQL database by connections under a name of their own, so that the server can end them and no one
/// else's.
pub(crate) struct NamedSessions {
    pub(crate) store: Store,
    name: String,
}

impl NamedSessions {
    pub(crate) async fn open(db: &TestStore) -> Self {
        let name = format!("named_{}", hex::encode(random::<6>()));
        let Location::Postgres(url) = &db.location else { panic!() };
        let url = Secret::new(format!("{}&application_name={name}", url.expose()));
        let store = Store::open(&Location::Postgres(url), &master(), start_of_time()).await.unwrap();
        Self { store, name }
    }

    /// Which they are, as a statement goes on after what it selects.
    pub(crate) fn from(&self) -> String {
        format!("FROM pg_stat_activity WHERE application_name = '{}'", self.name)
    }

    /// The statement that ends them, in the server's own time.
    pub(crate) fn end(&self) -> String {
        format!("SELECT pg_terminate_backend(pid) {}", self.from())
    }
}

/// Runs a test on each engine: `both_engines! { async fn a_sentence(db: TestStore) { … } }`.
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestStore) $body:block)+) => {$(
        mod $name {
            use super::*;
            use $crate::support::engines::{Engine, TestStore};

            async fn run($db: TestStore) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                run(TestStore::new(Engine::Postgres).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                run(TestStore::new(Engine::Sqlite).await).await;
            }
        }
    )+};
}
pub(crate) use both_engines;

/// Runs each of a module's `stories` on each engine: `on_both! { a_sentence another }`.
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            use $crate::support::engines::Engine;

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::stories::$name(Engine::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::stories::$name(Engine::Sqlite).await;
            }
        }
    )+};
}
pub(crate) use on_both;
