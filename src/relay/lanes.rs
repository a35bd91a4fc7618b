//! The order of work in memory: what shares a lane goes one after the other, different lanes side by side.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::job::Job;
use crate::domain::id::DeliveryId;
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::store::delivery::NewDelivery;

/// Most deliveries at once in memory.
const CAPACITY: usize = 2000;

/// Most of them that were claimed: the rest of the room is for fresh ones.
const CLAIMED: usize = CAPACITY / 2;

/// How long a lane whose head went back to the database stays closed here: longer than any decision takes that may
/// have seen the lane free.
const CLOSED_FOR: Duration = Duration::from_secs(600);

/// Lanes with something in memory.
#[derive(Default)]
pub(super) struct Lanes {
    queues: HashMap<Lane, VecDeque<Place>>,
    /// Lanes whose head is in the database, until then or until the head is claimed here.
    closed: HashMap<Lane, Timestamp>,
    /// Destinations that are being claimed for: what is claimed there may stand before anything new.
    claiming: HashSet<String>,
    places: usize,
    claimed: usize,
}

struct Place {
    id: DeliveryId,
    stage: Stage,
}

#[expect(clippy::large_enum_variant, reason = "nearly every place holds a job")]
enum Stage {
    /// Its transaction has not told yet that it committed.
    Reserved,
    /// It waits for those before it.
    Waiting(Job),
    /// Its turn has come.
    Out,
}

/// What a job's end leaves of its lane.
#[derive(Debug, Default)]
pub(super) struct After {
    /// Whose turn it is.
    pub(super) next: Option<Job>,
    /// What must go back to the database, for its head has.
    pub(super) back: Vec<Job>,
}

impl Lanes {
    /// Keeps a place at the end of a lane; `false` when there is no room, its head is in the database, or on its way
    /// from there to here.
    pub(super) fn reserve(&mut self, to: &NewDelivery, now: Timestamp) -> bool {
        let (lane, id) = (to.lane, &to.id);
        let is_closed = self.closed.get(&lane).is_some_and(|&until| until > now);
        let is_claimed = self.claiming.contains(&to.destination) && !self.queues.contains_key(&lane);
        if self.places >= CAPACITY || is_closed || is_claimed {
            return false;
        }
        self.append(lane, Place { id: id.clone(), stage: Stage::Reserved });
        true
    }

    fn append(&mut self, lane: Lane, place: Place) {
        self.queues.entry(lane).or_default().push_back(place);
        self.places += 1;
    }

    /// Gives places back; jobs whose turn has come by it.
    pub(super) fn cancel(&mut self, ids: &[DeliveryId]) -> Vec<Job> {
        let mut turns = Vec::new();
        for queue in self.queues.values_mut() {
            let before = queue.len();
            queue.retain(|place| !ids.contains(&place.id));
            self.places -= before - queue.len();
            turns.extend(turn(queue));
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        turns
    }

    /// Fills the place kept for a job; the job back when there is none any more, or when it is its turn.
    pub(super) fn fill(&mut self, job: Job) -> Filled {
        let queue = job.lane.and_then(|lane| self.queues.get_mut(&lane));
        let Some((queue, at)) = queue.and_then(|queue| {
            let at = queue.iter().position(|place| place.id == job.id)?;
            Some((queue, at))
        }) else {
            return Filled::Lost(job);
        };
        queue[at].stage = Stage::Waiting(job);
        turn(queue).map_or(Filled::Waits, Filled::Turn)
    }

    /// From now on these are claimed for; none any more when the claimed jobs are admitted.
    pub(super) fn claiming(&mut self, destinations: impl IntoIterator<Item = String>) {
        self.claiming = destinations.into_iter().collect();
    }

    /// Closes lanes of which something is leased to us that is not here.
    pub(super) fn close(&mut self, lanes: impl Iterator<Item = Lane>, now: Timestamp) {
        self.closed.extend(lanes.map(|lane| (lane, now + CLOSED_FOR)));
    }

    /// Takes in a claimed job: it is the head of its lane. The job back when it is its turn.
    pub(super) fn admit(&mut self, job: Job) -> Option<Job> {
        self.claimed += 1;
        let Some(lane) = job.lane else { return Some(job) };
        self.closed.remove(&lane);
        self.append(lane, Place { id: job.id.clone(), stage: Stage::Waiting(job) });
        self.queues.get_mut(&lane).and_then(turn)
    }

    /// Whether there is no room.
    pub(super) fn is_full(&self) -> bool {
        self.places >= CAPACITY
    }

    /// How many more may be claimed.
    pub(super) fn room(&self) -> usize {
        CLAIMED.saturating_sub(self.claimed).min(CAPACITY.saturating_sub(self.places))
    }

    /// A job ended. When it holds its lane, the rest goes back with it and the lane is closed here.
    pub(super) fn end(&mut self, job: &Job, holds: bool, now: Timestamp) -> After {
        if !job.is_fresh {
            self.claimed -= 1;
        }
        let Some(lane) = job.lane else { return After::default() };
        let Some(mut queue) = self.queues.remove(&lane) else { return After::default() };
        let before = queue.len();
        if holds {
            self.closed.insert(lane, now + CLOSED_FOR);
            self.places -= before;
            let back: Vec<Job> = queue.into_iter().filter_map(Place::waiting).collect();
            self.claimed -= back.iter().filter(|job| !job.is_fresh).count();
            return After { next: None, back };
        }
        queue.retain(|place| place.id != job.id);
        self.places -= before - queue.len();
        let next = turn(&mut queue);
        if !queue.is_empty() {
            self.queues.insert(lane, queue);
        }
        After { next, back: Vec::new() }
    }

    /// Opens lanes that were closed long enough.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.closed.retain(|_, until| *until > now);
    }
}

/// What became of a job that was handed over.
#[derive(Debug)]
pub(super) enum Filled {
    /// It waits for those before it.
    Waits,
    /// It is this one's turn.
    Turn(Job),
    /// Its lane has gone back to the database meanwhile.
    Lost(Job),
}

impl Place {
    fn waiting(self) -> Option<Job> {
        if let Stage::Waiting(job) = self.stage { Some(job) } else { None }
    }
}

/// The head of a lane, if it waits for nothing any more.
fn turn(queue: &mut VecDeque<Place>) -> Option<Job> {
    let head = queue.front_mut()?;
    match std::mem::replace(&mut head.stage, Stage::Out) {
        Stage::Waiting(job) => Some(job),
        stage => {
            head.stage = stage;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::Freight;
    use super::*;
    use crate::domain::id::{EventId, WorkspaceId};
    use crate::store::delivery::Cargo;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn id(number: u8) -> DeliveryId {
        DeliveryId::new(NOW, &[number; 10])
    }

    fn job(number: u8, lane: &str) -> Job {
        Job {
            id: id(number),
            attempt: 1,
            tries: 0,
            lane: Some(Lane::of(&[lane])),
            destination: "whk".into(),
            valid_until: None,
            lease_until: NOW,
            freight: Freight::Provider,
            is_fresh: true,
            span: tracing::Span::none(),
        }
    }

    fn new(number: u8, lane: &str) -> NewDelivery {
        NewDelivery {
            id: id(number),
            workspace_id: WorkspaceId::new(NOW, &[1; 10]),
            lane: Lane::of(&[lane]),
            subject: "conv".into(),
            destination: "whk".into(),
            slot: 0,
            identity_id: None,
            cargo: Cargo::Event(EventId::new(NOW, &[1; 10])),
            valid_until: None,
        }
    }

    fn reserved(numbers: &[u8]) -> Lanes {
        let mut lanes = Lanes::default();
        for &number in numbers {
            assert!(lanes.reserve(&new(number, "a"), NOW));
        }
        lanes
    }

    #[test]
    fn a_lane_goes_in_the_order_of_its_places_not_of_its_commits() {
        let mut lanes = reserved(&[1, 2]);
        assert!(matches!(lanes.fill(job(2, "a")), Filled::Waits));
        let Filled::Turn(first) = lanes.fill(job(1, "a")) else { panic!("it is the first one's turn") };
        assert_eq!(lanes.end(&first, false, NOW).next.map(|job| job.id), Some(id(2)));
    }

    #[test]
    fn a_place_that_is_given_back_lets_the_next_go() {
        let mut lanes = reserved(&[1, 2]);
        lanes.fill(job(2, "a"));
        assert_eq!(lanes.cancel(&[id(1)]).pop().map(|job| job.id), Some(id(2)));
    }

    #[test]
    fn a_head_that_must_wait_takes_its_lane_back_with_it() {
        let mut lanes = reserved(&[1, 2, 3]);
        let Filled::Turn(first) = lanes.fill(job(1, "a")) else { panic!("it is the first one's turn") };
        lanes.fill(job(2, "a"));
        let after = lanes.end(&first, true, NOW);
        assert_eq!(after.back.iter().map(|job| &job.id).collect::<Vec<_>>(), [&id(2)]);
        assert!(matches!(lanes.fill(job(3, "a")), Filled::Lost(_)));
        assert!(!lanes.reserve(&new(4, "a"), NOW));
        assert!(lanes.reserve(&new(5, "b"), NOW));
    }

    #[test]
    fn a_claimed_head_opens_its_lane_again() {
        let mut lanes = reserved(&[1]);
        let Filled::Turn(first) = lanes.fill(job(1, "a")) else { panic!("it is the first one's turn") };
        lanes.end(&first, true, NOW);
        let head = lanes.admit(Job { is_fresh: false, ..first }).unwrap();
        assert!(lanes.reserve(&new(2, "a"), NOW));
        lanes.end(&head, false, NOW);
        assert_eq!(lanes.room(), CLAIMED);
    }

    #[test]
    fn nothing_new_overtakes_what_is_being_claimed() {
        let mut lanes = reserved(&[1]);
        lanes.claiming(["whk".to_owned()]);
        assert!(lanes.reserve(&new(2, "a"), NOW), "the head is here");
        assert!(!lanes.reserve(&new(3, "b"), NOW), "the head may be on its way");
        lanes.claiming([]);
        assert!(lanes.reserve(&new(4, "b"), NOW));
    }

    #[test]
    fn claimed_work_leaves_room_for_fresh_work() {
        let mut lanes = Lanes::default();
        while lanes.room() > 0 {
            lanes.admit(Job { lane: None, is_fresh: false, ..job(1, "a") });
        }
        assert!(lanes.reserve(&new(2, "a"), NOW));
    }
}
