//! After the last act: everything that was taken in has to come out, or it is said what is left.

use std::time::Duration;

use super::SimulateError;
use super::stage::Stage;
use crate::clock::Stopwatch;
use crate::store::Census;

/// Between two looks at the database.
const EVERY: Duration = Duration::from_millis(500);

/// How draining ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Drained {
    pub(super) took: Duration,
    /// What was waited for in vain.
    pub(super) left: Vec<String>,
    pub(super) census: Census,
}

impl Stage<'_> {
    /// Waits until nothing is under way any more, at most so long.
    pub(super) async fn drain(&self, patience: Duration) -> Result<Drained, SimulateError> {
        let watch = Stopwatch::start();
        loop {
            let census = self.store.census().await?;
            let left = self.left(&census);
            let took = watch.elapsed();
            if left.is_empty() || took > patience {
                self.meter.clear();
                return Ok(Drained { took, left, census });
            }
            self.meter.show(&self.progress(), &left, self.watch.elapsed());
            tokio::time::sleep(EVERY).await;
        }
    }

    /// What is still under way.
    fn left(&self, census: &Census) -> Vec<String> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let counts = [
            (number(self.sandbox.under_way()), "callbacks not brought or tried again"),
            (number(self.desk.busy()), "acts of agents"),
            (census.pending, "facts not decided"),
            (census.untold, "events not delivered"),
            (census.unsent, "messages not sent"),
            (census.unnumbered, "events not in the list"),
            (census.unsealed, "consents not in the ledger"),
        ];
        let left = counts.into_iter().filter(|(count, _)| *count > 0);
        left.map(|(count, what)| format!("{count} {what}")).collect()
    }
}
