//! The gateway: a raw request becomes stored inbound events. It verifies, splits, routes and commits; it never runs a
//! rule, and it answers 200 only after the commit.

mod archive;
mod committer;
mod directory;
mod intake;
mod privacy;
mod replay;
mod tally;

use std::sync::Arc;

use bytes::Bytes;

pub use committer::{Commit, Committer};
pub use privacy::{Promised, Wish};
pub use replay::Replayed;
pub use tally::Tally;

use crate::clock::Clock;
use crate::coordination::{Coordination, SlotBoard};
use crate::store::{Store, StoreError};
use archive::Archive;
use directory::Directory;

/// Takes callbacks in.
pub struct Gateway {
    directory: Directory,
    archive: Archive,
    tally: Arc<Tally>,
    store: Store,
    committer: Box<dyn Commit>,
    board: Arc<SlotBoard>,
    coordination: Arc<Coordination>,
    clock: Arc<dyn Clock>,
    public_url: String,
}

/// A request to `/callbacks/{connection_id}`, unread.
#[derive(Clone, Debug)]
pub struct Call {
    /// The last segment of the path.
    pub connection: String,
    /// `GET` or `POST`.
    pub method: String,
    /// What follows `?`, undecoded.
    pub query: String,
    /// Header names and values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
}

/// What the provider is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Safe. The body is empty: some providers would text it to the customer.
    Stored,
    /// The answer to a challenge.
    Handshake(crate::providers::Reply),
}

/// Why a callback was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// There is no such connection.
    #[error("there is no such connection")]
    UnknownConnection,
    /// Nobody vouches for it; which check failed is for the log alone.
    #[error("unverified")]
    Unverified,
    /// More waits to be stored than fits.
    #[error("more callbacks are waiting than can be held")]
    Overloaded,
    /// The database is away.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<StoreError>),
}

impl Gateway {
    /// A gateway over this store. Within a runtime: it starts the writer of rejected callbacks.
    #[must_use]
    pub fn new(
        store: Store,
        committer: impl Commit + 'static,
        board: Arc<SlotBoard>,
        coordination: Arc<Coordination>,
        (clock, public_url): (Arc<dyn Clock>, String),
    ) -> Self {
        Self {
            archive: Archive::start(store.clone()),
            tally: Arc::default(),
            directory: Directory::new(store.clone()),
            store,
            committer: Box::new(committer),
            board,
            coordination,
            clock,
            public_url,
        }
    }

    /// What was heard and is not written down yet. It outlives the gateway, so that the last of it can be written.
    #[must_use]
    pub fn tally(&self) -> Arc<Tally> {
        self.tally.clone()
    }
}
