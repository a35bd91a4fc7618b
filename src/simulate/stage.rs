//! Everything that a simulation needs, set up and taken down: the service, the providers, the desk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as PlainMutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;

use super::desk::Desk;
use super::driver::{Driver, Played};
use super::progress::{Meter, Progress};
use super::receiver::{Inbox, Receiver};
use super::records::Fates;
use super::service::Service;
use super::{Options, SimulateError};
use crate::app::TemporaryFolder;
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::config::Settings;
use crate::domain::secret::Secret;
use crate::sandbox::plan::Plan;
use crate::sandbox::scenario::Scenario;
use crate::sandbox::{Sandbox, Try};
use crate::store::{Location, Store, holds_tables};
use crate::{app, config};

/// What the desk wants to hear of.
const EVENTS: [&str; 4] = ["complaint.*", "message.*", "reply.*", "handoff.*"];

/// Made-up numbers are alike, and so many of them look like the flood that texts are capped against.
const MANY: u32 = 10_000;

/// How often the progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(200);

pub(super) struct Stage<'a> {
    pub(super) plan: &'a Plan,
    pub(super) watch: Stopwatch,
    pub(super) folder: TemporaryFolder,
    pub(super) is_server: bool,
    pub(super) service: Arc<Mutex<Service>>,
    pub(super) api: crate::sandbox::Api,
    pub(super) store: Store,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) desk: Arc<Desk>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) fates: Arc<PlainMutex<Fates>>,
    pub(super) meter: Meter,
    receiver: Receiver,
}

impl<'a> Stage<'a> {
    /// Sets everything up; nothing happens yet.
    pub(super) async fn set(
        plan: &'a Plan,
        scenario: &Scenario,
        options: &Options,
    ) -> Result<Self, SimulateError> {
        let folder = TemporaryFolder::make("simulate")?;
        let database = database(options, &folder).await?;
        let is_server = options.database.is_some() && !database.starts_with("sqlite:");
        let split = (options.redis.as_deref(), is_server && scenario.has_deaths());
        let service = Service::start(options.program.clone(), folder.path(), &database, split).await?;
        let (api, watch) = (service.api.clone(), Stopwatch::start());
        let store = open(&service).await?;
        let seed = plan.head.seed;
        let inbox = Inbox::new(watch, (u8::try_from(scenario.desk_fails()).unwrap_or(100), seed));
        let receiver = Receiver::start(inbox.clone())?;
        api.patch(
            "/v1/workspace",
            &json!({"limits": {"prefix_texts_per_hour": MANY, "country_texts_per_day": MANY}}),
        )
        .await?;
        let hook = api.post("/v1/webhooks", &json!({"url": receiver.url, "events": EVENTS})).await?;
        inbox.trust(&Secret::new(hook["secret"].as_str().unwrap_or_default()));
        let (sandbox, _) = Sandbox::on_loopback(seed)?;
        sandbox.connect(&api).await?;
        let faults = crate::sandbox::Faults { seed, ..scenario.faults.clone() };
        sandbox.set_faults(faults);
        let fates = Arc::new(PlainMutex::new(Fates::new(plan.steps.len())));
        tokio::spawn(note(sandbox.watch(watch), fates.clone()));
        Ok(Self {
            plan,
            watch,
            folder,
            is_server,
            desk: Desk::new(api.clone(), inbox.clone()),
            service: Arc::new(Mutex::new(service)),
            api,
            store,
            sandbox,
            inbox,
            fates,
            meter: Meter::default(),
            receiver,
        })
    }

    /// Plays the plan, and shows how far it is.
    pub(super) async fn play(&self) -> Played {
        let driver = Driver::new(self.sandbox.clone(), self.desk.clone(), self.service.clone());
        let has_ended = AtomicBool::new(false);
        let shown = async {
            while !has_ended.load(Ordering::Relaxed) {
                self.meter.show(&self.progress(), &[], self.watch.elapsed());
                tokio::time::sleep(SHOWN_EVERY).await;
            }
        };
        let played = async {
            let played = driver.play(self.plan, self.watch).await;
            has_ended.store(true, Ordering::Relaxed);
            played
        };
        tokio::join!(played, shown).0
    }

    pub(super) fn progress(&self) -> Progress {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = fates.acts.iter().filter(|fate| fate.begun.is_some()).count();
        Progress {
            planned: self.plan.callbacks(),
            sent,
            acknowledged: fates.acknowledged,
            delivered: self.inbox.delivered(),
        }
    }

    /// Takes everything down.
    pub(super) async fn strike(self) {
        self.receiver.stop().await;
        self.store.close().await;
    }
}

/// Takes note of every try.
async fn note(mut tries: UnboundedReceiver<Try>, fates: Arc<PlainMutex<Fates>>) {
    while let Some(one) = tries.recv().await {
        fates.lock().unwrap_or_else(PoisonError::into_inner).note(&one);
    }
}

/// The URL of an empty database.
async fn database(options: &Options, folder: &TemporaryFolder) -> Result<String, SimulateError> {
    let Some(url) = &options.database else {
        return Ok(format!("sqlite://{}", folder.path().join("segue.db").display()));
    };
    let wrong = SimulateError::Database;
    let (location, url) = match config::Database::parse(url).map_err(wrong)? {
        config::Database::Sqlite(path) => {
            // The service works in a folder of its own.
            let path = std::path::absolute(path)?;
            let url = format!("sqlite://{}", path.display());
            (Location::Sqlite(path), url)
        }
        config::Database::Postgres(secret) => (Location::Postgres(secret), url.clone()),
    };
    match holds_tables(&location).await {
        Ok(false) => Ok(url),
        Ok(true) => Err(wrong("there are tables in it; give an empty database or schema".to_owned())),
        Err(why) => Err(wrong(why.to_string())),
    }
}

/// The database of the service, to count in at the end.
async fn open(service: &Service) -> Result<Store, SimulateError> {
    let env = service.settings().iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let settings = Settings::read(&env, None)
        .map_err(|why| SimulateError::Service(format!("has wrong settings: {why}")))?;
    let now = SystemClock::default().now();
    app::open_store(&settings, now)
        .await
        .map_err(|why| SimulateError::Service(format!("has a database: {why}")))
}
