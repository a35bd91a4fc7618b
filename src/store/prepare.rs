//! Every statement, for the test that has both engines plan them all.

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::{
    audit, cargo, circuit, claim, complaints, connection, conversations, day_key, decision, deliveries,
    delivery, event, fence, health, inbound, key, lease, master, numbering, open, quarantine, rejected, retention,
    secret, sending, settle, standing, target, tasks, token, webhook, workspace, world,
};

const STATEMENTS: &[&[Sql]] = &[
    audit::STATEMENTS,
    claim::STATEMENTS,
    complaints::STATEMENTS,
    connection::STATEMENTS,
    conversations::STATEMENTS,
    day_key::STATEMENTS,
    decision::STATEMENTS,
    deliveries::STATEMENTS,
    event::STATEMENTS,
    fence::STATEMENTS,
    health::STATEMENTS,
    inbound::STATEMENTS,
    key::STATEMENTS,
    lease::STATEMENTS,
    master::STATEMENTS,
    numbering::STATEMENTS,
    open::STATEMENTS,
    quarantine::STATEMENTS,
    rejected::STATEMENTS,
    retention::STATEMENTS,
    target::STATEMENTS,
    tasks::STATEMENTS,
    token::STATEMENTS,
    webhook::STATEMENTS,
    workspace::STATEMENTS,
];

const BULKS: &[&[Bulk]] = &[
    cargo::LOOKUPS,
    circuit::LOOKUPS,
    connection::LOOKUPS,
    delivery::LOOKUPS,
    event::LOOKUPS,
    health::LOOKUPS,
    numbering::LOOKUPS,
    secret::LOOKUPS,
    sending::LOOKUPS,
    settle::LOOKUPS,
    standing::LOOKUPS,
    world::LOOKUPS,
];

impl Store {
    /// Plans every statement on this engine without running it; those that it does not understand, with what it says.
    /// PostgreSQL knows the types of a list only by its values, so there the lists are left to the tests that use them.
    #[doc(hidden)]
    pub async fn prepare_all(&self) -> Vec<(String, StoreError)> {
        let bulks = BULKS.iter().copied().flatten().map(|bulk| bulk.text(2));
        let bulks = bulks.filter(|_| !self.db.is_postgres());
        let all = STATEMENTS.iter().copied().flatten().copied().chain(bulks);
        let mut refused = Vec::new();
        for sql in all {
            if let Err(error) = self.db.prepare(sql).await {
                refused.push((format!("{sql:?}"), error));
            }
        }
        refused
    }
}
