//! The actix edge: routes, extractors, errors, the OpenAPI document, the event stream. Reads go to the store, writes
//! to the bridge.

mod answer;
mod auth;
mod etag;
mod fields;
mod idempotency;
mod json;
mod limits;
mod openapi;
mod page;
pub mod problem;
mod query;
mod request_id;
mod routes;
mod server;

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use limits::REQUESTS_PER_MINUTE;
pub use openapi::openapi_json;
pub use server::{serve, serve_ops};

use crate::bridge::Bridge;
use crate::clock::Clock;
use crate::coordination::Coordination;
use crate::gateway::Gateway;
use crate::outbound::Outbound;
use crate::store::Store;

/// What the routes stand on.
pub struct Services {
    /// Reads.
    pub store: Store,
    /// Writes.
    pub bridge: Bridge,
    /// Callbacks.
    pub gateway: Arc<Gateway>,
    /// Whether targets may be reached.
    pub outbound: Outbound,
    /// Wake-ups and rates.
    pub coordination: Arc<Coordination>,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// The origin providers call.
    pub public_url: String,
    /// Ends open streams.
    pub stopping: CancellationToken,
    /// Requests a key may make in a minute.
    pub requests_per_minute: u32,
}

/// The shared state of all routes.
pub struct Api {
    services: Services,
    keys: auth::KeyCache,
    in_flight: idempotency::InFlight,
}

impl Api {
    /// Over these services.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services, keys: auth::KeyCache::default(), in_flight: idempotency::InFlight::default() }
    }
}

impl Deref for Api {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.services
    }
}
