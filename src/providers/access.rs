//! What a connection calls its provider with, beyond sends: to renew a token, to ask whether callbacks will come.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::contract::Account;
use super::outgoing::Refusal;
use crate::domain::secret::Secret;

/// Who we are at a provider, and what proves it.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Our account.
    pub account: &'a Account,
    /// The connection's settings; an object.
    pub settings: &'a Value,
    /// The newest live value of each secret.
    pub secrets: &'a BTreeMap<String, Secret>,
    /// The connection's public callback URL, without a query.
    pub callback_url: &'a str,
}

impl<'a> Access<'a> {
    /// Where calls go: `settings.api_base`, else the provider's own host.
    #[must_use]
    pub fn api_base(&self, default: &'a str) -> &'a str {
        let configured = self.settings.get("api_base").and_then(Value::as_str);
        configured.unwrap_or(default).trim_end_matches('/')
    }

    /// A field of the account.
    ///
    /// # Errors
    /// A [`Refusal`] as misconfigured when it is not there.
    pub fn field(&self, name: &str) -> Result<&'a str, Refusal> {
        self.account.get(name).map(String::as_str).ok_or_else(|| Refusal::misconfigured(name))
    }

    /// A secret.
    ///
    /// # Errors
    /// A [`Refusal`] as misconfigured when it is not there.
    pub fn secret(&self, name: &str) -> Result<&'a Secret, Refusal> {
        self.secrets.get(name).ok_or_else(|| Refusal::misconfigured(name))
    }
}

/// What asking for a new token came to.
#[derive(Clone, Debug)]
pub enum Renewed {
    /// There is one.
    Granted {
        /// New values of secrets, by name; the old ones are over.
        secrets: BTreeMap<&'static str, Secret>,
        /// How long the token lasts, where the provider says.
        lasts: Option<Duration>,
    },
    /// There will be none: a person must connect the account again.
    Refused {
        /// Why, in the provider's own word.
        why: String,
    },
    /// Nothing was done; it may be asked again.
    Later {
        /// The provider's own delay.
        after: Option<Duration>,
        /// Why, without content.
        why: String,
    },
}
