//! What the commands beside `serve` share: settings, a runtime, an opened database.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};

use super::Failed;
use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::outbound::Outbound;
use crate::store::Store;
use crate::telemetry::{LogForm, start_logs};

/// Logs of a command that reads no settings.
pub(super) fn start_plain_logs() -> Result<(), Failed> {
    start_logs("info", LogForm::default(), None).map_err(Failed::new)
}

/// Logs of a command that has a display of its own.
pub(super) fn start_quiet_logs() -> Result<(), Failed> {
    start_logs("error", LogForm::default(), None).map_err(Failed::new)
}

pub(super) fn settings(config: Option<&Path>) -> Result<Settings, Failed> {
    Settings::load(config).map_err(Failed::usage)
}

/// Runs `work` on the opened database and closes it after.
pub(super) fn with_store<R>(
    config: Option<&Path>,
    work: impl AsyncFnOnce(&Store, &SystemClock) -> Result<R, Failed>,
) -> Result<R, Failed> {
    let settings = settings(config)?;
    block_on(async {
        let clock = SystemClock::default();
        let store =
            app::open_store(&settings, clock.now()).await.map_err(|error| Failed::starting(&error))?;
        let done = work(&store, &clock).await;
        store.close().await;
        done
    })
}

pub(super) fn block_on<R>(work: impl Future<Output = Result<R, Failed>>) -> Result<R, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::new)?;
    runtime.block_on(work)
}

/// A client that may call anything the person at the terminal names.
pub(super) fn open_outbound() -> Result<Outbound, Failed> {
    let everywhere = [Ipv4Net::default().into(), Ipv6Net::default().into()];
    Outbound::new(&everywhere).map_err(Failed::new)
}

/// A number with its unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time such as 90s, 5m or 1500ms");
    let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis).filter(|millis| *millis > 0).map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["60", "s", "0s", "1.5s", "60 s", "5d", ""] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
