//! Databases of a benchmark: made with a connection in them once, copied for every run, so that each begins alike.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use segue::clock::random;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::Result;
use crate::process::cpu_of_family;

/// The table of those who make one insert for each request: what was understood and the request it came in, each once.
const PLAIN: &str =
    "CREATE TABLE plain (connection_id TEXT NOT NULL, event_key TEXT NOT NULL, fact BYTEA NOT NULL,
    raw BYTEA NOT NULL, received_at BIGINT NOT NULL, PRIMARY KEY (connection_id, event_key))";

/// Their insert.
pub(crate) const INSERT_PLAIN: &str = "INSERT INTO plain (connection_id, event_key, fact, raw, received_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id, event_key) DO NOTHING";

/// What the product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) const BOTH: [Self; 2] = [Self::Postgres, Self::Sqlite];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Where databases are made.
pub(crate) struct Databases {
    server: String,
    postmaster: u32,
    folder: tempfile::TempDir,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) engine: Engine,
    pub(crate) url: String,
    name: String,
}

impl Databases {
    /// On this server, which must keep its promises, and in a temporary folder.
    pub(crate) async fn open(server: &str) -> Result<Self> {
        let mut admin = PgConnection::connect(server).await.map_err(|why| format!("--postgres: {why}"))?;
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let show = AssertSqlSafe(format!("SHOW {setting}"));
            let value: String = sqlx::query_scalar(show).fetch_one(&mut admin).await?;
            if value != "on" {
                return Err(format!(
                    "the server has {setting}={value}: it would acknowledge what it can lose"
                )
                .into());
            }
        }
        let data: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut admin).await?;
        let pid = std::fs::read_to_string(PathBuf::from(data).join("postmaster.pid"))?;
        let postmaster = pid.lines().next().unwrap_or_default().parse()?;
        Ok(Self { server: server.to_owned(), postmaster, folder: tempfile::tempdir()? })
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// An empty one.
    pub(crate) async fn empty(&self, engine: Engine) -> Result<Database> {
        let database = self.named(engine)?;
        if engine == Engine::Postgres {
            self.administer(&format!("CREATE DATABASE {}", database.name)).await?;
        }
        Ok(database)
    }

    /// The same as another, which nobody uses.
    pub(crate) async fn copy(&self, of: &Database) -> Result<Database> {
        let database = self.named(of.engine)?;
        match of.engine {
            Engine::Postgres => {
                self.administer(&format!("CREATE DATABASE {} TEMPLATE {}", database.name, of.name)).await?;
                self.administer("CHECKPOINT").await?;
            }
            Engine::Sqlite => drop(std::fs::copy(of.path(), database.path())?),
        }
        Ok(database)
    }

    pub(crate) async fn remove(&self, database: Database) -> Result<()> {
        match database.engine {
            Engine::Postgres => {
                self.administer(&format!("DROP DATABASE {} WITH (FORCE)", database.name)).await
            }
            Engine::Sqlite => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", database.path()));
                }
                Ok(())
            }
        }
    }

    /// Processor time all processes of the server have used.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of_family(self.postmaster)
    }

    /// Transactions per second of pgbench making single inserts.
    pub(crate) fn pgbench(&self, database: &Database, clients: usize, seconds: u64) -> Result<f64> {
        let script = self.folder().join("insert.sql");
        let insert = "INSERT INTO plain (connection_id, event_key, fact, raw, received_at) VALUES
            ('conn_01kap0bswxev1bjsph3xxwkkrz', 'SM' || md5(random()::text || :client_id),
            convert_to(repeat('0123456789abcdef', 28), 'UTF8'), convert_to(repeat('0123456789abcdef', 40), 'UTF8'),
            1790000000000) ON CONFLICT (connection_id, event_key) DO NOTHING;";
        std::fs::write(&script, insert.replace('\n', " "))?;
        let mut command = Command::new("pgbench");
        command.args(["-n", "-M", "prepared", "-j", "1", "-c", &clients.to_string()]);
        let output =
            command.args(["-T", &seconds.to_string(), "-f"]).arg(script).arg(&database.url).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split_whitespace().next());
        let failed = || format!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
        Ok(tps.ok_or_else(failed)?.parse()?)
    }

    fn named(&self, engine: Engine) -> Result<Database> {
        let name = format!("bench_{}", hex::encode(random::<6>()));
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", self.folder().join(format!("{name}.db")).display()),
            Engine::Postgres => {
                let mut url = url::Url::parse(&self.server)?;
                url.set_path(&name);
                url.to_string()
            }
        };
        Ok(Database { engine, url, name })
    }

    async fn administer(&self, sql: &str) -> Result<()> {
        let mut admin = PgConnection::connect(&self.server).await?;
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut admin).await?;
        Ok(admin.close().await?)
    }
}

impl Database {
    fn path(&self) -> &str {
        self.url.trim_start_matches("sqlite://")
    }

    /// Adds the table of those who make one insert for each request.
    pub(crate) async fn add_plain_table(&self) -> Result<()> {
        match self.engine {
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await?;
                sqlx::query(PLAIN).execute(&mut connection).await?;
                Ok(connection.close().await?)
            }
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await?;
                sqlx::query(PLAIN).execute(&mut connection).await?;
                Ok(connection.close().await?)
            }
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> Result<u64> {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count: i64 = match self.engine {
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await?;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await?
            }
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await?;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await?
            }
        };
        Ok(count.try_into()?)
    }
}
