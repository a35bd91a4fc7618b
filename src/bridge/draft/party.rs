//! Whom a decision meets: identities known or new, their profiles and their texts.

use super::Draft;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::{BodyId, ComplaintId, ConsentId, CustomerId, IdentityId, WorkspaceId};
use crate::domain::identity::{Identity, Party, Profile};
use crate::store::Content;
use crate::store::erasure;
use crate::store::identity::{self, KnownIdentity};
use crate::vault::Key;

impl Draft<'_> {
    /// The identity of a party: known or new, its profile brought up to date.
    pub(in crate::bridge) fn identify(&mut self, workspace: &WorkspaceId, party: &Party) -> IdentityId {
        let blind = self.vault.blind(workspace, &party.namespace, &party.external_id);
        let id = match self.world.by_blind.get(&blind[..]) {
            Some(id) => id.clone(),
            None => self.meet(workspace, party, blind),
        };
        self.rename(&id, &party.profile);
        id
    }

    fn meet(&mut self, workspace: &WorkspaceId, party: &Party, blind: [u8; 32]) -> IdentityId {
        let id = IdentityId::new(self.now, &clock::chance());
        let customer_id = CustomerId::new(self.now, &clock::chance());
        let suppression_key = self.vault.suppression_key(workspace, &party.namespace, &party.external_id);
        let known = KnownIdentity {
            identity: Identity {
                id: id.clone(),
                workspace_id: workspace.clone(),
                namespace: party.namespace.clone(),
                own_customer_id: customer_id.clone(),
                customer_id,
                profile_body_id: None,
                erased_at: None,
                event_seq: 0,
                version: 1,
            },
            key: Key::new(clock::random()),
            blind: blind.to_vec(),
            suppression_key: suppression_key.to_vec(),
            external_id: party.external_id.clone(),
        };
        self.changes.writes.extend(identity::insert(&known, self.vault, self.now));
        self.world.by_blind.insert(blind.to_vec(), id.clone());
        self.met.insert(id.clone());
        self.world.identities.insert(id.clone(), known);
        id
    }

    /// A changed profile is a new body: events that showed the old one keep it.
    fn rename(&mut self, id: &IdentityId, told: &Profile) {
        let before = self.profile(id);
        let after = before.updated_by(told);
        if after == before {
            return;
        }
        let body = self.body(id, Content::profile(after));
        let identity = self.identity(id);
        identity.profile_body_id = Some(body);
        if !before.is_empty() {
            identity.event_seq += 1;
            self.tell_identity(EventType::IdentityRenamed, id);
        }
    }

    /// An identity to change; it will be written back.
    #[expect(clippy::expect_used, reason = "the world loads the identity of everything it loads")]
    pub(in crate::bridge) fn identity(&mut self, id: &IdentityId) -> &mut Identity {
        let known = self.world.identities.get_mut(id).expect("an identity of this world");
        self.moved_identities.entry(id.clone()).or_insert(known.identity.version);
        &mut known.identity
    }

    fn profile(&self, id: &IdentityId) -> Profile {
        let body = self.known(id).identity.profile_body_id.as_ref();
        body.and_then(|body| self.content(body)).map(|content| content.profile.clone()).unwrap_or_default()
    }

    /// An identity of this world: loaded with whatever named it, or met in this decision.
    #[expect(clippy::expect_used, reason = "the world loads the identity of everything it loads")]
    pub(in crate::bridge) fn known(&self, id: &IdentityId) -> &KnownIdentity {
        self.world.identities.get(id).expect("an identity of this world")
    }

    /// Erases an identity of this world: whatever shows it shows it as erased from here on.
    pub(in crate::bridge) fn erase(&mut self, id: &IdentityId, with: (&[ComplaintId], &[ConsentId])) {
        let known = self.known(id);
        let read = self.moved_identities.get(id).copied().unwrap_or(known.identity.version);
        let writes = erasure::erase(&known.identity, read, with, self.now);
        self.moved_identities.remove(id);
        writes.into_iter().for_each(|write| self.write(write));
        if let Some(known) = self.world.identities.get_mut(id) {
            known.identity.profile_body_id = None;
            known.identity.erased_at = Some(self.now);
            known.identity.event_seq += 1;
            known.external_id.clear();
        }
        // All that is told in the same decision is about whom it erases.
        self.changes.contents.clear();
    }

    /// Removes a text for good: whatever refers to it shows it as erased.
    pub(in crate::bridge) fn forget(&mut self, id: &BodyId) {
        self.write(identity::delete_body(id));
        self.changes.contents.remove(id.as_str());
    }

    /// Stores a text under its identity's key.
    pub(in crate::bridge) fn body(&mut self, owner: &IdentityId, content: Content) -> BodyId {
        let id = BodyId::new(self.now, &clock::chance());
        let write = identity::insert_body(&id, self.known(owner), &content, self.now);
        self.write(write);
        self.changes.contents.insert(id.to_string(), content);
        id
    }
}
