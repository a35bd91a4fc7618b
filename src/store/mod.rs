//! The only SQL. Two engines, one text; one method is one use case and one transaction.

pub mod audit;
mod cap;
mod cargo;
mod census;
mod circuit;
mod claim;
pub mod complaint;
pub mod complaints;
pub mod connection;
pub mod consent;
pub mod consents;
mod content;
pub mod conversation;
pub mod conversations;
pub mod customers;
mod day_key;
mod decision;
pub mod deliveries;
pub mod delivery;
mod engine;
pub mod erasure;
mod error;
mod event;
mod export;
mod fence;
pub mod figures;
mod filter;
pub mod handoff;
pub mod handoffs;
pub mod health;
pub mod identity;
pub mod inbound;
mod json;
pub mod key;
mod lease;
pub mod ledger;
pub mod link;
mod master;
pub mod message;
pub mod notice;
mod numbering;
mod open;
pub mod operations;
mod outlook;
mod page;
pub mod policy;
mod prepare;
pub mod proof;
pub mod quarantine;
pub mod rejected;
pub mod retention;
mod search;
pub mod secret;
mod sending;
mod settle;
mod settlement;
mod standing;
mod suggestions;
pub mod suppression;
mod target;
pub mod task;
mod tasks;
pub mod template;
pub mod token;
mod value;
pub mod view;
pub mod webhook;
pub mod workspace;
mod world;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub use cargo::Load;
pub use census::{Census, HandoffCensus, Sealing};
pub use claim::{Claimed, Due};
pub use content::Content;
pub use decision::{Answer, Changes, Committed, Desk, Idempotency, Ran, SlotsTurn, TurnEnd};
pub use error::StoreError;
pub use event::{EventView, NewEvent};
pub use fence::Fence;
pub use filter::Filter;
pub use lease::Interrupted;
pub use master::{RewrapError, Wrapped};
pub use open::{Location, OpenError, ServeLock};
pub use outlook::{Outlook, holds_tables, look};
pub use page::{Page, Slice};
pub use search::{Found, Search};
pub use sending::{Begun, Ready};
pub use settle::Settled;
pub use settlement::{End, Settlement, Tried};
pub use target::{SendingConnection, TokenState, WebhookTarget};
pub use token::{NewToken, TokenRef};
pub use world::{Blind, Carried, External, KnownConnection, KnownPost, Loaded, Needs, Silenced, World};
pub use write::Write;

use crate::vault::{Key, Vault};

/// The system of record.
#[derive(Clone, Debug)]
pub struct Store {
    db: engine::Db,
    vault: Arc<Vault>,
    day_keys: Arc<Mutex<HashMap<i64, Key>>>,
}
