//! What a callback of X says: posts and private messages, in the shapes of both its products.

mod aaa;
mod dm;
mod node;
mod post;
mod xaa;

use node::{Node, Read};

use super::super::{Quarantined, RawRequest};
use super::{NAMESPACE, is_handle};
use crate::domain::identity::{Namespace, Party, Profile, lane};
use crate::domain::inbound::{Fact, InboundEvent};

/// The facts of a callback, each item for itself. A GET says nothing: its body is not signed.
pub(super) fn read(raw: &RawRequest) -> Vec<Read<InboundEvent>> {
    if raw.method != "POST" {
        return Vec::new();
    }
    let Ok(body) = serde_json::from_slice(&raw.body) else {
        return vec![Err(Quarantined { at: String::new(), why: "is not JSON".into() })];
    };
    let top = match Node::of(&body, String::new()) {
        Ok(top) => top,
        Err(wrong) => return vec![Err(wrong)],
    };
    match top.child("data").filter(|data| data.has("event_type")) {
        Some(data) => xaa::read(&top, &data),
        None => aaa::read(&top),
    }
}

/// Somebody on X.
fn party(external_id: String, profile: Profile) -> Party {
    Party { namespace: Namespace::named(NAMESPACE), external_id, profile }
}

/// What a user object says about somebody's names.
fn profile(user: &Node<'_>) -> Profile {
    let handle = user.text("username").or_else(|| user.text("screen_name"));
    Profile { handle: handle.filter(|handle| is_handle(handle)), name: user.text("name") }
}

/// The order key of a person.
fn lane_of(user_id: &str) -> String {
    lane(&Namespace::named(NAMESPACE), user_id)
}

fn event(owner: Option<&str>, key: String, lane: String, fact: Fact) -> InboundEvent {
    InboundEvent { accounts: owner.into_iter().map(str::to_owned).collect(), key, lane, fact }
}

/// A kind without effect here; `id` tells it from others of its name.
fn other(owner: Option<&str>, name: &str, id: &str) -> InboundEvent {
    let name: String = name.chars().take(100).collect();
    let key = format!("other:{name}:{id}");
    event(owner, key.clone(), key, Fact::Other { name })
}
