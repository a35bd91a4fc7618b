//! A rejected callback once more: by the same way, under the same checks, with the secrets of today.

use super::intake::unavailable;
use super::{Call, Gateway, Rejection};
use crate::domain::id::ConnectionId;
use crate::domain::time::Timestamp;
use crate::store::rejected::RawCall;

/// What became of a replayed callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Events stored now.
    pub events: usize,
    /// Events that were there already.
    pub duplicates: usize,
    /// Items that were not understood.
    pub quarantined: usize,
}

impl Gateway {
    /// Takes a rejected callback in if it verifies now, as of the moment it came. `report_only` lets nothing in here.
    ///
    /// # Errors
    /// [`Rejection`] when it is not taken.
    pub async fn replay(
        &self,
        id: &ConnectionId,
        kept: RawCall,
        received_at: Timestamp,
    ) -> Result<Replayed, Rejection> {
        let entrance = self.directory.fresh(id, self.clock.now()).await.map_err(unavailable)?;
        let entrance = entrance.ok_or(Rejection::UnknownConnection)?;
        let RawCall { method, query, headers, body } = kept;
        let call = Call { connection: id.to_string(), method, query, headers, body: body.into() };
        let (raw, _) = self.as_called(call, &entrance.stored.connection);
        let door = entrance.stored.as_door();
        if let Some(reply) = entrance.provider.handshake(&door, &raw) {
            return reply.map(|_| Replayed::default()).map_err(|_| Rejection::Unverified);
        }
        let body = door.verify(entrance.provider, &raw, received_at).map_err(|_| Rejection::Unverified)?;
        let callback = self.read(&entrance, &body, received_at).await.map_err(unavailable)?;
        if callback.events.is_empty() {
            return Ok(Replayed::default());
        }
        let receipt = self.keep(&entrance, self.seal(&callback).await?).await?;
        let (events, duplicates, quarantined) = (receipt.fresh, receipt.duplicates, receipt.quarantined);
        Ok(Replayed { events, duplicates, quarantined })
    }
}
