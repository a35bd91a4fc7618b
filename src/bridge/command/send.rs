//! Sending a private message: checked, split, counted and queued in one commit.

use super::{Caller, Decided, Outcome, SendMessage, answer, check_conversation};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Letter, requests};
use crate::bridge::refusal::Refusal;
use crate::domain::agent::signed_text;
use crate::domain::channel::Channel;
use crate::domain::consent::Purpose;
use crate::domain::conversation::Conversation;
use crate::domain::id::ConversationId;
use crate::domain::identity::Namespace;
use crate::domain::policy::{self, Kind, Verdict};
use crate::providers::{self, Provider};
use crate::store::policy::{KnownFacts, may_tag};
use crate::store::view;
use crate::store::{KnownConnection, Needs};

/// Provider requests of one message at most.
const MOST_PARTS: usize = 10;

impl Bridge {
    /// Queues a message in a conversation; answers 202 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it may not or cannot be sent.
    pub async fn send_message(&self, caller: &Caller, id: &ConversationId, input: SendMessage) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            conversations: [id.clone()].into(),
            complaints: input.complaint_id.iter().cloned().collect(),
            sends: true,
            ..Needs::default()
        };
        self.command(caller, needs, |draft| send(draft, caller, id, &input)).await
    }
}

fn send(draft: &mut Draft<'_>, caller: &Caller, id: &ConversationId, input: &SendMessage) -> Decided {
    check_conversation(draft, caller, id)?;
    check_input(draft, caller, input)?;
    let talk = draft.world.conversations[id].value.clone();
    let provider = reach(draft, &talk)?;
    let text =
        input.agent.as_ref().map_or_else(|| input.text.clone(), |agent| signed_text(&input.text, agent));
    if requests(provider, &talk.channel, &text, &input.media).len() > MOST_PARTS {
        return Err(Refusal::invalid("/text", format!("The text needs more than {MOST_PARTS} messages.")));
    }
    let most = provider.media_limit(&talk.channel);
    if input.media.len() > most {
        return Err(Refusal::invalid("/media", format!("This channel takes at most {most} attachments.")));
    }
    let letter = Letter {
        text: &text,
        media: &input.media,
        complaint_id: input.complaint_id.clone(),
        agent: input.agent.as_ref(),
        client_ref: input.client_ref.as_deref(),
        ..Letter::default()
    };
    let message = draft.send(id, &letter);
    Ok(answer(202, draft.render(view::message(&message))))
}

fn check_input(draft: &Draft<'_>, caller: &Caller, input: &SendMessage) -> Result<(), Refusal> {
    if input.template.is_some() {
        return Err(Refusal::invalid("/template", "Templates are not available; send a text."));
    }
    if input.text.trim().is_empty() && input.media.is_empty() {
        return Err(Refusal::invalid("/text", "A message needs a text or media."));
    }
    if input.client_ref.as_ref().is_some_and(|text| text.chars().count() > 200) {
        return Err(Refusal::invalid("/client_ref", "At most 200 characters."));
    }
    for (at, media) in input.media.iter().enumerate() {
        if !media.url.starts_with("https://") {
            return Err(Refusal::invalid(
                &format!("/media/{at}/url"),
                "An https URL that the provider can read.",
            ));
        }
    }
    let Some(complaint) = &input.complaint_id else { return Ok(()) };
    match draft.world.complaints.get(complaint) {
        Some(found) if found.value.workspace_id == caller.workspace_id => Ok(()),
        _ => Err(Refusal::invalid("/complaint_id", "There is no such complaint.")),
    }
}

/// The provider through which the customer can be reached now, if the rules allow it.
fn reach(draft: &Draft<'_>, talk: &Conversation) -> Result<&'static dyn Provider, Refusal> {
    let connection = live(draft.world.connections.get(&talk.connection_id))?;
    let owner = draft.known(&talk.identity_id);
    let (provider, _) = private_channel(connection, &owner.identity.namespace)?;
    match policy::may_send(&facts(draft, talk, connection).facts(), draft.now) {
        Verdict::Allowed => {}
        Verdict::Never(reason) => return Err(Refusal::Rule { reason, until: None }),
        Verdict::NotUntil(until, reason) => return Err(Refusal::Rule { reason, until }),
    }
    Ok(provider)
}

/// All that bears on what a person writes in a conversation.
fn facts(draft: &Draft<'_>, talk: &Conversation, connection: &KnownConnection) -> KnownFacts {
    let owner = draft.known(&talk.identity_id);
    let place = (talk.identity_id.clone(), talk.channel.to_string());
    let is_phone = owner.identity.namespace == Namespace::phone();
    KnownFacts {
        settings: draft.settings(&talk.workspace_id),
        channel: talk.channel.clone(),
        purpose: Purpose::HandoffRelay,
        kind: Kind::Desk,
        suppression: draft.world.suppressed.get(&place).copied(),
        hold: talk.hold,
        is_unreachable: talk.unreachable_since.is_some(),
        consent: draft.world.standings.get(&place).copied(),
        last_inbound_at: talk.last_inbound_at,
        may_tag: may_tag(&connection.settings),
        number: is_phone.then(|| owner.external_id.clone()),
        spending: Vec::new(),
    }
}

/// A connection that still works.
pub(super) fn live(connection: Option<&KnownConnection>) -> Result<&KnownConnection, Refusal> {
    let gone = || {
        Refusal::conflict("connection_deleted", "The connection was deleted; nothing can be sent through it.")
    };
    connection.filter(|connection| connection.is_live).ok_or_else(gone)
}

/// The provider and the channel by which a connection reaches ids of that namespace.
pub(super) fn private_channel(
    connection: &KnownConnection,
    namespace: &Namespace,
) -> Result<(&'static dyn Provider, Channel), Refusal> {
    let unreachable = || Refusal::Policy {
        code: "unreachable".into(),
        detail: "This connection cannot send private messages to this customer.".into(),
    };
    let provider = providers::find(&connection.provider).ok_or_else(unreachable)?;
    let channel = provider.private_channel(&connection.account, namespace).ok_or_else(unreachable)?;
    Ok((provider, channel))
}
