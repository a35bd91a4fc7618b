//! One callback's way in: door, handshake, verification, parsing, routing, commit.

use std::sync::Arc;

use tracing::Span;
use tracing::field::Empty;

use super::archive::Seen;
use super::directory::Entrance;
use super::{Answer, Call, Gateway, Rejection};
use crate::clock;
use crate::coordination::Wake;
use crate::domain::connection::{Verification, callback_url, called_url, verification};
use crate::domain::id::{CallbackId, ConnectionId};
use crate::domain::inbound::{Fact, InboundEvent, Trust};
use crate::domain::lane::{digest16, slot};
use crate::domain::time::Timestamp;
use crate::providers::{Body, FailedCheck, Quarantined, RawRequest, Reply, Unverified};
use crate::store::StoreError;
use crate::store::connection::Connection;
use crate::store::inbound::{NewCallback, NewInbound, Receipt, SealedCallback};
use crate::telemetry::metrics;

/// What there was in a request.
enum Unpacked {
    /// This is answered.
    Challenge(Reply),
    /// Nothing that would be stored.
    Nothing,
    /// What is to be stored, and where it came in.
    Callback(SealedCallback, Arc<Entrance>),
}

impl Gateway {
    /// Takes a callback in; when this returns [`Answer::Stored`] it is durable.
    ///
    /// # Errors
    /// [`Rejection`] when it is not taken.
    pub async fn receive(&self, call: Call) -> Result<Answer, Rejection> {
        // Boxed, so that its memory is free again while the callback waits.
        match Box::pin(self.unpack(call)).await? {
            Unpacked::Challenge(reply) => Ok(Answer::Handshake(reply)),
            Unpacked::Nothing => Ok(Answer::Stored),
            Unpacked::Callback(callback, entrance) => {
                self.keep(&entrance, callback).await?;
                Ok(Answer::Stored)
            }
        }
    }

    /// All that is to be done before the commit. While a callback waits for that, nothing is held but what is to be
    /// stored.
    #[tracing::instrument(name = "gateway.receive", skip_all, fields(connection.id = Empty))]
    async fn unpack(&self, call: Call) -> Result<Unpacked, Rejection> {
        let now = self.clock.now();
        let id = &ConnectionId::parse(&call.connection).map_err(|_| Rejection::UnknownConnection)?;
        let entrance = self.directory.entrance(id, now).await.map_err(unavailable)?;
        let entrance = entrance.ok_or(Rejection::UnknownConnection)?;
        Span::current().record("connection.id", id.as_str());
        let (raw, query) = self.as_called(call, &entrance.stored.connection);
        let seen = Seen { raw: &raw, query: &query, now };
        if let Some(reply) = entrance.provider.handshake(&entrance.stored.as_door(), &raw) {
            let reply = reply.map_err(|check| self.reject(&entrance, seen, Unverified(check)))?;
            if reply.refuses() {
                self.reject(&entrance, seen, Unverified(FailedCheck::ChallengeRefused));
            } else {
                self.tally.challenged(id, now);
            }
            return Ok(Unpacked::Challenge(reply));
        }
        let body = self.admit(&entrance, seen)?;
        if body.trust() == Trust::Signed {
            self.tally.accepted(id, now);
        }
        let callback = self.read(&entrance, &body, now).await.map_err(unavailable)?;
        if callback.events.is_empty() {
            return Ok(Unpacked::Nothing);
        }
        Ok(Unpacked::Callback(self.seal(&callback).await?, entrance))
    }

    /// The request under its public URL, and the query as it was received.
    pub(super) fn as_called(&self, call: Call, connection: &Connection) -> (RawRequest, String) {
        let Call { connection: _, method, query, headers, body } = call;
        let url = callback_url(&connection.settings, &self.public_url, connection.id.as_str());
        (RawRequest { method, url: called_url(&url, &query), headers, body }, query)
    }

    /// Verified bytes, or unverified ones where the connection only reports for now.
    fn admit<'r>(&self, entrance: &Entrance, seen: Seen<'r>) -> Result<Body<'r>, Rejection> {
        match entrance.stored.as_door().verify(entrance.provider, seen.raw, seen.now) {
            Ok(body) => Ok(body),
            Err(why) => {
                let rejection = self.reject(entrance, seen, why);
                match verification(&entrance.stored.connection.settings, seen.now) {
                    Verification::ReportOnly => Ok(Body::unsigned(seen.raw)),
                    Verification::Enforce => Err(rejection),
                }
            }
        }
    }

    /// Which check failed is for the log, the metrics and the connection's owner; the caller learns nothing.
    pub(super) fn reject(&self, entrance: &Entrance, seen: Seen<'_>, why: Unverified) -> Rejection {
        let (id, reason) = (&entrance.stored.connection.id, why.0.as_str());
        metrics::callback_rejected(id, reason);
        tracing::warn!(connection.id = %id, reason, "a callback for {id} was not verified");
        self.tally.rejected(id, reason, seen.now);
        self.archive.keep(&entrance.stored.connection, seen, reason);
        Rejection::Unverified
    }

    pub(super) async fn read(
        &self,
        entrance: &Entrance,
        body: &Body<'_>,
        now: Timestamp,
    ) -> Result<NewCallback, StoreError> {
        let connection = &entrance.stored.connection;
        let mut events = Vec::new();
        for (at, item) in entrance.provider.parse(&entrance.stored.as_door(), body).into_iter().enumerate() {
            events.push(match item {
                Ok(event) => self.route(entrance, event, body.trust(), now).await?,
                Err(broken) => set_aside(&connection.id, &broken, body, at),
            });
        }
        Ok(callback(connection, body.raw(), events, now))
    }

    /// The connection that verified a callback need not be the one it is about.
    pub(super) async fn route(
        &self,
        entrance: &Entrance,
        event: InboundEvent,
        trust: Trust,
        now: Timestamp,
    ) -> Result<NewInbound, StoreError> {
        let called = &entrance.stored.connection;
        let own = event.accounts.is_empty()
            || event.accounts.iter().any(|key| entrance.stored.account_keys.contains(key));
        let owner = match own {
            true => Some(called.id.clone()),
            false => self.directory.owner(called, &event.accounts, now).await?,
        };
        let (connection_id, content) = match owner {
            Some(owner) => (owner, Ok(event.fact)),
            None => (called.id.clone(), Err("unrouted: no connection owns this account".to_owned())),
        };
        Ok(NewInbound {
            digest: digest16(&["event", connection_id.as_str(), word(trust), &event.key]),
            slot: slot(&called.workspace_id, &connection_id, &event.lane),
            connection_id,
            trust,
            content,
        })
    }

    pub(super) async fn seal(&self, callback: &NewCallback) -> Result<SealedCallback, Rejection> {
        self.store.seal_callback(callback).await.map_err(unavailable)
    }

    /// Stores a callback and has its events decided. When this returns it may be acknowledged.
    pub(super) async fn keep(
        &self,
        entrance: &Entrance,
        callback: SealedCallback,
    ) -> Result<Receipt, Rejection> {
        let receipt = self.committer.commit(callback).await?;
        self.count(entrance, &receipt);
        Ok(receipt)
    }

    fn count(&self, entrance: &Entrance, receipt: &Receipt) {
        let id = &entrance.stored.connection.id;
        if receipt.fresh > 0 {
            entrance.accepted.increment(1);
            self.board.mark(receipt.slots.iter().copied());
            self.coordination.notify(Wake::Inbound);
        }
        if receipt.duplicates > 0 {
            metrics::callback_duplicate(id);
        }
        if receipt.quarantined > 0 {
            metrics::inbound_quarantined("unreadable");
            let count = receipt.quarantined;
            tracing::warn!(connection.id = %id, count, "items of a callback for {id} were quarantined");
        }
        if receipt.altered > 0 {
            let count = receipt.altered;
            tracing::warn!(connection.id = %id, count, "events for {id} came again with other content");
        }
    }
}

/// A callback to be committed.
pub(super) fn callback(
    called: &Connection,
    raw: &RawRequest,
    events: Vec<NewInbound>,
    now: Timestamp,
) -> NewCallback {
    NewCallback {
        id: CallbackId::new(now, &clock::chance()),
        workspace_id: called.workspace_id.clone(),
        connection_id: called.id.clone(),
        raw: as_text(raw),
        events,
        received_at: now,
    }
}

pub(super) fn unavailable(error: StoreError) -> Rejection {
    Rejection::Unavailable(Arc::new(error))
}

const fn word(trust: Trust) -> &'static str {
    match trust {
        Trust::Signed => "signed",
        Trust::Unsigned => "unsigned",
    }
}

/// An item that was not understood is kept under the place it has in these very bytes.
fn set_aside(called: &ConnectionId, broken: &Quarantined, body: &Body<'_>, at: usize) -> NewInbound {
    let bytes = crate::domain::signature::sha256_hex(&body.raw().body);
    NewInbound {
        digest: digest16(&["broken", called.as_str(), word(body.trust()), &bytes, &at.to_string()]),
        connection_id: called.clone(),
        slot: 0,
        trust: body.trust(),
        content: Err::<Fact, _>(format!("{}: {}", broken.at, broken.why)),
    }
}

/// The request as HTTP would write it, for whoever has to look at it later.
fn as_text(raw: &RawRequest) -> Vec<u8> {
    let mut text = format!("{} {}\r\n", raw.method, raw.url).into_bytes();
    for (name, value) in &raw.headers {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(&raw.body);
    text
}
