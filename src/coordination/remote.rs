//! The Redis side: shared counters, and the tasks that carry wake-ups.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::bells::{Bells, Wake};
use super::outage::Outage;
use super::quota::Rate;
use super::wire::Line;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// How long a request may wait for a shared count, unless told otherwise.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long requests are spared that wait after one of them waited in vain.
const RESPITE: Duration = Duration::from_secs(1);

/// The URL of Redis is none.
#[derive(Debug, thiserror::Error)]
#[error("SEGUE_REDIS_URL cannot be used: {0}")]
pub struct InvalidRedisUrl(redis::RedisError);

/// A Redis, there or away.
pub(super) struct Remote {
    connection: ConnectionManager,
    pub(super) patience: Duration,
    prefix: String,
    outbox: Bells,
    outage: Arc<Outage>,
    /// Epoch milliseconds until which counting is not tried.
    respite: AtomicI64,
    /// Ends with this value.
    _tasks: JoinSet<()>,
}

impl Remote {
    pub(super) fn start(
        url: &Secret,
        prefix: &str,
        replica: [u8; 8],
        bells: Bells,
    ) -> Result<Self, InvalidRedisUrl> {
        let client = Client::open(url.expose()).map_err(InvalidRedisUrl)?;
        let connection = connect(&client).map_err(InvalidRedisUrl)?;
        let outage = Arc::<Outage>::default();
        let outbox = Bells::default();
        let channel = format!("segue:wake:{prefix}");
        let line = Line { channel, replica: hex::encode(replica), outage: outage.clone() };
        let mut tasks = JoinSet::new();
        for wake in Wake::ALL {
            tasks.spawn(line.clone().tell(connection.clone(), wake, outbox.subscribe(wake)));
        }
        tasks.spawn(line.listen(client, bells));
        let (prefix, respite) = (prefix.to_owned(), AtomicI64::new(0));
        Ok(Self { connection, patience: PATIENCE, prefix, outbox, outage, respite, _tasks: tasks })
    }

    pub(super) fn notify(&self, wake: Wake) {
        self.outbox.ring(wake);
    }

    /// How many uses there were in this window on all replicas; `None` while that cannot be known.
    pub(super) async fn count(&self, key: &str, rate: Rate, now: Timestamp) -> Option<u32> {
        if now.millis() < self.respite.load(Ordering::Relaxed) {
            return None;
        }
        match timeout(self.patience, self.increment(key, rate, now)).await {
            Ok(Ok(used)) => {
                self.outage.ended();
                return Some(used);
            }
            Ok(Err(why)) => self.outage.began(&why),
            Err(late) => self.outage.began(&late),
        }
        self.respite.store((now + RESPITE).millis(), Ordering::Relaxed);
        None
    }

    async fn increment(&self, key: &str, rate: Rate, now: Timestamp) -> RedisResult<u32> {
        let key = format!("segue:rate:{}:{key}:{}", self.prefix, rate.window_at(now));
        let kept = i64::try_from(rate.window.as_millis()).unwrap_or(i64::MAX);
        let mut pipe = redis::pipe();
        pipe.atomic().incr(&key, 1).pexpire(&key, kept).ignore();
        let (used,) = pipe.query_async(&mut self.connection.clone()).await?;
        Ok(used)
    }
}

/// Connects when first used, and again when used after a break.
fn connect(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new().set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// Whether a Redis answers, for a preflight.
///
/// # Errors
/// Why not, without the URL, which may hold a password.
pub async fn check(url: &Secret) -> Result<(), String> {
    let client = Client::open(url.expose()).map_err(|_| "the URL cannot be used".to_owned())?;
    let ping = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    match timeout(Duration::from_secs(5), ping).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.category().to_owned()),
        Err(_) => Err("it took too long".to_owned()),
    }
}
