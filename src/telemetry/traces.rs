//! Traces: spans of our own code, batched on a thread of their own and sent to a collector by OTLP over HTTP.
//!
//! A span carries what a log line may carry, and nothing of other crates. It lasts until all that it caused has ended.
//! When the queue is full, spans are dropped: nothing that is served ever waits for a collector.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HttpClient;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// How long the last spans may take to go out.
const PATIENCE: Duration = Duration::from_secs(5);

/// The spans of this process on their way to a collector.
#[derive(Clone, Debug)]
pub struct Traces(SdkTracerProvider);

/// Traces cannot be sent: the settings of the exporter are wrong.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent: {0}")]
pub struct TracesUnavailable(#[from] ExporterBuildError);

impl Traces {
    /// Begins to send to the collector at `endpoint` by `way_out`.
    ///
    /// # Errors
    /// When the exporter refuses its settings.
    pub fn start(endpoint: &Url, way_out: impl HttpClient + 'static) -> Result<Self, TracesUnavailable> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(way_out)
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder()
            .with_service_name("segue")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter);
        Ok(Self(provider.build()))
    }

    /// What makes spans of the program's own.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("segue"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target("segue", LevelFilter::INFO))
    }

    /// Sends what is left and ends. Blocks, a few seconds at most; spans made after are dropped.
    pub fn stop(&self) {
        if let Err(why) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::debug!(%why, "the last spans were dropped");
        }
    }
}
