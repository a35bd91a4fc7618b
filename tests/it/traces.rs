//! Traces, from the real program to a collector.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use crate::support::engines::Engine;
use crate::support::host::Host;
use crate::support::service::Service;
use crate::support::twilio;

/// Everything a collector was sent.
fn requests(collector: &Host) -> Vec<ExportTraceServiceRequest> {
    let seen = collector.seen();
    seen.iter().for_each(|one| assert_eq!(one.path, "/v1/traces"));
    seen.iter().map(|one| ExportTraceServiceRequest::decode(&one.body[..]).unwrap()).collect()
}

fn spans(requests: &[ExportTraceServiceRequest]) -> Vec<Span> {
    let resources = requests.iter().flat_map(|one| &one.resource_spans);
    resources.flat_map(|one| &one.scope_spans).flat_map(|one| one.spans.clone()).collect()
}

fn value(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|one| one.key == key).and_then(|one| one.value.clone()?.value);
    match found {
        Some(Value::StringValue(text)) => text,
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

async fn a_callback_is_traced(engine: Engine) {
    let (collector, desk) = (Host::start(), Host::start());
    let mut service = Service::start(engine).await;
    service.stop();
    service.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
    service.restart().await;
    let (_, url) = twilio::connect(&service, None).await;
    service.post("/v1/webhooks", json!({"url": desk.url, "events": ["message.received"]})).await;
    let text = twilio::text("SM1", "+12025550143", "My card was charged twice");
    assert_eq!(twilio::post(&service, &url, &text).await, Some(200));
    crate::support::until("the webhook comes", async || desk.count() == 1).await;
    assert_eq!(service.stop(), Some(0));

    let requests = requests(&collector);
    let resource = requests[0].resource_spans[0].resource.clone().unwrap();
    assert_eq!(value(&resource.attributes, "service.name"), "segue");
    let spans = spans(&requests);
    let received = named(&spans, "gateway.receive")[0];
    assert!(url.ends_with(&value(&received.attributes, "connection.id")));
    let request = named(&spans, "http.request");
    let request = request.iter().find(|span| span.span_id == received.parent_span_id);
    let request = request.unwrap_or_else(|| panic!("no request around {received:?} in {spans:#?}"));
    assert_eq!(value(&request.attributes, "route"), "/callbacks/{connection_id}");
    let sent = named(&spans, "relay.send")[0];
    assert_eq!(value(&sent.attributes, "outcome"), "delivered");
    let decided = named(&spans, "bridge.decide");
    assert!(decided.iter().any(|span| span.span_id == sent.parent_span_id), "{spans:?}");

    let all: Vec<u8> = collector.seen().into_iter().flat_map(|one| one.body).collect();
    let all = String::from_utf8_lossy(&all);
    for private in ["charged twice", "2025550143", twilio::TOKEN, &desk.url] {
        assert!(!all.contains(private), "{private} must not be traced");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_the_spans_of_a_callback_on_sqlite() {
    a_callback_is_traced(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_the_spans_of_a_callback_on_postgres() {
    a_callback_is_traced(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_one_warning() {
    let mut service = Service::start(Engine::Sqlite).await;
    service.stop();
    service.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    service.set("OTEL_BSP_SCHEDULE_DELAY", "50");
    service.restart().await;
    crate::support::until("it is noticed", async || service.log().contains("takes no traces")).await;
    for _ in 0..50 {
        service.get("/v1/conversations").await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(service.stop(), Some(0));
    assert_eq!(service.log().matches("WARN").count(), 1, "{}", service.log());
}
