//! Our account at a provider.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::time::Timestamp;

/// What happens to a callback nobody signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// It is refused.
    #[default]
    Enforce,
    /// It is kept, marked unsigned, and has no effect but an opt-out. For setting up, at most 72 hours.
    ReportOnly,
}

/// What holds at `now`: `report_only` ends by itself at `settings.report_only_until`.
#[must_use]
pub fn verification(settings: &Value, now: Timestamp) -> Verification {
    let asked = settings.get("verification").and_then(Value::as_str) == Some("report_only");
    let until = settings.get("report_only_until").and_then(Value::as_str);
    let lasts = until.and_then(|text| Timestamp::parse(text).ok()).is_some_and(|until| now < until);
    if asked && lasts { Verification::ReportOnly } else { Verification::Enforce }
}

/// The URL a provider called: the public callback URL with the received query, byte for byte.
///
/// A configured URL that carries a query itself stands for requests without one.
#[must_use]
pub fn called_url(callback_url: &str, query: &str) -> String {
    if query.is_empty() {
        return callback_url.to_owned();
    }
    let base = callback_url.split_once('?').map_or(callback_url, |(base, _)| base);
    format!("{base}?{query}")
}

/// The public URL callbacks of a connection come to.
///
/// `settings.callback_url` stands for the whole; `settings.public_url` for the origin; else the service's own.
#[must_use]
pub fn callback_url(settings: &Value, public_url: &str, connection_id: &str) -> String {
    let setting = |name: &str| settings.get(name).and_then(Value::as_str);
    if let Some(whole) = setting("callback_url") {
        return whole.to_owned();
    }
    let origin = setting("public_url").unwrap_or(public_url).trim_end_matches('/');
    format!("{origin}/callbacks/{connection_id}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn report_only_ends_by_itself() {
        let settings = json!({"verification": "report_only", "report_only_until": "2026-11-22T00:00:00Z"});
        let until = Timestamp::from_secs(1_795_305_600);
        assert_eq!(
            verification(&settings, until - std::time::Duration::from_secs(1)),
            Verification::ReportOnly
        );
        assert_eq!(verification(&settings, until), Verification::Enforce);
        assert_eq!(verification(&json!({"verification": "report_only"}), until), Verification::Enforce);
    }

    #[test]
    fn the_called_url_keeps_the_query_byte_for_byte() {
        assert_eq!(called_url("https://a.example/x", "b=%2f&c"), "https://a.example/x?b=%2f&c");
        assert_eq!(called_url("https://a.example/x?t=7", "t=8"), "https://a.example/x?t=8");
        assert_eq!(called_url("https://a.example/x?t=7", ""), "https://a.example/x?t=7");
    }

    #[test]
    fn a_connection_may_have_an_address_of_its_own() {
        let url = |settings| callback_url(&settings, "https://segue.example", "conn_1");
        assert_eq!(url(json!({})), "https://segue.example/callbacks/conn_1");
        assert_eq!(url(json!({"public_url": "https://in.example/"})), "https://in.example/callbacks/conn_1");
        assert_eq!(url(json!({"callback_url": "https://in.example/hook"})), "https://in.example/hook");
    }
}
