//! How far it is, while it runs: one line that is drawn anew on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Cells of the bar.
const WIDTH: usize = 24;

/// Where nobody looks, a line so often is enough.
const SELDOM: Duration = Duration::from_secs(5);

/// Counts of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) planned: usize,
    /// Acts whose callback went out.
    pub(super) sent: usize,
    pub(super) acknowledged: usize,
    pub(super) delivered: usize,
}

/// Shows it, where and as often as it is looked at.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// When a line was last written, in milliseconds and one more; 0 is never.
    last: AtomicU64,
}

impl Progress {
    /// The line.
    pub(super) fn line(&self) -> String {
        let done = self.delivered.min(self.planned) * WIDTH / self.planned.max(1);
        let bar: String = (0..WIDTH).map(|at| if at < done { '#' } else { '-' }).collect();
        let backlog = self.acknowledged.saturating_sub(self.delivered);
        let Self { planned, sent, acknowledged, delivered } = self;
        format!(
            "[{bar}] planned {planned} · sent {sent} · acknowledged {acknowledged} · delivered {delivered} \
             · backlog {backlog}"
        )
    }
}

impl Meter {
    /// Shows how it goes, and what is waited for.
    pub(super) fn show(&self, progress: &Progress, left: &[String], at: Duration) {
        let line = progress.line();
        match left {
            [] => self.write(&line, at),
            left => self.write(&format!("{line} · waiting for {}", left.join(", ")), at),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[2K");
        }
        self.last.store(0, Ordering::Relaxed);
    }

    fn write(&self, line: &str, at: Duration) {
        let mut out = std::io::stderr().lock();
        // Nobody minds a line that could not be shown.
        if out.is_terminal() {
            let _ = write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush());
            return;
        }
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (now, last) = (millis(at), self.last.load(Ordering::Relaxed));
        if last == 0 || now >= last + millis(SELDOM) {
            self.last.store(now + 1, Ordering::Relaxed);
            let _ = writeln!(out, "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_what_is_delivered() {
        let progress = Progress { planned: 100, sent: 80, acknowledged: 75, delivered: 50 };
        let line = progress.line();
        assert!(line.starts_with("[############------------] planned 100 · sent 80"), "{line}");
        assert!(line.ends_with("delivered 50 · backlog 25"), "{line}");
        assert!(Progress::default().line().starts_with("[----"));
    }
}
