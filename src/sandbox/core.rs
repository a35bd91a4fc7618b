//! The sandbox as a whole: its providers, where each calls, what goes wrong.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::{Data, ServiceConfig};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::client::{Api, ApiError};
use super::courier::{Courier, Try};
use super::crowd::{Crowd, Gathering};
use super::faults::{Fate, Faults};
use super::host::{Act, Call, Host, Refused, Reply, Source, Trouble};
use super::log::{Line, Log};
use super::{client, hosts, server};
use crate::clock::{Clock, Stopwatch, SystemClock, random};
use crate::domain::secret::Secret;
use crate::domain::signature::{Algorithm, hmac_sha256};
use crate::domain::time::Timestamp;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is reached; the origin of `api_base`.
    pub url: String,
    /// Opens its own API, and is what its secrets are made of: the same token has the same accounts.
    pub token: Secret,
    /// Whether the rate limits of the platforms hold.
    pub has_limits: bool,
    /// Decides who the customers are who act of their own accord.
    pub seed: u64,
}

/// Simulated providers with the customers on them.
pub struct Sandbox {
    options: Options,
    hosts: Vec<Arc<dyn Host>>,
    /// Where each provider calls.
    doors: RwLock<BTreeMap<&'static str, String>>,
    faults: Arc<RwLock<Faults>>,
    courier: Courier,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    /// Sends since faults were last set, and in all.
    sends: AtomicU64,
    calls: Log,
    pub(super) crowd: Crowd,
}

impl Sandbox {
    /// Serves on `listener` until the server is dropped.
    ///
    /// # Errors
    /// When the listener cannot be used, or this machine cannot be a client.
    pub fn start(options: Options, listener: TcpListener) -> io::Result<(Arc<Self>, Server)> {
        let http = client::http().map_err(io::Error::other)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let faults = Arc::new(RwLock::new(Faults::default()));
        let courier = Courier::start(http.clone(), faults.clone(), clock.clone());
        let hosts = hosts(&Source(options.token.clone()), options.has_limits);
        let (doors, sends, calls) = (RwLock::default(), AtomicU64::new(0), Log::default());
        let crowd = Crowd::new(options.seed);
        let sandbox =
            Arc::new(Self { options, hosts, doors, faults, courier, http, clock, sends, calls, crowd });
        tokio::spawn(Crowd::live(Arc::downgrade(&sandbox)));
        let server = server::serve(sandbox.clone(), listener)?;
        Ok((sandbox, server))
    }

    /// One on any free port of this machine, with a new token and no rate limits, until the process ends; itself and the
    /// token.
    ///
    /// # Errors
    /// See [`Sandbox::start`].
    pub fn on_loopback(seed: u64) -> io::Result<(Arc<Self>, String)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let token = hex::encode(random::<16>());
        let options = Options {
            url: format!("http://{}", listener.local_addr()?),
            token: Secret::new(token.clone()),
            has_limits: false,
            seed,
        };
        let (sandbox, server) = Self::start(options, listener)?;
        tokio::spawn(server);
        Ok((sandbox, token))
    }

    /// Makes or mends a connection to each provider in a running service, marked as `sandbox`, and has it called.
    ///
    /// # Errors
    /// When the service refuses, or does not pass a challenge.
    pub async fn connect(&self, api: &Api) -> Result<(), ApiError> {
        for host in &self.hosts {
            let listed = api.get(&format!("/v1/connections?limit=200&provider={}", host.name())).await?;
            let is_ours = |one: &&Value| one["account"] == host.account();
            let made = match listed["data"].as_array().into_iter().flatten().find(is_ours) {
                Some(found) => {
                    let path = format!("/v1/connections/{}", found["id"].as_str().unwrap_or_default());
                    let mut body = self.connection(host.as_ref(), api.url());
                    body.remove("provider");
                    api.patch(&path, &Value::Object(body)).await?
                }
                None => {
                    let body = Value::Object(self.connection(host.as_ref(), api.url()));
                    api.post("/v1/connections", &body).await?
                }
            };
            let url = made["callback_url"].as_str().unwrap_or_default();
            self.call_at(host.name(), url).await?;
        }
        Ok(())
    }

    /// The connection to a provider, as the API takes it.
    fn connection(&self, host: &dyn Host, public_url: &str) -> Map<String, Value> {
        let fields = [
            ("provider", json!(host.name())),
            ("name", json!(format!("Sandbox: {}", host.name()))),
            ("account", host.account()),
            ("secrets", Value::Object(host.secrets())),
            (
                "settings",
                json!({
                    "api_base": format!("{}/{}", self.options.url, host.name()), "public_url": public_url,
                    "sandbox": true,
                }),
            ),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Has a provider call a URL of a connection that is there already.
    ///
    /// # Errors
    /// When there is no such provider, or the URL does not pass its challenge.
    pub async fn call_at(&self, provider: &str, url: &str) -> Result<(), ApiError> {
        self.open(provider, url).await.map_err(|why| ApiError::Refused {
            path: url.to_owned(),
            status: why.status,
            detail: why.detail,
        })
    }

    /// Every provider with what a connection to it needs.
    pub(super) fn shown(&self) -> Value {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        let one = |host: &Arc<dyn Host>| {
            let mut fields = self.connection(host.as_ref(), "");
            if let Some(settings) = fields.get_mut("settings").and_then(Value::as_object_mut) {
                settings.shift_remove("public_url");
            }
            json!({"provider": host.name(), "callback_url": doors.get(host.name()), "connection": fields})
        };
        json!({"data": self.hosts.iter().map(one).collect::<Vec<Value>>()})
    }

    /// Has a provider call a URL from now on, if it passes the provider's challenge.
    pub(super) async fn open(&self, provider: &str, url: &str) -> Result<(), Refused> {
        let host = self.host(provider)?;
        let nonce = super::host::number_of(&format!("{url}/{}", self.clock.now().millis()), 10);
        if let Some(challenge) = host.challenge(&nonce) {
            let failed =
                |why: String| Refused { status: 422, detail: format!("The challenge failed: {why}.") };
            let joint = if url.contains('?') { '&' } else { '?' };
            let asked = self.http.get(format!("{url}{joint}{}", challenge.query));
            let answer = asked.timeout(Duration::from_secs(10)).send().await;
            let answer = answer.map_err(|why| failed(why.without_url().to_string()))?;
            let status = answer.status();
            let body = answer.text().await.unwrap_or_default();
            if !status.is_success() || !challenge.answer.is(&body) {
                return Err(failed(format!("{status} and not the answer that counts")));
            }
        }
        let mut doors = self.doors.write().unwrap_or_else(PoisonError::into_inner);
        doors.insert(host.name(), url.to_owned());
        host.calls_at(url, self.clock.now());
        Ok(())
    }

    /// Has a customer do something; the id of what was made or touched.
    pub(crate) fn act(&self, provider: &str, act: &Act) -> Result<String, Refused> {
        self.act_marked(provider, act, None)
    }

    /// The same; the callbacks about it carry the mark for whoever watches.
    pub(crate) fn act_marked(&self, provider: &str, act: &Act, mark: Option<u64>) -> Result<String, Refused> {
        let (host, now) = (self.host(provider)?, self.clock.now());
        if act.at.is_some_and(|at| at > now) {
            return Err(Refused::act("`at` lies in the future"));
        }
        let mut done = host.act(act, now)?;
        done.items.iter_mut().for_each(|item| item.mark = mark);
        self.courier.tell(&host, &self.door(host.name()), done.items);
        Ok(done.id)
    }

    /// Tells of every try to bring a callback from now on; the first who asks is told.
    pub(crate) fn watch(&self, watch: Stopwatch) -> UnboundedReceiver<Try> {
        self.courier.watch(watch)
    }

    /// How many callbacks are still to be brought, or tried again.
    pub(crate) fn under_way(&self) -> usize {
        self.courier.under_way()
    }

    /// Mounts its own API at `/sandbox` of another application.
    pub(crate) fn control(self: &Arc<Self>) -> impl Fn(&mut ServiceConfig) + Clone + Send + use<> {
        super::control::mount(&Data::from(self.clone()))
    }

    /// Customers come who act of their own accord.
    pub(crate) fn gather(&self, wanted: &Gathering) -> Result<(), Refused> {
        self.crowd.gather(wanted, self.clock.now())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The newest threads that customers began, everywhere.
    pub(super) fn feed(&self, most: usize) -> Vec<Value> {
        let of = |host: &Arc<dyn Host>| {
            let name = host.name();
            host.threads().into_iter().map(move |first| (name, first)).collect::<Vec<_>>()
        };
        let mut all: Vec<(&str, Value)> = self.hosts.iter().flat_map(of).collect();
        all.sort_by(|(_, one), (_, other)| other["at"].as_str().cmp(&one["at"].as_str()));
        let whole = |(name, first): (&str, Value)| {
            let thread = self.thread(name, first["id"].as_str()?)?;
            Some(json!({"provider": name, "id": first["id"], "posts": thread["posts"]}))
        };
        all.into_iter().take(most).filter_map(whole).collect()
    }

    /// Everybody who wrote or was written to in private, the newest first.
    pub(super) fn phones(&self) -> Vec<Value> {
        let of = |host: &Arc<dyn Host>| {
            let name = host.name();
            let shown =
                move |(customer, newest)| json!({"provider": name, "customer": customer, "newest": newest});
            host.inboxes().into_iter().map(shown).collect::<Vec<_>>()
        };
        let mut all: Vec<Value> = self.hosts.iter().flat_map(of).collect();
        all.sort_by(|one, other| other["newest"]["at"].as_str().cmp(&one["newest"]["at"].as_str()));
        all
    }

    /// What one customer reads in private; none where there is no such provider.
    pub(crate) fn inbox(&self, provider: &str, customer: &str) -> Option<Value> {
        self.host(provider).ok().map(|host| host.inbox(customer))
    }

    /// What everybody reads of the thread that a post began.
    pub(crate) fn thread(&self, provider: &str, id: &str) -> Option<Value> {
        self.host(provider).ok()?.thread(id)
    }

    /// Does what the service asks of a provider, unless a fault is in the way; `None` is no answer at all.
    pub(super) async fn serve(&self, provider: &str, call: &Call) -> Option<Reply> {
        let host = self.host(provider).ok()?;
        let number = self.sends.fetch_add(1, Ordering::Relaxed);
        let faults = self.faults();
        let is_spared = faults.sends.is_some_and(|most| number >= most);
        let (fate, wait) = if is_spared { (Fate::Well, Duration::ZERO) } else { faults.fate(number) };
        tokio::time::sleep(wait).await;
        let now = self.clock.now();
        let reply = match fate {
            Fate::Broken => host.trouble(Trouble::Broken, now),
            Fate::Throttled => host.trouble(Trouble::Throttled, now),
            Fate::Well | Fate::Silent => {
                let served = host.serve(call, now);
                self.courier.tell(&host, &self.door(host.name()), served.items);
                served.reply
            }
        };
        let (method, path) = (call.method.clone(), call.path.clone());
        let status = (fate != Fate::Silent).then_some(reply.status);
        self.calls.add(Line { provider: host.name(), method, path, status, at: now });
        status.map(|_| reply)
    }

    pub(super) fn host(&self, provider: &str) -> Result<Arc<dyn Host>, Refused> {
        let found = self.hosts.iter().find(|host| host.name() == provider);
        found.cloned().ok_or_else(|| Refused::missing("provider"))
    }

    /// Where a provider calls; nowhere before it was told.
    fn door(&self, provider: &str) -> String {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        doors.get(provider).cloned().unwrap_or_default()
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What goes wrong from now on; sends are counted anew.
    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = faults;
        self.sends.store(0, Ordering::Relaxed);
    }

    pub(super) fn url(&self) -> &str {
        &self.options.url
    }

    /// Whether that is its token.
    pub(super) fn is_token(&self, given: &str) -> bool {
        let ours = hmac_sha256(b"sandbox", &[self.options.token.expose().as_bytes()]);
        Algorithm::Sha256.fits(b"sandbox", &[given.as_bytes()], &ours)
    }

    /// Requests of the service, and callbacks to it.
    pub(super) fn logs(&self) -> (&Log, &Log) {
        (&self.calls, self.courier.log())
    }
}
