//! The end of a decision: everything that changed, as writes.

use super::Draft;
use crate::store::{
    Changes, complaint, consent, conversation, handoff, identity, link, message, suppression,
};

impl Draft<'_> {
    /// Everything that was decided, each changed aggregate once and in its final state.
    pub(in crate::bridge) fn finish(mut self) -> Changes {
        let mut writes = Vec::new();
        for talk in self.world.conversations.values().filter(|talk| talk.dirty) {
            writes.push(match talk.read {
                Some(read) => conversation::update(&talk.value, read, self.now),
                None => conversation::insert(&talk.value, self.now),
            });
        }
        for complaint in self.world.complaints.values().filter(|complaint| complaint.dirty) {
            let value = &complaint.value;
            writes.push(match (complaint.read, self.threads.get(&value.id)) {
                (None, Some(thread)) => complaint::insert(value, *thread, self.now),
                (read, _) => complaint::update(value, read.unwrap_or_default(), self.now),
            });
        }
        for handoff in self.world.handoffs.values().filter(|handoff| handoff.dirty) {
            writes.push(match handoff.read {
                Some(read) => handoff::update(&handoff.value, read, self.now),
                None => handoff::insert(&handoff.value, self.now),
            });
        }
        for consent in self.world.consents.values().filter(|consent| consent.dirty) {
            writes.push(match consent.read {
                Some(read) => consent::update(&consent.value, read, self.now),
                None => consent::insert(&consent.value, self.now),
            });
        }
        let moved = self.moved_identities.iter();
        writes.extend(moved.map(|(id, read)| identity::update(&self.known(id).identity, *read)));
        let moved = self.moved_customers.iter();
        writes.extend(moved.map(|(customer, to)| identity::resolve(customer, to.as_ref())));
        for link in self.world.links.values().filter(|link| link.dirty) {
            writes.push(match link.read {
                Some(read) => link::update(&link.value, read),
                None => link::insert(&link.value),
            });
        }
        writes.extend(self.moved_posts.values().map(|(post, key)| complaint::update_post(post, *key)));
        for ((workspace, channel, key), source) in &self.suppressions {
            writes.push(match source {
                Some(source) => suppression::add(workspace, channel, key, source, self.now),
                None => suppression::lift(workspace, channel, key, self.now),
            });
        }
        let moved = self.moved_messages.iter().filter_map(|id| self.world.messages.get(id));
        writes.extend(moved.map(message::update));
        for (id, at) in &self.moved_parts {
            let parts = self.world.parts.get(id).into_iter().flatten();
            writes.extend(parts.filter(|part| part.part == *at).map(message::update_part));
        }
        self.changes.writes.extend(writes);
        self.changes.identities = self.world.identities.keys().cloned().collect();
        self.changes
    }
}
