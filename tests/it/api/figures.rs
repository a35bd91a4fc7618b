//! Figures of handoffs: what is counted, by which day, and how the times are taken.

use segue::clock::chance;
use segue::domain::id::HandoffId;
use segue::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::engines::both_engines;
use crate::support::raw::Raw;

/// A handoff invited at a time: its state, and after how many seconds it was proven, agreed and active.
struct Made {
    at: &'static str,
    way: (&'static str, &'static str),
    state: &'static str,
    steps: [Option<i64>; 3],
    parent: bool,
}

const fn made(at: &'static str, state: &'static str, steps: [Option<i64>; 3]) -> Made {
    Made { at, way: ("P2", "sms"), state, steps, parent: false }
}

fn text(value: Option<i64>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}

impl Made {
    async fn store(&self, app: &TestApp) {
        let at = Timestamp::parse(self.at).unwrap();
        let id = HandoffId::new(at, &chance());
        let steps = self.steps.map(|seconds| text(seconds.map(|seconds| at.millis() + 1000 * seconds)));
        let sql = format!(
            "INSERT INTO handoff (id, workspace_id, complaint_id, parent_id, path, channel, connection_id, identity_id,
                state, case_ref, language, event_seq, version, created_at, updated_at, proven_at, agreed_at, active_at)
            VALUES ('{id}', '{}', 'cmp_x', {}, '{}', '{}', 'conn_x', 'idn_x', '{}', 'A', 'en', 1, 1, {at}, {at}, {})",
            app.workspace,
            if self.parent { "'hof_x'" } else { "NULL" },
            self.way.0,
            self.way.1,
            self.state,
            steps.join(", "),
            at = at.millis(),
        );
        Raw::open(&app.db.location).await.run(&sql).await;
    }
}

/// Two days of one way, another way on the second, and what is not counted.
fn world() -> Vec<Made> {
    let mut all = vec![
        made("2026-11-20T00:00:00Z", "active", [Some(10), Some(30), Some(31)]),
        made("2026-11-20T12:00:00Z", "ended", [Some(20), Some(80), Some(90)]),
        made("2026-11-20T23:59:59.999Z", "withdrawn", [Some(30), Some(40), Some(400)]),
        made("2026-11-20T13:00:00Z", "refused", [Some(40), None, None]),
        made("2026-11-21T00:00:00Z", "expired", [None, None, None]),
        made("2026-11-21T01:00:00Z", "cancelled", [None, None, None]),
        made("2026-11-21T02:00:00Z", "withdrawn", [Some(5), Some(6), None]),
        made("2026-11-21T03:00:00Z", "unlinked", [None, None, None]),
        made("2026-11-21T04:00:00Z", "token_sent", [Some(7), None, None]),
        made("2026-11-19T23:59:59.999Z", "active", [Some(1), Some(1), Some(1)]),
        made("2026-11-23T00:00:00Z", "active", [Some(1), Some(1), Some(1)]),
    ];
    let other = made("2026-11-21T05:00:00Z", "active", [Some(60), Some(60), Some(120)]);
    all.push(Made { way: ("P1", "x_dm"), ..other });
    let moved = made("2026-11-21T06:00:00Z", "active", [Some(1), Some(1), Some(1)]);
    all.push(Made { parent: true, ..moved });
    all
}

const SPAN: &str = "/v1/figures/handoffs?from=2026-11-20T00:00:00Z&to=2026-11-23T00:00:00Z";

/// invited, proven, agreed, active; refused, expired, cancelled, waiting.
fn counts(shown: &Value) -> [i64; 8] {
    ["invited", "proven", "agreed", "active", "refused", "expired", "cancelled", "waiting"]
        .map(|name| shown[name].as_i64().unwrap())
}

fn times(shown: &Value) -> [i64; 3] {
    ["count", "median_ms", "p90_ms"].map(|name| shown[name].as_i64().unwrap())
}

both_engines! {
    async fn invitations_are_counted_on_their_day_with_what_became_of_them(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for one in world() {
            one.store(&app).await;
        }
        let shown = admin.get(SPAN).await.expect(200);
        assert_eq!(counts(&shown["total"]), [10, 7, 5, 4, 2, 1, 2, 1]);
        let days: Vec<_> = shown["days"].as_array().unwrap().iter().map(|day| (day["day"].as_str().unwrap(), counts(day))).collect();
        assert_eq!(days, [
            ("2026-11-20", [4, 4, 3, 3, 1, 0, 0, 0]),
            ("2026-11-21", [6, 3, 2, 1, 1, 1, 2, 1]),
            ("2026-11-22", [0; 8]),
        ]);
        let ways = shown["ways"].as_array().unwrap();
        assert_eq!((ways.len(), &ways[0]["path"], &ways[0]["channel"]), (2, &json!("P2"), &json!("sms")));
        assert_eq!(counts(&ways[0]), [9, 6, 4, 3, 2, 1, 2, 1]);
        assert_eq!(times(&ways[0]["took"]), [3, 90_000, 400_000]);
        assert_eq!(counts(&ways[1]), [1, 1, 1, 1, 0, 0, 0, 0]);
        assert_eq!(times(&ways[1]["took"]), [1, 120_000, 120_000]);
    }

    async fn the_times_are_the_lower_median_and_the_ninetieth_percentile(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for one in world() {
            one.store(&app).await;
        }
        let shown = admin.get(SPAN).await.expect(200)["times"].clone();
        // 5 7 10 20 30 40 60; 0 1 10 20 60; 1 10 60 360; 31 90 120 400.
        assert_eq!(times(&shown["proven"]), [7, 20_000, 60_000]);
        assert_eq!(times(&shown["agreed"]), [5, 10_000, 60_000]);
        assert_eq!(times(&shown["active"]), [4, 10_000, 360_000]);
        assert_eq!(times(&shown["whole"]), [4, 90_000, 400_000]);
    }

    async fn a_span_is_read_strictly_and_others_see_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for one in world() {
            one.store(&app).await;
        }
        let long = admin.get("/v1/figures/handoffs?from=2026-07-01T00:00:00Z&to=2026-11-20T00:00:00Z").await;
        assert!(long.expect(422)["errors"].to_string().contains("at most 92 days"));
        let wrong = admin.get("/v1/figures/handoffs?from=2026-11-20T00:00:00Z&to=2026-11-20T00:00:00Z").await;
        assert!(wrong.expect(422)["errors"].to_string().contains("is not before `to`"));
        let none = app.stranger().await.get(SPAN).await.expect(200);
        assert_eq!((counts(&none["total"]), &none["ways"], &none["times"]["whole"]), ([0; 8], &json!([]), &Value::Null));
        assert_eq!(none["days"].as_array().unwrap().len(), 3);
        let usual = admin.get("/v1/figures/handoffs").await.expect(200);
        assert!((30..=31).contains(&usual["days"].as_array().unwrap().len()), "{usual}");
    }
}
