//! What one would write by hand: a handler that verifies with the same code and makes one insert for each request,
//! one row in one table.

use std::sync::Arc;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, web};
use segue::clock::{Clock, SystemClock};
use segue::domain::connection::callback_url;
use segue::domain::id::ConnectionId;
use segue::providers::{self, RawRequest};
use segue::store::Store;
use segue::store::connection::StoredDoor;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

use crate::Result;
use crate::database::INSERT_PLAIN;
use crate::edge::input_ended;
use crate::process::Address;
use crate::service::master;

#[derive(Clone)]
enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

struct Handler {
    door: StoredDoor,
    url: String,
    pool: Pool,
    clock: SystemClock,
}

/// What is kept of one event: what was understood, and the request it came in.
struct Row<'a> {
    connection: &'a str,
    key: &'a str,
    fact: Vec<u8>,
    raw: &'a [u8],
    at: i64,
}

/// Serves until standard input ends.
pub(crate) async fn serve(address: &Address) -> Result<()> {
    let clock = SystemClock::default();
    let store = Store::open(&address.location(), &master(), clock.now()).await?;
    let pool = open(&address.database).await?;
    let id = pool.connection().await?;
    let door = store.door(&ConnectionId::parse(&id)?, clock.now()).await?.ok_or("no connection")?;
    store.close().await;
    let url = callback_url(&door.settings, "", &id);
    let handler = web::Data::from(Arc::new(Handler { door, url, pool, clock }));
    let app = move || {
        App::new().app_data(handler.clone()).route("/callbacks/{connection_id}", web::post().to(take))
    };
    let server = HttpServer::new(app).disable_signals().listen(address.bind()?)?.run();
    let handle = server.handle();
    tokio::spawn(async move {
        input_ended().await;
        handle.stop(true).await;
    });
    Ok(server.await?)
}

/// Durable as the service's own connections are.
async fn open(database: &str) -> Result<Pool> {
    let Some(path) = database.strip_prefix("sqlite://") else {
        let pool = PgPoolOptions::new().max_connections(16).min_connections(16).test_before_acquire(false);
        return Ok(Pool::Postgres(pool.connect(database).await?));
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
    Ok(Pool::Sqlite(pool.connect_with(options).await?))
}

impl Pool {
    async fn connection(&self) -> Result<String> {
        const ONE: &str = "SELECT id FROM connection";
        Ok(match self {
            Self::Postgres(pool) => sqlx::query_scalar(ONE).fetch_one(pool).await?,
            Self::Sqlite(pool) => sqlx::query_scalar(ONE).fetch_one(pool).await?,
        })
    }

    async fn insert(&self, row: &Row<'_>) -> sqlx::Result<()> {
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(INSERT_PLAIN)
                    .bind(row.connection)
                    .bind(row.key)
                    .bind(&row.fact)
                    .bind(row.raw)
                    .bind(row.at)
                    .execute($pool)
                    .await?
            };
        }
        match self {
            Self::Postgres(pool) => insert!(pool).rows_affected(),
            Self::Sqlite(pool) => insert!(pool).rows_affected(),
        };
        Ok(())
    }
}

async fn take(
    handler: web::Data<Handler>,
    request: HttpRequest,
    body: web::Bytes,
) -> std::result::Result<HttpResponse, error::Error> {
    let headers = request.headers().iter();
    let raw = RawRequest {
        method: request.method().to_string(),
        url: handler.url.clone(),
        headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body,
    };
    let (door, now) = (handler.door.as_door(), handler.clock.now());
    let provider = providers::find(&handler.door.provider).ok_or_else(|| error::ErrorNotFound(""))?;
    let body = door.verify(provider, &raw, now).map_err(|_| error::ErrorUnauthorized(""))?;
    for event in provider.parse(&door, &body) {
        let event = event.map_err(|_| error::ErrorBadRequest(""))?;
        let fact = serde_json::to_vec(&event.fact)?;
        let connection = handler.door.id.as_str();
        let row = Row { connection, key: &event.key, fact, raw: &raw.body, at: now.millis() };
        let stored = handler.pool.insert(&row).await;
        stored.map_err(error::ErrorServiceUnavailable)?;
    }
    Ok(HttpResponse::Ok().finish())
}
