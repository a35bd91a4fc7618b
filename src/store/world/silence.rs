//! Who opts out otherwise than by writing: a refusal of the provider, or a person's word on what somebody wrote.

use std::collections::HashSet;

use sqlx::FromRow;

use super::{Needs, World, keys};
use crate::domain::channel::Channel;
use crate::domain::id::{ConnectionId, ConversationId, DeliveryId, IdentityId, MessageId, WorkspaceId};
use crate::store::engine::{Bulk, Tx, locked};
use crate::store::error::StoreError;
use crate::store::value::{Value, values};

/// What points at somebody who opts out.
#[derive(Debug, Default)]
pub struct Silenced {
    /// Sends that were refused.
    pub deliveries: HashSet<DeliveryId>,
    /// Messages that were refused.
    pub messages: HashSet<MessageId>,
    /// Sends that were refused, by the provider's id.
    pub provider_ids: HashSet<(ConnectionId, String)>,
    /// Conversations in which a person decides.
    pub conversations: HashSet<ConversationId>,
}

const BY_DELIVERY: Bulk = Bulk::new(
    "SELECT i.workspace_id, i.blind, d.channel, d.destination AS connection_id FROM (VALUES ",
    1,
    ") AS v JOIN delivery d ON d.id = v.column1 JOIN identity i ON i.id = d.identity_id WHERE d.channel IS NOT NULL",
);

const BY_MESSAGE: Bulk = Bulk::new(
    "SELECT i.workspace_id, i.blind, c.channel, c.connection_id FROM (VALUES ",
    1,
    ") AS v JOIN message m ON m.id = v.column1 JOIN conversation c ON c.id = m.conversation_id
    JOIN identity i ON i.id = c.identity_id",
);

const BY_PROVIDER_ID: Bulk = Bulk::new(
    "SELECT i.workspace_id, i.blind, c.channel, c.connection_id FROM (VALUES ",
    2,
    ") AS v JOIN message_part p ON p.connection_id = v.column1 AND p.provider_id = v.column2
    JOIN message m ON m.id = p.message_id JOIN conversation c ON c.id = m.conversation_id
    JOIN identity i ON i.id = c.identity_id",
);

const BY_CONVERSATION: Bulk = Bulk::new(
    "SELECT i.workspace_id, i.blind, c.channel, c.connection_id FROM (VALUES ",
    1,
    ") AS v JOIN conversation c ON c.id = v.column1 JOIN identity i ON i.id = c.identity_id",
);

/// Sends of an identity are let through under a shared lock of this row: an opt-out waits for those, and they for it.
const HOLD: Bulk = Bulk {
    head: "SELECT i.id FROM (VALUES ",
    width: 1,
    tail: locked!(") AS v JOIN identity i ON i.id = v.column1 ORDER BY i.id", of "i"),
};

pub(in crate::store) const LOOKUPS: &[Bulk] =
    &[BY_DELIVERY, BY_MESSAGE, BY_PROVIDER_ID, BY_CONVERSATION, HOLD];

#[derive(Debug, FromRow)]
struct SilencedRow {
    workspace_id: String,
    blind: Vec<u8>,
    channel: String,
    connection_id: String,
}

impl Needs {
    /// Adds what an opt-out must see of whoever is pointed at.
    pub(super) async fn find_silenced(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let of = &self.silenced;
        let by_provider = of.provider_ids.iter().flat_map(|(connection, id)| values![connection, id]);
        let lookups: [(&Bulk, Vec<Value>); 4] = [
            (&BY_DELIVERY, keys(&of.deliveries)),
            (&BY_MESSAGE, keys(&of.messages)),
            (&BY_PROVIDER_ID, by_provider.collect()),
            (&BY_CONVERSATION, keys(&of.conversations)),
        ];
        for (lookup, keys) in lookups {
            for row in tx.lookup::<SilencedRow>(lookup, keys).await? {
                self.silence(row)?;
            }
        }
        Ok(())
    }

    fn silence(&mut self, row: SilencedRow) -> Result<(), StoreError> {
        let bad = |column| StoreError::inconsistent("identity", column, &row.workspace_id);
        let blind = row.blind.as_slice().try_into().map_err(|_| bad("blind"))?;
        let workspace = WorkspaceId::parse(&row.workspace_id).map_err(|_| bad("workspace_id"))?;
        let connection = ConnectionId::parse(&row.connection_id).map_err(|_| bad("connection_id"))?;
        let channel = Channel::parse(&row.channel).map_err(|_| bad("channel"))?;
        self.parties.entry((workspace, blind)).or_default().insert(connection);
        self.stops.insert((blind, channel));
        self.speakers.insert(blind);
        self.consents_of.insert(blind);
        self.texts = true;
        Ok(())
    }
}

impl World {
    /// Holds whoever may opt out until the commit.
    pub(super) async fn hold_silenced(&self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        let ids = needs.stops.iter().filter_map(|(blind, _)| self.by_blind.get(&blind[..]));
        let ids: HashSet<&IdentityId> = ids.collect();
        tx.lookup::<(String,)>(&HOLD, ids.into_iter().map(Value::from).collect()).await?;
        Ok(())
    }
}
