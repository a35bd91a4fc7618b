//! What sealing tells: `consent.sealed`, once for each sealed event of a consent, and what the consent then shows.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::Head;
use crate::clock;
use crate::domain::consent::Consent;
use crate::domain::event::EventType;
use crate::domain::id::{ConsentId, DeliveryId, EventId, WorkspaceId};
use crate::domain::lane::Lane;
use crate::domain::time::Timestamp;
use crate::ledger::hash::Hash;
use crate::ledger::leaf;
use crate::store::consent::{self, ConsentRow};
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::engine::{Bulk, Tx};
use crate::store::error::StoreError;
use crate::store::event::NewEvent;
use crate::store::value::{Value, values};
use crate::store::view;
use crate::store::webhook::{SUBSCRIPTIONS, Subscription, SubscriptionRow};
use crate::store::write::{Write, flush};

/// Records of which more waits than was sealed now.
const STILL_WAITING: Bulk = Bulk::new(
    "SELECT DISTINCT i.record_id FROM (VALUES ",
    1,
    ") AS v JOIN ledger_inbox i ON i.record_id = v.column1",
);

pub(in crate::store) const LOOKUPS: &[Bulk] = &[STILL_WAITING];

/// A leaf that has just got its place.
pub(super) struct Sealed {
    index: u64,
    record_id: String,
    event: String,
    leaf_hash: Hash,
}

impl Sealed {
    pub(super) fn new(index: u64, record_id: &str, bytes: &[u8]) -> Self {
        let said = leaf::read(bytes).and_then(|said| said["event"].as_str().map(str::to_owned));
        Self {
            index,
            record_id: record_id.to_owned(),
            event: said.unwrap_or_default(),
            leaf_hash: Hash::of_leaf(bytes),
        }
    }
}

/// Writes the consents' places and the events; the events, and the notifications that are owed.
pub(super) async fn tell(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    head: &Head,
    sealed: Vec<Sealed>,
    now: Timestamp,
) -> Result<(Vec<NewEvent>, Vec<NewDelivery>), StoreError> {
    let mut consents = lock(tx, &sealed).await?;
    let waiting = still_waiting(tx, &consents).await?;
    let webhooks = subscriptions(tx, workspace).await?;
    let (mut events, mut deliveries) = (Vec::new(), Vec::new());
    for one in sealed {
        // A record may be gone with its person; its leaves stay, and there is nobody to tell it about.
        let Some(consent) = consents.get_mut(&one.record_id) else { continue };
        consent.event_seq += 1;
        consent.ledger_index = (!waiting.contains(&one.record_id)).then(|| super::number(one.index));
        let event = event(consent, &one, head, now);
        deliveries.extend(webhooks.iter().map(|webhook| notification(webhook, &event)));
        events.push(event);
    }
    let mut writes: Vec<Write> =
        consents.values().map(|consent| consent::update(consent, consent.version - 1, now)).collect();
    writes.extend(events.iter().map(NewEvent::insert));
    flush(tx, writes).await?;
    Ok((events, deliveries))
}

async fn lock(tx: &mut Tx, sealed: &[Sealed]) -> Result<BTreeMap<String, Consent>, StoreError> {
    let mut ids: Vec<&str> = sealed.iter().map(|one| one.record_id.as_str()).collect();
    ids.retain(|id| ConsentId::parse(id).is_ok());
    ids.sort_unstable();
    ids.dedup();
    let rows =
        tx.lookup::<ConsentRow>(&consent::LOCK_BY_ID, ids.into_iter().map(Value::from).collect()).await?;
    let read = |row: ConsentRow| {
        let mut consent = row.read()?;
        // Shown as it will be written.
        consent.version += 1;
        Ok((consent.id.to_string(), consent))
    };
    rows.into_iter().map(read).collect()
}

/// To be asked under the consents' locks: whoever adds an event to one holds it.
async fn still_waiting(tx: &mut Tx, of: &BTreeMap<String, Consent>) -> Result<HashSet<String>, StoreError> {
    let rows: Vec<(String,)> = tx.lookup(&STILL_WAITING, of.keys().map(Value::from).collect()).await?;
    Ok(rows.into_iter().map(|(record,)| record).collect())
}

async fn subscriptions(tx: &mut Tx, workspace: &WorkspaceId) -> Result<Vec<Subscription>, StoreError> {
    let rows: Vec<SubscriptionRow> = tx.lookup(&SUBSCRIPTIONS, values![workspace]).await?;
    let read = rows.into_iter().map(|row| row.read().map(|(_, subscription)| subscription));
    let all: Vec<Subscription> = read.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|one| one.takes(EventType::ConsentSealed)).collect())
}

fn event(consent: &Consent, sealed: &Sealed, head: &Head, now: Timestamp) -> NewEvent {
    let mut resource = view::consent(consent);
    resource.data["sealed"] = json!({
        "event": sealed.event,
        "index": sealed.index,
        "leaf_hash": sealed.leaf_hash.to_string(),
        "size": head.size,
    });
    resource.data["checkpoint"] = json!(head.checkpoint);
    NewEvent {
        id: EventId::new(now, &clock::chance()),
        workspace_id: consent.workspace_id.clone(),
        kind: EventType::ConsentSealed,
        subject: consent.id.to_string(),
        subject_seq: consent.event_seq,
        identity_id: Some(consent.identity_id.clone()),
        resource,
        at: now,
    }
}

fn notification(webhook: &Subscription, event: &NewEvent) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(event.at, &clock::chance()),
        workspace_id: event.workspace_id.clone(),
        lane: Lane::of(&[webhook.webhook_id.as_str(), &event.subject]),
        subject: event.subject.clone(),
        destination: webhook.webhook_id.to_string(),
        slot: 0,
        identity_id: event.identity_id.clone(),
        cargo: Cargo::Event(event.id.clone()),
        valid_until: None,
    }
}
