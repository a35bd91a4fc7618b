//! A serving process: started from the bottom up, stopped from the top down.

mod background;
mod servers;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::servers::{bind, serve_ops};
use super::{Role, StartError, first_key, location, open_store, stop};
use crate::bridge::Bridge;
use crate::clock::{Clock, SystemClock, chance, random};
use crate::config::Settings;
use crate::console;
use crate::coordination::{Coordination, SlotBoard};
use crate::domain::id::ReplicaId;
use crate::gateway::{Committer, Gateway};
use crate::http::{self, Api, Services};
use crate::outbound::Outbound;
use crate::relay::{Elsewhere, Parts, Relay};
use crate::store::Store;
use crate::store::delivery::LaneBook;
use crate::telemetry::Metrics;

/// How long sends under way may take to end when stopping.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a process is given from outside beside its settings.
pub struct Entrance<P> {
    /// Where the public server listens; without one it is bound as the settings say.
    pub listener: Option<TcpListener>,
    /// Mounts what is served beside the API.
    pub pages: P,
    /// Cancelled when it is to stop.
    pub stop: CancellationToken,
}

/// Serves until a signal tells it to stop.
///
/// # Errors
/// [`StartError`] says what is wrong and what to do.
pub async fn serve(settings: Settings, role: Role) -> Result<(), StartError> {
    let stop = CancellationToken::new();
    stop::on_signals(stop.clone()).map_err(StartError::Server)?;
    serve_by(settings, role, Entrance { listener: None, pages: console::configure, stop }).await
}

/// Serves until it is told to stop.
///
/// # Errors
/// [`StartError`] says what is wrong and what to do.
pub async fn serve_by<P>(settings: Settings, role: Role, entrance: Entrance<P>) -> Result<(), StartError>
where
    P: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let at = location(&settings);
    let _lock = at.lock()?;
    let clock = Arc::new(SystemClock::default());
    let store = open_store(&settings, clock.now()).await?;
    if role != Role::All && !store.is_shared() {
        return Err(StartError::RoleNeedsServer);
    }
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    clock.set(store.now().await?);
    first_key::ensure(&store, &settings, clock.now()).await?;
    let process = Process::start(&settings, role, store, clock, entrance.stop.clone())?;
    process.run(&settings, entrance).await
}

struct Process {
    role: Role,
    replica: ReplicaId,
    store: Store,
    clock: Arc<SystemClock>,
    coordination: Arc<Coordination>,
    board: Arc<SlotBoard>,
    relay: Option<Relay>,
    book: Arc<dyn LaneBook>,
    bridge: Bridge,
    outbound: Outbound,
    tasks: TaskTracker,
    /// Nothing new is taken in.
    stopping: CancellationToken,
    /// What was taken in is decided.
    drained: CancellationToken,
}

impl Process {
    fn start(
        settings: &Settings,
        role: Role,
        store: Store,
        clock: Arc<SystemClock>,
        stopping: CancellationToken,
    ) -> Result<Self, StartError> {
        let coordination = Arc::new(match &settings.redis_url {
            Some(url) => Coordination::shared(url, "segue", random())?,
            None => Coordination::local(),
        });
        let outbound = Outbound::new(&settings.allow_private_targets)?;
        let board = Arc::new(SlotBoard::default());
        let replica = ReplicaId::new(clock.now(), &chance());
        let relay = (role != Role::Gateway).then(|| {
            Relay::start(Parts {
                store: store.clone(),
                outbound: outbound.clone(),
                clock: clock.clone(),
                coordination: coordination.clone(),
                slots: board.clone(),
                replica: replica.clone(),
                public_url: settings.public_url.origin().to_owned(),
            })
        });
        let book: Arc<dyn LaneBook> = match &relay {
            Some(relay) => Arc::new(relay.clone()),
            None => Arc::new(Elsewhere::new(replica.clone(), coordination.clone())),
        };
        let bridge = Bridge::new(store.clone(), book.clone(), clock.clone(), coordination.clone())
            .reached_at(settings.public_url.origin());
        let (tasks, drained) = (TaskTracker::new(), CancellationToken::new());
        Ok(Self {
            role,
            replica,
            store,
            clock,
            coordination,
            board,
            relay,
            book,
            bridge,
            outbound,
            tasks,
            stopping,
            drained,
        })
    }

    async fn run<P>(self, settings: &Settings, entrance: Entrance<P>) -> Result<(), StartError>
    where
        P: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    {
        self.spawn_workers(settings);
        self.spawn_retention(settings.retention);
        self.spawn_clock();
        let metrics = Metrics::install();
        self.spawn_upkeep(&metrics);
        let commits = TaskTracker::new();
        let api = web::Data::new(Api::new(self.services(settings, &commits).map_err(StartError::Server)?));
        self.spawn_health(api.gateway.tally());
        let public = match self.role {
            Role::Worker => None,
            Role::All | Role::Gateway => {
                let listener = entrance.listener.map_or_else(|| bind(&settings.bind), Ok)?;
                Some(http::serve(api.clone(), listener, entrance.pages).map_err(StartError::Server)?)
            }
        };
        let ops = serve_ops(settings, api, metrics);
        self.announce(settings, ops.is_some());
        let ended = self.until_stopped(public, ops).await;
        self.shut_down(commits).await;
        ended
    }

    fn services(&self, settings: &Settings, commits: &TaskTracker) -> std::io::Result<Services> {
        let public_url = settings.public_url.origin().to_owned();
        let clock: Arc<dyn Clock> = self.clock.clone();
        let gateway = Gateway::new(
            self.store.clone(),
            Committer::start(self.store.clone(), commits)?,
            self.board.clone(),
            self.coordination.clone(),
            (clock.clone(), public_url.clone()),
        );
        Ok(Services {
            store: self.store.clone(),
            bridge: self.bridge.clone(),
            gateway: Arc::new(gateway),
            outbound: self.outbound.clone(),
            coordination: self.coordination.clone(),
            clock,
            public_url,
            stopping: self.stopping.clone(),
            requests_per_minute: http::REQUESTS_PER_MINUTE,
        })
    }

    fn announce(&self, settings: &Settings, ops: bool) {
        let url = format!("http://{}", settings.bind);
        match self.role {
            Role::Worker => tracing::info!("working; no API here"),
            Role::All | Role::Gateway => {
                tracing::info!(
                    %url,
                    "listening on {url}; the API is documented at {url}/docs, and `segue keys create` makes keys"
                );
            }
        }
        if let (true, Some(address)) = (ops, &settings.ops_bind) {
            tracing::info!(%address, "metrics and probes on http://{address}");
        }
    }

    /// What was acknowledged is stored already; what is under way ends, the rest is left for the next start.
    async fn shut_down(self, commits: TaskTracker) {
        commits.close();
        let _ = tokio::time::timeout(PATIENCE, commits.wait()).await;
        if let Some(relay) = &self.relay {
            relay.stop(PATIENCE).await;
        }
        // What the last sends taught is decided too.
        self.drained.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        self.store.close().await;
        tracing::info!("stopped");
    }
}
