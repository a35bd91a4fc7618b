//! Which lane slots have something to decide in this process, and which are being decided right now.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::lane::SLOTS;

const COUNT: usize = SLOTS as usize;

/// The slots of this process. Whoever stores something marks its slot; workers take marked slots in turn.
#[derive(Debug)]
pub struct SlotBoard {
    marks: Mutex<Marks>,
    bell: Notify,
}

#[derive(Debug)]
struct Marks {
    dirty: [bool; COUNT],
    taken: [bool; COUNT],
    /// Where the next search begins, so that every slot gets its turn.
    from: usize,
}

/// A slot in the hands of one worker, until it is dropped.
#[derive(Debug)]
pub struct TakenSlot<'a> {
    board: &'a SlotBoard,
    slot: usize,
}

impl Default for SlotBoard {
    fn default() -> Self {
        let marks = Marks { dirty: [false; COUNT], taken: [false; COUNT], from: 0 };
        Self { marks: Mutex::new(marks), bell: Notify::new() }
    }
}

impl Marks {
    fn take(&mut self) -> Option<usize> {
        let slot = (0..COUNT).map(|step| (self.from + step) % COUNT).find(|&slot| self.is_free(slot))?;
        self.dirty[slot] = false;
        self.taken[slot] = true;
        self.from = slot + 1;
        Some(slot)
    }

    fn is_free(&self, slot: usize) -> bool {
        self.dirty[slot] && !self.taken[slot]
    }

    fn has_free(&self) -> bool {
        (0..COUNT).any(|slot| self.is_free(slot))
    }
}

impl SlotBoard {
    /// Says that these slots have something to decide. One that is being decided will be taken once more.
    pub fn mark(&self, slots: impl IntoIterator<Item = i64>) {
        let mut marks = self.marks();
        for slot in slots {
            if let Some(dirty) = usize::try_from(slot).ok().and_then(|slot| marks.dirty.get_mut(slot)) {
                *dirty = true;
            }
        }
        self.ring(&marks);
    }

    /// Waits for a marked slot that nobody has.
    pub async fn next(&self) -> TakenSlot<'_> {
        loop {
            if let Some(taken) = self.take() {
                return taken;
            }
            self.bell.notified().await;
        }
    }

    fn take(&self) -> Option<TakenSlot<'_>> {
        let mut marks = self.marks();
        let slot = marks.take()?;
        self.ring(&marks);
        Some(TakenSlot { board: self, slot })
    }

    /// Wakes one worker, who wakes the next while there is more.
    fn ring(&self, marks: &Marks) {
        if marks.has_free() {
            self.bell.notify_one();
        }
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TakenSlot<'_> {
    /// Which one.
    #[must_use]
    pub fn slot(&self) -> i64 {
        i64::try_from(self.slot).unwrap_or(0)
    }
}

impl Drop for TakenSlot<'_> {
    fn drop(&mut self) {
        let mut marks = self.board.marks();
        marks.taken[self.slot] = false;
        self.board.ring(&marks);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_slot_is_with_one_worker_at_a_time() {
        let board = SlotBoard::default();
        board.mark([7]);
        let taken = board.next().now_or_never().unwrap();
        board.mark([7]);
        assert!(board.next().now_or_never().is_none());
        drop(taken);
        assert_eq!(board.next().now_or_never().map(|taken| taken.slot()), Some(7));
    }

    #[test]
    fn a_decided_slot_is_not_taken_again_unmarked() {
        let board = SlotBoard::default();
        board.mark([7]);
        drop(board.next().now_or_never());
        assert!(board.next().now_or_never().is_none());
    }

    #[test]
    fn every_marked_slot_gets_its_turn() {
        let board = SlotBoard::default();
        board.mark([3, 255]);
        drop(board.next().now_or_never());
        board.mark([3]);
        let order: Vec<i64> =
            (0..2).filter_map(|_| board.next().now_or_never()).map(|taken| taken.slot()).collect();
        assert_eq!(order, [255, 3]);
    }

    #[tokio::test]
    async fn each_mark_wakes_a_waiting_worker() {
        let board = SlotBoard::default();
        let (one, other, ()) = tokio::join!(board.next(), board.next(), async { board.mark([1, 2]) });
        assert_ne!(one.slot(), other.slot());
    }
}
