//! What the console asks while a hundred thousand complaints are stored: the whole request, seen from the client.

use segue::clock::Stopwatch;
use serde_json::{Value, json};

use crate::database::{Databases, Engine};
use crate::report::{Bar, Finding, Report, quantile};
use crate::service::{Service, prepared};
use crate::stocked::{COMPLAINTS, stock};
use crate::{Result, twilio};

/// What the desk waits for at most, in milliseconds.
const BAR: f64 = 300.0;

/// What is asked at once, and what for.
struct View {
    name: &'static str,
    paths: Vec<String>,
    bar: Bar,
}

pub(crate) async fn measure(databases: &Databases, quick: bool, report: &mut Report) -> Result<()> {
    let times = if quick { 20 } else { 200 };
    for engine in Engine::BOTH {
        let (database, connection) = prepared(databases, engine, &twilio::connection()).await?;
        stock(&database, &connection).await?;
        let service = Service::start(databases, &database).await?;
        for view in views(&service).await? {
            look(&service, engine, &view, times, report).await?;
        }
        service.process.stop()?;
        databases.remove(database).await?;
    }
    Ok(())
}

async fn look(
    service: &Service,
    engine: Engine,
    view: &View,
    times: usize,
    report: &mut Report,
) -> Result<()> {
    let mut took = Vec::new();
    for _ in 0..times {
        let watch = Stopwatch::start();
        futures_util::future::try_join_all(view.paths.iter().map(|path| service.get(path))).await?;
        took.push(watch.elapsed().as_secs_f64() * 1e3);
    }
    let of = |share| quantile(took.iter().copied(), share);
    report.run(
        &json!({"console": view.name, "engine": engine.name(), "p50_ms": of(0.5), "worst_ms": of(1.0)}),
    )?;
    report.find(&Finding {
        name: format!("{}: {}, worst", engine.name(), view.name),
        measured: of(1.0),
        unit: " ms",
        bar: view.bar,
        how: format!("{times} times, {COMPLAINTS} complaints; median {:.1} ms", of(0.5)),
    })
}

/// The id and the cursor of the complaint that is so far down the list.
async fn far_down(service: &Service) -> Result<(String, String)> {
    let middle = service.get("/v1/complaints?limit=200&sort=asc").await?;
    let id = middle["data"][0]["id"].as_str().ok_or("no complaint")?.to_owned();
    let next = middle["next"].as_str().ok_or("no second page")?.to_owned();
    Ok((id, next))
}

async fn views(service: &Service) -> Result<Vec<View>> {
    let (oldest, far) = far_down(service).await?;
    let view = |name, paths: &[&str]| View {
        name,
        paths: paths.iter().map(|path| format!("/v1{path}")).collect(),
        bar: Bar::AtMost(BAR),
    };
    let talks = "/conversations?status=open&limit=100";
    let week = days_before(service, 7).await?;
    let quarter = days_before(service, 90).await?;
    Ok(vec![
        view("inbox, first view", &["/complaints?limit=50", talks]),
        view("inbox, open ones", &["/complaints?limit=50&status=open", talks]),
        view("inbox, a status nobody has", &["/complaints?limit=50&status=ignored", talks]),
        view("inbox, one of 20 agents", &["/complaints?limit=50&assignee=Agent+7", talks]),
        view("inbox, an agent without a case", &["/complaints?limit=50&assignee=Nobody", talks]),
        view("inbox, a channel nobody uses", &["/complaints?limit=50&channel=facebook_comment", talks]),
        view("inbox, conversations", &["/conversations?limit=50"]),
        view("inbox, a page at the far end", &[&format!("/complaints?limit=50&sort=asc&after={far}")]),
        view("inbox, one story", &[&format!("/complaints/{oldest}"), &format!("/complaints/{oldest}/ways")]),
        view("search, words everybody has", &["/complaints?limit=50&q=charged+twice"]),
        view("search, words nobody has", &["/complaints?limit=50&q=zebra"]),
        view("search, a number", &["/complaints?limit=50&q=%2B12020050000"]),
        view(
            "handoffs, a week",
            &[&format!("/figures/handoffs?from={week}"), &format!("/handoffs?limit=50&since={week}")],
        ),
        View {
            bar: Bar::Told,
            ..view(
                "handoffs, a quarter with all of them",
                &[
                    &format!("/figures/handoffs?from={quarter}"),
                    &format!("/handoffs?limit=50&since={quarter}"),
                ],
            )
        },
        view(
            "handoffs, a state nobody is in",
            &[&format!("/handoffs?limit=50&since={week}&state=suspended")],
        ),
        view("handoffs, a channel nobody uses", &[&format!("/handoffs?limit=50&since={week}&channel=rcs")]),
    ])
}

/// A moment so many days before the newest complaint, as a parameter.
async fn days_before(service: &Service, days: u64) -> Result<String> {
    let newest: Value = service.get("/v1/complaints?limit=1").await?;
    let at = newest["data"][0]["created_at"].as_str().ok_or("no complaint")?;
    let at = segue::domain::time::Timestamp::parse(at)? - std::time::Duration::from_secs(days * 86_400);
    Ok(at.to_string())
}
