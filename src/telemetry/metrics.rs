//! Every metric, by what happened: names and labels stand here alone, so that they are uniform.
//!
//! A label is a small closed set, or the id of one of our own connections. Unknown ids must not get here.

use std::time::Duration;

use ::metrics::{
    Counter, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::domain::id::ConnectionId;

const CALLBACKS: &str = "segue_callbacks_total";
const QUARANTINED: &str = "segue_quarantined_total";
const LANE_BACKLOG: &str = "segue_lane_backlog";
const DELIVERIES: &str = "segue_deliveries_total";
const OLDEST: &str = "segue_oldest_undelivered_seconds";
const PRUNED: &str = "segue_pruned_rows_total";
const LEDGER_SEALED: &str = "segue_ledger_sealed_total";
const LEDGERS_REFUSED: &str = "segue_ledgers_refused";
const OLDEST_UNSEALED: &str = "segue_ledger_oldest_unsealed_seconds";
const HTTP_REQUESTS: &str = "segue_http_requests_total";

pub(super) const INGEST_LAG: &str = "segue_ingest_lag_seconds";
pub(super) const DELIVERY_SECONDS: &str = "segue_delivery_seconds";
pub(super) const COMMIT_BATCH: &str = "segue_commit_batch_events";
pub(super) const LEDGER_SECONDS: &str = "segue_ledger_seal_seconds";
pub(super) const HTTP_SECONDS: &str = "segue_http_seconds";

/// Counts callbacks that were verified and stored: looked up once for many of them.
pub fn callbacks_accepted(connection: &ConnectionId) -> Counter {
    callbacks(connection, "accepted", "")
}

/// A callback brought nothing new.
pub fn callback_duplicate(connection: &ConnectionId) {
    callbacks(connection, "duplicate", "").increment(1);
}

/// A callback was not believed or not understood.
pub fn callback_rejected(connection: &ConnectionId, reason: &'static str) {
    callbacks(connection, "rejected", reason).increment(1);
}

fn callbacks(connection: &ConnectionId, result: &'static str, reason: &'static str) -> Counter {
    let connection = connection.to_string();
    counter!(CALLBACKS, "connection" => connection, "result" => result, "reason" => reason)
}

/// An inbound event was set aside.
pub fn inbound_quarantined(reason: &'static str) {
    counter!(QUARANTINED, "reason" => reason).increment(1);
}

/// An inbound event was decided, that long after it was received.
pub fn inbound_decided(lag: Duration) {
    histogram!(INGEST_LAG).record(lag);
}

/// So many inbound events wait to be decided.
pub fn lane_backlog(pending: u32) {
    gauge!(LANE_BACKLOG).set(pending);
}

/// A delivery was tried; `kind` and `outcome` are words of the domain.
pub fn delivery_tried(kind: &'static str, outcome: &'static str, took: Duration) {
    counter!(DELIVERIES, "kind" => kind, "outcome" => outcome).increment(1);
    histogram!(DELIVERY_SECONDS, "kind" => kind).record(took);
}

/// The oldest delivery that is still owed is that old.
pub fn oldest_undelivered(kind: &'static str, age: Duration) {
    gauge!(OLDEST, "kind" => kind).set(age.as_secs_f64());
}

/// So many events were stored in one commit.
pub fn batch_committed(events: u32) {
    histogram!(COMMIT_BATCH).record(events);
}

/// So many rows of a table were over and are gone.
pub fn rows_pruned(table: &'static str, rows: u64) {
    counter!(PRUNED, "table" => table).increment(rows);
}

/// A consent event was sealed, that long after it was accepted.
pub fn consent_sealed(waited: Duration) {
    counter!(LEDGER_SEALED).increment(1);
    histogram!(LEDGER_SECONDS).record(waited);
}

/// So many ledgers are not sealed because their signer refuses.
pub fn ledgers_refused(ledgers: usize) {
    gauge!(LEDGERS_REFUSED).set(u32::try_from(ledgers).unwrap_or(u32::MAX));
}

/// The oldest consent event that is not sealed has waited so long.
pub fn oldest_unsealed(age: Duration) {
    gauge!(OLDEST_UNSEALED).set(age.as_secs_f64());
}

/// A request was answered; `route` is the pattern, never the path.
pub fn request_served(method: &str, route: &str, status: u16, took: Duration) {
    let (method, route) = (known_method(method), route.to_owned());
    counter!(HTTP_REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    histogram!(HTTP_SECONDS, "method" => method, "route" => route).record(took);
}

/// Anybody may invent a method; a label for each would fill the memory.
fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PUT"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// Says what each of them means.
pub(super) fn describe() {
    describe_counter!(CALLBACKS, "Callbacks by connection and result: accepted, duplicate or rejected.");
    describe_counter!(QUARANTINED, "Inbound events set aside, by reason.");
    describe_histogram!(INGEST_LAG, Unit::Seconds, "Time from receiving an inbound event to deciding it.");
    describe_gauge!(LANE_BACKLOG, "Inbound events that wait to be decided.");
    describe_counter!(DELIVERIES, "Tried deliveries by kind and outcome.");
    describe_histogram!(DELIVERY_SECONDS, Unit::Seconds, "Time of one delivery try, by kind.");
    describe_gauge!(OLDEST, Unit::Seconds, "Age of the oldest delivery still owed, by kind.");
    describe_histogram!(COMMIT_BATCH, "Inbound events stored by one commit.");
    describe_counter!(PRUNED, "Rows that were kept long enough and are gone, by table.");
    describe_counter!(LEDGER_SEALED, "Consent events that were sealed in their ledger.");
    describe_histogram!(LEDGER_SECONDS, Unit::Seconds, "Time from accepting a consent event to sealing it.");
    describe_gauge!(LEDGERS_REFUSED, "Ledgers that are not sealed because their signer refuses.");
    describe_gauge!(OLDEST_UNSEALED, Unit::Seconds, "Age of the oldest consent event that is not sealed.");
    describe_counter!(HTTP_REQUESTS, "Answered requests by method, route and status.");
    describe_histogram!(HTTP_SECONDS, Unit::Seconds, "Time to answer a request, by method and route.");
}
