//! Everything that hangs on identities to be erased.

use super::{Needs, World, keys};
use crate::domain::id::{ComplaintId, DeliveryId, IdentityId};
use crate::store::engine::Tx;
use crate::store::erasure::{COMPLAINTS, OPEN_SENDS};
use crate::store::error::StoreError;

impl World {
    /// Their complaints and conversations, and what is still to be sent to them.
    pub(super) async fn find_erasures(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let rows: Vec<(String,)> = tx.lookup(&COMPLAINTS, keys(&needs.erase)).await?;
        for (id,) in rows {
            let complaint = ComplaintId::parse(&id);
            needs.complaints.insert(complaint.map_err(|_| StoreError::inconsistent("complaint", "id", &id))?);
        }
        let rows: Vec<(String, String)> = tx.lookup(&OPEN_SENDS, keys(&needs.erase)).await?;
        for (identity, delivery) in rows {
            let bad = |_| StoreError::inconsistent("delivery", "identity_id", &delivery);
            let id = DeliveryId::parse(&delivery).map_err(bad)?;
            needs.deliveries.insert(id.clone());
            self.open_sends.entry(IdentityId::parse(&identity).map_err(bad)?).or_default().push(id);
        }
        needs.identities.extend(needs.erase.iter().cloned());
        needs.links_of.extend(needs.erase.iter().cloned());
        Ok(())
    }
}
