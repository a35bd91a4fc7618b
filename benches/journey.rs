//! The whole way: a callback is taken, stored and decided, and its event is delivered to the desk's webhook.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use segue::clock::Stopwatch;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::database::{Database, Databases, Engine};
use crate::receiver::{self, Arrivals};
use crate::report::{Bar, Finding, Report, median, quantile};
use crate::sender::{Line, Plan, micros, send_steadily};
use crate::service::Service;
use crate::{Result, twilio};

/// Connections of the steady load.
const LINES: usize = 128;

/// The rate that must hold on PostgreSQL, and those tried after it.
const RATES: [u32; 6] = [3000, 4000, 5000, 6000, 7000, 8000];

/// How long a text may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);

/// Texts of one customer at a steady rate.
const TEXTS_EACH: usize = 4;

/// A service with a connection and a desk that takes what it tells.
struct Bridge {
    service: Service,
    database: Database,
    connection: String,
    plan: Arc<Plan>,
    arrivals: Arc<Arrivals>,
}

pub(crate) async fn measure(databases: &Databases, quick: bool, report: &mut Report) -> Result<()> {
    let (texts, repeats, seconds) = if quick { (200, 1, 4) } else { (500, 3, 10) };
    for engine in Engine::BOTH {
        idle(databases, engine, (texts, repeats), report).await?;
    }
    let rates = if quick { &RATES[..1] } else { &RATES[..] };
    let mut best = 0.0;
    for (at, &rate) in rates.iter().enumerate() {
        let held = steady(databases, rate, seconds).await?;
        report.run(&json!({
            "journey": "steady", "offered": rate, "delivered": held.delivered, "backlog_first": held.backlog.0,
            "backlog_last": held.backlog.1, "p50_ms": held.p50, "p99_ms": held.p99,
        }))?;
        let holds = held.holds(rate);
        if at == 0 {
            tell_steady(&held, rate, holds, report)?;
        }
        if !holds {
            break;
        }
        best = held.delivered;
    }
    report.find(&Finding {
        name: "PostgreSQL: highest tried rate that holds".into(),
        measured: best,
        unit: "/s",
        bar: Bar::Told,
        how: format!("{seconds} s at each of {rates:?}, until one does not hold"),
    })
}

async fn open(databases: &Databases, engine: Engine, texts: usize, customers: usize) -> Result<Bridge> {
    let database = databases.empty(engine).await?;
    let service = Service::start(databases, &database).await?;
    let connection = service.connect(&twilio::connection()).await?;
    let watch = Stopwatch::start();
    let (url, arrivals) = receiver::start(watch, texts).await?;
    service.post("/v1/webhooks", &json!({"url": url, "events": ["message.received"]})).await?;
    let requests = (0..texts).map(|number| twilio::request(&connection, number, customers)).collect();
    Ok(Bridge { service, database, connection, plan: Plan::new(watch, requests), arrivals })
}

impl Bridge {
    async fn close(self, databases: &Databases) -> Result<()> {
        if self.arrivals.repeated.load(Ordering::Relaxed) > 0 {
            return Err(format!("texts to {} came twice while nothing failed", self.connection).into());
        }
        self.service.process.stop()?;
        databases.remove(self.database).await
    }

    /// From when a text was due to when it arrived, in milliseconds.
    fn latencies(&self, of: std::ops::Range<usize>) -> Vec<f64> {
        let at = |times: &[AtomicU64], text: usize| times[text].load(Ordering::Relaxed);
        of.map(|text| {
            Duration::from_micros(at(&self.arrivals.at, text) - at(&self.plan.sent, text)).as_secs_f64() * 1e3
        })
        .collect()
    }
}

/// One text at a time to an unloaded service.
async fn idle(
    databases: &Databases,
    engine: Engine,
    (texts, repeats): (usize, usize),
    report: &mut Report,
) -> Result<()> {
    let (mut p50s, mut p99s) = (Vec::new(), Vec::new());
    let warm_up = texts / 10;
    for _ in 0..repeats {
        let bridge = open(databases, engine, texts + warm_up, 100).await?;
        let mut line = Line::open(bridge.service.process.port).await?;
        for (text, request) in bridge.plan.requests.iter().enumerate() {
            bridge.plan.sent[text].store(micros(bridge.plan.watch.elapsed()), Ordering::Relaxed);
            line.send(request).await?;
            let arrived = async {
                while bridge.arrivals.at[text].load(Ordering::Relaxed) == 0 {
                    bridge.arrivals.news.notified().await;
                }
            };
            timeout(PATIENCE, arrived).await.map_err(|_| format!("text {text} did not arrive"))?;
            sleep(Duration::from_millis(2)).await;
        }
        let latencies = bridge.latencies(warm_up..texts + warm_up);
        p50s.push(quantile(latencies.iter().copied(), 0.5));
        p99s.push(quantile(latencies, 0.99));
        report.run(&json!({"journey": "idle", "engine": engine.name(), "p50_ms": p50s.last(), "p99_ms": p99s.last()}))?;
        bridge.close(databases).await?;
    }
    for (share, values, bar) in [("p50", p50s, 5.0), ("p99", p99s, 20.0)] {
        report.find(&Finding {
            name: format!("{}, idle: callback to webhook, {share}", engine.name()),
            measured: median(values),
            unit: " ms",
            bar: Bar::AtMost(bar),
            how: format!("{texts} texts one by one, median of {repeats} runs"),
        })?;
    }
    Ok(())
}

/// What became of a steady load.
struct Steady {
    /// Webhooks a second in the last three quarters of the time.
    delivered: f64,
    /// Callbacks not delivered yet, after a quarter of the time and at its end.
    backlog: (u64, u64),
    p50: f64,
    p99: f64,
}

impl Steady {
    /// It keeps up: what is delivered is what is offered, so the backlog does not grow.
    fn holds(&self, rate: u32) -> bool {
        self.delivered >= f64::from(rate) * 0.99
    }
}

async fn steady(databases: &Databases, rate: u32, seconds: u32) -> Result<Steady> {
    let texts = usize::try_from(rate * seconds)?;
    let bridge = open(databases, Engine::Postgres, texts, texts / TEXTS_EACH).await?;
    let port = bridge.service.process.port;
    let start = bridge.plan.watch.elapsed();
    let sending = tokio::spawn(send_steadily(bridge.plan.clone(), port, LINES, rate));
    let time = Duration::from_secs(u64::from(seconds));
    sleep(time / 4).await;
    let (first, early) = (backlog(&bridge, start, rate), bridge.arrivals.count.load(Ordering::Relaxed));
    let watch = Stopwatch::start();
    sleep(time * 3 / 4 - Duration::from_millis(5)).await;
    let late = bridge.arrivals.count.load(Ordering::Relaxed);
    let took = watch.elapsed().as_secs_f64();
    let last = backlog(&bridge, start, rate);
    sending.await??;
    let all = async {
        while bridge.arrivals.count.load(Ordering::Relaxed) < u64::try_from(texts).unwrap_or(u64::MAX) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let _ = timeout(PATIENCE * 12, all).await.map_err(|_| "what was acknowledged was not delivered")?;
    let latencies = bridge.latencies(texts / 4..texts);
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    let delivered = (late - early) as f64 / took;
    let (p50, p99) = (quantile(latencies.iter().copied(), 0.5), quantile(latencies, 0.99));
    bridge.close(databases).await?;
    Ok(Steady { delivered, backlog: (first, last), p50, p99 })
}

/// Callbacks that are due and not delivered.
fn backlog(bridge: &Bridge, start: Duration, rate: u32) -> u64 {
    let due = ((bridge.plan.watch.elapsed() - start) * rate).as_secs();
    due.saturating_sub(bridge.arrivals.count.load(Ordering::Relaxed))
}

fn tell_steady(held: &Steady, rate: u32, holds: bool, report: &mut Report) -> Result<()> {
    report.find(&Finding {
        name: format!("PostgreSQL, {rate}/s offered: delivered"),
        measured: held.delivered,
        unit: "/s",
        bar: Bar::AtLeast(f64::from(rate) * 0.99),
        how: format!(
            "backlog {} early, {} late, {}; p50 {:.1} ms, p99 {:.1} ms",
            held.backlog.0,
            held.backlog.1,
            if holds { "holds" } else { "grows" },
            held.p50,
            held.p99
        ),
    })
}
