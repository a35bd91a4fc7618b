//! Counting what is sent without a person, exactly: whoever counts holds the rows until the commit.

use std::collections::{BTreeMap, HashMap};

use super::engine::{Bulk, Tx, locked};
use super::error::StoreError;
use super::policy::KnownFacts;
use super::value::{Value, values};
use super::{Store, json};
use crate::domain::channel::Channel;
use crate::domain::id::WorkspaceId;
use crate::domain::phone;
use crate::domain::policy::Kind;
use crate::domain::policy::cap::{Cap, Spending, Spent};
use crate::domain::time::Timestamp;
use crate::vault::Vault;

const KNOW: Bulk = Bulk::new(
    "INSERT INTO cap (key, workspace_id, spent, updated_at) VALUES ",
    4,
    " ON CONFLICT (key) DO NOTHING",
);

const LOCK: Bulk = Bulk {
    head: "SELECT c.key, c.spent FROM (VALUES ",
    width: 1,
    tail: locked!(") AS v JOIN cap c ON c.key = v.column1 ORDER BY c.key", of "c"),
};

const READ: Bulk =
    Bulk::new("SELECT c.key, c.spent FROM (VALUES ", 1, ") AS v JOIN cap c ON c.key = v.column1");

const SPEND: Bulk = Bulk::new(
    "UPDATE cap SET spent = v.column2, updated_at = v.column3 FROM (VALUES ",
    3,
    ") AS v WHERE cap.key = v.column1",
);

pub(super) const LOOKUPS: &[Bulk] = &[KNOW, LOCK, READ, SPEND];

/// The caps a send is under, with the keys they are counted by.
pub(super) type Keys = Vec<(Cap, [u8; 32])>;

/// What counts against whom: automatic text messages alone, and answers to a number only while nothing is proven of it.
pub(super) fn keys(known: &KnownFacts, vault: &Vault, workspace: &WorkspaceId, now: Timestamp) -> Keys {
    let is_counted =
        known.channel == Channel::sms() && matches!(known.kind, Kind::Automatic | Kind::Proven | Kind::Code);
    let Some(number) = known.number.as_deref().filter(|_| is_counted) else { return Vec::new() };
    let is_proven = known.consent.is_some_and(|consent| consent.permits(now));
    let mut of = vec![(Cap::Prefix, phone::prefix(number))];
    match known.kind {
        Kind::Code => of.push((Cap::Codes, number)),
        Kind::Automatic if !is_proven => of.push((Cap::Replies, number)),
        _ => {}
    }
    of.push((Cap::Country, known.home().map_or("", |home| home.country)));
    of.into_iter().map(|(cap, value)| (cap, vault.cap_key(workspace, cap.as_str(), value))).collect()
}

/// What was spent under caps, by key.
#[derive(Debug, Default)]
pub(super) struct Book {
    spent: HashMap<[u8; 32], Spent>,
    touched: BTreeMap<[u8; 32], Timestamp>,
}

impl Book {
    /// Reads and locks what is counted under these keys.
    pub(super) async fn lock(
        tx: &mut Tx,
        all: &BTreeMap<[u8; 32], WorkspaceId>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let none = json::write(&Spent::default());
        let rows = all.iter().flat_map(|(key, workspace)| values![*key, workspace, &none, now]).collect();
        tx.write(&KNOW, rows).await?;
        let keys = all.keys().map(|key| Value::from(*key)).collect();
        Ok(Self { spent: read(tx.lookup(&LOCK, keys).await?)?, touched: BTreeMap::new() })
    }

    pub(super) fn spending(&self, keys: &Keys) -> Vec<Spending> {
        let spent = |key| self.spent.get(key).cloned().unwrap_or_default();
        keys.iter().map(|(cap, key)| Spending { cap: *cap, spent: spent(key) }).collect()
    }

    /// Counts one more.
    pub(super) fn spend(&mut self, keys: &Keys, now: Timestamp) {
        for (_, key) in keys {
            self.spent.entry(*key).or_default().spend(now);
            self.touched.insert(*key, now);
        }
    }

    pub(super) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let Self { spent, touched } = self;
        let rows =
            touched.iter().flat_map(|(key, now)| values![*key, json::write(&spent[key]), *now]).collect();
        tx.write(&SPEND, rows).await?;
        Ok(())
    }
}

fn read(rows: Vec<(Vec<u8>, String)>) -> Result<HashMap<[u8; 32], Spent>, StoreError> {
    let mut spent = HashMap::with_capacity(rows.len());
    for (key, text) in rows {
        let bad = || StoreError::inconsistent("cap", "key", &hex::encode(&key));
        let name = key.as_slice().try_into().map_err(|_| bad())?;
        spent.insert(name, json::read(&text, "cap", "spent", &hex::encode(&key))?);
    }
    Ok(spent)
}

impl Store {
    /// Adds what was spent already to facts; without locks, for an answer.
    pub(super) async fn read_spending(
        &self,
        known: &mut KnownFacts,
        workspace: &WorkspaceId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let keys = keys(known, &self.vault, workspace, now);
        let rows = self.db.lookup(&READ, keys.iter().map(|(_, key)| Value::from(*key)).collect()).await?;
        let book = Book { spent: read(rows)?, touched: BTreeMap::new() };
        known.spending = book.spending(&keys);
        Ok(())
    }
}
