//! Whom a signed request of a platform is about.

use serde::Serialize;

use crate::domain::time::Timestamp;

/// Somebody a platform names by an id of the app, in a request that it signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRef {
    /// The person's id in the scope of the app.
    pub user_id: String,
    /// When the platform signed.
    pub issued_at: Timestamp,
}
