//! Identities, their keys and their bodies.

use sqlx::FromRow;

use super::Store;
use super::content::Content;
use super::engine::{Bulk, Sql, locked, shared};
use super::error::StoreError;
use super::value::values;
use super::write::{Guard, Statement, Write};
use crate::clock;
use crate::domain::id::{BodyId, CustomerId, IdentityId, WorkspaceId};
use crate::domain::identity::{Identity, Namespace};
use crate::domain::time::Timestamp;
use crate::vault::{Key, Vault};

static INSERT_CUSTOMER: Statement =
    Statement::insert(10, "INSERT INTO customer (id, workspace_id, created_at) VALUES ", 3);

static INSERT: Statement = Statement::insert(
    11,
    "INSERT INTO identity (id, workspace_id, namespace, blind, suppression_key, address,
        profile_body_id, customer_id, own_customer_id, version, created_at) VALUES ",
    11,
);

static INSERT_KEY: Statement =
    Statement::insert(12, "INSERT INTO identity_key (identity_id, workspace_id, wrapped) VALUES ", 3);

static UPDATE: Statement = Statement::update(
    13,
    "UPDATE identity SET profile_body_id = v.column2, customer_id = v.column3, event_seq = v.column4,
        version = version + 1
    FROM (VALUES ",
    5,
    ") AS v WHERE identity.id = v.column1 AND identity.version = v.column5",
);

/// Guarded by the locks of the identities it concerns.
static RESOLVE: Statement = Statement::update(
    13,
    "UPDATE customer SET resolves_to = v.column2 FROM (VALUES ",
    2,
    ") AS v WHERE customer.id = v.column1",
);

/// Only under a key that is there. Whoever erases an identity holds its complaints and conversations and destroys its key
/// first, so that who waited for them finds none and decides again; what begins anew, [`OWNED`], holds the key.
static INSERT_BODY: Statement = Statement {
    rank: 14,
    bulk: Bulk {
        head: "INSERT INTO body (id, workspace_id, identity_id, ciphertext, created_at)
    SELECT v.column1, v.column2, v.column3, v.column4, v.column5 FROM (VALUES ",
        width: 5,
        tail: Sql::same(") AS v JOIN identity_key k ON k.identity_id = v.column3"),
    },
    guard: Guard::Every,
};

/// The end of an insert of what an identity, the fourth value, owns: only under a key that stays until the commit.
pub(super) const OWNED: Sql = shared!(
    ") AS v JOIN identity_key k ON k.identity_id = v.column4 WHERE TRUE",
    of "k",
    " ON CONFLICT DO NOTHING"
);

static DELETE_BODY: Statement =
    Statement::adjust(15, "DELETE FROM body WHERE id IN (SELECT v.column1 FROM (VALUES ", 1, ") AS v)");

/// The columns of [`IdentityRow`], of a table called `i` and its keys called `k`.
macro_rules! identity_columns {
    () => {
        "i.id, i.workspace_id, i.namespace, i.blind, i.suppression_key, i.address, i.profile_body_id,
        i.customer_id, i.own_customer_id, i.erased_at, i.event_seq, i.version, k.wrapped"
    };
}
pub(super) use identity_columns;

/// By blind index.
pub(super) const BY_BLIND: Bulk = Bulk::new(
    concat!("SELECT ", identity_columns!(), " FROM (VALUES "),
    2,
    ") AS v
    JOIN identity i ON i.workspace_id = v.column1 AND i.blind = v.column2
    JOIN identity_key k ON k.identity_id = i.id",
);

/// By id; an erased one has no key.
pub(super) const BY_ID: Bulk = Bulk {
    head: concat!("SELECT ", identity_columns!(), " FROM (VALUES "),
    width: 1,
    tail: Sql::same(
        ") AS v
    JOIN identity i ON i.id = v.column1
    LEFT JOIN identity_key k ON k.identity_id = i.id",
    ),
};

/// By id, locked: whoever changes the links of an identity holds it.
pub(super) const LOCK: Bulk = Bulk {
    head: "SELECT i.id FROM (VALUES ",
    width: 1,
    tail: locked!(
        ") AS v
    JOIN identity i ON i.id = v.column1
    ORDER BY i.id",
        of "i"
    ),
};

/// The columns of [`OwnerRow`], of a table called `i`.
macro_rules! owner_columns {
    () => {
        "i.namespace AS owner_namespace, i.customer_id AS owner_customer_id,
        i.own_customer_id AS owner_own_customer_id, i.profile_body_id AS owner_profile_body_id,
        i.erased_at AS owner_erased_at, i.event_seq AS owner_event_seq, i.version AS owner_version"
    };
}
pub(super) use owner_columns;

/// Bodies with the keys that open them.
pub(super) const BODIES: Bulk = Bulk::new(
    "SELECT b.id, b.identity_id, b.ciphertext, k.wrapped
    FROM (VALUES ",
    1,
    ") AS v
    JOIN body b ON b.id = v.column1
    JOIN identity_key k ON k.identity_id = b.identity_id",
);

#[derive(Debug, FromRow)]
pub(super) struct IdentityRow {
    pub(super) id: String,
    workspace_id: String,
    namespace: String,
    blind: Vec<u8>,
    suppression_key: Vec<u8>,
    address: Vec<u8>,
    profile_body_id: Option<String>,
    customer_id: String,
    own_customer_id: String,
    erased_at: Option<i64>,
    event_seq: i64,
    version: i64,
    wrapped: Option<Vec<u8>>,
}

/// An identity as it stands beside what it owns; its address stays sealed.
#[derive(Debug, FromRow)]
pub(super) struct OwnerRow {
    owner_namespace: String,
    owner_customer_id: String,
    owner_own_customer_id: String,
    owner_profile_body_id: Option<String>,
    owner_erased_at: Option<i64>,
    owner_event_seq: i64,
    owner_version: i64,
}

impl OwnerRow {
    pub(super) fn read(self, workspace: &WorkspaceId, id: &IdentityId) -> Result<Identity, StoreError> {
        let bad = |column| StoreError::inconsistent("identity", column, id.as_str());
        let profile = self.owner_profile_body_id.as_deref().map(BodyId::parse).transpose();
        Ok(Identity {
            id: id.clone(),
            workspace_id: workspace.clone(),
            namespace: Namespace::named(&self.owner_namespace),
            customer_id: CustomerId::parse(&self.owner_customer_id).map_err(|_| bad("customer_id"))?,
            own_customer_id: CustomerId::parse(&self.owner_own_customer_id)
                .map_err(|_| bad("own_customer_id"))?,
            profile_body_id: profile.map_err(|_| bad("profile_body_id"))?,
            erased_at: self.owner_erased_at.map(Timestamp::from_millis),
            event_seq: self.owner_event_seq,
            version: self.owner_version,
        })
    }
}

#[derive(Debug, FromRow)]
pub(super) struct BodyRow {
    pub(super) id: String,
    pub(super) identity_id: String,
    pub(super) ciphertext: Vec<u8>,
    pub(super) wrapped: Vec<u8>,
}

/// An identity with what a decision needs to write for it.
#[derive(Clone, Debug)]
pub struct KnownIdentity {
    /// The aggregate.
    pub identity: Identity,
    /// Its key.
    pub key: Key,
    /// Its blind index.
    pub blind: Vec<u8>,
    /// Its suppression index.
    pub suppression_key: Vec<u8>,
    /// The platform's id.
    pub external_id: String,
}

impl IdentityRow {
    pub(super) fn read(self, vault: &Vault) -> Result<KnownIdentity, StoreError> {
        let bad = |column| StoreError::inconsistent("identity", column, &self.id);
        let id = IdentityId::parse(&self.id).map_err(|_| bad("id"))?;
        let (key, address) = match &self.wrapped {
            Some(wrapped) => {
                let key = vault.identity_key(&id, wrapped)?;
                let address = key.open(&format!("address/{id}"), &self.address)?;
                (key, address)
            }
            // Erased: this key opens nothing, and nothing is stored under it.
            None => (Key::new(clock::random()), Vec::new()),
        };
        let profile = self.profile_body_id.as_deref().map(BodyId::parse).transpose();
        Ok(KnownIdentity {
            identity: Identity {
                workspace_id: WorkspaceId::parse(&self.workspace_id).map_err(|_| bad("workspace_id"))?,
                namespace: Namespace::named(&self.namespace),
                customer_id: CustomerId::parse(&self.customer_id).map_err(|_| bad("customer_id"))?,
                own_customer_id: CustomerId::parse(&self.own_customer_id)
                    .map_err(|_| bad("own_customer_id"))?,
                profile_body_id: profile.map_err(|_| bad("profile_body_id"))?,
                erased_at: self.erased_at.map(Timestamp::from_millis),
                event_seq: self.event_seq,
                version: self.version,
                id,
            },
            external_id: String::from_utf8(address).map_err(|_| bad("address"))?,
            key,
            blind: self.blind.clone(),
            suppression_key: self.suppression_key.clone(),
        })
    }
}

impl BodyRow {
    pub(super) fn read(&self, vault: &Vault) -> Result<Content, StoreError> {
        let bad = |column| StoreError::inconsistent("body", column, &self.id);
        let owner = IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?;
        let key = vault.identity_key(&owner, &self.wrapped)?;
        Ok(Content::open(&key, &self.id, &self.ciphertext)?)
    }
}

/// The rows of a new identity: its own customer, its key, itself.
pub fn insert(known: &KnownIdentity, vault: &Vault, now: Timestamp) -> [Write; 3] {
    let identity = &known.identity;
    let address =
        known.key.seal(clock::random(), &format!("address/{}", identity.id), known.external_id.as_bytes());
    let wrapped = vault.wrap_identity_key(clock::random(), &identity.id, &known.key);
    [
        Write {
            statement: &INSERT_CUSTOMER,
            values: values![&identity.customer_id, &identity.workspace_id, now],
        },
        Write {
            statement: &INSERT,
            values: values![
                &identity.id,
                &identity.workspace_id,
                identity.namespace.as_str(),
                known.blind.clone(),
                known.suppression_key.clone(),
                address,
                identity.profile_body_id.as_ref(),
                &identity.customer_id,
                &identity.own_customer_id,
                identity.version,
                now,
            ],
        },
        Write { statement: &INSERT_KEY, values: values![&identity.id, &identity.workspace_id, wrapped] },
    ]
}

/// The changed profile and customer of an identity read at version `read`.
pub fn update(identity: &Identity, read: i64) -> Write {
    let values = values![
        &identity.id,
        identity.profile_body_id.as_ref(),
        &identity.customer_id,
        identity.event_seq,
        read
    ];
    Write { statement: &UPDATE, values }
}

/// Another customer stands for this one, or none any more.
pub fn resolve(customer: &CustomerId, to: Option<&CustomerId>) -> Write {
    Write { statement: &RESOLVE, values: values![customer, to] }
}

/// The end of a body.
pub fn delete_body(id: &BodyId) -> Write {
    Write { statement: &DELETE_BODY, values: values![id] }
}

/// A new body.
pub fn insert_body(id: &BodyId, owner: &KnownIdentity, content: &Content, now: Timestamp) -> Write {
    Write {
        statement: &INSERT_BODY,
        values: values![
            id,
            &owner.identity.workspace_id,
            &owner.identity.id,
            content.seal(&owner.key, id),
            now,
        ],
    }
}

impl Store {
    /// The platform's id of an identity; `None` when it is not there or was erased.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn external_id(&self, id: &IdentityId) -> Result<Option<String>, StoreError> {
        let rows: Vec<IdentityRow> = self.db.lookup(&BY_ID, values![id]).await?;
        let known = rows.into_iter().next().map(|row| row.read(&self.vault)).transpose()?;
        Ok(known.map(|known| known.external_id).filter(|address| !address.is_empty()))
    }
}
