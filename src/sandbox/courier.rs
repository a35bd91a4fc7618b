//! Brings callbacks to the service: in the order of each customer, again when they are not taken, and wrongly where
//! a fault says so.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::faults::{Faults, Proxy};
use super::host::{Callback, Host, Item};
use super::log::{Line, Log};
use crate::clock::{Clock, Stopwatch};

/// Queues of customers; those of one queue wait for each other.
const QUEUES: u64 = 256;

/// What the service causes is told a moment after its request was answered.
const MOMENT: Duration = Duration::from_millis(15);

/// How long a batch waits for more.
const GATHERING: Duration = Duration::from_millis(25);

/// A fact on its way.
struct Errand {
    host: Arc<dyn Host>,
    url: String,
    item: Item,
    number: u64,
}

/// One try to bring a callback, for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Try {
    /// The marks of the facts in it, in their order.
    pub(crate) marks: Vec<u64>,
    /// From 0; repetitions on purpose have no number of their own.
    pub(crate) number: usize,
    /// Since the watch was started.
    pub(crate) begun: Duration,
    /// Since the watch was started.
    pub(crate) ended: Duration,
    /// None where nobody answered.
    pub(crate) status: Option<u16>,
}

/// Who hears of every try, and since when.
struct Watch {
    watch: Stopwatch,
    told: UnboundedSender<Try>,
}

pub(super) struct Courier {
    queues: Vec<UnboundedSender<Errand>>,
    road: Arc<Road>,
}

/// What all errands share.
pub(super) struct Road {
    http: reqwest::Client,
    faults: Arc<RwLock<Faults>>,
    pub(super) log: Log,
    clock: Arc<dyn Clock>,
    count: AtomicU64,
    /// What is not brought, and not given up yet.
    under_way: AtomicUsize,
    watched: OnceLock<Watch>,
}

impl Courier {
    pub(super) fn start(http: reqwest::Client, faults: Arc<RwLock<Faults>>, clock: Arc<dyn Clock>) -> Self {
        let (count, under_way) = (AtomicU64::new(0), AtomicUsize::new(0));
        let (log, watched) = (Log::default(), OnceLock::new());
        let road = Arc::new(Road { http, faults, log, clock, count, under_way, watched });
        let queues = (0..QUEUES).map(|_| {
            let (give, take) = unbounded_channel();
            tokio::spawn(road.clone().walk(take));
            give
        });
        Self { queues: queues.collect(), road }
    }

    pub(super) fn log(&self) -> &Log {
        &self.road.log
    }

    /// Tells of every try from now on; the first who asks is told.
    pub(super) fn watch(&self, watch: Stopwatch) -> UnboundedReceiver<Try> {
        let (told, tries) = unbounded_channel();
        let _ = self.road.watched.set(Watch { watch, told });
        tries
    }

    /// How many facts and repetitions are still to be brought.
    pub(super) fn under_way(&self) -> usize {
        self.road.under_way.load(Ordering::Relaxed)
    }

    /// Takes facts to be told at that URL, unless they have one of their own.
    pub(super) fn tell(&self, host: &Arc<dyn Host>, url: &str, items: Vec<Item>) {
        for item in items {
            let number = self.road.count.fetch_add(1, Ordering::Relaxed);
            self.road.under_way.fetch_add(1, Ordering::Relaxed);
            let url = item.url.clone().unwrap_or_else(|| url.to_owned());
            let errand = Errand { host: host.clone(), url, item, number };
            let faults = self.road.faults();
            let wait = match errand.item.is_report {
                true => Some(MOMENT + faults.lateness(number)),
                false => faults.strays(number),
            };
            match wait {
                Some(wait) if faults.late_report_ms > 0 || !errand.item.is_report => {
                    tokio::spawn(self.road.clone().stray(errand, wait));
                }
                Some(wait) => {
                    let queue = self.queue(&errand, &faults).clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(wait).await;
                        let _ = queue.send(errand);
                    });
                }
                None => drop(self.queue(&errand, &faults).send(errand)),
            }
        }
    }

    /// A customer's own, or the host's where it batches.
    fn queue(&self, errand: &Errand, faults: &Faults) -> &UnboundedSender<Errand> {
        let mut hasher = DefaultHasher::new();
        errand.host.name().hash(&mut hasher);
        if faults.batch < 2 || !errand.host.can_batch() {
            errand.item.lane.hash(&mut hasher);
        }
        let at = usize::try_from(hasher.finish() % QUEUES).unwrap_or(0);
        &self.queues[at]
    }
}

impl Road {
    fn faults(&self) -> Faults {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn walk(self: Arc<Self>, mut errands: UnboundedReceiver<Errand>) {
        while let Some(first) = errands.recv().await {
            let most = self.faults().batch;
            let mut group = vec![first];
            if most > 1 && group[0].host.can_batch() {
                tokio::time::sleep(GATHERING).await;
                while group.len() < most
                    && let Ok(next) = errands.try_recv()
                {
                    group.push(next);
                }
            }
            let alike =
                |one: &Errand, next: &Errand| one.host.name() == next.host.name() && one.url == next.url;
            let runs: Vec<Vec<Errand>> = split(group, alike);
            for run in runs {
                self.bring_all(run).await;
            }
        }
    }

    async fn stray(self: Arc<Self>, errand: Errand, wait: Duration) {
        tokio::time::sleep(wait).await;
        self.bring_all(vec![errand]).await;
    }

    async fn bring_all(self: &Arc<Self>, run: Vec<Errand>) {
        let (host, url, number) = (run[0].host.clone(), run[0].url.clone(), run[0].number);
        let items: Vec<Item> = run.into_iter().map(|errand| errand.item).collect();
        for callback in host.pack(&items, &url) {
            if let Some(wait) = self.faults().repeats(number) {
                let (road, again, host) = (self.clone(), callback.clone(), host.clone());
                self.under_way.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    road.bring(&host, &again, 0).await;
                    road.under_way.fetch_sub(1, Ordering::Relaxed);
                });
            }
            let is_taken = self.bring(&host, &callback, 0).await;
            if !is_taken.is_some_and(|status| (200..300).contains(&status)) {
                self.under_way.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(self.clone().insist(host.clone(), callback, is_taken));
            }
        }
        self.under_way.fetch_sub(items.len(), Ordering::Relaxed);
    }

    /// Tries again as its provider would; later callbacks do not wait for it.
    async fn insist(self: Arc<Self>, host: Arc<dyn Host>, callback: Callback, status: Option<u16>) {
        let status = self.bring_again(&host, &callback, status).await;
        if !status.is_some_and(|status| (200..300).contains(&status)) {
            tracing::warn!(provider = host.name(), ?status, "a callback was given up");
        }
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// What the last try came to.
    async fn bring_again(
        &self,
        host: &Arc<dyn Host>,
        callback: &Callback,
        mut status: Option<u16>,
    ) -> Option<u16> {
        let patience = host.patience();
        for (at, wait) in patience.again.iter().enumerate() {
            if status.is_some() && !patience.after_refusal {
                return status;
            }
            tokio::time::sleep(*wait).await;
            status = self.bring(host, callback, at + 1).await;
            if status.is_some_and(|status| (200..300).contains(&status)) {
                return status;
            }
        }
        status
    }

    /// One try.
    async fn bring(&self, host: &Arc<dyn Host>, callback: &Callback, number: usize) -> Option<u16> {
        let begun = self.watched.get().map(|watched| watched.watch.elapsed());
        let mut request = self.http.post(&callback.url).timeout(host.patience().deadline);
        for (name, value) in &callback.headers {
            request = request.header(*name, value);
        }
        request = request.header("x-segue-sandbox", host.name());
        let request = through(self.faults().proxy, request, &callback.body);
        let status = match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                answer.bytes().await.ok().map(|_| status)
            }
            Err(_) => None,
        };
        if let (Some(watched), Some(begun)) = (self.watched.get(), begun) {
            let (marks, ended) = (callback.marks.clone(), watched.watch.elapsed());
            // Nobody listens any more at the end.
            let _ = watched.told.send(Try { marks, number, begun, ended, status });
        }
        self.log.add(Line {
            provider: host.name(),
            method: "POST".into(),
            path: path(&callback.url),
            status,
            at: self.clock.now(),
        });
        status
    }
}

/// What a proxy makes of a request.
fn through(proxy: Proxy, request: reqwest::RequestBuilder, body: &str) -> reqwest::RequestBuilder {
    match proxy {
        Proxy::None => request.body(body.to_owned()),
        Proxy::Headers => request
            .header("host", "proxy.internal")
            .header("x-forwarded-host", "elsewhere.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "for=192.0.2.1;proto=https;host=elsewhere.example")
            .header("via", "1.1 proxy")
            .body(body.to_owned()),
        Proxy::Body => request.body(rewritten(body)),
    }
}

/// The same said in other bytes: JSON laid out anew, a form without the blanks around its values.
fn rewritten(body: &str) -> String {
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        return format!("{value:#}");
    }
    let fields = form_urlencoded::parse(body.as_bytes());
    let trimmed = fields.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(trimmed).finish()
}

fn path(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned())
}

/// Runs of neighbours that are alike.
fn split(group: Vec<Errand>, alike: impl Fn(&Errand, &Errand) -> bool) -> Vec<Vec<Errand>> {
    let mut runs: Vec<Vec<Errand>> = Vec::new();
    for errand in group {
        match runs.last_mut() {
            Some(run) if alike(&run[0], &errand) => run.push(errand),
            _ => runs.push(vec![errand]),
        }
    }
    runs
}
