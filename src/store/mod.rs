//! The only SQL. Two engines, one text; one method is one use case and one transaction.

pub mod audit;
mod cargo;
mod circuit;
mod claim;
pub mod complaint;
pub mod complaints;
pub mod connection;
mod content;
pub mod conversation;
pub mod conversations;
mod day_key;
mod decision;
pub mod deliveries;
pub mod delivery;
mod engine;
mod error;
mod event;
mod fence;
mod filter;
pub mod health;
pub mod identity;
pub mod inbound;
mod json;
pub mod key;
mod lease;
mod master;
pub mod message;
mod numbering;
mod open;
mod outlook;
mod page;
mod prepare;
pub mod quarantine;
pub mod rejected;
pub mod retention;
pub mod secret;
mod sending;
mod settle;
mod settlement;
mod standing;
pub mod suppression;
mod target;
pub mod task;
mod tasks;
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
pub use claim::{Claimed, Due};
pub use content::Content;
pub use decision::{Answer, Changes, Committed, Desk, Idempotency, Ran, SlotTurn};
pub use error::StoreError;
pub use event::{EventView, NewEvent};
pub use fence::Fence;
pub use filter::Filter;
pub use lease::Interrupted;
pub use master::{RewrapError, Wrapped};
pub use open::{Location, OpenError, ServeLock};
pub use outlook::{Outlook, look};
pub use page::{Page, Slice};
pub use sending::Begun;
pub use settle::Settled;
pub use settlement::{End, Settlement, Tried};
pub use target::{SendingConnection, TokenState, WebhookTarget};
pub use token::{NewToken, TokenRef};
pub use world::{Blind, Carried, External, KnownConnection, KnownPost, Loaded, Needs, World};
pub use write::Write;

use crate::vault::{Key, Vault};

/// The system of record.
#[derive(Clone, Debug)]
pub struct Store {
    db: engine::Db,
    vault: Arc<Vault>,
    day_keys: Arc<Mutex<HashMap<i64, Key>>>,
}
