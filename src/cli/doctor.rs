//! `segue doctor`: looks before a start whether all that is needed is there. One line a check, on standard output.

mod ledger;
mod sample;

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use clap::Args;

use super::Failed;
use super::opening::{block_on, open_outbound};
use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, Settings};
use crate::coordination;
use crate::outbound::{DEFAULT_TIMEOUT, Outbound};
use crate::providers::HttpRequest;
use crate::store::{Outlook, Store, look};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Also send every live `custom` connection a signed callback of a kind without effect, through its public URL.
    #[arg(long)]
    sample: bool,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Ok,
    Warn,
    Fail,
}

/// The lines so far.
#[derive(Debug, Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn line(&mut self, grade: Grade, name: &str, detail: &str) -> Result<(), Failed> {
        let word = match grade {
            Grade::Ok => "ok",
            Grade::Warn => "warn",
            Grade::Fail => "fail",
        };
        self.failed += usize::from(grade == Grade::Fail);
        writeln!(std::io::stdout(), "{word:<5} {name:<11} {detail}").map_err(Failed::new)
    }
}

pub(super) fn run(doctor: &Doctor, config: Option<&Path>) -> Result<(), Failed> {
    let mut report = Report::default();
    match Settings::load(config) {
        Ok(settings) => {
            report.line(Grade::Ok, "settings", "all can be read")?;
            for warning in settings.warnings() {
                report.line(Grade::Warn, "settings", &warning)?;
            }
            block_on(examine(doctor, &settings, &mut report))?;
        }
        Err(mistakes) => {
            for mistake in mistakes.to_string().lines() {
                report.line(Grade::Fail, "settings", mistake.trim())?;
            }
        }
    }
    match report.failed {
        0 => Ok(()),
        count => Err(Failed::new(format!("Checks that failed: {count}."))),
    }
}

async fn examine(doctor: &Doctor, settings: &Settings, report: &mut Report) -> Result<(), Failed> {
    let outbound = open_outbound()?;
    let clock = SystemClock::default();
    let store = database(settings, &clock, report).await?;
    redis(settings, report).await?;
    let reached = public_url(settings, &outbound, report).await?;
    match &store {
        Some(store) if doctor.sample && reached => {
            sample::send(store, settings, &outbound, (clock.now(), report)).await?;
        }
        _ if doctor.sample => {
            let detail = "needs a database and a running service at the public URL";
            report.line(Grade::Fail, "sample", detail)?;
        }
        _ => {
            let detail = "not sent; `segue doctor --sample` sends one through each live custom connection";
            report.line(Grade::Ok, "sample", detail)?;
        }
    }
    if let Some(store) = store {
        ledger::examine(&store, settings, report).await?;
        store.close().await;
    }
    Ok(())
}

/// The database with its keys, where it is ready for work.
async fn database(
    settings: &Settings,
    clock: &SystemClock,
    report: &mut Report,
) -> Result<Option<Store>, Failed> {
    match look(&app::location(settings)).await {
        Err(why) => report.line(Grade::Fail, "database", &why.to_string())?,
        Ok(Outlook::Missing) => {
            report.line(Grade::Warn, "database", "is not there yet; the first start makes it")?;
        }
        Ok(Outlook::Behind(due)) => {
            let detail =
                format!("answers; migrations due: {due}; the next start, or `segue migrate`, runs them");
            report.line(Grade::Warn, "database", &detail)?;
        }
        Ok(Outlook::Current) => {
            report.line(Grade::Ok, "database", "answers, and its schema is up to date")?;
            return master_key(settings, clock, report).await;
        }
    }
    Ok(None)
}

async fn master_key(
    settings: &Settings,
    clock: &SystemClock,
    report: &mut Report,
) -> Result<Option<Store>, Failed> {
    let file = settings.data_dir().join("master.key");
    // A start would make a new key here, which opens nothing of what is there.
    if settings.master_keys.is_none() && !file.exists() {
        let detail = format!("SEGUE_MASTER_KEY is not set and there is no {}", file.display());
        report.line(Grade::Fail, "master key", &detail)?;
        return Ok(None);
    }
    match app::open_store(settings, clock.now()).await {
        Err(why) => {
            report.line(Grade::Fail, "master key", &why.to_string())?;
            Ok(None)
        }
        Ok(store) => {
            older_master_keys(settings, &store, report).await?;
            Ok(Some(store))
        }
    }
}

/// Whether an older master key is still needed.
async fn older_master_keys(settings: &Settings, store: &Store, report: &mut Report) -> Result<(), Failed> {
    let master = app::master_keys(settings).map_err(|error| Failed::starting(&error))?;
    let wrapped = store.find_wrapped(&master).await.map_err(Failed::new)?;
    let opens = "opens the keys in the database";
    match (wrapped.older.as_slice(), master.older()) {
        ([], 0) => report.line(Grade::Ok, "master key", opens),
        ([], _) => {
            let detail = format!("{opens}; all are under the newest, and the older ones may be dropped");
            report.line(Grade::Ok, "master key", &detail)
        }
        (older, _) => {
            let detail = format!(
                "{opens}; under an older one still: {}; `segue keys rotate-master` changes that",
                older.join(", ")
            );
            report.line(Grade::Warn, "master key", &detail)
        }
    }
}

async fn redis(settings: &Settings, report: &mut Report) -> Result<(), Failed> {
    match (&settings.redis_url, &settings.database) {
        (None, Database::Sqlite(_)) => {
            report.line(Grade::Ok, "redis", "not set, and not needed for one process")
        }
        (None, Database::Postgres(_)) => {
            let detail = "not set; replicas find work by asking, and each counts its own rate limits";
            report.line(Grade::Ok, "redis", detail)
        }
        (Some(url), _) => match coordination::check(url).await {
            Ok(()) => report.line(Grade::Ok, "redis", "answers"),
            Err(why) => report.line(Grade::Fail, "redis", &format!("does not answer: {why}")),
        },
    }
}

/// Whether a running service answers at the public URL.
async fn public_url(settings: &Settings, outbound: &Outbound, report: &mut Report) -> Result<bool, Failed> {
    let origin = settings.public_url.origin();
    let url = format!("{origin}/healthz");
    let request = HttpRequest { method: "GET", url, headers: Vec::new(), body: Bytes::new() };
    let answer = outbound.send(request, DEFAULT_TIMEOUT).await;
    let (grade, detail) = match &answer {
        Ok(reply) if reply.status == 200 && reply.body.as_ref() == br#"{"status":"ok"}"# => {
            (Grade::Ok, "a service runs there".to_owned())
        }
        Ok(reply) => (Grade::Warn, format!("something answers {}, but not a running service", reply.status)),
        Err(why) if settings.public_url.is_assumed() => (Grade::Warn, why.to_string()),
        Err(why) => (Grade::Fail, why.to_string()),
    };
    report.line(grade, "public url", &format!("{origin}: {detail}"))?;
    if !origin.starts_with("https://") {
        report.line(Grade::Warn, "public url", "is not https, which most providers ask for")?;
    }
    Ok(grade == Grade::Ok)
}
