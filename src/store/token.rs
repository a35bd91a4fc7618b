//! Tokens of connections that end: renewed by one replica at a time, each renewal a new generation.
//!
//! A refresh token is used up by being used. So nobody asks without the lease, which outlasts the request; and whoever
//! comes back with a pair writes it as long as the generation is the one it asked for, lease or no lease.

use std::time::Duration;

use super::Store;
use super::engine::Sql;
use super::error::StoreError;
use super::inbound::{OwnFact, own};
use super::value::{args, values};
use super::write::{Statement, Write, flush};
use super::{audit, secret};
use crate::domain::id::{ConnectionId, WorkspaceId};
use crate::domain::inbound::{AuthorizationLoss, Fact};
use crate::domain::lane::{digest16, slot};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

static RESET: Statement = Statement::adjust(
    8,
    "UPDATE connection_token SET generation = generation + 1, lease_until = 0, renewed_at = NULL, expires_at = NULL,
        refused_at = NULL
    WHERE connection_id IN (VALUES ",
    1,
    ")",
);

const LEASE: &str =
    "INSERT INTO connection_token (connection_id, generation, lease_until) VALUES ($1, $2, $3)
    ON CONFLICT (connection_id) DO UPDATE SET lease_until = excluded.lease_until
    WHERE connection_token.generation = excluded.generation AND connection_token.lease_until <= $4
        AND connection_token.refused_at IS NULL";

const RELEASE: &str =
    "UPDATE connection_token SET lease_until = $3 WHERE connection_id = $1 AND generation = $2";

const EXPIRE: &str = "INSERT INTO connection_token (connection_id, generation, lease_until, expires_at)
    VALUES ($1, $2, 0, $3)
    ON CONFLICT (connection_id) DO UPDATE SET expires_at = excluded.expires_at
    WHERE connection_token.generation = excluded.generation";

const RENEWED: &str = "UPDATE connection_token SET generation = generation + 1, lease_until = 0, renewed_at = $3, expires_at = $4
    WHERE connection_id = $1 AND generation = $2";

const REFUSED: &str = "UPDATE connection_token SET refused_at = $3, lease_until = 0
    WHERE connection_id = $1 AND generation = $2 AND refused_at IS NULL";

pub(super) const STATEMENTS: &[Sql] =
    &[Sql::same(LEASE), Sql::same(RELEASE), Sql::same(EXPIRE), Sql::same(RENEWED), Sql::same(REFUSED)];

/// Which token of a connection.
#[derive(Clone, Copy, Debug)]
pub struct TokenRef<'a> {
    /// Its tenant.
    pub workspace_id: &'a WorkspaceId,
    /// The connection.
    pub connection_id: &'a ConnectionId,
    /// How often it had been renewed when it was read.
    pub generation: i64,
}

/// New values of secrets, and how long they last.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// By name.
    pub secrets: &'a [(&'static str, Secret)],
    /// How long the token lasts, where the provider says.
    pub lasts: Option<Duration>,
}

/// What a person sets anew begins anew.
pub fn reset(connection: &ConnectionId) -> Write {
    Write { statement: &RESET, values: values![connection] }
}

impl Store {
    /// Takes the right to renew it until `until`; `false` while somebody else has it, or when it is another by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_token(
        &self,
        token: TokenRef<'_>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let args = args![token.connection_id, token.generation, until, now];
        Ok(self.db.execute(LEASE, args).await? == 1)
    }

    /// Gives the right to renew it to whoever comes after `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_token(&self, token: TokenRef<'_>, at: Timestamp) -> Result<(), StoreError> {
        self.db.execute(RELEASE, args![token.connection_id, token.generation, at]).await?;
        Ok(())
    }

    /// Remembers that the provider no longer takes it, so that whoever sends next renews it first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_token(&self, token: TokenRef<'_>, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(EXPIRE, args![token.connection_id, token.generation, now]).await?;
        Ok(())
    }

    /// Puts a new token in the place of the old one, with a record in the audit log, in one commit; `false` when the
    /// old one was replaced already, and then nothing is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_token(
        &self,
        token: TokenRef<'_>,
        new: &NewToken<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let expires_at = new.lasts.map(|lasts| now + lasts);
        let mut tx = self.db.begin().await?;
        let args = args![token.connection_id, token.generation, now, expires_at];
        if tx.execute(RENEWED, args).await? == 0 {
            return Ok(false);
        }
        let owner = token.connection_id.as_str();
        let mut writes = vec![audit::insert_own(token.workspace_id, "token.renewed", owner, now)];
        for (name, value) in new.secrets {
            writes.push(secret::retire(owner, name, now));
            writes.push(secret::insert(&self.vault, token.workspace_id, (owner, name), value, now));
        }
        flush(&mut tx, writes).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Remembers that it will not be renewed, and has the bridge tell; the slot to look at, or `None` when that was
    /// known or it is another token by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refuse_token(
        &self,
        token: TokenRef<'_>,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let key = self.day_key(now.day()).await?;
        let mut tx = self.db.begin().await?;
        if tx.execute(REFUSED, args![token.connection_id, token.generation, now]).await? == 0 {
            return Ok(None);
        }
        let (workspace_id, connection_id) = (token.workspace_id.as_str(), token.connection_id.as_str());
        let slot = slot(token.workspace_id, token.connection_id, "authorization");
        let digest = digest16(&["authorization.lost", connection_id, &token.generation.to_string()]);
        let fact = Fact::AuthorizationLost(AuthorizationLoss { why: why.to_owned() });
        let fact = own(&OwnFact { digest, workspace_id, connection_id, slot, fact: &fact }, &key, now);
        let record = audit::insert_own(token.workspace_id, "token.refused", connection_id, now);
        flush(&mut tx, vec![fact, record]).await?;
        tx.commit().await?;
        Ok(Some(slot))
    }
}
