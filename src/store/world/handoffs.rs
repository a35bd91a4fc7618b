//! Handoffs that what happened may take on, with their secrets and consents.

use std::collections::HashSet;

use super::{Loaded, Needs, World, keys};
use crate::domain::id::{ComplaintId, ConnectionId, ConversationId, HandoffId, IdentityId};
use crate::domain::time::Timestamp;
use crate::store::consent::{self, ConsentRow};
use crate::store::engine::{Bulk, Tx};
use crate::store::error::StoreError;
use crate::store::handoff::{self, HandoffRow, StandingRow};
use crate::store::proof::{self, ProofRow};
use crate::store::value::{Value, values};

impl World {
    /// Which handoffs to lock, and what they stand on.
    pub(super) async fn find_handoffs(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        self.find_proofs(tx, needs).await?;
        let speakers = needs.speakers.iter().filter_map(|blind| self.by_blind.get(&blind[..]));
        let speakers: Vec<Value> = speakers.chain(&needs.erase).map(Value::from).collect();
        let cases = needs.cases.iter().flat_map(|(workspace, case)| values![workspace, case]).collect();
        let bearers = needs.consents_of.iter().filter_map(|blind| self.by_blind.get(&blind[..]));
        let bearers: Vec<Value> = bearers.map(Value::from).collect();
        let lookups: [(&Bulk, Vec<Value>); 9] = [
            (&handoff::BY_DELIVERY, keys(&needs.deliveries)),
            (&handoff::OPEN_OF_IDENTITIES, speakers),
            (&handoff::WITHDRAWN_OF_IDENTITIES, bearers),
            (&handoff::OPEN_BY_CASE, cases),
            (&handoff::OF_COMPLAINTS, keys(&needs.handoffs_of)),
            (&handoff::OPEN_OF_CONVERSATIONS, keys(&needs.handoffs_to)),
            (&handoff::OPEN_OF_LINKS, keys(&needs.handoffs_on)),
            (&handoff::BY_CONFIRM, self.messages.keys().map(Value::from).collect()),
            (&handoff::BY_ID, keys(&needs.handoffs)),
        ];
        for (lookup, keys) in lookups {
            for row in tx.lookup::<StandingRow>(lookup, keys).await? {
                row.stand_on(needs)?;
            }
        }
        for row in tx.lookup::<ProofRow>(&proof::LIVE_OF_HANDOFFS, keys(&needs.handoffs)).await? {
            needs.identities.extend(row.read()?.target_id);
        }
        if !needs.handoffs.is_empty() {
            needs.sends = true;
            needs.connections.extend(needs.parties.values().flatten().cloned());
            needs.links_of_addresses.extend(&needs.speakers);
            needs.links_of_addresses.extend(needs.numbers.iter().map(|(_, blind)| *blind));
        }
        Ok(())
    }

    async fn find_proofs(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let hashes = needs.proofs.iter().map(|hash| Value::from(*hash)).collect();
        for row in tx.lookup::<ProofRow>(&proof::BY_HASH, hashes).await? {
            let proof = row.read()?;
            needs.handoffs.insert(proof.handoff_id.clone());
            self.proofs.insert(proof.hash, proof);
        }
        Ok(())
    }

    /// Handoffs, locked, with their secrets as they are under the locks.
    pub(super) async fn load_handoffs(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        for row in tx.lookup::<HandoffRow>(&handoff::LOCK, keys(&needs.handoffs)).await? {
            let handoff = row.read()?;
            if !self.stands(&handoff.complaint_id, [&handoff.dm_conversation_id, &handoff.conversation_id]) {
                // It moved on between the look and the lock.
                return Err(StoreError::Conflict);
            }
            let dm = handoff.dm_conversation_id.as_ref().and_then(|talk| self.conversations.get(talk));
            needs.links_of.extend(dm.map(|talk| talk.value.identity_id.clone()));
            needs.links_of.extend(
                [Some(&handoff.identity_id), handoff.target_id.as_ref()].into_iter().flatten().cloned(),
            );
            let version = handoff.version;
            self.handoffs.insert(handoff.id.clone(), Loaded::at(handoff, version));
        }
        let hashes = needs.proofs.iter().map(|hash| Value::from(*hash)).collect();
        let mut rows: Vec<ProofRow> = tx.lookup(&proof::BY_HASH, hashes).await?;
        rows.extend(tx.lookup(&proof::LIVE_OF_HANDOFFS, keys(&needs.handoffs)).await?);
        for row in rows {
            let proof = row.read()?;
            self.proofs.insert(proof.hash, proof);
        }
        self.load_codes(tx, needs).await?;
        self.load_strikes(tx, needs).await
    }

    /// What counts when a number is given to send a code to.
    async fn load_codes(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        if needs.numbers.is_empty() || needs.handoffs.is_empty() {
            return Ok(());
        }
        let speakers = needs.speakers.iter().filter_map(|blind| self.by_blind.get(&blind[..]));
        let rows: Vec<(String, i64)> = tx.lookup(&proof::CODES, speakers.map(Value::from).collect()).await?;
        for (holder, at) in rows {
            let id = IdentityId::parse(&holder);
            let id = id.map_err(|_| StoreError::inconsistent("proof", "holder_id", &holder))?;
            self.codes.entry(id).or_default().push(Timestamp::from_millis(at));
        }
        Ok(())
    }

    fn stands(&self, complaint: &ComplaintId, talks: [&Option<ConversationId>; 2]) -> bool {
        self.complaints.contains_key(complaint)
            && talks.into_iter().flatten().all(|talk| self.conversations.contains_key(talk))
    }

    async fn load_strikes(&mut self, tx: &mut Tx, needs: &Needs) -> Result<(), StoreError> {
        if !needs.sends {
            // Nobody brought a secret, and no handoff could be brought on.
            return Ok(());
        }
        let speakers = needs.speakers.iter().filter_map(|blind| self.by_blind.get(&blind[..]));
        let rows: Vec<(String, i64, i64)> =
            tx.lookup(&proof::STRIKES, speakers.map(Value::from).collect()).await?;
        for (identity, count, since) in rows {
            let id = IdentityId::parse(&identity);
            let id = id.map_err(|_| StoreError::inconsistent("strike", "identity_id", &identity))?;
            self.strikes.insert(id, (count, Timestamp::from_millis(since)));
        }
        Ok(())
    }

    /// Consents, locked.
    pub(super) async fn load_consents(&mut self, tx: &mut Tx, needs: &mut Needs) -> Result<(), StoreError> {
        let bearers = needs.consents_of.iter().filter_map(|blind| self.by_blind.get(&blind[..]));
        let bearers: HashSet<IdentityId> = bearers.chain(&needs.erase).cloned().collect();
        let mut rows: Vec<ConsentRow> = tx.lookup(&consent::LOCK_OF_HANDOFFS, keys(&needs.handoffs)).await?;
        rows.extend(tx.lookup(&consent::LOCK_OF_IDENTITIES, keys(&bearers)).await?);
        rows.extend(tx.lookup(&consent::LOCK_BY_ID, keys(&needs.consents)).await?);
        for row in rows {
            let consent = row.read()?;
            needs.identities.insert(consent.identity_id.clone());
            let version = consent.version;
            self.consents.insert(consent.id.clone(), Loaded::at(consent, version));
        }
        Ok(())
    }
}

impl StandingRow {
    fn stand_on(&self, needs: &mut Needs) -> Result<(), StoreError> {
        let bad = |column| StoreError::inconsistent("handoff", column, &self.id);
        needs.handoffs.insert(HandoffId::parse(&self.id).map_err(|_| bad("id"))?);
        needs.complaints.insert(ComplaintId::parse(&self.complaint_id).map_err(|_| bad("complaint_id"))?);
        let connection = ConnectionId::parse(&self.connection_id).map_err(|_| bad("connection_id"))?;
        for number in &needs.numbers {
            needs.parties.entry(number.clone()).or_default().insert(connection.clone());
        }
        needs.connections.insert(connection);
        for talk in [&self.dm_conversation_id, &self.conversation_id].into_iter().flatten() {
            needs.conversations.insert(ConversationId::parse(talk).map_err(|_| bad("conversation_id"))?);
        }
        for identity in [Some(&self.identity_id), self.target_id.as_ref()].into_iter().flatten() {
            needs.identities.insert(IdentityId::parse(identity).map_err(|_| bad("identity_id"))?);
        }
        Ok(())
    }
}
