//! The client itself: two of them, one for TLS to anywhere public and one for the allowed networks in the clear.
#![expect(clippy::disallowed_methods, reason = "this is the one HTTP client door")]

use std::time::Duration;

use ipnet::IpNet;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request, Response};
use url::Url;

use super::error::{NotSent, OutboundError, TargetRefused};
use super::guard::{Guard, Reach, check_shape};
use super::reply;
use super::stream::Streamed;
use crate::providers::{HttpReply, HttpRequest};

/// How long a request may take in all, unless the caller knows better.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an unused connection is kept: shorter than servers and balancers keep theirs (a minute, as a rule). One that
/// they close while a request is on its way leaves a send whose end nobody saw.
const IDLE: Duration = Duration::from_secs(20);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const IDLE_CONNECTIONS_PER_HOST: usize = 32;
const USER_AGENT: &str = concat!("Segue/", env!("CARGO_PKG_VERSION"));

/// Sends requests to providers and to webhooks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    secure: Door,
    plain: Door,
}

#[derive(Clone, Debug)]
struct Door {
    client: Client,
    guard: Guard,
}

/// The HTTP client cannot work on this machine, say for want of root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0:?}")]
pub struct OutboundUnavailable(pub(super) reqwest::Error);

impl Outbound {
    /// A client that reaches public addresses, and the `allowed` networks even where they are private.
    ///
    /// # Errors
    /// When this machine has no root certificates.
    pub fn new(allowed: &[IpNet]) -> Result<Self, OutboundUnavailable> {
        // Fails when it is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let door = |reach| Door::new(Guard::new(allowed, reach)).map_err(OutboundUnavailable);
        Ok(Self { secure: door(Reach::World)?, plain: door(Reach::Allowed)? })
    }

    /// Sends a request once. An answer is an answer whatever its status; a redirect is not followed.
    ///
    /// # Errors
    /// When there is no answer, and whether the request may have arrived all the same.
    pub async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpReply, OutboundError> {
        let response = self.execute(request, Some(timeout)).await?;
        Ok(reply::read(response).await)
    }

    /// Sends a request whose answer goes on and on; it has no time limit but the reader's.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(&self, request: HttpRequest) -> Result<Streamed, OutboundError> {
        self.execute(request, None).await.map(Streamed::new)
    }

    async fn execute(
        &self,
        request: HttpRequest,
        timeout: Option<Duration>,
    ) -> Result<Response, OutboundError> {
        let mut request = build(request).ok_or(NotSent::Malformed)?;
        let door = self.door(request.url()).map_err(OutboundError::refused)?;
        door.guard.check_literal(request.url()).map_err(OutboundError::refused)?;
        *request.timeout_mut() = timeout;
        Ok(door.client.execute(request).await?)
    }

    /// Whether requests may go there: to be asked when a target is configured.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_target(&self, url: &Url) -> Result<(), TargetRefused> {
        self.door(url)?.guard.check(url).await
    }

    fn door(&self, url: &Url) -> Result<&Door, TargetRefused> {
        Ok(match check_shape(url)? {
            Reach::World => &self.secure,
            Reach::Allowed => &self.plain,
        })
    }
}

impl Door {
    fn new(guard: Guard) -> reqwest::Result<Self> {
        let client = Client::builder()
            .dns_resolver(guard.clone())
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_PER_HOST)
            .pool_idle_timeout(IDLE)
            .build()?;
        Ok(Self { client, guard })
    }
}

fn build(from: HttpRequest) -> Option<Request> {
    let method = Method::from_bytes(from.method.as_bytes()).ok()?;
    let mut request = Request::new(method, Url::parse(&from.url).ok()?);
    for (name, value) in &from.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        request.headers_mut().append(name, value);
    }
    *request.body_mut() = Some(from.body.into());
    Some(request)
}
