//! Keeps the metrics and shows them in the Prometheus text format.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::metrics::{COMMIT_BATCH, DELIVERY_SECONDS, HTTP_SECONDS, INGEST_LAG, LEDGER_SECONDS, describe};

/// Bounds of fast things: our own answers and decisions.
const FAST: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Bounds of calls to others, up to their time limit.
const REMOTE: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
/// Bounds of a wait that grows when we fall behind.
const LAG: [f64; 12] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 10.0, 60.0, 300.0, 3600.0];
/// Bounds of a batch, up to its limit.
const BATCH: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0];

/// The metrics of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to keep metrics; asked again, gives the same.
    ///
    /// # Panics
    /// When another recorder was installed in this process, which is a mistake of ours.
    #[must_use]
    pub fn install() -> Self {
        static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
        Self(INSTALLED.get_or_init(start).clone())
    }

    /// The Prometheus text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.upkeep();
        self.0.render()
    }

    /// Folds samples into their buckets: to be called every few seconds, or they pile up where nobody looks.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

#[expect(clippy::expect_used, reason = "fails only on literals of this file or on a second recorder")]
fn start() -> PrometheusHandle {
    let recorder = recorder().expect("the bounds are not empty");
    let handle = recorder.handle();
    ::metrics::set_global_recorder(recorder).expect("this is the only recorder");
    describe();
    handle
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let exactly = |name: &str| Matcher::Full(name.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(exactly(HTTP_SECONDS), &FAST)?
        .set_buckets_for_metric(exactly(DELIVERY_SECONDS), &REMOTE)?
        .set_buckets_for_metric(exactly(INGEST_LAG), &LAG)?
        .set_buckets_for_metric(exactly(LEDGER_SECONDS), &LAG)?
        .set_buckets_for_metric(exactly(COMMIT_BATCH), &BATCH)?;
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Metrics;
    use crate::domain::id::ConnectionId;
    use crate::domain::time::Timestamp;
    use crate::telemetry::metrics;

    #[test]
    fn what_happened_is_shown_with_its_labels() {
        let shown = Metrics::install();
        let connection = ConnectionId::new(Timestamp::from_millis(0), &[0; 10]);
        metrics::callback_rejected(&connection, "signature_mismatch");
        metrics::request_served("GET", "/v1/complaints", 200, Duration::from_millis(3));
        metrics::batch_committed(7);
        let text = shown.render();
        let rejected = format!(
            "segue_callbacks_total{{connection=\"{connection}\",result=\"rejected\",reason=\"signature_mismatch\"}} 1"
        );
        assert!(text.contains(&rejected), "{text}");
        assert!(
            text.contains(
                "segue_http_seconds_bucket{method=\"GET\",route=\"/v1/complaints\",le=\"0.005\"} 1"
            ),
            "{text}"
        );
        assert!(text.contains("# HELP segue_commit_batch_events "), "{text}");
    }

    #[test]
    fn a_second_installation_is_the_first() {
        let _ = Metrics::install();
        metrics::inbound_quarantined("unrouted");
        assert!(Metrics::install().render().contains("segue_quarantined_total"));
    }
}
