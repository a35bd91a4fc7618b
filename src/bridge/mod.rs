//! The bridge: inbound events and API commands become state, events and deliveries. Every decision is pure, made on a
//! world read under locks, and written in one commit.

pub mod command;
mod draft;
mod fact;
mod handoff;
mod link_end;
mod needs;
mod refusal;
mod worker;

use std::sync::Arc;

pub use command::{Caller, Outcome};
pub use refusal::{CommandError, Refusal};

use self::draft::Draft;
use crate::clock::Clock;
use crate::coordination::{Coordination, Wake};
use crate::domain::time::Timestamp;
use crate::store::delivery::LaneBook;
use crate::store::{Committed, Store, World};

/// Decides.
#[derive(Clone)]
pub struct Bridge {
    store: Store,
    book: Arc<dyn LaneBook>,
    clock: Arc<dyn Clock>,
    coordination: Arc<Coordination>,
    /// Where customers reach this service; empty where nothing is said to them.
    public_url: Arc<str>,
}

impl Bridge {
    /// A bridge over this store, handing deliveries to this book.
    #[must_use]
    pub fn new(
        store: Store,
        book: Arc<dyn LaneBook>,
        clock: Arc<dyn Clock>,
        coordination: Arc<Coordination>,
    ) -> Self {
        Self { store, book, clock, coordination, public_url: "".into() }
    }

    /// The same bridge, which knows where customers reach the service.
    #[must_use]
    pub fn reached_at(self, public_url: &str) -> Self {
        Self { public_url: public_url.into(), ..self }
    }

    /// A decision in the making.
    fn draft(&self, world: World, now: Timestamp) -> Draft<'_> {
        Draft::new(world, self.store.vault(), (now, &self.public_url))
    }

    /// What a commit leaves to do: deliveries go out, and events get their position.
    fn hand_over(&self, committed: Committed) {
        let told = !committed.events.is_empty();
        self.book.hand_over(committed);
        if told {
            self.coordination.notify(Wake::Events);
        }
    }
}
