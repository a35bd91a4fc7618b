//! `/v1/policy`: may I send this, here, now, and if not why and until when?

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::domain::channel::Channel;
use crate::domain::consent::Purpose;
use crate::domain::id::{ComplaintId, ConversationId, IdentityId};
use crate::domain::policy::private_reply::Thread;
use crate::domain::policy::{Kind, Reason, Verdict, judge, may_send};
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::providers;
use crate::store::policy::Place;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(get_policy).service(get_conversation_policy).service(get_complaint_policy);
}

/// Who would write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Writer {
    /// A person at the desk.
    #[default]
    Person,
    /// The service itself: caps and countries count too.
    Service,
}

impl Writer {
    const fn kind(self) -> Kind {
        match self {
            Self::Person => Kind::Desk,
            Self::Service => Kind::Automatic,
        }
    }
}

/// To whom, where and what for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AskPolicy {
    /// The customer's side.
    identity: IdentityId,
    /// The medium.
    #[param(value_type = Channel)]
    channel: Channel,
    /// What for; default `handoff.relay`.
    #[param(inline, required = false)]
    purpose: Option<Purpose>,
    /// Who would write; default `person`.
    #[serde(default)]
    #[param(inline, required = false)]
    by: Writer,
}

/// Who would write in the conversation, and what for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AskConversationPolicy {
    /// What for; default `handoff.relay`.
    #[param(inline, required = false)]
    purpose: Option<Purpose>,
    /// Who would write; default `person`.
    #[serde(default)]
    #[param(inline, required = false)]
    by: Writer,
}

/// Whether something may be sent now.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// It may.
    Allowed,
    /// Not yet.
    NotUntil,
    /// Not by waiting.
    Never,
}

/// One rule that stands in the way.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyReason {
    /// Which rule, stable for programs.
    code: Reason,
    /// What it means and what to do.
    #[schema(example = "The customer has opted out on this channel. Only their own START lifts it.")]
    detail: &'static str,
    /// When it will allow it; null: not by time alone.
    until: Option<Timestamp>,
}

/// May something be sent, and if not, why and until when.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyAnswer {
    /// Whether it may be sent now.
    verdict: Answer,
    /// When it may, if waiting helps and the time is known.
    until: Option<Timestamp>,
    /// Every rule that stands in the way, the gravest first.
    reasons: Vec<PolicyReason>,
    /// To whom.
    identity_id: IdentityId,
    /// Where.
    channel: Channel,
    /// What for.
    purpose: Purpose,
    /// When this was true.
    at: Timestamp,
}

/// May something be sent?
///
/// The same rules that are asked again just before each message goes to the provider.
#[utoipa::path(tag = "Policy", params(AskPolicy), security(("api_key" = ["read"])),
    responses((status = 200, description = "The answer, with every reason.", body = PolicyAnswer)))]
#[get("/policy")]
async fn get_policy(api: web::Data<Api>, granted: Granted<Read>, query: Query<AskPolicy>) -> Handled {
    let Query(ask) = query;
    let place = Place {
        identity: &ask.identity,
        channel: &ask.channel,
        purpose: ask.purpose.unwrap_or(Purpose::HandoffRelay),
        kind: ask.by.kind(),
        conversation: None,
    };
    let unknown = || Problem::invalid_parameter("identity", "is not an identity of this workspace");
    answer(&api, &granted, &place).await?.ok_or_else(unknown)
}

/// May something be sent in a conversation?
#[utoipa::path(tag = "Policy", params(AskConversationPolicy), security(("api_key" = ["read"])),
    responses((status = 200, description = "The answer, with every reason.", body = PolicyAnswer)))]
#[get("/conversations/{id}/policy")]
async fn get_conversation_policy(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<ConversationId>,
    query: Query<AskConversationPolicy>,
) -> Handled {
    let Query(ask) = query;
    let none = || Problem::not_found("The conversation");
    let (identity, channel) = api.store.place_of(&granted.workspace_id, &id).await?.ok_or_else(none)?;
    let place = Place {
        identity: &identity,
        channel: &channel,
        purpose: ask.purpose.unwrap_or(Purpose::HandoffRelay),
        kind: ask.by.kind(),
        conversation: Some(&id),
    };
    answer(&api, &granted, &place).await?.ok_or_else(none)
}

/// May a complaint be answered in private?
///
/// Some platforms take one private message in answer to a public post, for a time. A handoff uses it where it can.
#[utoipa::path(tag = "Policy", security(("api_key" = ["read"])),
    responses((status = 200, description = "The answer, with every reason.", body = PolicyAnswer)))]
#[get("/complaints/{id}/policy")]
async fn get_complaint_policy(
    api: web::Data<Api>,
    granted: Granted<Read>,
    id: web::Path<ComplaintId>,
) -> Handled {
    let place = api.store.complaint_place(&granted.workspace_id, &id).await?;
    let place = place.ok_or_else(|| Problem::not_found("The complaint"))?;
    let now = api.clock.now();
    let provider = providers::find(&place.provider).zip(place.account.as_ref());
    let channel = provider.and_then(|(provider, account)| {
        let namespace = provider.private_namespace(account, &place.channel)?;
        provider.private_channel(account, &namespace)
    });
    let thread = Thread {
        window: provider.and_then(|(provider, _)| provider.private_reply_window()),
        last_post_at: place.last_post_at,
        replied_at: place.replied_at,
    };
    let reasons: Vec<PolicyReason> = thread
        .private_reply(now)
        .map(|code| PolicyReason { code, detail: code.sentence(), until: None })
        .into_iter()
        .collect();
    Ok(HttpResponse::Ok().json(PolicyAnswer {
        verdict: if reasons.is_empty() { Answer::Allowed } else { Answer::Never },
        until: None,
        reasons,
        identity_id: place.identity_id,
        channel: channel.unwrap_or(place.channel),
        purpose: Purpose::HandoffRelay,
        at: now,
    }))
}

async fn answer(
    api: &Api,
    granted: &Granted<Read>,
    place: &Place<'_>,
) -> Result<Option<HttpResponse>, Problem> {
    let now = api.clock.now();
    let Some(known) = api.store.policy_facts(&granted.workspace_id, place, now).await? else {
        return Ok(None);
    };
    let facts = known.facts();
    let (verdict, until) = match may_send(&facts, now) {
        Verdict::Allowed => (Answer::Allowed, None),
        Verdict::NotUntil(until, _) => (Answer::NotUntil, until),
        Verdict::Never(_) => (Answer::Never, None),
    };
    let reasons = judge(&facts, now).into_iter().map(|ruling| PolicyReason {
        code: ruling.reason,
        detail: ruling.reason.sentence(),
        until: ruling.until,
    });
    Ok(Some(HttpResponse::Ok().json(PolicyAnswer {
        verdict,
        until,
        reasons: reasons.collect(),
        identity_id: place.identity.clone(),
        channel: place.channel.clone(),
        purpose: place.purpose,
        at: now,
    })))
}
