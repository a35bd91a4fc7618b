//! The real edge in a process of its own: routes, verification, parsing, routing and sealing as they are served, with
//! the committer of the service, one that stores every callback by itself, or one that stores nothing.

use std::sync::Arc;

use actix_web::web;
use clap::ValueEnum;
use futures_util::future::BoxFuture;
use segue::bridge::Bridge;
use segue::clock::{Clock, SystemClock, chance};
use segue::coordination::{Coordination, SlotBoard};
use segue::domain::id::ReplicaId;
use segue::gateway::{Commit, Committer, Gateway, Rejection};
use segue::http::{Api, REQUESTS_PER_MINUTE, Services};
use segue::outbound::Outbound;
use segue::relay::Elsewhere;
use segue::store::Store;
use segue::store::inbound::{Receipt, SealedCallback};
use segue::telemetry::{LogForm, Metrics, start_logs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Result;
use crate::process::Address;
use crate::service::master;

/// What becomes of a callback after it was read.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Accepts {
    /// It is stored with those beside it.
    Store,
    /// It is stored by an insert and a commit of its own.
    Single,
    /// Nothing: what verification, parsing and HTTP cost.
    Nothing,
}

impl Accepts {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Single => "single",
            Self::Nothing => "nothing",
        }
    }
}

struct Nothing;

impl Commit for Nothing {
    fn commit(&self, _: SealedCallback) -> BoxFuture<'_, std::result::Result<Receipt, Rejection>> {
        Box::pin(async { Ok(Receipt::default()) })
    }
}

/// The same rows in the same tables, on the service's pool of connections.
struct Single(Store);

impl Commit for Single {
    fn commit(&self, callback: SealedCallback) -> BoxFuture<'_, std::result::Result<Receipt, Rejection>> {
        Box::pin(async move {
            let stored = self.0.accept(std::slice::from_ref(&callback)).await;
            let receipts = stored.map_err(|why| Rejection::Unavailable(Arc::new(why)))?;
            Ok(receipts.into_iter().next().unwrap_or_default())
        })
    }
}

/// Serves until standard input ends, and then stores what was taken in.
pub(crate) async fn serve(accepts: Accepts, address: &Address) -> Result<()> {
    start_logs("info", LogForm::Json, None)?;
    let _metrics = Metrics::install();
    let clock = Arc::new(SystemClock::default());
    let store = Store::open(&address.location(), &master(), clock.now()).await?;
    let commits = TaskTracker::new();
    let services = match accepts {
        Accepts::Store => services(&store, Committer::start(store.clone(), &commits)?, clock)?,
        Accepts::Single => services(&store, Single(store.clone()), clock)?,
        Accepts::Nothing => services(&store, Nothing, clock)?,
    };
    let api = web::Data::new(Api::new(services));
    let server = segue::http::serve(api, address.bind()?, segue::console::configure)?;
    let handle = server.handle();
    tokio::spawn(async move {
        input_ended().await;
        handle.stop(true).await;
    });
    server.await?;
    commits.close();
    commits.wait().await;
    store.close().await;
    Ok(())
}

/// Whoever started this process is done with it, or is gone.
pub(crate) async fn input_ended() {
    let _ = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
}

fn services(store: &Store, committer: impl Commit + 'static, clock: Arc<dyn Clock>) -> Result<Services> {
    let coordination = Arc::new(Coordination::local());
    let book = Arc::new(Elsewhere::new(ReplicaId::new(clock.now(), &chance()), coordination.clone()));
    let public_url = "http://127.0.0.1".to_owned();
    let doors = (clock.clone(), public_url.clone());
    let board = Arc::new(SlotBoard::default());
    Ok(Services {
        bridge: Bridge::new(store.clone(), book, clock.clone(), coordination.clone()),
        gateway: Arc::new(Gateway::new(store.clone(), committer, board, coordination.clone(), doors)),
        outbound: Outbound::new(&[])?,
        stopping: CancellationToken::new(),
        requests_per_minute: REQUESTS_PER_MINUTE,
        store: store.clone(),
        coordination,
        clock,
        public_url,
    })
}
