//! Every statement, for the test that has both engines plan them all.

use super::Store;
use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::{
    audit, cap, cargo, census, circuit, claim, complaints, connection, consents, conversations, customers,
    day_key, decision, deliveries, delivery, erasure, event, export, fence, figures, handoffs, health,
    inbound, key, lease, ledger, link, master, notice, numbering, open, operations, policy, quarantine,
    rejected, retention, secret, sending, settle, standing, suggestions, target, tasks, template, token,
    webhook, workspace, world,
};

const STATEMENTS: &[&[Sql]] = &[
    audit::STATEMENTS,
    census::STATEMENTS,
    claim::STATEMENTS,
    complaints::STATEMENTS,
    connection::STATEMENTS,
    consents::STATEMENTS,
    conversations::STATEMENTS,
    customers::STATEMENTS,
    day_key::STATEMENTS,
    decision::STATEMENTS,
    deliveries::STATEMENTS,
    erasure::STATEMENTS,
    event::STATEMENTS,
    export::STATEMENTS,
    fence::STATEMENTS,
    figures::STATEMENTS,
    handoffs::STATEMENTS,
    health::STATEMENTS,
    inbound::STATEMENTS,
    key::STATEMENTS,
    lease::STATEMENTS,
    notice::STATEMENTS,
    ledger::STATEMENTS[0],
    ledger::STATEMENTS[1],
    ledger::STATEMENTS[2],
    ledger::STATEMENTS[3],
    link::STATEMENTS,
    master::STATEMENTS,
    numbering::STATEMENTS,
    open::STATEMENTS,
    policy::STATEMENTS,
    operations::STATEMENTS,
    quarantine::STATEMENTS,
    rejected::STATEMENTS,
    retention::STATEMENTS,
    target::STATEMENTS,
    tasks::STATEMENTS,
    template::STATEMENTS,
    token::STATEMENTS,
    webhook::STATEMENTS,
    workspace::STATEMENTS,
];

const BULKS: &[&[Bulk]] = &[
    cap::LOOKUPS,
    cargo::LOOKUPS,
    circuit::LOOKUPS,
    connection::LOOKUPS,
    delivery::LOOKUPS,
    erasure::LOOKUPS,
    event::LOOKUPS,
    export::LOOKUPS,
    health::LOOKUPS,
    ledger::LOOKUPS[0],
    ledger::LOOKUPS[1],
    ledger::LOOKUPS[2],
    link::LOOKUPS,
    numbering::LOOKUPS,
    policy::LOOKUPS,
    secret::LOOKUPS,
    sending::LOOKUPS,
    settle::LOOKUPS,
    standing::LOOKUPS,
    template::LOOKUPS,
    workspace::LOOKUPS,
    suggestions::LOOKUPS,
    world::LOOKUPS,
    world::SILENCE,
];

impl Store {
    /// Plans every statement on this engine without running it; those that it does not understand, with what it says.
    /// PostgreSQL knows the types of a list only by its values, so there the lists are left to the tests that use them.
    #[doc(hidden)]
    pub async fn prepare_all(&self) -> Vec<(String, StoreError)> {
        let bulks = BULKS.iter().copied().flatten().map(|bulk| bulk.text(2));
        let bulks = bulks.chain(inbound::AMONG.iter().map(|among| among.text(2)));
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
