//! What a decision leaves at an event: done, parked until what it refers to is there, pending again.

use std::time::Duration;

use crate::domain::id::IdentityId;
use crate::domain::time::Timestamp;
use crate::store::value::values;
use crate::store::write::{Statement, Write};

/// How long an event waits for what it refers to.
pub const PARKED_FOR: Duration = Duration::from_secs(600);

/// After those that park: what one decision parks and then finds goes on at once.
static UNPARK: Statement = Statement::adjust(
    64,
    "UPDATE inbound_event SET state = 'pending', park_key = NULL
    FROM (VALUES ",
    1,
    ") AS v WHERE inbound_event.park_key = v.column1 AND inbound_event.state = 'parked'",
);

static DONE: Statement = Statement::update(
    62,
    "UPDATE inbound_event SET state = 'done', payload = NULL, identity_id = v.column2
    FROM (VALUES ",
    2,
    ") AS v WHERE inbound_event.seq = v.column1 AND inbound_event.state = 'pending'",
);

static PARK: Statement = Statement::update(
    63,
    "UPDATE inbound_event SET state = 'parked', park_key = v.column2, due_at = v.column3
    FROM (VALUES ",
    3,
    ") AS v WHERE inbound_event.seq = v.column1 AND inbound_event.state = 'pending'",
);

/// The event is decided; its content is no longer kept here.
pub fn done(seq: i64, identity: Option<&IdentityId>) -> Write {
    Write { statement: &DONE, values: values![seq, identity] }
}

/// The event waits for what it refers to.
pub fn park(seq: i64, key: [u8; 16], until: Timestamp) -> Write {
    Write { statement: &PARK, values: values![seq, key, until] }
}

/// What waited for this can be decided now.
pub fn unpark(key: [u8; 16]) -> Write {
    Write { statement: &UNPARK, values: values![key] }
}
