//! What a decision tells: events about the resources as they now are, and their notifications.

use super::Draft;
use crate::clock;
use crate::domain::complaint::Post;
use crate::domain::event::EventType;
use crate::domain::id::{
    ComplaintId, ConversationId, DeliveryId, EventId, IdentityId, WebhookId, WorkspaceId,
};
use crate::domain::lane::Lane;
use crate::domain::message::Message;
use crate::domain::task::Task;
use crate::store::NewEvent;
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::view::{self, Resource};

/// Whom an event is about.
#[derive(Clone, Debug)]
pub(in crate::bridge) struct Subject {
    pub(in crate::bridge) workspace_id: WorkspaceId,
    pub(in crate::bridge) id: String,
    pub(in crate::bridge) seq: i64,
    pub(in crate::bridge) identity_id: Option<IdentityId>,
}

impl Draft<'_> {
    /// The complaint with its thread, as a resource.
    pub(in crate::bridge) fn complaint_resource(&self, id: &ComplaintId) -> Resource {
        let complaint = &self.world.complaints[id].value;
        view::complaint(complaint, &self.known(&complaint.identity_id).identity, self.posts(id))
    }

    /// The conversation as a resource.
    pub(in crate::bridge) fn conversation_resource(&self, id: &ConversationId) -> Resource {
        let talk = &self.world.conversations[id].value;
        let complaints = self.world.complaints_of.get(id).map_or(&[][..], Vec::as_slice);
        view::conversation(talk, &self.known(&talk.identity_id).identity, complaints)
    }

    /// Tells of a conversation as it now is.
    pub(in crate::bridge) fn tell_conversation(&mut self, kind: EventType, id: &ConversationId) {
        let subject = self.conversation_subject(id);
        let resource = self.conversation_resource(id);
        self.tell(kind, subject, resource);
    }

    /// Tells of a complaint as it now is.
    pub(in crate::bridge) fn tell_complaint(&mut self, kind: EventType, id: &ComplaintId) {
        let subject = self.complaint_subject(id);
        let resource = self.complaint_resource(id);
        self.tell(kind, subject, resource);
    }

    /// Tells of a message as it now is; its subject is its conversation.
    pub(in crate::bridge) fn tell_message(&mut self, kind: EventType, message: &Message) {
        let subject = self.conversation_subject(&message.conversation_id);
        self.tell(kind, subject, view::message(message));
    }

    /// Tells of a reply as it now is; its subject is its complaint.
    pub(in crate::bridge) fn tell_reply(&mut self, kind: EventType, post: &Post) {
        let subject = self.complaint_subject(&post.complaint_id);
        self.tell(kind, subject, view::post(post));
    }

    /// Tells of a task as it now is.
    pub(in crate::bridge) fn tell_task(&mut self, kind: EventType, task: Task) {
        let subject = Subject {
            workspace_id: task.workspace_id.clone(),
            id: task.id.to_string(),
            seq: task.event_seq + 1,
            identity_id: None,
        };
        self.tell(kind, subject, view::task(task));
    }

    /// Tells of an identity as it now is, by the number it has counted up to.
    pub(in crate::bridge) fn tell_identity(&mut self, kind: EventType, id: &IdentityId) {
        let identity = &self.known(id).identity;
        let subject = Subject {
            workspace_id: identity.workspace_id.clone(),
            id: id.to_string(),
            seq: identity.event_seq,
            identity_id: Some(id.clone()),
        };
        let resource = view::named(identity);
        self.tell(kind, subject, resource);
    }

    fn conversation_subject(&mut self, id: &ConversationId) -> Subject {
        let talk = self.talk(id);
        talk.event_seq += 1;
        Subject {
            workspace_id: talk.workspace_id.clone(),
            id: id.to_string(),
            seq: talk.event_seq,
            identity_id: Some(talk.identity_id.clone()),
        }
    }

    fn complaint_subject(&mut self, id: &ComplaintId) -> Subject {
        let complaint = self.complaint(id);
        complaint.event_seq += 1;
        Subject {
            workspace_id: complaint.workspace_id.clone(),
            id: id.to_string(),
            seq: complaint.event_seq,
            identity_id: Some(complaint.identity_id.clone()),
        }
    }

    /// Tells the outside: one event, and a delivery to each webhook that takes its kind.
    pub(in crate::bridge) fn tell(&mut self, kind: EventType, subject: Subject, resource: Resource) {
        let event = EventId::new(self.now, &clock::chance());
        let takers = self.world.subscriptions.get(&subject.workspace_id).map_or(&[][..], Vec::as_slice);
        for webhook in takers.iter().filter(|webhook| webhook.takes(kind)) {
            self.changes.deliveries.push(self.notification(&webhook.webhook_id, &event, &subject));
        }
        self.record(kind, event, subject, resource);
    }

    /// Tells one webhook alone, whatever it takes.
    pub(in crate::bridge) fn tell_only(
        &mut self,
        webhook: &WebhookId,
        kind: EventType,
        subject: Subject,
        resource: Resource,
    ) -> EventId {
        let event = EventId::new(self.now, &clock::chance());
        self.changes.deliveries.push(self.notification(webhook, &event, &subject));
        self.record(kind, event.clone(), subject, resource);
        event
    }

    fn notification(&self, webhook: &WebhookId, event: &EventId, subject: &Subject) -> NewDelivery {
        NewDelivery {
            id: DeliveryId::new(self.now, &clock::chance()),
            workspace_id: subject.workspace_id.clone(),
            lane: Lane::of(&[webhook.as_str(), &subject.id]),
            subject: subject.id.clone(),
            destination: webhook.to_string(),
            slot: 0,
            identity_id: subject.identity_id.clone(),
            cargo: Cargo::Event(event.clone()),
            valid_until: None,
        }
    }

    fn record(&mut self, kind: EventType, id: EventId, subject: Subject, resource: Resource) {
        self.changes.events.push(NewEvent {
            id,
            workspace_id: subject.workspace_id,
            kind,
            subject: subject.id,
            subject_seq: subject.seq,
            identity_id: subject.identity_id,
            resource,
            at: self.now,
        });
    }
}
