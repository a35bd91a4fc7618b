//! What a platform asks in the name of a person, by a form that it signed: to delete their data, to let them go.

use super::archive::Seen;
use super::intake::{callback, unavailable};
use super::{Call, Gateway, Rejection};
use crate::domain::connection::callback_url;
use crate::domain::id::ConnectionId;
use crate::domain::inbound::{Fact, InboundEvent, PrivacyAsk, Trust};
use crate::domain::lane::digest16;
use crate::providers::{FailedCheck, PersonRef, Unverified};
use crate::store::inbound::NewInbound;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Delete what is known about the person.
    Deletion,
    /// The person took the app's access away.
    Deauthorization,
}

/// What the person can come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// The same for the same request.
    pub code: String,
    /// Where its state can be read.
    pub url: String,
}

impl Wish {
    const fn word(self) -> &'static str {
        match self {
            Self::Deletion => "deletion",
            Self::Deauthorization => "deauthorization",
        }
    }

    fn fact(self, ask: PrivacyAsk) -> Fact {
        match self {
            Self::Deletion => Fact::DeletionAsked(ask),
            Self::Deauthorization => Fact::Deauthorized(ask),
        }
    }
}

impl Gateway {
    /// Takes such a request in; when this returns, it is durable. An unsigned one is refused whatever the connection's
    /// `verification` says.
    ///
    /// # Errors
    /// [`Rejection`] when it is not taken.
    pub async fn ask(&self, call: Call, wish: Wish) -> Result<Promised, Rejection> {
        let now = self.clock.now();
        let id = ConnectionId::parse(&call.connection).map_err(|_| Rejection::UnknownConnection)?;
        let entrance = self.directory.entrance(&id, now).await.map_err(unavailable)?;
        let entrance = entrance.ok_or(Rejection::UnknownConnection)?;
        let connection = &entrance.stored.connection;
        let (raw, query) = self.as_called(call, connection);
        let person = entrance.provider.signed_request(&entrance.stored.as_door(), &raw, now);
        let person = person.unwrap_or(Err(FailedCheck::RequestNotUnderstood)).map_err(|check| {
            self.reject(&entrance, Seen { raw: &raw, query: &query, now }, Unverified(check))
        })?;
        let code = code(wish, &connection.app, &person);
        let url = callback_url(&connection.settings, &self.public_url, id.as_str());
        let event = event(wish, person, &code);
        let event = self.route(&entrance, event, Trust::Signed, now).await.map_err(unavailable)?;
        // An app has one such URL for all its accounts: by another connection's it is no other request.
        let digest = digest16(&["ask", connection.workspace_id.as_str(), &code]);
        let event = NewInbound { digest, ..event };
        let callback = self.seal(&callback(connection, &raw, vec![event], now)).await?;
        self.keep(&entrance, callback).await?;
        Ok(Promised { url: format!("{url}/deletion/{code}"), code })
    }
}

/// The same app, person and moment are the same request, however often it comes.
fn code(wish: Wish, app: &str, person: &PersonRef) -> String {
    let issued_at = person.issued_at.secs().to_string();
    hex::encode(digest16(&[wish.word(), app, &person.user_id, &issued_at]))
}

fn event(wish: Wish, person: PersonRef, code: &str) -> InboundEvent {
    InboundEvent {
        accounts: Vec::new(),
        key: format!("{}:{code}", wish.word()),
        lane: format!("person:{}", person.user_id),
        fact: wish.fact(PrivacyAsk { user_id: person.user_id, code: code.to_owned() }),
    }
}
