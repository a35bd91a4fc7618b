//! Figures over many handoffs. The database counts; what comes out of it are a few rows for each day and way.
//!
//! An invitation is counted on the day it was made, with what has become of it by now. What goes on from another handoff
//! (a move, a return) is no invitation. Both texts read one index and no row.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::value::args;
use super::view::{Counts, DayFigures, HandoffFigures, StepFigures, Times, WayFigures};
use crate::domain::channel::Channel;
use crate::domain::handoff::Path;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;

const DAY: i64 = 86_400_000;

const COUNTS: &str = "SELECT h.created_at / 86400000 AS day, h.path, h.channel, COUNT(*) AS invited,
        COUNT(h.proven_at) AS proven, COUNT(h.agreed_at) AS agreed, COUNT(h.active_at) AS active,
        COUNT(CASE WHEN h.active_at IS NULL AND h.state IN ('refused', 'withdrawn') THEN 1 END) AS refused,
        COUNT(CASE WHEN h.active_at IS NULL AND h.state = 'expired' THEN 1 END) AS expired,
        COUNT(CASE WHEN h.active_at IS NULL AND h.state IN ('cancelled', 'unlinked', 'ended') THEN 1 END) AS cancelled
    FROM handoff h
    WHERE h.workspace_id = $1 AND h.created_at >= $2 AND h.created_at < $3 AND h.parent_id IS NULL
    GROUP BY h.created_at / 86400000, h.path, h.channel";

/// The times of each step and of each way, in order, and of each the one in the middle and the one at nine tenths.
const TIMES: &str = "WITH h AS (
        SELECT path, channel, created_at, proven_at, agreed_at, active_at FROM handoff
        WHERE workspace_id = $1 AND created_at >= $2 AND created_at < $3 AND parent_id IS NULL
            AND proven_at IS NOT NULL
    ), took AS (
        SELECT 'proven' AS step, '' AS path, '' AS channel, proven_at - created_at AS ms FROM h
        UNION ALL SELECT 'agreed', '', '', agreed_at - proven_at FROM h WHERE agreed_at IS NOT NULL
        UNION ALL SELECT 'active', '', '', active_at - agreed_at FROM h WHERE active_at IS NOT NULL
        UNION ALL SELECT 'whole', '', '', active_at - created_at FROM h WHERE active_at IS NOT NULL
        UNION ALL SELECT 'way', path, channel, active_at - created_at FROM h WHERE active_at IS NOT NULL
    ), ranked AS (
        SELECT step, path, channel, ms, ROW_NUMBER() OVER (PARTITION BY step, path, channel ORDER BY ms) AS place,
            COUNT(*) OVER (PARTITION BY step, path, channel) AS size
        FROM took
    )
    SELECT step, path, channel, MAX(size) AS size, MIN(ms) AS median, MAX(ms) AS p90
    FROM ranked WHERE place = (size + 1) / 2 OR place = (size * 9 + 9) / 10
    GROUP BY step, path, channel";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(COUNTS), Sql::same(TIMES)];

#[derive(Debug, FromRow)]
struct CountRow {
    day: i64,
    path: String,
    channel: String,
    invited: i64,
    proven: i64,
    agreed: i64,
    active: i64,
    refused: i64,
    expired: i64,
    cancelled: i64,
}

#[derive(Debug, FromRow)]
struct TimeRow {
    step: String,
    path: String,
    channel: String,
    size: i64,
    median: i64,
    p90: i64,
}

impl Store {
    /// What became of the invitations of a span of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn handoff_figures(
        &self,
        workspace: &WorkspaceId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<HandoffFigures, StoreError> {
        let counts: Vec<CountRow> = self.db.all(COUNTS, args![workspace, from, to]).await?;
        let times: Vec<TimeRow> = self.db.all(TIMES, args![workspace, from, to]).await?;
        let mut total = Counts::default();
        counts.iter().for_each(|row| total.add(row.counts()));
        Ok(HandoffFigures {
            from,
            to,
            total,
            times: steps(&times),
            days: days(&counts, from, to),
            ways: ways(&counts, &times)?,
        })
    }
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.invited += more.invited;
        self.proven += more.proven;
        self.agreed += more.agreed;
        self.active += more.active;
        self.refused += more.refused;
        self.expired += more.expired;
        self.cancelled += more.cancelled;
        self.waiting += more.waiting;
    }
}

impl CountRow {
    const fn counts(&self) -> Counts {
        let over = self.active + self.refused + self.expired + self.cancelled;
        Counts {
            invited: self.invited,
            proven: self.proven,
            agreed: self.agreed,
            active: self.active,
            refused: self.refused,
            expired: self.expired,
            cancelled: self.cancelled,
            waiting: self.invited - over,
        }
    }
}

impl TimeRow {
    const fn times(&self) -> Times {
        Times { count: self.size, median_ms: self.median, p90_ms: self.p90 }
    }
}

fn steps(rows: &[TimeRow]) -> StepFigures {
    let of = |step: &str| rows.iter().find(|row| row.step == step).map(TimeRow::times);
    StepFigures { proven: of("proven"), agreed: of("agreed"), active: of("active"), whole: of("whole") }
}

/// Each day of the span, also those without an invitation.
fn days(rows: &[CountRow], from: Timestamp, to: Timestamp) -> Vec<DayFigures> {
    let last = Timestamp::from_millis(to.millis() - 1).day();
    let mut days: BTreeMap<i64, Counts> = (from.day()..=last).map(|day| (day, Counts::default())).collect();
    rows.iter().for_each(|row| days.entry(row.day).or_default().add(row.counts()));
    let name = |day: i64| Timestamp::from_millis(day * DAY).to_string()[..10].to_owned();
    days.into_iter().map(|(day, counts)| DayFigures { day: name(day), counts }).collect()
}

fn ways(counts: &[CountRow], times: &[TimeRow]) -> Result<Vec<WayFigures>, StoreError> {
    let mut ways: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    counts.iter().for_each(|row| ways.entry((&row.path, &row.channel)).or_default().add(row.counts()));
    let way = |((path, channel), counts): ((&str, &str), Counts)| {
        let is_of_it =
            |row: &&TimeRow| (row.step.as_str(), &*row.path, &*row.channel) == ("way", path, channel);
        let bad = |column| StoreError::inconsistent("handoff", column, path);
        Ok(WayFigures {
            path: Path::parse(path).ok_or_else(|| bad("path"))?,
            channel: Channel::parse(channel).map_err(|_| bad("channel"))?,
            counts,
            took: times.iter().find(is_of_it).map(TimeRow::times),
        })
    };
    let mut ways = ways.into_iter().map(way).collect::<Result<Vec<_>, StoreError>>()?;
    ways.sort_by_key(|way| std::cmp::Reverse(way.counts.invited));
    Ok(ways)
}
