//! The way to a collector of traces, which the settings name: no guard, no redirects, and one warning while it is away.
#![expect(clippy::disallowed_methods, reason = "this is part of the one HTTP client door")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::runtime::Handle;

use super::OutboundUnavailable;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends what the exporter hands over from its own thread. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Collector {
    client: Client,
    /// Where requests run: the exporter's thread has no runtime.
    runtime: Handle,
    is_away: Arc<AtomicBool>,
}

impl Collector {
    /// To be made within the runtime.
    ///
    /// # Errors
    /// When this machine has no root certificates.
    pub fn new() -> Result<Self, OutboundUnavailable> {
        // Fails when it is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(TIMEOUT).build();
        let client = client.map_err(OutboundUnavailable)?;
        Ok(Self { client, runtime: Handle::current(), is_away: Arc::default() })
    }

    /// Says once that it is away, and once that it is back.
    fn note(&self, takes: bool) {
        if self.is_away.swap(!takes, Ordering::Relaxed) != takes {
            return;
        }
        if takes {
            tracing::info!("the collector takes traces again");
        } else {
            tracing::warn!("the collector takes no traces; they are dropped until it does");
        }
    }
}

async fn exchange(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = client.execute(request.try_into()?).await?;
    let status = answer.status();
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    Ok(response)
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.runtime.spawn(exchange(self.client.clone(), request)).await?;
        self.note(answer.as_ref().is_ok_and(|response| response.status().is_success()));
        answer
    }
}
