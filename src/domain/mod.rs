//! The rules, pure: no I/O, no SQL, no HTTP, no clock and no chance of their own.

pub mod agent;
pub mod backoff;
pub mod channel;
pub mod circuit;
pub mod complaint;
pub mod connection;
pub mod conversation;
pub mod delivery;
pub mod event;
pub mod failure;
pub mod id;
pub mod identity;
pub mod inbound;
pub mod keyword;
pub mod lane;
pub mod message;
pub mod policy;
pub mod scope;
pub mod secret;
pub mod segments;
pub mod signature;
pub mod split;
pub mod standard_webhooks;
pub mod task;
pub mod time;
pub mod webhook;
