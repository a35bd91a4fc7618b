//! Provider sends: opened, composed, let through the gate, written to the wire once, and understood.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::batch::Passage;
use super::job::{Job, is_ours};
use super::tokens;
use super::worker::{millis, tried};
use crate::clock::{self, Stopwatch};
use crate::domain::backoff;
use crate::domain::connection::callback_url;
use crate::domain::failure::{Failure, FailureCode};
use crate::domain::identity::Namespace;
use crate::domain::time::Timestamp;
use crate::outbound::{DEFAULT_TIMEOUT, OutboundError};
use crate::providers::{
    self, Account, HttpReply, HttpRequest, Outcome, Outgoing, Provider, Recipient, Refusal, Send,
};
use crate::store::{End, Load, Ready, SendingConnection, Settlement, StoreError, Tried, policy};

/// Sends one; `None` when it is not ours to send any more.
pub(super) async fn send(shared: &Shared, job: &Job) -> Result<Option<Settlement>, StoreError> {
    let parts = &shared.parts;
    let Some(loaded) = shared.loads.ask(job.id.clone()).await else {
        return Ok(Some(job.put_off(parts.clock.now())));
    };
    let connection = match shared.targets.connection(parts, &job.destination).await? {
        None => None,
        Some(found) => match tokens::ensure(shared, found).await? {
            Ok(ready) => Some(ready),
            Err(due_at) => return Ok(Some(job.back(due_at))),
        },
    };
    let prepared = match prepare(shared, job, loaded, connection) {
        Ok(prepared) => prepared,
        Err(Refusal(failure)) => return Ok(Some(job.settled(End::Failed { failure }, None))),
    };
    let ready = Ready {
        id: job.id.clone(),
        attempt: job.attempt,
        number: prepared.number.clone(),
        may_tag: prepared.may_tag,
    };
    match shared.gate.ask(ready).await {
        None => Ok(Some(job.put_off(parts.clock.now()))),
        Some(Passage::No) => Ok(None),
        Some(Passage::Later(at)) => Ok(Some(job.back(at))),
        // The process stood still since: another replica may take it to be on the wire already.
        Some(Passage::Go(until)) if !is_ours(until, parts.clock.now()) => {
            Ok(Some(job.back(parts.clock.now())))
        }
        Some(Passage::Go(_)) => Ok(Some(put_on_the_wire(shared, job, prepared).await)),
    }
}

/// A request, and who understands the answer to it.
struct Prepared {
    provider: &'static dyn Provider,
    connection: Arc<SendingConnection>,
    request: HttpRequest,
    is_public: bool,
    /// Our account, where the answer tells whom a private reply reached.
    asks_whom: Option<Account>,
    /// The number it goes to, where it goes to a phone.
    number: Option<String>,
    /// Whether the app was granted the tag for people.
    may_tag: bool,
}

fn prepare(
    shared: &Shared,
    job: &Job,
    loaded: Result<Load, Failure>,
    connection: Option<Arc<SendingConnection>>,
) -> Result<Prepared, Refusal> {
    let misconfigured = |detail: &str| Refusal(Failure::new(FailureCode::Misconfigured, detail));
    let connection = connection.ok_or_else(|| misconfigured("The connection was deleted."))?;
    let provider =
        providers::find(&connection.provider).ok_or_else(|| misconfigured("The provider is not known."))?;
    let load = loaded.map_err(Refusal)?;
    let may_tag = policy::may_tag(&connection.settings);
    let callback_url = callback_url(&connection.settings, &shared.parts.public_url, &job.destination);
    let request = provider.compose(&Outgoing {
        delivery_id: &job.id,
        account: &connection.account,
        settings: &connection.settings,
        secrets: &connection.secrets,
        callback_url: &callback_url,
        needs_tag: may_tag && load.is_late(shared.parts.clock.now()),
        send: to_send(&load),
        now: shared.parts.clock.now(),
    })?;
    let asks_whom = matches!(load, Load::PrivateReply { .. }).then(|| connection.account.clone());
    let number = match &load {
        Load::Message { namespace, external_id, .. } if *namespace == Namespace::phone() => {
            Some(external_id.clone())
        }
        _ => None,
    };
    Ok(Prepared {
        provider,
        connection,
        request,
        is_public: matches!(load, Load::Reply { .. }),
        asks_whom,
        number,
        may_tag,
    })
}

fn to_send(load: &Load) -> Send<'_> {
    match load {
        Load::Message { message_id, part, external_id, namespace, channel, text, media, .. } => {
            Send::Message {
                message_id,
                part: *part,
                to: Recipient { external_id, namespace, channel },
                text,
                media,
            }
        }
        Load::PrivateReply { post_id, text } => Send::PrivateReply { post_id, text },
        Load::Reply { post_id, thread_id, channel, text } => {
            Send::Reply { post_id, thread_id, channel, text }
        }
    }
}

async fn put_on_the_wire(shared: &Shared, job: &Job, prepared: Prepared) -> Settlement {
    let Prepared { provider, connection, request, is_public, asks_whom, .. } = prepared;
    let at = shared.parts.clock.now();
    let watch = Stopwatch::start();
    let answer = shared.parts.outbound.send(request, DEFAULT_TIMEOUT).await;
    let status = answer.as_ref().ok().map(|reply| reply.status);
    let refuses_token = answer.as_ref().is_ok_and(|reply| provider.refuses_token(reply));
    let outcome = match understand(provider, is_public, &answer) {
        Outcome::Refused { failure } if refuses_token => token_refused(shared, &connection, failure).await,
        outcome => outcome,
    };
    let works = matches!(outcome, Outcome::Accepted { .. } | Outcome::Refused { .. });
    let reached =
        asks_whom.zip(answer.as_ref().ok()).and_then(|(account, reply)| provider.reached(&account, reply));
    let (mut end, error) = conclude(job, outcome, shared.parts.clock.now());
    if let End::Accepted { reached: whom, .. } = &mut end {
        *whom = reached;
    }
    tried(job, end, Tried { works, status, error, at, took_ms: millis(watch) }, watch)
}

/// The same request again with a new token, where there will be one.
async fn token_refused(shared: &Shared, connection: &SendingConnection, failure: Failure) -> Outcome {
    let why = "the token was not accepted";
    match tokens::refused(shared, connection).await {
        Ok(true) => {
            Outcome::Retry { after: Some(Duration::ZERO), why: format!("{why}; it is renewed first") }
        }
        Ok(false) => Outcome::Refused { failure },
        Err(error) => Outcome::Retry { after: None, why: format!("{why}: {error}") },
    }
}

/// What an answer means, or the want of one. Where sending twice does no harm, not knowing is a reason to try again.
fn understand(
    provider: &dyn Provider,
    is_public: bool,
    answer: &Result<HttpReply, OutboundError>,
) -> Outcome {
    let outcome = match answer {
        Ok(reply) => provider.interpret(reply, is_public),
        Err(error @ OutboundError::NotSent(_)) => Outcome::Retry { after: None, why: error.to_string() },
        Err(error @ OutboundError::MaybeSent(_)) => Outcome::Unknown { why: error.to_string() },
    };
    match outcome {
        Outcome::Unknown { why } if provider.is_idempotent() => Outcome::Retry { after: None, why },
        outcome => outcome,
    }
}

/// The end of this lease, and what went wrong.
fn conclude(job: &Job, outcome: Outcome, now: Timestamp) -> (End, Option<String>) {
    match outcome {
        Outcome::Accepted { id, status } => (End::Accepted { provider_id: id, status, reached: None }, None),
        Outcome::Refused { failure } => {
            let code = failure.provider_code.clone();
            let why = code.map_or_else(|| "refused".to_owned(), |code| format!("refused: {code}"));
            (End::Failed { failure }, Some(why))
        }
        Outcome::Unknown { why } => (End::Unknown, Some(why)),
        Outcome::Retry { after, why } => {
            let [chance] = clock::random();
            let due_at = now + backoff::provider(job.tries + 1, after, chance);
            (retry(job, due_at, &why), Some(why))
        }
    }
}

fn retry(job: &Job, due_at: Timestamp, why: &str) -> End {
    if job.valid_until.is_some_and(|until| until <= due_at) {
        let detail = format!("It could not be sent within its validity ({why}).");
        return End::Failed { failure: Failure::new(FailureCode::Expired, detail) };
    }
    End::Again { due_at, holds: job.lane.is_some() }
}
