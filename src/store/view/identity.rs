//! A customer on a channel as other resources show it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{BodyRef, Fill};
use crate::domain::id::IdentityId;
use crate::domain::identity::Identity;

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
            erased: None,
        }
    }

    /// Where its names belong in the resource that shows it.
    pub(super) fn profile_ref(identity: &Identity) -> Option<BodyRef> {
        let body = identity.profile_body_id.clone()?;
        Some(BodyRef { at: "/identity".into(), body, fill: Fill::Profile })
    }
}
