//! What facts refer to by other names: provider ids, deliveries, posts, and sends that can still be cancelled.

use std::collections::HashSet;

use sqlx::FromRow;

use super::{Blind, Needs, World, keys};
use crate::domain::id::{ComplaintId, ConnectionId, DeliveryId, HandoffId, MessageId, PostId};
use crate::domain::inbound::PartRef;
use crate::store::delivery::OPEN_OF_IDENTITIES;
use crate::store::engine::{Bulk, Tx};
use crate::store::error::StoreError;
use crate::store::value::{Value, values};
use crate::store::{complaint, message};

/// A public post as it is known by the platform's id.
#[derive(Clone, Debug)]
pub struct KnownPost {
    /// Its complaint.
    pub complaint_id: ComplaintId,
    /// Itself.
    pub post_id: PostId,
}

/// What a delivery carries.
#[derive(Clone, Debug)]
pub enum Carried {
    /// A part of a message.
    Part(PartRef),
    /// A public reply of a complaint.
    Post(KnownPost),
    /// The private reply with which a handoff begins.
    PrivateReply(HandoffId),
}

/// What reported deliveries carry.
pub(super) const CARRIED: Bulk = Bulk::new(
    "SELECT d.id, d.message_id, d.part, d.post_id, p.complaint_id, d.handoff_id
    FROM (VALUES ",
    1,
    ") AS v
    JOIN delivery d ON d.id = v.column1
    LEFT JOIN post p ON p.id = d.post_id",
);

#[derive(Debug, FromRow)]
struct CarriedRow {
    id: String,
    message_id: Option<String>,
    part: Option<i64>,
    post_id: Option<String>,
    complaint_id: Option<String>,
    handoff_id: Option<String>,
}

impl World {
    /// Follows provider ids, deliveries and posts to the messages and complaints behind them.
    pub(super) async fn load_references(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        self.load_provider_ids(tx, needs).await?;
        for row in tx.lookup::<CarriedRow>(&CARRIED, keys(&needs.deliveries)).await? {
            self.carry(&row, needs)?;
        }
        self.load_known_posts(tx, needs).await?;
        self.load_externals(tx, needs).await
    }

    async fn load_provider_ids(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let by_provider = needs.provider_ids.iter().flat_map(|(conn, id)| values![conn, id]).collect();
        let rows: Vec<(String, String, String, i64)> =
            tx.lookup(&message::BY_PROVIDER_ID, by_provider).await?;
        for (connection, provider_id, message, part) in rows {
            let (Ok(connection), Ok(message_id)) =
                (ConnectionId::parse(&connection), MessageId::parse(&message))
            else {
                return Err(StoreError::inconsistent("message_part", "message_id", &message));
            };
            needs.messages.insert(message_id.clone());
            self.provider_ids.insert((connection, provider_id), PartRef { message_id, part });
        }
        Ok(())
    }

    async fn load_known_posts(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let by_post = needs.posts.iter().flat_map(|(conn, key)| values![conn, *key]).collect();
        let rows: Vec<(String, Vec<u8>, String, String, String)> =
            tx.lookup(&complaint::BY_POST, by_post).await?;
        for (connection, key, post, complaint, _) in rows {
            let bad = |_| StoreError::inconsistent("post", "external_key", &post);
            let external = (
                ConnectionId::parse(&connection).map_err(bad)?,
                key.try_into().map_err(|_| StoreError::inconsistent("post", "external_key", &post))?,
            );
            let known = known_post(&complaint, &post)?;
            needs.complaints.insert(known.complaint_id.clone());
            self.known_posts.insert(external, known);
        }
        Ok(())
    }

    async fn load_externals(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let keys = needs.externals.iter().flat_map(|(conn, key)| values![conn, *key]).collect();
        let rows: Vec<(String, Vec<u8>, String)> = tx.lookup(&message::KNOWN_EXTERNAL, keys).await?;
        for (connection, key, id) in rows {
            let id = MessageId::parse(&id).map_err(|_| StoreError::inconsistent("message", "id", &id))?;
            if let (Ok(connection), Ok(key)) = (ConnectionId::parse(&connection), key.try_into()) {
                self.externals.insert((connection, key), id);
            }
        }
        Ok(())
    }

    /// Messages that an echo may turn out to be.
    pub(super) async fn load_under_way(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let places = |of: &HashSet<(Blind, ConnectionId)>| -> Vec<Value> {
            let known = of
                .iter()
                .filter_map(|(blind, connection)| Some(values![self.by_blind.get(&blind[..])?, connection]));
            known.flatten().collect()
        };
        let mut rows: Vec<(String,)> = tx.lookup(&message::UNDER_WAY, places(&needs.under_way)).await?;
        rows.extend(tx.lookup::<(String,)>(&message::UNREAD, places(&needs.unread_by)).await?);
        for (id,) in rows {
            let bad = |_| StoreError::inconsistent("message", "id", &id);
            needs.messages.insert(MessageId::parse(&id).map_err(bad)?);
        }
        Ok(())
    }

    fn carry(&mut self, row: &CarriedRow, needs: &mut Needs) -> Result<(), StoreError> {
        let bad = |column| StoreError::inconsistent("delivery", column, &row.id);
        let delivery = DeliveryId::parse(&row.id).map_err(|_| bad("id"))?;
        let carried = if let Some(message) = &row.message_id {
            let message_id = MessageId::parse(message).map_err(|_| bad("message_id"))?;
            needs.messages.insert(message_id.clone());
            Carried::Part(PartRef { message_id, part: row.part.unwrap_or_default() })
        } else if let Some(handoff) = &row.handoff_id {
            let id = HandoffId::parse(handoff).map_err(|_| bad("handoff_id"))?;
            needs.handoffs.insert(id.clone());
            Carried::PrivateReply(id)
        } else {
            let (Some(complaint), Some(post)) = (&row.complaint_id, &row.post_id) else {
                return Err(bad("post_id"));
            };
            let known = known_post(complaint, post)?;
            needs.complaints.insert(known.complaint_id.clone());
            Carried::Post(known)
        };
        self.carried.insert(delivery, carried);
        Ok(())
    }

    /// Sends to addresses that may have opted out, as far as they are not yet on the wire.
    pub(super) async fn load_cancellable(
        &mut self,
        tx: &mut Tx,
        needs: &mut Needs,
    ) -> Result<(), StoreError> {
        for (blind, channel) in &needs.stops {
            let Some(id) = self.by_blind.get(&blind[..]).cloned() else { continue };
            let rows: Vec<(String, String, i64)> =
                tx.lookup(&OPEN_OF_IDENTITIES, values![&id, channel]).await?;
            let mut open = Vec::with_capacity(rows.len());
            for (delivery, message, part) in rows {
                let bad = |_| StoreError::inconsistent("delivery", "message_id", &delivery);
                let message_id = MessageId::parse(&message).map_err(bad)?;
                needs.messages.insert(message_id.clone());
                open.push((DeliveryId::parse(&delivery).map_err(bad)?, PartRef { message_id, part }));
            }
            self.cancellable.insert((id, channel.clone()), open);
        }
        Ok(())
    }
}

fn known_post(complaint: &str, post: &str) -> Result<KnownPost, StoreError> {
    let bad = |column| StoreError::inconsistent("post", column, post);
    Ok(KnownPost {
        complaint_id: ComplaintId::parse(complaint).map_err(|_| bad("complaint_id"))?,
        post_id: PostId::parse(post).map_err(|_| bad("id"))?,
    })
}
