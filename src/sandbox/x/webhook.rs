//! What an app can look up about itself: its webhook, and what is told there.
//!
//! <https://docs.x.com/x-api/webhooks/introduction>, <https://docs.x.com/x-api/activity/get-x-activity-subscriptions>

use serde_json::{Value, json};

use super::events::User;
use super::problem;
use crate::domain::time::Timestamp;
use crate::sandbox::host::{Call, Reply, field, number_of, pairs};

/// What is told here, whoever reads along.
const TOLD: &[&str] = &["post.create", "post.mention.create", "post.reply.create", "dm.received", "dm.sent"];

/// Subscriptions of a page, where nothing else is asked for.
const PAGE: usize = 100;

/// A callback URL that passed its challenge.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) since: Timestamp,
}

impl Webhook {
    fn id(&self) -> String {
        number_of(&format!("x/webhook/{}", self.url), 18)
    }

    fn shown(&self) -> Value {
        json!({"id": self.id(), "url": self.url, "valid": true, "created_at": self.since})
    }

    fn subscription(&self, brand: &User, event: &str) -> Value {
        json!({
            "subscription_id": number_of(&format!("x/{event}/{}", self.url), 18), "event_type": event,
            "filter": {"user_id": brand.id}, "webhook_id": self.id(), "tag": "sandbox",
            "created_at": self.since, "updated_at": self.since
        })
    }
}

/// Answers what the app's own token may ask.
pub(super) fn serve(call: &Call, brand: &User, webhook: Option<&Webhook>) -> Reply {
    match (call.method.as_str(), &call.segments()[..]) {
        ("GET", ["2", "webhooks"]) => {
            let found: Vec<Value> = webhook.iter().map(|one| one.shown()).collect();
            Reply::new(200, json!({"meta": {"result_count": found.len()}, "data": found}))
        }
        ("GET", ["2", "activity", "subscriptions"]) => subscriptions(call, brand, webhook),
        ("GET", ["2", "account_activity", "webhooks", id, "subscriptions", "all", "list"]) => {
            match webhook.filter(|one| one.id() == *id) {
                // All is told by the newer product.
                Some(one) => Reply::new(
                    200,
                    json!({"data": {"webhook_id": one.id(), "webhook_url": one.url, "subscriptions": []}}),
                ),
                None => problem(404, "Not Found", "There is no such webhook."),
            }
        }
        _ => problem(403, "Forbidden", "This is not for an app alone."),
    }
}

fn subscriptions(call: &Call, brand: &User, webhook: Option<&Webhook>) -> Reply {
    let query = pairs(call.query.as_bytes());
    let number = |name| field(&query, name).and_then(|text| text.parse::<usize>().ok());
    let most = number("max_results").unwrap_or(PAGE).clamp(1, PAGE);
    let from = number("pagination_token").unwrap_or(0).min(TOLD.len());
    let page = &TOLD[from..TOLD.len().min(from + most)];
    let data: Vec<Value> =
        webhook.iter().flat_map(|one| page.iter().map(|event| one.subscription(brand, event))).collect();
    let mut meta = json!({"result_count": data.len()});
    if webhook.is_some() && from + most < TOLD.len() {
        meta["next_token"] = json!((from + most).to_string());
    }
    Reply::new(200, json!({"data": data, "meta": meta}))
}
