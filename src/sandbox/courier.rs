//! Brings callbacks to the service: in the order of each customer, again when they are not taken, and wrongly where
//! a fault says so.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::faults::{Faults, Proxy};
use super::host::{Callback, Host, Item};
use super::log::{Line, Log};
use crate::clock::Clock;

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
}

impl Courier {
    pub(super) fn start(http: reqwest::Client, faults: Arc<RwLock<Faults>>, clock: Arc<dyn Clock>) -> Self {
        let count = AtomicU64::new(0);
        let road = Arc::new(Road { http, faults, log: Log::default(), clock, count });
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

    /// Takes facts to be told at that URL, unless they have one of their own.
    pub(super) fn tell(&self, host: &Arc<dyn Host>, url: &str, items: Vec<Item>) {
        for item in items {
            let number = self.road.count.fetch_add(1, Ordering::Relaxed);
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
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    road.bring(&host, &again).await;
                });
            }
            let is_taken = self.bring(&host, &callback).await;
            if !is_taken.is_some_and(|status| (200..300).contains(&status)) {
                tokio::spawn(self.clone().insist(host.clone(), callback, is_taken));
            }
        }
    }

    /// Tries again as its provider would; later callbacks do not wait for it.
    async fn insist(self: Arc<Self>, host: Arc<dyn Host>, callback: Callback, mut status: Option<u16>) {
        let patience = host.patience();
        for wait in patience.again {
            if status.is_some() && !patience.after_refusal {
                return;
            }
            tokio::time::sleep(*wait).await;
            status = self.bring(&host, &callback).await;
            if status.is_some_and(|status| (200..300).contains(&status)) {
                return;
            }
        }
        tracing::warn!(provider = host.name(), ?status, "a callback was given up");
    }

    /// One try.
    async fn bring(&self, host: &Arc<dyn Host>, callback: &Callback) -> Option<u16> {
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
