//! The real edge in a process of its own: routes, verification, parsing and routing as they are served, with a
//! committer that stores, or one that does not.

use std::sync::Arc;

use actix_web::web;
use clap::ValueEnum;
use segue::bridge::Bridge;
use segue::clock::{Clock, SystemClock, chance};
use segue::coordination::{Coordination, SlotBoard};
use segue::domain::id::ReplicaId;
use segue::gateway::{Accept, Committer, Gateway};
use segue::http::{Api, REQUESTS_PER_MINUTE, Services};
use segue::outbound::Outbound;
use segue::relay::Elsewhere;
use segue::store::inbound::{Receipt, SealedCallback};
use segue::store::{Store, StoreError};
use segue::telemetry::{LogForm, Metrics, start_logs};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Result;
use crate::process::Address;
use crate::service::master;

/// What becomes of a callback after it was read.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Accepts {
    /// It is stored.
    Store,
    /// Nothing: what verification, parsing and HTTP cost.
    Nothing,
}

impl Accepts {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Nothing => "nothing",
        }
    }
}

struct Nothing;

impl Accept for Nothing {
    async fn accept(&self, callbacks: &[SealedCallback]) -> std::result::Result<Vec<Receipt>, StoreError> {
        Ok(vec![Receipt::default(); callbacks.len()])
    }
}

/// Serves until standard input ends, and then stores what was taken in.
pub(crate) async fn serve(accepts: Accepts, address: &Address) -> Result<()> {
    start_logs("info", LogForm::Json, None)?;
    let _metrics = Metrics::install();
    let clock = Arc::new(SystemClock::default());
    let store = Store::open(&address.location(), &master(), clock.now()).await?;
    let commits = TaskTracker::new();
    let committer = match accepts {
        Accepts::Store => Committer::start(store.apart(), &commits)?,
        Accepts::Nothing => Committer::start(Nothing, &commits)?,
    };
    let api = web::Data::new(Api::new(services(store.clone(), committer, clock)?));
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

fn services(store: Store, committer: Committer, clock: Arc<dyn Clock>) -> Result<Services> {
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
        store,
        coordination,
        clock,
        public_url,
    })
}
