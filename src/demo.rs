//! `segue demo`: the whole product in one process, with simulated providers and customers who complain by themselves.
//! The service in it is the one that `serve` runs; nothing of it outlives the process.

mod colleague;

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{Entrance, Role, StartError, TemporaryFolder, serve_by};
use crate::clock::random;
use crate::config::{HostPort, Mistakes, Settings};
use crate::console;
use crate::sandbox::{Api, ApiError, Gathering, Sandbox};

/// Where it listens unless that place is taken.
const USUAL: (&str, u16) = ("127.0.0.1", 8080);

/// So many complained before anybody looked, the first of them so many seconds ago.
const THERE_ALREADY: (u64, u64) = (8, 2_400);

/// How long the service may take to end in order.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Between two looks whether the service is up.
const PAUSE: Duration = Duration::from_millis(20);

/// How a demo is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; without it at 8080, or at a free port where that is taken.
    pub bind: Option<HostPort>,
    /// Decides who the customers are.
    pub seed: u64,
    /// How often somebody new complains.
    pub pace: Duration,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It cannot listen there.
    #[error("--bind {address}: {cause}")]
    Bind {
        /// As it was asked for.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// This machine cannot do what is needed.
    #[error(transparent)]
    Machine(#[from] io::Error),
    /// Its own settings are wrong.
    #[error(transparent)]
    Settings(#[from] Mistakes),
    /// The service does not run.
    #[error(transparent)]
    Service(#[from] StartError),
    /// The service refuses what everything begins with.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Runs until told to stop; `say` is given the one URL once it can be opened.
///
/// # Errors
/// When it does not run.
pub async fn run(options: Options, stop: CancellationToken, say: impl FnOnce(&str)) -> Result<(), DemoError> {
    let folder = TemporaryFolder::make("demo")?;
    let listener = listen(options.bind.as_ref())?;
    let url = format!("http://{}", listener.local_addr()?);
    let (sandbox, token) = Sandbox::on_loopback(options.seed)?;
    let key = format!("sk_{}", hex::encode(random::<24>()));
    let settings = settings(&url, &key, &folder)?;
    let mut service = tokio::spawn(serve_by(settings, Role::All, entrance(listener, &sandbox, &stop)));
    let api = Api::new(&url, &key)?;
    let ready = async {
        while !api.is_ready().await {
            tokio::time::sleep(PAUSE).await;
        }
        open(&api, &sandbox).await
    };
    let desk = tokio::select! {
        ended = &mut service => return of_service(ended),
        () = stop.cancelled() => return end(service).await,
        desk = ready => desk?,
    };
    say(&format!("{url}/console#key={desk}&sandbox={token}"));
    tokio::select! {
        ended = &mut service => return of_service(ended),
        () = stop.cancelled() => {}
        () = live(&api, &sandbox, options.pace) => {}
    }
    end(service).await
}

fn listen(bind: Option<&HostPort>) -> Result<TcpListener, DemoError> {
    match bind {
        Some(address) => TcpListener::bind(address.as_pair())
            .map_err(|cause| DemoError::Bind { address: address.to_string(), cause }),
        None => Ok(TcpListener::bind(USUAL).or_else(|_| TcpListener::bind((USUAL.0, 0)))?),
    }
}

/// Of its own, whatever the environment says.
fn settings(url: &str, key: &str, folder: &TemporaryFolder) -> Result<Settings, Mistakes> {
    let path = folder.path().display();
    let address = url.trim_start_matches("http://");
    let all = [
        ("SEGUE_BIND", address.to_owned()),
        ("SEGUE_OPS_BIND", "off".to_owned()),
        ("SEGUE_PUBLIC_URL", url.to_owned()),
        ("SEGUE_DATABASE_URL", format!("sqlite://{path}/segue.db")),
        ("SEGUE_MASTER_KEY", hex::encode(random::<32>())),
        ("SEGUE_BOOTSTRAP_KEY", key.to_owned()),
        ("SEGUE_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8".to_owned()),
    ];
    let all: BTreeMap<String, String> =
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Settings::read(&all, None)
}

/// The service's own pages, and beside them the sandbox's API for the console.
fn entrance(
    listener: TcpListener,
    sandbox: &Arc<Sandbox>,
    stop: &CancellationToken,
) -> Entrance<impl Fn(&mut ServiceConfig) + Clone + Send + 'static + use<>> {
    let control = sandbox.control();
    let pages = move |config: &mut ServiceConfig| {
        console::configure(config);
        control(config);
    };
    Entrance { listener: Some(listener), pages, stop: stop.clone() }
}

/// The brand, its connections, and those who are waiting for it; the key of whoever opens the console.
async fn open(api: &Api, sandbox: &Sandbox) -> Result<String, ApiError> {
    let brand = json!({
        "brand": "Example Co", "privacy_url": "https://example.com/privacy",
        "support_contact": "help@example.com",
        // Made-up numbers are alike; the cap against a flood of them would be met within an hour.
        "limits": {"prefix_texts_per_hour": 1_000},
    });
    api.patch("/v1/workspace", &brand).await?;
    sandbox.connect(api).await?;
    let (customers, ago) = THERE_ALREADY;
    gather(sandbox, &Gathering { customers, ago, ..Gathering::default() });
    let agent = json!({"name": "Sam Demo", "initials": "SD"});
    let key = json!({"name": "Console of the demo", "scopes": ["admin", "operator"], "agent": agent});
    let made = api.post("/v1/keys", &key).await?;
    Ok(made["secret"].as_str().unwrap_or_default().to_owned())
}

/// Customers come, and a colleague works beside whoever plays; never ends.
async fn live(api: &Api, sandbox: &Sandbox, pace: Duration) {
    let come = async {
        loop {
            tokio::time::sleep(pace).await;
            gather(sandbox, &Gathering::default());
        }
    };
    tokio::join!(come, colleague::work(api));
}

fn gather(sandbox: &Sandbox, wanted: &Gathering) {
    if let Err(why) = sandbox.gather(wanted) {
        tracing::error!(%why, "nobody came");
    }
}

/// What is under way ends within a moment; what does not is cut off, nobody keeps it.
async fn end(service: JoinHandle<Result<(), StartError>>) -> Result<(), DemoError> {
    match tokio::time::timeout(PATIENCE, service).await {
        Ok(ended) => of_service(ended),
        Err(_) => Ok(()),
    }
}

fn of_service(ended: Result<Result<(), StartError>, tokio::task::JoinError>) -> Result<(), DemoError> {
    Ok(ended.map_err(io::Error::other)??)
}
