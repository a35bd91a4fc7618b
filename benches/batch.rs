//! One callback of Meta with a thousand messages in it: one commit, one answer.

use std::time::Duration;

use segue::clock::{Stopwatch, random};
use segue::domain::signature::hmac_sha256;
use serde_json::{Value, json};

use crate::database::{Databases, Engine};
use crate::report::{Bar, Finding, Report, quantile};
use crate::sender::Line;
use crate::service::Service;
use crate::{Result, twilio};

const ITEMS: usize = 1000;
const PAGE: &str = "102938475610293";
const SECRET: &str = "an-app-secret";

/// Between two batches, so that each meets a service that has decided the one before.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn measure(databases: &Databases, quick: bool, report: &mut Report) -> Result<()> {
    let batches = if quick { 5 } else { 20 };
    for engine in Engine::BOTH {
        let database = databases.empty(engine).await?;
        let service = Service::start(databases, &database).await?;
        let connection = service.connect(&page()).await?;
        let mut line = Line::open(service.process.port).await?;
        let mut took = Vec::new();
        for _ in 0..batches {
            let request = request(&connection);
            let watch = Stopwatch::start();
            line.send(&request).await?;
            took.push(watch.elapsed().as_secs_f64() * 1e3);
            report.run(&json!({"batch": ITEMS, "engine": engine.name(), "ms": took.last()}))?;
            tokio::time::sleep(PAUSE).await;
        }
        let rows = database.count("inbound_event").await?;
        if rows != u64::try_from(batches * ITEMS)? {
            return Err(format!("{rows} events out of {batches} batches of {ITEMS}").into());
        }
        service.process.stop()?;
        databases.remove(database).await?;
        for (word, share) in [("median", 0.5), ("worst", 1.0)] {
            report.find(&Finding {
                name: format!("{}: batch of {ITEMS} acknowledged, {word}", engine.name()),
                measured: quantile(took.iter().copied(), share),
                unit: " ms",
                bar: Bar::AtMost(200.0),
                how: format!("{batches} batches, each in one callback of Messenger"),
            })?;
        }
    }
    Ok(())
}

fn page() -> Value {
    json!({
        "provider": "facebook", "name": "Page",
        "account": {"app_id": "1029384756", "page_id": PAGE},
        "secrets": {"app_secret": SECRET, "verify_token": "a-verify-token", "page_token": "a-page-token"},
        "settings": {"public_url": twilio::ORIGIN}
    })
}

fn request(connection: &str) -> Vec<u8> {
    let message = |number: usize| {
        let mid = format!("m_{}", hex::encode(random::<24>()));
        json!({
            "sender": {"id": format!("2401234567{number:07}")}, "recipient": {"id": PAGE},
            "timestamp": 1_794_000_001_500_u64,
            "message": {"mid": mid, "text": "My card was charged twice for the order of last week, please help!"}
        })
    };
    let messages: Vec<Value> = (0..ITEMS).map(message).collect();
    let entry = json!([{"id": PAGE, "time": 1_794_000_002_001_u64, "messaging": messages}]);
    let body = json!({"object": "page", "entry": entry}).to_string();
    let signature = hex::encode(hmac_sha256(SECRET.as_bytes(), &[body.as_bytes()]));
    let head = format!(
        "POST /callbacks/{connection} HTTP/1.1\r\nHost: bridge.example.com\r\nContent-Type: application/json\r\n\
         X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}
