//! Links with everything they join, under locks: whoever links or unlinks holds all identities of the customers it
//! touches, so that no two decisions ever work on one customer at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Loaded, Needs, World, keys};
use crate::domain::id::IdentityId;
use crate::domain::link::Link;
use crate::store::engine::Tx;
use crate::store::error::StoreError;
use crate::store::identity;
use crate::store::link::{self, LinkRow};
use crate::store::value::Value;

impl World {
    /// The links of the identities named, and of all they are joined with.
    pub(super) async fn load_links(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let named = self.named(tx, needs).await?;
        if named.is_empty() {
            return Ok(());
        }
        let joined = reach(tx, named).await?;
        tx.lookup::<(String,)>(&identity::LOCK, joined.iter().map(Value::from).collect()).await?;
        // Under the locks: whoever linked one of them meanwhile is done, and may have joined somebody unlocked.
        for link in links_of(tx, &joined).await? {
            if link.joins() && !link.between.iter().all(|end| joined.contains(end)) {
                return Err(StoreError::Conflict);
            }
            let version = link.version;
            self.links.insert(link.id.clone(), Loaded::at(link, version));
        }
        // What was read of them before the locks may be old.
        self.identities.retain(|id, _| !joined.contains(id));
        self.linkable = joined;
        Ok(())
    }

    async fn named(&self, tx: &mut Tx, needs: &Needs) -> Result<BTreeSet<IdentityId>, StoreError> {
        let mut named: BTreeSet<IdentityId> = needs.links_of.iter().cloned().collect();
        named.extend(
            needs.links_of_addresses.iter().filter_map(|blind| self.by_blind.get(&blind[..]).cloned()),
        );
        if !self.handoffs.is_empty() {
            // Where a handoff is at hand, whoever is at hand may be linked by it.
            named.extend(self.identities.keys().cloned());
            named.extend(self.conversations.values().map(|talk| talk.value.identity_id.clone()));
            let handoffs = self.handoffs.values().map(|one| &one.value);
            named.extend(handoffs.flat_map(|one| one.target_id.iter().chain([&one.identity_id])).cloned());
        }
        let ends: Vec<(String, String)> = tx.lookup(&link::ENDS, keys(&needs.links)).await?;
        for id in ends.into_iter().flat_map(|(one, other)| [one, other]) {
            named
                .insert(IdentityId::parse(&id).map_err(|_| StoreError::inconsistent("link", "one_id", &id))?);
        }
        Ok(named)
    }
}

async fn reach(tx: &mut Tx, named: BTreeSet<IdentityId>) -> Result<BTreeSet<IdentityId>, StoreError> {
    let mut reached = named.clone();
    let mut edge = named;
    while !edge.is_empty() {
        let found = links_of(tx, &edge).await?;
        let ends = found.into_iter().filter(Link::joins).flat_map(|link| link.between);
        edge = ends.filter(|end| reached.insert(end.clone())).collect();
    }
    Ok(reached)
}

/// Each once, by id.
async fn links_of(tx: &mut Tx, identities: &BTreeSet<IdentityId>) -> Result<Vec<Link>, StoreError> {
    let rows = tx.lookup::<LinkRow>(&link::OF_IDENTITIES, identities.iter().map(Value::from).collect());
    let links = rows.await?.into_iter().map(LinkRow::read);
    let by_id: BTreeMap<_, _> =
        links.map(|link| link.map(|link| (link.id.clone(), link))).collect::<Result<_, _>>()?;
    Ok(by_id.into_values().collect())
}
