//! The sandbox as a client: of callback URLs, and of the API of a running service.
#![expect(
    clippy::disallowed_methods,
    reason = "a simulated provider is a client of its own, apart from outbound"
)]

use std::time::Duration;

use reqwest::redirect::Policy;
use serde_json::{Value, json};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const API_TIMEOUT: Duration = Duration::from_secs(30);

/// A client that follows nothing and goes through no proxy.
pub(super) fn http() -> Result<reqwest::Client, reqwest::Error> {
    // Fails when it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
    builder.connect_timeout(CONNECT_TIMEOUT).pool_max_idle_per_host(256).build()
}

/// Why the service did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// It does not answer.
    #[error("{url} does not answer: {cause}")]
    Silent {
        /// Where it should be.
        url: String,
        /// What happened instead.
        cause: reqwest::Error,
    },
    /// It refuses.
    #[error("{path} answered {status}: {detail}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
        /// In its own words.
        detail: String,
    },
}

/// The API of a running service, with a key.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Api {
    /// The service at that origin.
    ///
    /// # Errors
    /// When this machine cannot be a client.
    pub fn new(url: &str, key: &str) -> Result<Self, ApiError> {
        let url = url.trim_end_matches('/').to_owned();
        let http = http().map_err(|cause| ApiError::Silent { url: url.clone(), cause })?;
        Ok(Self { http, url, key: key.to_owned() })
    }

    /// Its origin.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it can work.
    pub async fn is_ready(&self) -> bool {
        let asked = self.http.get(format!("{}/readyz", self.url)).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    /// Reads.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.call("GET", path, None).await
    }

    /// Writes.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.call("POST", path, Some(body)).await
    }

    /// Changes.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.call("PATCH", path, Some(body)).await
    }

    /// Writes, with one effect however often it is asked under that key.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn post_once(&self, path: &str, body: &Value, key: &str) -> Result<Value, ApiError> {
        self.send("POST", path, Some(body), Some(key)).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        self.send(method, path, body, None).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Result<Value, ApiError> {
        let silent = |cause| ApiError::Silent { url: self.url.clone(), cause };
        let method = method.parse().unwrap_or(reqwest::Method::GET);
        let mut request = self.http.request(method, format!("{}{path}", self.url)).timeout(API_TIMEOUT);
        request = request.bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        if let Some(key) = once {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.map_err(silent)?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(silent)?;
        let value: Value = serde_json::from_str(&body).unwrap_or_else(|_| json!({"detail": body}));
        if (200..300).contains(&status) {
            return Ok(value);
        }
        let detail = value["detail"].as_str().unwrap_or_default().to_owned();
        Err(ApiError::Refused { path: path.to_owned(), status, detail })
    }
}
