//! What is given to make, change and recover webhooks.

use serde::{Deserialize, Deserializer};
use url::Url;
use utoipa::ToSchema;

use crate::bridge::Refusal;
use crate::clock;
use crate::domain::id::{WebhookId, WorkspaceId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{WebhookStatus, is_pattern};
use crate::http::Api;
use crate::store::deliveries::Window;
use crate::store::webhook::Webhook;

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhook {
    /// Where events go: https, or http inside the networks the operator allows.
    #[schema(example = "https://desk.example.com/hooks/segue", max_length = 2000)]
    url: String,
    /// Which events: `*`, families such as `message.*`, full names.
    #[serde(default = "all_events")]
    #[schema(example = json!(["message.*", "complaint.created"]), default = json!(["*"]), max_items = 50)]
    events: Vec<String>,
    /// What you call it.
    #[serde(default)]
    #[schema(example = "Ticket system", max_length = 200)]
    description: Option<String>,
}

fn all_events() -> Vec<String> {
    vec!["*".to_owned()]
}

impl CreateWebhook {
    pub(super) fn webhook(&self, workspace: &WorkspaceId, now: Timestamp) -> Webhook {
        Webhook {
            id: WebhookId::new(now, &clock::chance()),
            workspace_id: workspace.clone(),
            url: self.url.clone(),
            events: self.events.clone(),
            description: self.description.clone(),
            status: WebhookStatus::Enabled,
            failing_since: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Whether a webhook gets its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookSwitch)]
enum Switch {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

/// What to change of a webhook. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateWebhook {
    /// Where events go.
    #[serde(default)]
    #[schema(example = "https://desk.example.com/hooks/segue", max_length = 2000)]
    url: Option<String>,
    /// Which events, all of them.
    #[serde(default)]
    #[schema(example = json!(["message.*"]), max_items = 50)]
    events: Option<Vec<String>>,
    /// What you call it; null for nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    /// Switch it on or off.
    #[serde(default)]
    status: Option<Switch>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl UpdateWebhook {
    pub(super) fn applied_to(&self, before: Webhook, now: Timestamp) -> Webhook {
        let (status, failing_since) = match self.status {
            None => (before.status, before.failing_since),
            Some(Switch::Enabled) => (WebhookStatus::Enabled, None),
            Some(Switch::Disabled) => (WebhookStatus::Disabled, before.failing_since),
        };
        Webhook {
            url: self.url.clone().unwrap_or(before.url),
            events: self.events.clone().unwrap_or(before.events),
            description: self.description.clone().unwrap_or(before.description),
            status,
            failing_since,
            updated_at: now,
            ..before
        }
    }
}

/// Checks a webhook, also whether its address may be reached.
pub(super) async fn check(api: &Api, webhook: &Webhook) -> Result<(), Refusal> {
    if webhook.events.is_empty() || webhook.events.len() > 50 {
        return Err(Refusal::invalid("/events", "has 1 to 50 patterns"));
    }
    if let Some(at) = webhook.events.iter().position(|pattern| !is_pattern(pattern)) {
        let why = "is `*`, a family such as `message.*`, or the full name of an event";
        return Err(Refusal::invalid(&format!("/events/{at}"), why));
    }
    if webhook.description.as_ref().is_some_and(|text| text.chars().count() > 200) {
        return Err(Refusal::invalid("/description", "has at most 200 characters"));
    }
    let url = Url::parse(&webhook.url).ok().filter(|_| webhook.url.len() <= 2000);
    let url = url.ok_or_else(|| Refusal::invalid("/url", "is an absolute URL of at most 2000 characters"))?;
    api.outbound.check_target(&url).await.map_err(|why| Refusal::invalid("/url", why.to_string()))
}

/// Which dead deliveries to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Recover {
    /// Those made at this time or later.
    since: Timestamp,
    /// Those made before this time; default: now.
    #[serde(default)]
    until: Option<Timestamp>,
}

impl Recover {
    pub(super) fn window(&self, now: Timestamp) -> Result<Window, Refusal> {
        let until = self.until.unwrap_or(now);
        if until <= self.since {
            return Err(Refusal::invalid("/until", "is later than since"));
        }
        Ok(Window { since: self.since, until })
    }
}
