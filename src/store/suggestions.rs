//! Who else may be the same person. Nobody is linked by it: a person accepts or lets it be.

use std::collections::HashSet;

use super::Store;
use super::engine::Bulk;
use super::error::StoreError;
use super::identity::{BY_BLIND, IdentityRow, KnownIdentity};
use super::value::{Value, values};
use super::view::Suggestion;
use crate::domain::id::IdentityId;
use crate::domain::identity::{Namespace, OF_NUMBERS};
use crate::domain::link::LinkMethod;
use crate::domain::time::Timestamp;

/// Everybody an identity is or ever was linked with: what a person took apart is not suggested again.
const PARTNERS: Bulk = Bulk::new(
    "SELECT l.one_id, l.other_id FROM (VALUES ",
    1,
    ") AS v JOIN link l ON l.one_id = v.column1 OR l.other_id = v.column1",
);

pub(super) const LOOKUPS: &[Bulk] = &[PARTNERS];

impl Store {
    /// The same number on another channel, unless it was linked or unlinked before. The same handle is none: handles
    /// change hands.
    pub(super) async fn suggestions(
        &self,
        known: &[(KnownIdentity, Timestamp)],
    ) -> Result<Vec<Suggestion>, StoreError> {
        let mut suggested = Vec::new();
        let partners = self.partners(known).await?;
        for (one, _) in known {
            for other in self.of_same_number(one).await? {
                let mut pair = [one.identity.id.clone(), other.identity.id.clone()];
                pair.sort();
                let strangers = one.identity.customer_id != other.identity.customer_id;
                if strangers && !partners.contains(&pair) {
                    let method = LinkMethod::SameNumber;
                    suggested.push(Suggestion { identity_ids: pair, method, level: method.highest() });
                }
            }
        }
        Ok(suggested)
    }

    async fn of_same_number(&self, one: &KnownIdentity) -> Result<Vec<KnownIdentity>, StoreError> {
        let own = &one.identity;
        if !own.namespace.is_of_numbers() || own.erased_at.is_some() {
            return Ok(Vec::new());
        }
        let others = OF_NUMBERS.iter().filter(|name| **name != own.namespace.as_str());
        let keys = others.flat_map(|name| {
            let namespace = Namespace::named(name);
            values![&own.workspace_id, self.vault.blind(&own.workspace_id, &namespace, &one.external_id)]
        });
        let rows: Vec<IdentityRow> = self.db.lookup(&BY_BLIND, keys.collect()).await?;
        rows.into_iter().map(|row| row.read(&self.vault)).collect()
    }

    async fn partners(
        &self,
        known: &[(KnownIdentity, Timestamp)],
    ) -> Result<HashSet<[IdentityId; 2]>, StoreError> {
        let keys = known.iter().map(|(known, _)| Value::from(&known.identity.id)).collect();
        let rows: Vec<(String, String)> = self.db.lookup(&PARTNERS, keys).await?;
        let read = |(one, other): (String, String)| {
            let parse =
                |id: &str| IdentityId::parse(id).map_err(|_| StoreError::inconsistent("link", "one_id", id));
            Ok([parse(&one)?, parse(&other)?])
        };
        rows.into_iter().map(read).collect()
    }
}
