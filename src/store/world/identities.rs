//! Whom a decision is about: identities by address, and those behind what was loaded.

use std::collections::HashSet;

use super::{Needs, World, keys};
use crate::domain::id::IdentityId;
use crate::store::Store;
use crate::store::engine::Tx;
use crate::store::error::StoreError;
use crate::store::identity::{self, IdentityRow, KnownIdentity};
use crate::store::value::values;

impl World {
    fn know(&mut self, known: KnownIdentity) {
        self.by_blind.insert(known.blind.clone(), known.identity.id.clone());
        self.identities.insert(known.identity.id.clone(), known);
    }

    /// The identities at the addresses that were named.
    pub(super) async fn load_parties(
        &mut self,
        store: &Store,
        tx: &mut Tx,
        needs: &Needs,
    ) -> Result<(), StoreError> {
        let keys = needs.parties.keys().flat_map(|(workspace, blind)| values![workspace, *blind]).collect();
        for row in tx.lookup::<IdentityRow>(&identity::BY_BLIND, keys).await? {
            self.know(row.read(&store.vault)?);
        }
        Ok(())
    }

    /// The identities behind conversations and complaints that were not named by address.
    pub(super) async fn load_owners(
        &mut self,
        store: &Store,
        tx: &mut Tx,
        needs: &Needs,
    ) -> Result<(), StoreError> {
        let mut missing: HashSet<IdentityId> = needs.identities.clone();
        missing.extend(self.conversations.values().map(|talk| talk.value.identity_id.clone()));
        missing.extend(self.complaints.values().map(|one| one.value.identity_id.clone()));
        missing.extend(self.linkable.iter().cloned());
        missing.extend(self.links.values().flat_map(|link| link.value.between.iter().cloned()));
        missing.retain(|id| !self.identities.contains_key(id));
        for row in tx.lookup::<IdentityRow>(&identity::BY_ID, keys(&missing)).await? {
            self.know(row.read(&store.vault)?);
        }
        Ok(())
    }
}
