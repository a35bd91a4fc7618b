//! Opening, changing and closing conversations.

use super::send::{live, private_channel};
use super::{Caller, ConversationPatch, Decided, OpenConversation, Outcome, answer, check_conversation};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::handoff::{Act, happen, open_handoffs};
use crate::bridge::refusal::Refusal;
use crate::domain::event::EventType;
use crate::domain::handoff::Input;
use crate::domain::id::ConversationId;
use crate::store::Needs;

impl Bridge {
    /// Opens a conversation with somebody who has written on that channel before; answers 201 with it, 200 when it is
    /// there already.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong or the customer never wrote.
    pub async fn open_conversation(&self, caller: &Caller, input: OpenConversation) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            identities: [input.identity_id.clone()].into(),
            connections: [input.connection_id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| open(draft, caller, &input)).await
    }

    /// Changes what the desk may change; answers 200 with the conversation.
    ///
    /// # Errors
    /// [`Refusal`] when a field is wrong or the version is another.
    pub async fn update_conversation(
        &self,
        caller: &Caller,
        id: &ConversationId,
        patch: ConversationPatch,
    ) -> Outcome {
        self.command(caller, needs_of(caller, id), |draft| update(draft, caller, id, &patch)).await
    }

    /// Closes a conversation; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or the version is another.
    pub async fn close_conversation(&self, caller: &Caller, id: &ConversationId) -> Outcome {
        let needs = || Needs { handoffs_to: [id.clone()].into(), ..needs_of(caller, id)() };
        self.command(caller, needs, |draft| close(draft, caller, id)).await
    }
}

fn needs_of<'a>(caller: &'a Caller, id: &'a ConversationId) -> impl Fn() -> Needs + 'a {
    || Needs {
        workspaces: [caller.workspace_id.clone()].into(),
        conversations: [id.clone()].into(),
        ..Needs::default()
    }
}

fn open(draft: &mut Draft<'_>, caller: &Caller, input: &OpenConversation) -> Decided {
    if input.purpose.as_deref().is_some_and(|purpose| purpose != "handoff.relay") {
        return Err(Refusal::invalid(
            "/purpose",
            "The one purpose a conversation can be opened for is handoff.relay.",
        ));
    }
    let owner = draft.world.identities.get(&input.identity_id).map(|known| &known.identity);
    let owner = owner.filter(|owner| owner.erased_at.is_none());
    let Some(owner) = owner.filter(|owner| owner.workspace_id == caller.workspace_id) else {
        return Err(Refusal::invalid("/identity_id", "There is no such identity."));
    };
    let connection = draft.world.connections.get(&input.connection_id);
    let Some(connection) = connection.filter(|found| found.workspace_id == caller.workspace_id) else {
        return Err(Refusal::invalid("/connection_id", "There is no such connection."));
    };
    let (_, channel) = private_channel(live(Some(connection))?, &owner.namespace)?;
    let owner = owner.id.clone();
    let wrote = draft.world.conversations.values().any(|talk| {
        talk.value.identity_id == owner
            && talk.value.channel == channel
            && talk.value.last_inbound_at.is_some()
    });
    if !wrote {
        return Err(Refusal::Policy {
            code: "no_consent".into(),
            detail: "This customer has never written on this channel. They write first, or a handoff invites them.".into(),
        });
    }
    let (id, is_new) = draft.converse(&owner, &input.connection_id, &channel);
    if is_new {
        draft.tell_conversation(EventType::ConversationOpened, &id);
    }
    let resource = draft.conversation_resource(&id);
    Ok(answer(if is_new { 201 } else { 200 }, draft.render(resource)))
}

fn update(draft: &mut Draft<'_>, caller: &Caller, id: &ConversationId, patch: &ConversationPatch) -> Decided {
    check_conversation(draft, caller, id)?;
    check_assignee(patch.assignee.as_ref())?;
    if patch.unread.is_some_and(|unread| unread != 0) {
        return Err(Refusal::invalid("/unread", "Only 0, which marks everything as read."));
    }
    let before = &draft.world.conversations[id].value;
    let assignee = patch.assignee.clone().unwrap_or_else(|| before.assignee.clone());
    let unread = patch.unread.unwrap_or(before.unread);
    if assignee != before.assignee || unread != before.unread {
        let talk = draft.talk(id);
        talk.assignee = assignee;
        talk.unread = unread;
        draft.tell_conversation(EventType::ConversationUpdated, id);
    }
    let resource = draft.conversation_resource(id);
    Ok(answer(200, draft.render(resource)))
}

fn close(draft: &mut Draft<'_>, caller: &Caller, id: &ConversationId) -> Decided {
    check_conversation(draft, caller, id)?;
    if draft.talk(id).close() {
        for handoff in open_handoffs(draft, |handoff| handoff.conversation_id.as_ref() == Some(id)) {
            happen(draft, &handoff, &Input::Closed, &Act::default());
        }
        draft.tell_conversation(EventType::ConversationClosed, id);
    }
    let resource = draft.conversation_resource(id);
    Ok(answer(200, draft.render(resource)))
}

/// An assignee's name has a sensible length.
pub(super) fn check_assignee(assignee: Option<&Option<String>>) -> Result<(), Refusal> {
    let fits = |name: &String| (1..=120).contains(&name.chars().count());
    match assignee {
        Some(Some(name)) if !fits(name) => {
            Err(Refusal::invalid("/assignee", "1 to 120 characters, or null."))
        }
        _ => Ok(()),
    }
}
