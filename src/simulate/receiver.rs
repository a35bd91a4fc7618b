//! The desk's endpoint: checks every signature, and keeps what it was told with the time it came.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use super::records::Told;
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::{Received, ReceiverKey};
use crate::sandbox::Seed;

/// The largest event: a thread with all its posts.
const LARGEST: usize = 1 << 22;

/// What came.
pub(super) struct Inbox {
    watch: Stopwatch,
    clock: SystemClock,
    key: OnceLock<[ReceiverKey; 1]>,
    /// Of a hundred events, how many are not taken at the first try, and what decides which.
    fails: (u8, u64),
    state: Mutex<State>,
    /// Requests that no signature vouches for, or that are no events.
    refused: AtomicUsize,
    /// Different acts told so far.
    delivered: AtomicUsize,
}

#[derive(Default)]
struct State {
    told: Vec<Told>,
    /// Where an act went: a complaint, a conversation.
    subjects: HashMap<u64, String>,
    /// Those that were not taken once.
    turned_away: HashSet<String>,
    count: u64,
}

impl Inbox {
    pub(super) fn new(watch: Stopwatch, fails: (u8, u64)) -> Arc<Self> {
        Arc::new(Self {
            watch,
            clock: SystemClock::default(),
            key: OnceLock::new(),
            fails,
            state: Mutex::default(),
            refused: AtomicUsize::new(0),
            delivered: AtomicUsize::new(0),
        })
    }

    /// From now on what this secret signed is taken.
    pub(super) fn trust(&self, secret: &Secret) {
        if let Some(key) = ReceiverKey::parse(secret) {
            let _ = self.key.set([key]);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The complaint or conversation in which an act is told.
    pub(super) fn subject(&self, act: u64) -> Option<String> {
        self.state().subjects.get(&act).cloned()
    }

    /// How many acts are told.
    pub(super) fn delivered(&self) -> usize {
        self.delivered.load(Ordering::Relaxed)
    }

    /// How many requests were none of the service's.
    pub(super) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// Everything so far, in the order in which it came.
    pub(super) fn told(&self) -> Vec<Told> {
        self.state().told.clone()
    }

    /// Whether it is taken.
    fn take(&self, request: &HttpRequest, body: &[u8]) -> u16 {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let received = Received {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signatures: header("webhook-signature"),
            body,
        };
        let keys = self.key.get().map_or(&[][..], |keys| &keys[..]);
        let told = match received.verify(keys, self.clock.now()) {
            Ok(()) => Told::read(body, self.watch.elapsed()).ok().filter(|told| told.id == received.id),
            Err(_) => None,
        };
        match told {
            Some(told) => self.keep(told),
            None => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                400
            }
        }
    }

    fn keep(&self, told: Told) -> u16 {
        let mut state = self.state();
        state.count += 1;
        let is_tired = Seed::of(self.fails.1, "desk", state.count).hits(self.fails.0);
        if is_tired && state.turned_away.insert(told.id.clone()) {
            return 503;
        }
        for mark in told.marks() {
            if state.subjects.insert(mark, told.subject.clone()).is_none() {
                self.delivered.fetch_add(1, Ordering::Relaxed);
            }
        }
        state.told.push(told);
        200
    }
}

/// The endpoint, until it is stopped.
pub(super) struct Receiver {
    pub(super) url: String,
    handle: ServerHandle,
}

impl Receiver {
    pub(super) fn start(inbox: Arc<Inbox>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/events", listener.local_addr()?);
        let server = serve(inbox, listener)?;
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { url, handle })
    }

    pub(super) async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

fn serve(inbox: Arc<Inbox>, listener: TcpListener) -> io::Result<Server> {
    let inbox: web::Data<Inbox> = inbox.into();
    let app = move || {
        let limit = web::PayloadConfig::new(LARGEST);
        App::new().app_data(inbox.clone()).app_data(limit).route("/events", web::post().to(hear))
    };
    Ok(HttpServer::new(app).workers(1).shutdown_timeout(1).disable_signals().listen(listener)?.run())
}

async fn hear(inbox: web::Data<Inbox>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(inbox.take(&request, &body));
    HttpResponse::build(status.unwrap_or_default()).finish()
}
