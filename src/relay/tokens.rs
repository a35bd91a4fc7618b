//! Tokens that end: renewed before a send needs them, by one replica at a time, never while a transaction is open.
//!
//! One thing cannot be guarded: a process that dies, or an answer that is lost, after the provider has replaced the
//! refresh token and before the new one is stored. Then the next renewal is refused, and a person is asked.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::coordination::Wake;
use crate::domain::connection::callback_url;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::outbound::{DEFAULT_TIMEOUT, OutboundError};
use crate::providers::{self, Renewed};
use crate::store::{NewToken, SendingConnection, StoreError, TokenRef};

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::from_secs(300);

/// Longer than asking for one takes.
const LEASE: Duration = Duration::from_secs(60);

/// A token this young that is not taken does not become better by being renewed.
const YOUNG: Duration = Duration::from_secs(300);

/// The wait while another replica asks, or after the provider could not be asked.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest a provider's own delay is heeded.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A connection to send through, or when to look again.
pub(super) type Ready = Result<Arc<SendingConnection>, Timestamp>;

/// Sees to it that the token lasts for a send.
pub(super) async fn ensure(shared: &Shared, connection: Arc<SendingConnection>) -> Result<Ready, StoreError> {
    let now = shared.parts.clock.now();
    let state = connection.token;
    let Some(ends) = state.expires_at.filter(|ends| *ends <= now + AHEAD && state.refused_at.is_none())
    else {
        return Ok(Ok(connection));
    };
    match renew(shared, &connection).await? {
        Asked::Renewed => {
            let fresh = shared.targets.connection(&shared.parts, connection.id.as_str()).await?;
            Ok(fresh.ok_or(now))
        }
        // What still works is used.
        Asked::Later(_) if ends > now => Ok(Ok(connection)),
        Asked::Later(at) => Ok(Err(at)),
        Asked::Refused => Ok(Ok(connection)),
    }
}

/// After the provider refused the token: whether there may be another for the next try.
pub(super) async fn refused(shared: &Shared, connection: &SendingConnection) -> Result<bool, StoreError> {
    let now = shared.parts.clock.now();
    let is_young = connection.token.renewed_at.is_some_and(|at| now < at + YOUNG);
    let can_renew = providers::find(&connection.provider)
        .is_some_and(|provider| provider.renew(&connection.access(&called(shared, connection))).is_some());
    if is_young || !can_renew || connection.token.refused_at.is_some() {
        return Ok(false);
    }
    shared.parts.store.expire_token(reference(connection), now).await?;
    shared.targets.clear();
    Ok(true)
}

enum Asked {
    Renewed,
    Refused,
    Later(Timestamp),
}

async fn renew(shared: &Shared, connection: &SendingConnection) -> Result<Asked, StoreError> {
    let parts = &shared.parts;
    let token = reference(connection);
    let Some(provider) = providers::find(&connection.provider) else { return Ok(Asked::Refused) };
    let request = provider.renew(&connection.access(&called(shared, connection)));
    let Some(request) = request else { return Ok(Asked::Refused) };
    let now = parts.clock.now();
    if !parts.store.lease_token(token, now, now + LEASE).await? {
        shared.targets.clear();
        return Ok(Asked::Later(now + PAUSE));
    }
    let answer = parts.outbound.send(request, DEFAULT_TIMEOUT).await;
    let id = &connection.id;
    match answer.map(|reply| provider.renewed(&reply)) {
        Ok(Renewed::Granted { secrets, lasts }) => {
            let secrets: Vec<(&'static str, Secret)> = secrets.into_iter().collect();
            keep(shared, token, &NewToken { secrets: &secrets, lasts }).await
        }
        Ok(Renewed::Refused { why }) => {
            tracing::warn!(connection.id = %id, why, "the token of {id} is not renewed any more: {why}");
            refuse(shared, token, &why).await
        }
        Ok(Renewed::Later { after, why }) => put_off(shared, token, after, &why).await,
        Err(error @ OutboundError::NotSent(_)) => put_off(shared, token, None, &error.to_string()).await,
        Err(error @ OutboundError::MaybeSent(_)) => {
            // It may have been renewed there. The lease keeps all from asking at once again.
            tracing::warn!(connection.id = %id, %error, "whether the token of {id} was renewed is not known");
            Ok(Asked::Later(now + LEASE))
        }
    }
}

/// Stores the new pair. The old one is used up, so this does not give up at the first failure.
async fn keep(shared: &Shared, token: TokenRef<'_>, new: &NewToken<'_>) -> Result<Asked, StoreError> {
    let parts = &shared.parts;
    let id = token.connection_id;
    let until = parts.clock.now() + LEASE;
    loop {
        let now = parts.clock.now();
        match parts.store.renew_token(token, new, now).await {
            Ok(true) => tracing::info!(connection.id = %id, "renewed the token of {id}"),
            Ok(false) => tracing::warn!(connection.id = %id, "the token of {id} was replaced meanwhile"),
            Err(error) if now < until => {
                tracing::warn!(connection.id = %id, %error, "the new token of {id} is not stored yet");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(error) => return Err(error),
        }
        shared.targets.clear();
        return Ok(Asked::Renewed);
    }
}

async fn refuse(shared: &Shared, token: TokenRef<'_>, why: &str) -> Result<Asked, StoreError> {
    let parts = &shared.parts;
    let slot = parts.store.refuse_token(token, why, parts.clock.now()).await?;
    shared.targets.clear();
    match slot {
        Some(slot) => {
            parts.slots.mark([slot]);
            parts.coordination.notify(Wake::Inbound);
            Ok(Asked::Refused)
        }
        // Somebody else was faster, with what this one had used up too: theirs counts.
        None => Ok(Asked::Renewed),
    }
}

async fn put_off(
    shared: &Shared,
    token: TokenRef<'_>,
    after: Option<Duration>,
    why: &str,
) -> Result<Asked, StoreError> {
    let id = token.connection_id;
    tracing::warn!(connection.id = %id, why, "the token of {id} could not be renewed yet: {why}");
    let at = shared.parts.clock.now() + after.unwrap_or(PAUSE).clamp(PAUSE, LONGEST_PAUSE);
    shared.parts.store.release_token(token, at).await?;
    Ok(Asked::Later(at))
}

fn called(shared: &Shared, connection: &SendingConnection) -> String {
    callback_url(&connection.settings, &shared.parts.public_url, connection.id.as_str())
}

fn reference(connection: &SendingConnection) -> TokenRef<'_> {
    TokenRef {
        workspace_id: &connection.workspace_id,
        connection_id: &connection.id,
        generation: connection.token.generation,
    }
}
