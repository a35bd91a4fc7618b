//! Whether X holds our webhook, calls it, and tells it of the account: <https://docs.x.com/x-api/webhooks/introduction>,
//! <https://docs.x.com/x-api/activity/get-x-activity-subscriptions>,
//! <https://docs.x.com/x-api/account-activity/get-subscriptions>.

use std::collections::BTreeSet;

use bytes::Bytes;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::{Access, HttpReply, HttpRequest};
use super::send::API;
use crate::domain::secret::Secret;

/// The app's own token, which no account gave.
pub(super) const BEARER: &str = "bearer_token";

/// Without one of these either the public or the private side never comes.
const NEEDED: &[&str] = &["post.mention.create", "dm.received"];

/// Subscriptions of one page, and pages that are read at most.
const PAGE: &str = "100";
const MOST_PAGES: usize = 20;

/// The next request, given what X has answered to those before: for the app's webhooks, then for the subscriptions of
/// both products, the older one only where the newer has none.
pub(super) fn ask(access: &Access<'_>, answers: &[HttpReply]) -> Option<HttpRequest> {
    let bearer = format!("Bearer {}", access.secrets.get(BEARER)?.expose());
    let path = match answers.split_first() {
        None => "/2/webhooks".to_owned(),
        Some((webhooks, told)) => {
            let webhook = ours(access, webhooks).ok()?;
            match Told::by(access, &webhook, told).ok()?.next {
                Next::Activity(page) => activity(page.as_deref()),
                Next::Account => format!("/2/account_activity/webhooks/{webhook}/subscriptions/all/list"),
                Next::Nothing => return None,
            }
        }
    };
    Some(HttpRequest {
        method: "GET",
        url: format!("{}{path}", access.api_base(API)),
        headers: vec![("authorization", Secret::new(bearer))],
        body: Bytes::new(),
    })
}

fn activity(page: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("max_results", PAGE);
    if let Some(page) = page {
        query.append_pair("pagination_token", page);
    }
    format!("/2/activity/subscriptions?{}", query.finish())
}

/// A sentence when X calls us about the account, else one that says why it does not.
pub(super) fn read(access: &Access<'_>, answers: &[HttpReply]) -> Result<String, String> {
    let (webhooks, told) = answers.split_first().ok_or("X was not asked")?;
    let webhook = ours(access, webhooks)?;
    let told = Told::by(access, &webhook, told)?;
    let missing: Vec<&str> = NEEDED.iter().copied().filter(|event| !told.events.contains(*event)).collect();
    match missing.as_slice() {
        _ if told.is_all => Ok(format!("X calls it as webhook {webhook} about all the account does")),
        [] => Ok(format!("X calls it as webhook {webhook} about the account")),
        _ if told.events.is_empty() => Err(format!(
            "not subscribed: X has webhook {webhook}, but no subscription that tells it of the account"
        )),
        missing => Err(format!("subscribed, but without the events {}", missing.join(", "))),
    }
}

#[derive(Deserialize)]
struct Webhook {
    id: String,
    url: String,
    valid: bool,
}

/// The id of the webhook that is ours, when X calls it.
fn ours(access: &Access<'_>, reply: &HttpReply) -> Result<String, String> {
    let found: Listed<Webhook> = understood(reply)?;
    let url = access.callback_url;
    match found.data.into_iter().find(|webhook| webhook.url == url) {
        Some(webhook) if webhook.valid && is_word(&webhook.id) => Ok(webhook.id),
        Some(webhook) => Err(format!(
            "X has switched webhook {} off because its challenge failed; PUT /2/webhooks/{} tries again",
            webhook.id, webhook.id
        )),
        None => Err(format!("not subscribed: X has no webhook with the URL {url}")),
    }
}

#[derive(Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Subscription {
    event_type: String,
    #[serde(default)]
    filter: User,
    #[serde(default)]
    webhook_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct User {
    #[serde(default)]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Accounts {
    data: Users,
}

#[derive(Deserialize)]
struct Users {
    #[serde(default)]
    subscriptions: Vec<User>,
}

/// What is to be asked next.
enum Next {
    /// A page of what the newer product tells.
    Activity(Option<String>),
    /// Whom the older product tells of.
    Account,
    Nothing,
}

/// What X tells a webhook about the account.
struct Told {
    events: BTreeSet<String>,
    /// By the older product, which tells everything.
    is_all: bool,
    next: Next,
}

impl Told {
    fn by(access: &Access<'_>, webhook: &str, answers: &[HttpReply]) -> Result<Self, String> {
        let account = access.account.get("user_id").map(String::as_str);
        let mut told = Self { events: BTreeSet::new(), is_all: false, next: Next::Activity(None) };
        for (at, reply) in answers.iter().enumerate() {
            told.next = match told.next {
                Next::Activity(_) => {
                    // An app may have the older product alone.
                    let page: Listed<Subscription> = match reply.status {
                        403 | 404 => Listed { data: Vec::new(), meta: Meta::default() },
                        _ => understood(reply)?,
                    };
                    let here = page.data.into_iter().filter(|one| {
                        one.webhook_id.as_deref() == Some(webhook) && one.filter.user_id.as_deref() == account
                    });
                    told.events.extend(here.map(|one| one.event_type));
                    match page.meta.next_token {
                        Some(next) if at + 1 < MOST_PAGES => Next::Activity(Some(next)),
                        _ if told.events.is_empty() => Next::Account,
                        _ => Next::Nothing,
                    }
                }
                Next::Account => {
                    let users = match reply.status {
                        403 | 404 => Vec::new(),
                        _ => understood::<Accounts>(reply)?.data.subscriptions,
                    };
                    told.is_all = users.iter().any(|user| user.user_id.as_deref() == account);
                    Next::Nothing
                }
                Next::Nothing => Next::Nothing,
            };
        }
        Ok(told)
    }
}

fn understood<T: DeserializeOwned>(reply: &HttpReply) -> Result<T, String> {
    match reply.status {
        200..=299 => {
            serde_json::from_slice(&reply.body).map_err(|_| "X's answer is not understood".to_owned())
        }
        401 | 403 => Err("X did not accept the bearer_token".into()),
        status => Err(format!("X did not say: http {status}")),
    }
}

/// Whether it may stand in a path.
fn is_word(id: &str) -> bool {
    (1..=40).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
}
