//! What an API key may do.

use serde::{Deserialize, Serialize};

/// One right.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See the workspace's data.
    Read,
    /// Answer, send, assign, close.
    Write,
    /// Record and read consent.
    Consent,
    /// Connections, webhooks, keys; includes `read`, `write` and `consent`.
    Admin,
    /// Workspaces and operations; no tenant data.
    Operator,
}

impl Scope {
    /// The word in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Consent => "consent",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }

    /// The scope of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Consent, Self::Admin, Self::Operator]
            .into_iter()
            .find(|scope| scope.as_str() == word)
    }
}

/// Whether somebody who holds `held` may do what asks for `wanted`.
#[must_use]
pub fn allows(held: &[Scope], wanted: Scope) -> bool {
    let by_admin = wanted != Scope::Operator && held.contains(&Scope::Admin);
    by_admin || held.contains(&wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_includes_all_tenant_scopes_and_not_operator() {
        for scope in [Scope::Read, Scope::Write, Scope::Consent, Scope::Admin] {
            assert!(allows(&[Scope::Admin], scope));
        }
        assert!(!allows(&[Scope::Admin], Scope::Operator));
        assert!(!allows(&[Scope::Operator], Scope::Read));
        assert!(!allows(&[Scope::Read], Scope::Write));
    }
}
