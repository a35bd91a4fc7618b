//! Handoffs in the making: read to change, told step by step.

use super::{Draft, Subject, touch};
use crate::domain::complaint::Complaint;
use crate::domain::handoff::{Handoff, Step};
use crate::domain::id::{ConversationId, HandoffId, WorkspaceId};
use crate::domain::workspace::WorkspaceSettings;
use crate::store::view::{self, Resource};
use crate::store::{Loaded, handoff};

impl Draft<'_> {
    /// How the workspace wants things done.
    pub(in crate::bridge) fn settings(&self, workspace: &WorkspaceId) -> WorkspaceSettings {
        self.world.settings.get(workspace).cloned().unwrap_or_default()
    }

    /// A handoff to change; it will be written back.
    #[expect(clippy::expect_used, reason = "callers hold an id they read from this world")]
    pub(in crate::bridge) fn handoff(&mut self, id: &HandoffId) -> &mut Handoff {
        let handoff = self.world.handoffs.get_mut(id).expect("a handoff of this world");
        touch(handoff, |handoff, version| handoff.version = version);
        &mut handoff.value
    }

    pub(in crate::bridge) fn add_handoff(&mut self, handoff: Handoff) {
        self.world.handoffs.insert(handoff.id.clone(), Loaded::new(handoff));
    }

    /// The handoff as a resource.
    pub(in crate::bridge) fn handoff_resource(&self, id: &HandoffId) -> Resource {
        view::handoff(&self.world.handoffs[id].value)
    }

    /// Writes a transition down and tells of it; the complaint and the conversation show where the handoff stands.
    pub(in crate::bridge) fn take_step(&mut self, id: &HandoffId, step: Step) {
        let now = self.now;
        let handoff = self.handoff(id);
        handoff.state = step.state;
        handoff.event_seq += 1;
        handoff.ended_at = step.state.is_over().then_some(now);
        let handoff = handoff.clone();
        self.write(handoff::insert_step(&handoff, step, handoff.event_seq, now));
        self.show_handoff(&handoff);
        let subject = Subject {
            workspace_id: handoff.workspace_id.clone(),
            id: handoff.id.to_string(),
            seq: handoff.event_seq,
            identity_id: Some(handoff.identity_id.clone()),
        };
        let resource = view::handoff_step(&handoff, step.cause);
        self.tell(step.state.event(), subject, resource);
    }

    fn show_handoff(&mut self, handoff: &Handoff) {
        let is_newer = |shown: Option<&HandoffId>| shown.is_none_or(|shown| *shown <= handoff.id);
        let complaint = &self.world.complaints[&handoff.complaint_id].value;
        if is_newer(complaint.handoff.as_ref().map(|shown| &shown.id)) {
            self.complaint(&handoff.complaint_id).handoff = Some(handoff.in_short());
        }
        let Some(talk) = handoff.conversation_id.clone() else { return };
        if is_newer(self.world.conversations[&talk].value.handoff.as_ref().map(|shown| &shown.id)) {
            self.talk(&talk).handoff = Some(handoff.in_short());
        }
    }

    /// The complaint goes on in that conversation from now on.
    pub(in crate::bridge) fn attach(&mut self, handoff: &Handoff, talk: &ConversationId) -> &mut Complaint {
        let complaint_id = handoff.complaint_id.clone();
        let known = self.world.complaints_of.entry(talk.clone()).or_default();
        if !known.contains(&complaint_id) {
            known.push(complaint_id.clone());
        }
        self.talk(talk).complaint_id = Some(complaint_id.clone());
        let complaint = self.complaint(&complaint_id);
        complaint.conversation_id = Some(talk.clone());
        complaint
    }
}
