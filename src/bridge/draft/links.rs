//! Links in a decision: what changes about them, the customers that follow, and what is told of it.

use std::collections::BTreeMap;

use super::{Draft, Subject};
use crate::bridge::fact::{Opened, open_task};
use crate::bridge::link_end;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::id::{CustomerId, IdentityId, LinkId, WorkspaceId};
use crate::domain::link::{
    Actor, EndReason, Endpoint, Level, Link, LinkError, LinkProof, Review, SuspendReason, assign, review,
};
use crate::domain::task::TaskKind;
use crate::store::view::{self, Joined, Resource};
use crate::store::{Content, Loaded};

impl Draft<'_> {
    /// Links two identities, or proves the link they have anew. The links of both must have been asked for, but for
    /// those met in this decision.
    pub(in crate::bridge) fn link(&mut self, proof: &LinkProof) -> LinkId {
        match self.link_between(&proof.between) {
            Some(id) => self.prove(id, proof),
            None => self.begin_link(proof),
        }
    }

    /// The link of two identities that has not ended.
    pub(in crate::bridge) fn link_between(&self, [one, other]: &[IdentityId; 2]) -> Option<LinkId> {
        let mut links = self.world.links.values().map(|link| &link.value);
        let fits =
            |link: &&Link| !link.is_over() && link.between.contains(one) && link.between.contains(other);
        links.find(fits).map(|link| link.id.clone())
    }

    fn begin_link(&mut self, proof: &LinkProof) -> LinkId {
        let at_hand = |id: &IdentityId| self.world.linkable.contains(id) || self.met.contains(id);
        assert!(proof.between.iter().all(at_hand), "whoever links asked for the links of both");
        let workspace = self.known(&proof.between[0]).identity.workspace_id.clone();
        let id = LinkId::new(self.now, &clock::chance());
        let mut link = Link::new(id.clone(), workspace.clone(), proof, self.least(&workspace), self.now);
        if let Some(note) = &proof.note {
            link.note_body_id = Some(self.body(&link.between[0].clone(), Content::message(note, &[])));
        }
        self.world.links.insert(id.clone(), Loaded::new(link));
        self.rejoin();
        self.tell_link(EventType::IdentityLinked, &id);
        self.review(&id);
        id
    }

    fn prove(&mut self, id: LinkId, proof: &LinkProof) -> LinkId {
        let before = self.world.links[&id].value.clone();
        let least = self.least(&before.workspace_id);
        let Ok(mut after) = before.clone().prove(proof, least) else { return id };
        if let Some(note) = proof.note.as_ref().filter(|_| after != before) {
            after.note_body_id = Some(self.body(&after.between[0].clone(), Content::message(note, &[])));
        }
        let news = after.level() != before.level() || after.state != before.state;
        self.put_link(after);
        if news {
            self.rejoin();
            self.tell_link(EventType::IdentityLinked, &id);
            self.review(&id);
        }
        id
    }

    /// Ends a link: each side's customers are their own again, and whatever rested on it stops with this commit.
    pub(in crate::bridge) fn unlink(
        &mut self,
        id: &LinkId,
        why: EndReason,
        by: Actor,
        note: Option<&str>,
    ) -> Result<(), LinkError> {
        let mut ended = self.linked(id)?.end(why, by, self.now)?;
        if let Some(note) = note {
            ended.end_note_body_id = Some(self.body(&ended.between[0].clone(), Content::message(note, &[])));
        }
        self.put_link(ended.clone());
        self.rejoin();
        self.tell_link(EventType::IdentityUnlinked, id);
        link_end::link_ended(self, &ended);
        Ok(())
    }

    /// Takes a link out of force until it is proved anew.
    pub(in crate::bridge) fn suspend_link(
        &mut self,
        id: &LinkId,
        why: SuspendReason,
        by: Actor,
    ) -> Result<(), LinkError> {
        let suspended = self.linked(id)?.suspend(why, by, self.now)?;
        self.put_link(suspended);
        self.rejoin();
        self.tell_link(EventType::IdentityUnlinked, id);
        Ok(())
    }

    /// The level at which a workspace joins.
    fn least(&self, workspace: &WorkspaceId) -> Level {
        self.world.settings.get(workspace).map_or(Level::L2, |settings| settings.link_level)
    }

    /// The link as it stands; one that is not in this world has ended.
    fn linked(&self, id: &LinkId) -> Result<Link, LinkError> {
        self.world.links.get(id).map(|link| link.value.clone()).ok_or(LinkError::Ended)
    }

    fn put_link(&mut self, changed: Link) {
        if let Some(link) = self.world.links.get_mut(&changed.id) {
            super::touch(link, |_, _| {});
            let version = link.read.map_or(link.value.version, |read| read + 1);
            link.value = Link { version, ..changed };
        }
    }

    /// Gives every identity at hand the customer its links make of it.
    fn rejoin(&mut self) {
        let own: BTreeMap<IdentityId, CustomerId> = self.linkable().into_iter().collect();
        let links = self.world.links.values().map(|link| &link.value);
        let assigned = assign(&own, links);
        for (id, customer) in assigned {
            if self.known(&id).identity.customer_id == customer {
                continue;
            }
            self.identity(&id).customer_id = customer.clone();
            let own = &own[&id];
            self.moved_customers.insert(own.clone(), (*own != customer).then_some(customer));
        }
    }

    /// Identities whose links are all at hand, with the customers they began as.
    fn linkable(&self) -> Vec<(IdentityId, CustomerId)> {
        let of_links = self.world.links.values().flat_map(|link| &link.value.between);
        let met = of_links.filter(|id| self.met.contains(*id));
        let ids = self.world.linkable.iter().chain(met);
        ids.map(|id| (id.clone(), self.known(id).identity.own_customer_id.clone())).collect()
    }

    /// The link as a resource, with the customers its two identities belong to now.
    pub(in crate::bridge) fn link_resource(&self, id: &LinkId) -> Resource {
        let link = &self.world.links[id].value;
        let mut customers: Vec<CustomerId> =
            link.between.iter().map(|id| self.known(id).identity.customer_id.clone()).collect();
        customers.dedup();
        let joined = customers
            .into_iter()
            .map(|customer| Joined { identity_ids: self.members(&customer), id: customer });
        view::link(link, joined.collect())
    }

    fn members(&self, customer: &CustomerId) -> Vec<IdentityId> {
        let all = self.linkable().into_iter().map(|(id, _)| id);
        let mut members: Vec<IdentityId> =
            all.filter(|id| self.known(id).identity.customer_id == *customer).collect();
        members.sort();
        members.dedup();
        members
    }

    fn tell_link(&mut self, kind: EventType, id: &LinkId) {
        let Some(link) = self.world.links.get_mut(id) else { return };
        super::touch(link, |link, version| link.version = version);
        link.value.event_seq += 1;
        let subject = Subject {
            workspace_id: link.value.workspace_id.clone(),
            id: id.to_string(),
            seq: link.value.event_seq,
            identity_id: None,
        };
        let resource = self.link_resource(id);
        self.tell(kind, subject, resource);
    }

    /// Has a person look at a customer that hardly is one person.
    fn review(&mut self, id: &LinkId) {
        let link = self.world.links[id].value.clone();
        if !link.joins() {
            return;
        }
        let members = self.members(&self.known(&link.between[0]).identity.customer_id);
        let endpoints: Vec<Endpoint<'_>> = members.iter().map(|id| self.endpoint(id)).collect();
        let links = self.world.links.values().map(|link| &link.value);
        let found = review(&endpoints, links, self.now);
        let detail = match found {
            None => return,
            Some(Review::ManyIdentities(count)) => format!(
                "This link makes one customer of {count} identities. Check that they are one person, and end the links that are wrong."
            ),
            Some(Review::PhonesOfCountries) => {
                "Phones of different countries were linked to this customer within a \
                day. Check that they are one person's, and end the link that is wrong."
                    .to_owned()
            }
        };
        let subject = id.as_str();
        let opened = Opened { kind: TaskKind::LinkReview, subject, detail: &detail, due_at: None };
        open_task(self, link.workspace_id, &opened);
    }

    fn endpoint<'b>(&'b self, id: &'b IdentityId) -> Endpoint<'b> {
        let known = self.known(id);
        let phone = known.identity.namespace.is_of_numbers().then_some(known.external_id.as_str());
        Endpoint { id, phone }
    }
}
