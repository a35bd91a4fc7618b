//! What went over the wire lately, both ways; bounded.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::domain::time::Timestamp;

const KEPT: usize = 1000;

/// One request and what came of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) provider: &'static str,
    pub(super) method: String,
    /// Without the query, which may hold a proof.
    pub(super) path: String,
    /// `None` where nobody answered.
    pub(super) status: Option<u16>,
    pub(super) at: Timestamp,
}

/// The newest lines.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<VecDeque<Line>>);

impl Log {
    pub(super) fn add(&self, line: Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The newest last.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
