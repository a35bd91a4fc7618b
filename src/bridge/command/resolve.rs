//! A person settles a send whose end nobody saw.

use super::{As, Caller, Decided, Outcome, Resolve, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::Draft;
use crate::bridge::fact::{close_task, progress};
use crate::bridge::refusal::Refusal;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::id::MessageId;
use crate::domain::inbound::PartRef;
use crate::domain::message::{Message, MessageStatus, Part, Progress};
use crate::store::view;
use crate::store::{Needs, delivery, message};

impl Bridge {
    /// Settles a message of status `unknown`; answers 200 with it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there or not unknown.
    pub async fn resolve_message(&self, caller: &Caller, id: &MessageId, input: Resolve) -> Outcome {
        let needs = || Needs {
            workspaces: [caller.workspace_id.clone()].into(),
            messages: [id.clone()].into(),
            ..Needs::default()
        };
        self.command(caller, needs, |draft| resolve(draft, caller, id, input.how)).await
    }
}

fn resolve(draft: &mut Draft<'_>, caller: &Caller, id: &MessageId, how: As) -> Decided {
    let message = find(draft, caller, id)?;
    if message.status != MessageStatus::Unknown {
        let detail =
            format!("The message is {}; only an unknown one can be resolved.", message.status.as_str());
        return Err(Refusal::conflict("not_unknown", detail));
    }
    let failure = Failure::new(FailureCode::Rejected, "A person found that it was not sent.");
    let parts: Vec<Part> = draft.world.parts.get(id).cloned().unwrap_or_default();
    for part in parts.into_iter().filter(|part| part.status == MessageStatus::Unknown) {
        let at = PartRef { message_id: id.clone(), part: part.part };
        let news = |status, failure| Progress { provider_id: None, status, failure };
        match how {
            As::Sent => progress(draft, &at, &news(MessageStatus::Sent, None)),
            As::Failed => progress(draft, &at, &news(MessageStatus::Failed, Some(&failure))),
            As::Resend => resend(draft, &message, part),
        }
    }
    if how == As::Resend {
        close_task(draft, id.as_str(), "resend");
    }
    let now = draft.world.messages.get(id).cloned().unwrap_or(message);
    Ok(answer(200, draft.render(view::message(&now))))
}

fn find(draft: &Draft<'_>, caller: &Caller, id: &MessageId) -> Result<Message, Refusal> {
    let message = draft.world.messages.get(id).ok_or_else(|| Refusal::not_found("The message"))?;
    let talk = draft.world.conversations.get(&message.conversation_id);
    talk.filter(|talk| talk.value.workspace_id == caller.workspace_id)
        .map(|_| message.clone())
        .ok_or_else(|| Refusal::not_found("The message"))
}

/// The old delivery is over; a new one carries the part.
fn resend(draft: &mut Draft<'_>, message: &Message, mut part: Part) {
    draft.write(delivery::settle_unknown(&part.delivery_id, "resent", draft.now));
    draft.write(delivery::free_lane(&part.delivery_id, draft.now));
    let talk = draft.world.conversations[&message.conversation_id].value.clone();
    part.delivery_id = draft.owe_part(message, &talk, part.part, None);
    draft.write(message::move_part(&part));
}
