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

/// Slots in the hands of one worker, until they are dropped.
#[derive(Debug)]
pub struct TakenSlots<'a> {
    board: &'a SlotBoard,
    slots: Vec<i64>,
}

impl Default for SlotBoard {
    fn default() -> Self {
        let marks = Marks { dirty: [false; COUNT], taken: [false; COUNT], from: 0 };
        Self { marks: Mutex::new(marks), bell: Notify::new() }
    }
}

impl Marks {
    fn take(&mut self, most: usize) -> Vec<i64> {
        let turns = (0..COUNT).map(|step| (self.from + step) % COUNT);
        let slots: Vec<usize> = turns.filter(|&slot| self.is_free(slot)).take(most).collect();
        for &slot in &slots {
            self.dirty[slot] = false;
            self.taken[slot] = true;
            self.from = slot + 1;
        }
        slots.into_iter().filter_map(|slot| i64::try_from(slot).ok()).collect()
    }

    fn give_back(&mut self, slots: &[i64]) {
        for slot in slots {
            if let Some(taken) = usize::try_from(*slot).ok().and_then(|slot| self.taken.get_mut(slot)) {
                *taken = false;
            }
        }
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

    /// Waits for marked slots that nobody has: at least one, at most `most`.
    pub async fn next(&self, most: usize) -> TakenSlots<'_> {
        loop {
            if let Some(taken) = self.take(most) {
                return taken;
            }
            self.bell.notified().await;
        }
    }

    fn take(&self, most: usize) -> Option<TakenSlots<'_>> {
        let mut marks = self.marks();
        let slots = marks.take(most);
        self.ring(&marks);
        if slots.is_empty() {
            return None;
        }
        Some(TakenSlots { board: self, slots })
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

impl TakenSlots<'_> {
    /// Which ones, in the order of their turns.
    #[must_use]
    pub fn slots(&self) -> &[i64] {
        &self.slots
    }
}

impl Drop for TakenSlots<'_> {
    fn drop(&mut self) {
        let mut marks = self.board.marks();
        marks.give_back(&self.slots);
        self.board.ring(&marks);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn taken(board: &SlotBoard, most: usize) -> Option<TakenSlots<'_>> {
        board.next(most).now_or_never()
    }

    #[test]
    fn a_slot_is_with_one_worker_at_a_time() {
        let board = SlotBoard::default();
        board.mark([7]);
        let first = taken(&board, 1).unwrap();
        board.mark([7]);
        assert!(taken(&board, 1).is_none());
        drop(first);
        assert_eq!(taken(&board, 1).unwrap().slots(), [7]);
    }

    #[test]
    fn a_decided_slot_is_not_taken_again_unmarked() {
        let board = SlotBoard::default();
        board.mark([7]);
        drop(taken(&board, 1));
        assert!(taken(&board, 1).is_none());
    }

    #[test]
    fn every_marked_slot_gets_its_turn() {
        let board = SlotBoard::default();
        board.mark([3, 255]);
        drop(taken(&board, 1));
        board.mark([3]);
        assert_eq!(taken(&board, 2).unwrap().slots(), [255, 3]);
    }

    #[test]
    fn a_worker_takes_what_is_marked_and_leaves_the_rest_to_the_next() {
        let board = SlotBoard::default();
        board.mark([1, 2, 3]);
        let one = taken(&board, 2).unwrap();
        let other = taken(&board, 2).unwrap();
        assert_eq!((one.slots(), other.slots()), (&[1, 2][..], &[3][..]));
    }

    #[tokio::test]
    async fn each_mark_wakes_a_waiting_worker() {
        let board = SlotBoard::default();
        let (one, other, ()) = tokio::join!(board.next(1), board.next(1), async { board.mark([1, 2]) });
        assert_ne!(one.slots(), other.slots());
    }
}
