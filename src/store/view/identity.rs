//! A customer on a channel as other resources show it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill, Resource};
use crate::domain::id::{CustomerId, IdentityId};
use crate::domain::identity::Identity;
use crate::domain::time::Timestamp;

/// A customer on a channel, as other resources show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IdentityView {
    /// The identity.
    pub id: IdentityId,
    /// What kind of id the platform gives, e.g. `phone`.
    #[schema(example = "phone")]
    pub namespace: String,
    /// The handle without its `@`.
    #[schema(example = "ana")]
    pub handle: Option<String>,
    /// The display name.
    #[schema(example = "Ana")]
    pub name: Option<String>,
    /// Set when personal data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<bool>,
}

impl IdentityView {
    pub(super) fn of(identity: &Identity) -> Self {
        Self {
            id: identity.id.clone(),
            namespace: identity.namespace.as_str().to_owned(),
            handle: None,
            name: None,
            erased: identity.erased_at.map(|_| true),
        }
    }

    /// Where its names belong in the resource that shows it.
    pub(super) fn profile_ref(identity: &Identity) -> Option<BodyRef> {
        let body = identity.profile_body_id.clone()?;
        Some(BodyRef { at: "/identity".into(), body, fill: Fill::Profile })
    }
}

/// An identity as events tell of it: by its names, never by its address.
#[derive(Clone, Debug, Serialize)]
struct NamedIdentity {
    #[serde(flatten)]
    identity: IdentityView,
    customer_id: CustomerId,
    erased_at: Option<Timestamp>,
}

/// An identity as a resource, by its names.
#[must_use]
pub fn named(identity: &Identity) -> Resource {
    let view = NamedIdentity {
        identity: IdentityView::of(identity),
        customer_id: identity.customer_id.clone(),
        erased_at: identity.erased_at,
    };
    let profile = IdentityView::profile_ref(identity);
    let here = |place: BodyRef| BodyRef { at: String::new(), ..place };
    Resource::of(&view, profile.map(here).into_iter().collect())
}
