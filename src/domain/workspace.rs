//! How a workspace wants things done: what it is called, where it may write, at which hours, within which limits.

mod hours;
mod limits;

pub use self::hours::{QuietHours, TimeOfDay, Zone};
pub use self::limits::Limits;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::channel::Channel;
use super::link::Level;

/// Where a setting is wrong, as a JSON pointer, and a sentence about it.
pub type Wrong = (String, String);

/// How a workspace wants things done. What is not set has the default that stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkspaceSettings {
    /// The name customers know; every automatic text begins with it. Empty: the workspace's name.
    #[schema(example = "Example Bank", max_length = 40)]
    pub brand: String,
    /// Where the privacy notice stands; https.
    #[schema(example = "https://bank.example/privacy")]
    pub privacy_url: Option<String>,
    /// Where the terms stand; https.
    #[schema(example = "https://bank.example/terms")]
    pub terms_url: Option<String>,
    /// How customers reach support otherwise; stands in the answer to HELP.
    #[schema(example = "help@bank.example", max_length = 80)]
    pub support_contact: Option<String>,
    /// The language of texts to customers of whom no language is known; ISO 639-1.
    #[schema(example = "en", default = "en", pattern = "^[a-z]{2}$")]
    pub default_language: String,
    /// The private channels a handoff tries, best first.
    #[schema(value_type = Vec<Channel>, example = json!(["sms", "whatsapp", "messenger", "x_dm"]))]
    pub prefers: Vec<Channel>,
    /// The proof from which on linked identities are one customer: L2 or L3. Counts for what is proven from now on.
    #[schema(default = "L2")]
    pub link_level: Level,
    /// Where automatic text messages may go.
    pub countries: Countries,
    /// When nothing is sent that is not an answer to what the customer has just written.
    pub quiet_hours: QuietHours,
    /// The zone customers live in as far as the brand knows. It must not be quiet there either, whatever the number
    /// says. An IANA name.
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub profile_zone: Option<Zone>,
    /// The brand's own numbers and addresses that are not connections; they may stand in public.
    #[schema(example = json!(["+18005550199", "help@bank.example"]), max_items = 50)]
    pub public_addresses: Vec<String>,
    /// What must not stand in public, besides numbers and addresses: regular expressions, case-insensitive.
    #[schema(example = json!(["\\bIBAN\\b"]), max_items = 50)]
    pub leak_patterns: Vec<String>,
    /// What an opt-out on one channel ends.
    #[schema(default = "brand")]
    pub revocation_scope: RevocationScope,
    /// Times and numbers of the handoff, and of what is sent without a person.
    pub limits: Limits,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self {
            brand: String::new(),
            privacy_url: None,
            terms_url: None,
            support_contact: None,
            default_language: "en".into(),
            prefers: ["sms", "whatsapp", "messenger", "x_dm"].map(Channel::named).into(),
            link_level: Level::L2,
            countries: Countries::default(),
            quiet_hours: QuietHours::default(),
            profile_zone: None,
            public_addresses: Vec::new(),
            leak_patterns: Vec::new(),
            revocation_scope: RevocationScope::Brand,
            limits: Limits::default(),
        }
    }
}

/// What an opt-out on one channel ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevocationScope {
    /// Everything the brand sends to that address on that channel.
    Brand,
}

impl RevocationScope {
    /// The word in JSON and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brand => "brand",
        }
    }
}

/// Where automatic text messages may go: countries as ISO 3166 codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Countries {
    /// These alone; empty: everywhere.
    #[schema(example = json!(["US", "CA", "GB"]), max_items = 250)]
    pub allow: Vec<String>,
    /// Never these. India by default: text messages there need templates registered with the operators beforehand.
    #[schema(example = json!(["IN"]), max_items = 250)]
    pub deny: Vec<String>,
}

impl Default for Countries {
    fn default() -> Self {
        Self { allow: Vec::new(), deny: vec!["IN".into()] }
    }
}

impl Countries {
    /// Whether automatic texts may go to that country.
    #[must_use]
    pub fn takes(&self, country: &str) -> bool {
        let holds = |list: &[String]| list.iter().any(|one| one == country);
        !holds(&self.deny) && (self.allow.is_empty() || holds(&self.allow))
    }
}

/// Lays a merge patch (RFC 7396) over what was set; null takes a setting back to its default.
#[must_use]
pub fn merged(before: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut after = before.clone();
    for (name, value) in patch {
        match (after.get(name), value) {
            (_, Value::Null) => drop(after.shift_remove(name)),
            (Some(Value::Object(old)), Value::Object(new)) => {
                let merged = Value::Object(merged(old, new));
                after.insert(name.clone(), merged);
            }
            (None, Value::Object(new)) => {
                let merged = Value::Object(merged(&Map::new(), new));
                after.insert(name.clone(), merged);
            }
            _ => drop(after.insert(name.clone(), value.clone())),
        }
    }
    after
}

impl WorkspaceSettings {
    /// With that name where no brand was set.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        if self.brand.is_empty() {
            self.brand = name.chars().take(40).collect();
        }
        self
    }

    /// Checks what types cannot: shapes, lengths and ranges.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn check(&self) -> Result<(), Wrong> {
        check_text("/brand", &self.brand, 40)?;
        check_url("/privacy_url", self.privacy_url.as_deref())?;
        check_url("/terms_url", self.terms_url.as_deref())?;
        check_text("/support_contact", self.support_contact.as_deref().unwrap_or_default(), 80)?;
        if !is_lower(&self.default_language) {
            return Err(wrong("/default_language", "is an ISO 639-1 code such as en"));
        }
        check_prefers(&self.prefers)?;
        check_countries("/countries/allow", &self.countries.allow)?;
        check_countries("/countries/deny", &self.countries.deny)?;
        if self.link_level < Level::L2 {
            return Err(wrong(
                "/link_level",
                "is L2 or L3: nothing weaker makes one customer of two identities",
            ));
        }
        self.quiet_hours.check()?;
        check_addresses(&self.public_addresses)?;
        check_patterns(&self.leak_patterns)?;
        self.limits.check()
    }
}

fn wrong(pointer: impl Into<String>, detail: impl Into<String>) -> Wrong {
    (pointer.into(), detail.into())
}

fn check_text(pointer: &str, text: &str, most: usize) -> Result<(), Wrong> {
    let is_line = text.trim() == text && !text.chars().any(char::is_control);
    if is_line && text.chars().count() <= most {
        return Ok(());
    }
    Err(wrong(pointer, format!("is one line of at most {most} characters")))
}

fn check_url(pointer: &str, given: Option<&str>) -> Result<(), Wrong> {
    let fits = |text: &str| {
        let host = text.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        host.is_some_and(|host| host.contains('.'))
            && text.len() <= 200
            && !text.contains(char::is_whitespace)
    };
    match given {
        Some(text) if !fits(text) => Err(wrong(pointer, "is an https URL of at most 200 characters")),
        _ => Ok(()),
    }
}

fn is_lower(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase())
}

fn check_prefers(channels: &[Channel]) -> Result<(), Wrong> {
    for (at, channel) in channels.iter().enumerate() {
        if channels[..at].contains(channel) {
            return Err(wrong(format!("/prefers/{at}"), "stands twice"));
        }
    }
    Ok(())
}

fn check_countries(pointer: &str, codes: &[String]) -> Result<(), Wrong> {
    let fits = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    match codes.iter().position(|code| !fits(code)) {
        Some(at) => Err(wrong(format!("{pointer}/{at}"), "is an ISO 3166 code such as US")),
        None => Ok(()),
    }
}

fn check_addresses(addresses: &[String]) -> Result<(), Wrong> {
    let at = addresses.iter().position(|one| one.trim().is_empty() || one.chars().count() > 200);
    match at {
        Some(at) => Err(wrong(format!("/public_addresses/{at}"), "has 1 to 200 characters")),
        None if addresses.len() > 50 => Err(wrong("/public_addresses", "has at most 50 entries")),
        None => Ok(()),
    }
}

fn check_patterns(patterns: &[String]) -> Result<(), Wrong> {
    if patterns.len() > 50 {
        return Err(wrong("/leak_patterns", "has at most 50 entries"));
    }
    for (at, pattern) in patterns.iter().enumerate() {
        let pointer = format!("/leak_patterns/{at}");
        if pattern.chars().count() > 200 {
            return Err(wrong(pointer, "has at most 200 characters"));
        }
        match Regex::new(pattern) {
            Ok(regex) if regex.is_match("") => {
                return Err(wrong(pointer, "takes the empty text, so any text"));
            }
            Ok(_) => {}
            Err(_) => return Err(wrong(pointer, "is not a regular expression this service understands")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn read(value: Value) -> Result<WorkspaceSettings, Wrong> {
        let settings: WorkspaceSettings = serde_json::from_value(value).unwrap();
        settings.check().map(|()| settings)
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let settings = read(json!({"brand": "Example", "limits": {"code_tries": 3}})).unwrap();
        assert_eq!(settings.brand, "Example");
        assert_eq!(settings.limits.code_tries, 3);
        assert_eq!(settings.limits.token_ttl, std::time::Duration::from_secs(1800));
        assert!(settings.countries.takes("US") && !settings.countries.takes("IN"));
        assert_eq!(WorkspaceSettings::default().check(), Ok(()));
    }

    #[test]
    fn settings_survive_their_own_json() {
        let settings = WorkspaceSettings::default();
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["limits"]["token_ttl_seconds"], 1800);
        assert_eq!(json["quiet_hours"], json!({"start": "20:00", "end": "09:00"}));
        assert_eq!(serde_json::from_value::<WorkspaceSettings>(json).unwrap(), settings);
    }

    #[test]
    fn a_patch_sets_changes_and_takes_back() {
        let before = object(&json!({"brand": "A", "quiet_hours": {"start": "21:00", "end": "08:00"}}));
        let patch = json!({"brand": null, "quiet_hours": {"end": null}, "limits": {"code_tries": 2, "token_ttl_seconds": null}});
        let after = merged(&before, &object(&patch));
        assert_eq!(
            Value::Object(after),
            json!({"quiet_hours": {"start": "21:00"}, "limits": {"code_tries": 2}})
        );
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let table = [
            (json!({"brand": "x".repeat(41)}), "/brand"),
            (json!({"brand": "two\nlines"}), "/brand"),
            (json!({"privacy_url": "http://bank.example"}), "/privacy_url"),
            (json!({"terms_url": "https://bank.example/a b"}), "/terms_url"),
            (json!({"default_language": "EN"}), "/default_language"),
            (json!({"prefers": ["sms", "sms"]}), "/prefers/1"),
            (json!({"countries": {"allow": ["US", "usa"]}}), "/countries/allow/1"),
            (json!({"public_addresses": [""]}), "/public_addresses/0"),
            (json!({"leak_patterns": ["ok", "("]}), "/leak_patterns/1"),
            (json!({"leak_patterns": ["a*"]}), "/leak_patterns/0"),
            (json!({"quiet_hours": {"start": "09:00"}}), "/quiet_hours"),
            (json!({"limits": {"code_tries": 0}}), "/limits/code_tries"),
            (json!({"limits": {"token_ttl_seconds": 1}}), "/limits/token_ttl_seconds"),
        ];
        for (value, pointer) in table {
            assert_eq!(read(value.clone()).unwrap_err().0, pointer, "{value}");
        }
    }
}
