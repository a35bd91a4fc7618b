//! How a workspace stands: each figure grows with what it counts, and no other workspace is in it.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::engines::both_engines;
use crate::support::raw::Raw;

/// What makes each figure one, in the workspace `{ws}`.
const ROWS: [&str; 8] = [
    "INSERT INTO inbound_event (digest, workspace_id, connection_id, slot, kind, trust, state, day, body_hash, received_at)
     VALUES ({blob1}, '{ws}', 'conn_x', 1, 'message', 'signed', 'pending', 1, {blob1}, 1000),
        ({blob2}, '{ws}', 'conn_x', 1, 'message', 'signed', 'pending', 1, {blob2}, 2000),
        ({blob3}, '{ws}', 'conn_x', 1, 'message', 'signed', 'parked', 1, {blob3}, 3000),
        ({blob4}, '{ws}', 'conn_x', 1, 'message', 'signed', 'quarantined', 1, {blob4}, 4000)",
    "INSERT INTO event (id, workspace_id, type, subject, subject_seq, data, refs, at)
     VALUES ('evt_{n}', '{ws}', 'message.received', 'conv_x', 1, '{}', '{}', 5000)",
    "INSERT INTO ledger_inbox (workspace_id, record_id, leaf, accepted_at) VALUES ('{ws}', 'cns_x', {blob1}, 6000)",
    "INSERT INTO delivery (id, workspace_id, kind, lane, holds, subject, destination, slot, state, attempt, due_at, created_at)
     VALUES ('dlv_{n}1', '{ws}', 'provider', {blob1}, 0, 'conv_x', 'conn_x', 1, 'pending', 0, 9, 7000),
        ('dlv_{n}2', '{ws}', 'provider', {blob1}, 0, 'conv_x', 'conn_x', 1, 'sending', 0, 9, 6500),
        ('dlv_{n}3', '{ws}', 'provider', {blob1}, 0, 'conv_x', 'conn_x', 1, 'unknown', 0, 9, 7500),
        ('dlv_{n}4', '{ws}', 'provider', {blob1}, 0, 'conv_x', 'conn_x', 1, 'settled', 0, 9, 100),
        ('dlv_{n}5', '{ws}', 'webhook', {blob1}, 0, 'conv_x', 'whk_x', 1, 'leased', 0, 9, 8000)",
    "INSERT INTO task (id, workspace_id, kind, subject, state, detail, event_seq, version, created_at)
     VALUES ('task_{n}1', '{ws}', 'unknown_send', 'msg_x', 'open', '', 1, 1, 1),
        ('task_{n}2', '{ws}', 'link_review', 'cus_x', 'open', '', 1, 1, 1),
        ('task_{n}3', '{ws}', 'link_review', 'cus_x', 'closed', '', 1, 1, 1)",
    "INSERT INTO webhook (id, workspace_id, url, events, status, event_seq, version, created_at, updated_at, deleted_at)
     VALUES ('whk_{n}1', '{ws}', 'https://a', '[]', 'failing', 1, 1, 1, 1, NULL),
        ('whk_{n}2', '{ws}', 'https://b', '[]', 'disabled', 1, 1, 1, 1, NULL),
        ('whk_{n}3', '{ws}', 'https://c', '[]', 'disabled', 1, 1, 1, 1, 2)",
    "INSERT INTO connection (id, workspace_id, provider, name, app, account, settings, created_at, updated_at, version)
     VALUES ('conn_{n}', '{ws}', 'x', 'X', 'app', '{}', '{}', 1, 1, 1)",
    "INSERT INTO connection_health (connection_id, status, since, event_seq) VALUES ('conn_{n}', 'failing', 1, 1)",
];

/// Everything once, in a workspace.
async fn fill(app: &TestApp, workspace: &str, number: usize) {
    let raw = Raw::open(&app.db.location).await;
    for row in ROWS {
        let mut sql = row.replace("{ws}", workspace).replace("{n}", &number.to_string());
        for blob in 1..=4 {
            sql = sql.replace(&format!("{{blob{blob}}}"), &raw.blob(&format!("0{number}0{blob}")));
        }
        raw.run(&sql).await;
    }
}

fn waiting(shown: &Value, name: &str) -> (i64, String) {
    (shown[name]["count"].as_i64().unwrap(), shown[name]["oldest_at"].as_str().unwrap_or_default().to_owned())
}

both_engines! {
    async fn every_figure_counts_what_it_says(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let empty = admin.get("/v1/figures/operations").await.expect(200);
        assert_eq!(waiting(&empty, "callbacks"), (0, String::new()));
        assert_eq!((&empty["tasks"], &empty["failing_webhooks"]), (&json!({}), &json!(0)));
        fill(&app, "ws_of_others", 7).await;
        assert_eq!(admin.get("/v1/figures/operations").await.expect(200), empty);

        fill(&app, app.workspace.as_str(), 8).await;
        let shown = admin.get("/v1/figures/operations").await.expect(200);
        let expected = [
            ("callbacks", 2, "01.000"), ("parked", 1, "03.000"), ("quarantined", 1, "04.000"), ("events", 1, "05.000"),
            ("consents", 1, "06.000"), ("sends", 2, "06.500"), ("unknown_sends", 1, "07.500"),
            ("webhook_deliveries", 1, "08.000"),
        ];
        for (name, count, seconds) in expected {
            assert_eq!(waiting(&shown, name), (count, format!("1970-01-01T00:00:{seconds}Z")), "{name}");
        }
        assert_eq!(shown["tasks"], json!({"unknown_send": 1, "link_review": 1}));
        let standing = ["failing_connections", "failing_webhooks", "disabled_webhooks"].map(|name| shown[name].as_i64());
        assert_eq!(standing, [Some(1), Some(1), Some(1)]);
    }
}
