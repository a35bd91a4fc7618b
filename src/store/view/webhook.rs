//! A subscriber's URL as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::Resource;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookStatus;

/// A subscriber's URL and what goes to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// The webhook.
    pub id: WebhookId,
    /// Where events are posted.
    #[schema(example = "https://example.com/segue")]
    pub url: String,
    /// Which: `*`, families such as `message.*`, full names.
    #[schema(example = json!(["*"]))]
    pub events: Vec<String>,
    /// What the subscriber calls it.
    #[schema(example = "Help desk")]
    pub description: Option<String>,
    /// Whether it works.
    pub status: WebhookStatus,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A webhook as a resource.
#[must_use]
pub fn webhook(view: &WebhookView) -> Resource {
    Resource::of(view, Vec::new())
}
