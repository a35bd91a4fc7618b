//! Every statement is understood by both engines.

use segue::store::Store;

use crate::support::engines::both_engines;

/// What the engine says of statements it cannot plan.
async fn refused(store: &Store) -> Vec<String> {
    let refused = store.prepare_all().await;
    refused.into_iter().map(|(statement, why)| format!("{why}: {statement}")).collect()
}

both_engines! {
    async fn every_statement_can_be_planned(db: TestStore) {
        assert_eq!(refused(&db.store).await, Vec::<String>::new());
    }
}
