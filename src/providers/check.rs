//! Whether the fields of a connection are those its provider takes, and have values it can work with.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::{Account, Field, Need, Provider};
use crate::domain::secret::Secret;

/// A JSON pointer to the wrong field and a sentence about it.
pub type Wrong = (String, String);

const LONGEST: usize = 500;

/// Settings every provider takes beside its own.
pub const COMMON_SETTINGS: &[Field] = &[
    Field {
        name: "api_base",
        need: Need::Optional,
        help: "Replaces the provider's own host for every call: for sandboxes and proxies.",
    },
    Field {
        name: "public_url",
        need: Need::Optional,
        help: "The origin this provider calls; default: that of the service.",
    },
    Field {
        name: "callback_url",
        need: Need::Optional,
        help: "The whole URL this provider calls, where a proxy rewrites the path.",
    },
    Field {
        name: "verification",
        need: Need::Optional,
        help: "`enforce` (default), or `report_only` for at most 72 hours while setting up.",
    },
    Field {
        name: "opt_out_replies",
        need: Need::Optional,
        help: "Who confirms a STOP: `segue` (default) or `provider`.",
    },
    Field {
        name: "sandbox",
        need: Need::Optional,
        help: "true where the other side is simulated: a mark for people, without effect.",
    },
];

/// Checks `account`.
///
/// # Errors
/// The first wrong field.
pub fn check_account(provider: &dyn Provider, account: &Account) -> Result<(), Wrong> {
    let fields = provider.account_fields();
    check_names("/account", &[fields], account.keys())?;
    check_needs("/account", fields, |name| account.contains_key(name))?;
    for (name, value) in account {
        if value.trim().is_empty() || value.chars().count() > LONGEST {
            return Err((format!("/account/{name}"), format!("has 1 to {LONGEST} characters")));
        }
    }
    provider.check_account(account)
}

/// Checks that no other secrets are given than the provider knows, and their form.
///
/// # Errors
/// The first wrong field; never a value.
pub fn check_secrets(provider: &dyn Provider, secrets: &BTreeMap<String, Secret>) -> Result<(), Wrong> {
    check_names("/secrets", &[provider.secret_fields()], secrets.keys())?;
    for (name, value) in secrets {
        let at = || format!("/secrets/{name}");
        if value.expose().is_empty() || value.expose().len() > 8192 {
            return Err((at(), "has 1 to 8192 bytes".into()));
        }
        provider.check_secret(name, value).map_err(|why| (at(), why))?;
    }
    Ok(())
}

/// Checks that no secret is missing.
///
/// # Errors
/// The first missing field.
pub fn check_secrets_complete(provider: &dyn Provider, has: impl Fn(&str) -> bool) -> Result<(), Wrong> {
    check_needs("/secrets", provider.secret_fields(), has)
}

/// Checks `settings`.
///
/// # Errors
/// The first wrong field.
pub fn check_settings(provider: &dyn Provider, settings: &Map<String, Value>) -> Result<(), Wrong> {
    check_names("/settings", &[COMMON_SETTINGS, provider.setting_fields()], settings.keys())?;
    for name in ["api_base", "public_url", "callback_url"] {
        if settings.get(name).is_some_and(|value| !is_http(value)) {
            return Err((format!("/settings/{name}"), "is an absolute http or https URL".into()));
        }
    }
    check_word(settings, "verification", ["enforce", "report_only"])?;
    check_word(settings, "opt_out_replies", ["segue", "provider"])?;
    if settings.get("sandbox").is_some_and(|value| !value.is_boolean()) {
        return Err(("/settings/sandbox".into(), "is true or false".into()));
    }
    provider.check_settings(&Value::Object(settings.clone()))
}

fn check_names<'a>(
    at: &str,
    tables: &[&[Field]],
    mut given: impl Iterator<Item = &'a String>,
) -> Result<(), Wrong> {
    let is_known = |name: &String| tables.iter().any(|fields| fields.iter().any(|field| field.name == *name));
    match given.find(|name| !is_known(name)) {
        Some(name) => Err((format!("{at}/{name}"), "is not a field of this provider".into())),
        None => Ok(()),
    }
}

fn check_needs(at: &str, fields: &[Field], has: impl Fn(&str) -> bool) -> Result<(), Wrong> {
    for field in fields {
        match field.need {
            Need::Required if !has(field.name) => {
                return Err((format!("{at}/{}", field.name), "is missing".into()));
            }
            Need::OneOf(_) if !of_group(fields, field.need).any(&has) => {
                let names: Vec<&str> = of_group(fields, field.need).collect();
                return Err((at.to_owned(), format!("needs one of {}", names.join(", "))));
            }
            _ => {}
        }
    }
    Ok(())
}

fn of_group(fields: &[Field], group: Need) -> impl Iterator<Item = &'static str> {
    fields.iter().filter(move |field| field.need == group).map(|field| field.name)
}

fn check_word(settings: &Map<String, Value>, name: &str, words: [&str; 2]) -> Result<(), Wrong> {
    match settings.get(name) {
        Some(value) if !value.as_str().is_some_and(|word| words.contains(&word)) => {
            Err((format!("/settings/{name}"), format!("is {} or {}", words[0], words[1])))
        }
        _ => Ok(()),
    }
}

fn is_http(value: &Value) -> bool {
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::find;

    fn twilio() -> &'static dyn Provider {
        find("twilio").unwrap()
    }

    fn account(fields: &[(&str, &str)]) -> Account {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn pointer<T>(checked: Result<T, Wrong>) -> String {
        checked.err().map(|(pointer, _)| pointer).unwrap_or_default()
    }

    #[test]
    fn an_account_has_the_fields_of_its_provider() {
        let sender = ("number", "+15005550006");
        assert_eq!(check_account(twilio(), &account(&[("account_sid", "AC1"), sender])), Ok(()));
        assert_eq!(pointer(check_account(twilio(), &account(&[sender]))), "/account/account_sid");
        assert_eq!(pointer(check_account(twilio(), &account(&[("account_sid", "AC1")]))), "/account");
        assert_eq!(pointer(check_account(twilio(), &account(&[("page_id", "1")]))), "/account/page_id");
    }

    #[test]
    fn settings_are_known_and_sensible() {
        let check = |settings: Value| pointer(check_settings(twilio(), settings.as_object().unwrap()));
        assert_eq!(check(json!({"verification": "enforce", "api_base": "https://a.example"})), "");
        assert_eq!(check(json!({"sandbox": true})), "");
        assert_eq!(check(json!({"sandbox": "yes"})), "/settings/sandbox");
        assert_eq!(check(json!({"verification": "off"})), "/settings/verification");
        assert_eq!(check(json!({"api_base": "/x"})), "/settings/api_base");
        assert_eq!(check(json!({"report_only_until": "2026"})), "/settings/report_only_until");
    }
}
