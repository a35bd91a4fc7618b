//! Trying out a webhook.

use serde_json::json;

use super::{Caller, Decided, Outcome, answer};
use crate::bridge::Bridge;
use crate::bridge::draft::{Draft, Subject};
use crate::bridge::refusal::Refusal;
use crate::domain::event::EventType;
use crate::domain::id::WebhookId;
use crate::store::view::Resource;
use crate::store::{Needs, webhook};

impl Bridge {
    /// Sends a `webhook.test` event to one webhook; answers 202 with the event's id.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there.
    pub async fn test_webhook(&self, caller: &Caller, id: &WebhookId) -> Outcome {
        let needs = || Needs { workspaces: [caller.workspace_id.clone()].into(), ..Needs::default() };
        self.command(caller, needs, |draft| test(draft, caller, id)).await
    }
}

fn test(draft: &mut Draft<'_>, caller: &Caller, id: &WebhookId) -> Decided {
    let known = draft.world.subscriptions.get(&caller.workspace_id).into_iter().flatten();
    let seq = known
        .filter(|webhook| webhook.webhook_id == *id)
        .map(|webhook| webhook.event_seq + 1)
        .next()
        .ok_or_else(|| Refusal::not_found("The webhook"))?;
    let data = json!({"webhook_id": id, "message": "This is a test. Nothing has happened."});
    let subject =
        Subject { workspace_id: caller.workspace_id.clone(), id: id.to_string(), seq, identity_id: None };
    let resource = Resource { data, refs: Vec::new() };
    draft.write(webhook::count_event(id, seq));
    let event = draft.tell_only(id, EventType::WebhookTest, subject, resource);
    Ok(answer(202, json!({"event_id": event})))
}
