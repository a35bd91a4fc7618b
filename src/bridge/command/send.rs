//! Sending a private message: checked, split, counted and queued in one commit.

use super::{Caller, Decided, Outcome, SendMessage, answer, check_conversation};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::refusal::Refusal;
use crate::clock;
use crate::domain::agent::signed_text;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::VALIDITY;
use crate::domain::event::EventType;
use crate::domain::id::{ConversationId, DeliveryId, MessageId};
use crate::domain::identity::{Namespace, lane};
use crate::domain::lane::{Lane, slot};
use crate::domain::message::{Direction, Message, MessageStatus, Part};
use crate::domain::policy::{self, Facts};
use crate::domain::segments;
use crate::domain::split::split;
use crate::providers::{self, Provider};
use crate::store::delivery::{Cargo, NewDelivery};
use crate::store::view;
use crate::store::{Content, KnownConnection, Needs, message};

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
    let mut ranges = split(&text, provider.text_limit(&talk.channel));
    if provider.sends_media_alone(&talk.channel) && !input.media.is_empty() && !text.is_empty() {
        // The first request carries the attachments.
        ranges.insert(0, 0..0);
    }
    if ranges.len() > MOST_PARTS {
        return Err(Refusal::invalid("/text", format!("The text needs more than {MOST_PARTS} messages.")));
    }
    let most = provider.media_limit(&talk.channel);
    if input.media.len() > most {
        return Err(Refusal::invalid("/media", format!("This channel takes at most {most} attachments.")));
    }
    let now = draft.now;
    let reopened = draft.talk(id).send(now);
    let message = compose(draft, id, input, &text);
    draft.write(message::insert(&message, &caller.workspace_id, None));
    for (at, range) in (0..).zip(ranges) {
        let part = queue_part(draft, &message, &talk, at);
        draft.write(message::insert_part(&part, &caller.workspace_id, &talk.connection_id, &range));
    }
    if reopened {
        draft.tell_conversation(EventType::ConversationUpdated, id);
    }
    draft.tell_message(EventType::MessageQueued, &message);
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
    let suppressed =
        draft.world.suppressed.contains(&(talk.identity_id.clone(), talk.channel.as_str().to_owned()));
    policy::may_send(Facts { suppressed }).map_err(|failure| Refusal::Policy {
        code: failure.code.as_str().to_owned(),
        detail: failure.detail,
    })?;
    Ok(provider)
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

fn compose(draft: &mut Draft<'_>, id: &ConversationId, input: &SendMessage, text: &str) -> Message {
    let now = draft.now;
    let owner = draft.world.conversations[id].value.identity_id.clone();
    let body_id = draft.body(&owner, Content::message(text, &input.media));
    let talk = &draft.world.conversations[id].value;
    Message {
        id: MessageId::new(now, &clock::chance()),
        conversation_id: id.clone(),
        complaint_id: input.complaint_id.clone(),
        connection_id: talk.connection_id.clone(),
        identity_id: owner,
        number: talk.messages,
        direction: Direction::Out,
        body_id,
        keyword: None,
        status: MessageStatus::Queued,
        status_at: now,
        failure: None,
        agent: input.agent.clone(),
        client_ref: input.client_ref.clone(),
        segments: (talk.channel == Channel::sms()).then(|| segments::count(text)),
        expires_at: Some(now + VALIDITY),
        created_at: now,
    }
}

/// One request of the message and the delivery that carries it.
fn queue_part(draft: &mut Draft<'_>, message: &Message, talk: &Conversation, at: i64) -> Part {
    let delivery = owe_part(draft, message, talk, at);
    Part {
        message_id: message.id.clone(),
        part: at,
        delivery_id: delivery,
        status: MessageStatus::Queued,
        status_at: draft.now,
        provider_id: None,
        failure: None,
    }
}

/// Owes one request of a message to its provider.
pub(super) fn owe_part(
    draft: &mut Draft<'_>,
    message: &Message,
    talk: &Conversation,
    part: i64,
) -> DeliveryId {
    let owner = draft.known(&talk.identity_id);
    let customer = lane(&owner.identity.namespace, &owner.external_id);
    let delivery = NewDelivery {
        id: DeliveryId::new(draft.now, &clock::chance()),
        workspace_id: talk.workspace_id.clone(),
        lane: Lane::of(&["provider", talk.id.as_str()]),
        subject: talk.id.to_string(),
        destination: talk.connection_id.to_string(),
        slot: slot(&talk.workspace_id, &talk.connection_id, &customer),
        identity_id: Some(talk.identity_id.clone()),
        cargo: Cargo::Part {
            message_id: message.id.clone(),
            part,
            channel: talk.channel.clone(),
            suppression_key: owner.suppression_key.clone(),
        },
        valid_until: Some(draft.now + VALIDITY),
    };
    let id = delivery.id.clone();
    draft.owe(delivery);
    id
}
