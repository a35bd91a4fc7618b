//! Twilio: texts both ways, its opt-out, statuses. Rules and words: <https://www.twilio.com/docs/messaging/api/message-resource>,
//! signature: <https://www.twilio.com/docs/usage/security>, errors: <https://www.twilio.com/docs/api/errors>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use form_urlencoded::Serializer;
use serde_json::{Map, Value, json};

use super::host::{
    Act, Call, Callback, Done, Host, Item, Letter, Patience, Refused, Reply, Served, Source, Trouble, field,
    newest, shown,
};
use crate::domain::segments;
use crate::domain::signature::{encode_base64, hmac_sha1};
use crate::domain::time::Timestamp;

const NUMBER: &str = "+15005550006";
const VERSION: &str = "2010-04-01";
const LONGEST: usize = 1600;
const MOST_MEDIA: usize = 10;

/// How long WhatsApp lets a business write freely after a person wrote.
const WINDOW: Duration = Duration::from_secs(24 * 3600);

/// Its own words, as long codes have them by default: the whole text, in any case.
const STOP: &[&str] = &["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"];
const START: &[&str] = &["START", "YES", "UNSTOP"];
const HELP: &[&str] = &["HELP", "INFO"];

pub(super) struct Twilio {
    account_sid: String,
    auth_token: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    count: u64,
    inboxes: BTreeMap<String, Vec<Letter>>,
    opted_out: BTreeSet<String>,
    unreachable: BTreeSet<String>,
    last_in: BTreeMap<String, Timestamp>,
    /// What was sent, by its sid.
    sent: BTreeMap<String, Value>,
}

/// A request to send, as far as it is understood.
struct Wanted<'a> {
    to: &'a str,
    from: &'a str,
    text: &'a str,
    media: Vec<&'a str>,
    status_callback: Option<&'a str>,
    by_service: bool,
}

impl Twilio {
    pub(super) fn new(source: &Source) -> Self {
        let account_sid = format!("AC{}", &source.secret("twilio/account")[..32]);
        let auth_token = source.secret("twilio/auth_token");
        Self { account_sid, auth_token, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, call: &Call, now: Timestamp) -> Served {
        let Some(form) = call.form() else { return error(400, 21602, "Message body is required").into() };
        let wanted = match self.understand(&form) {
            Ok(wanted) => wanted,
            Err(reply) => return reply.into(),
        };
        let mut state = self.state();
        if state.opted_out.contains(wanted.to) {
            return error(400, 21610, "Attempt to send to unsubscribed recipient").into();
        }
        let sid = state.next_sid(if wanted.media.is_empty() { "SM" } else { "MM" });
        let words = state.course(&wanted, now);
        if words.last() == Some(&("delivered", None)) {
            let mut letter = Letter::new(&sid, "brand", wanted.text, now);
            letter.media = wanted.media.iter().map(|&url| url.to_owned()).collect();
            state.inboxes.entry(wanted.to.to_owned()).or_default().push(letter);
        }
        let items = reports(&sid, &wanted, &words);
        let shown = self.message(&sid, &wanted, now);
        state.sent.insert(sid, shown.clone());
        Served { reply: Reply::new(201, shown), items }
    }

    fn understand<'a>(&self, form: &'a [(String, String)]) -> Result<Wanted<'a>, Reply> {
        let of = |name| field(form, name).filter(|value| !value.is_empty());
        let to = of("To").ok_or_else(|| error(400, 21604, "A 'To' phone number is required."))?;
        let (prefix, number) = to.split_once(':').unwrap_or(("", to));
        if !is_number(number) {
            return Err(error(400, 21211, &format!("Invalid 'To' Phone Number: {to}")));
        }
        let service = of("MessagingServiceSid");
        let from = match (of("From"), service) {
            (Some(from), _) => from,
            (None, Some(_)) => NUMBER,
            (None, None) => return Err(error(400, 21603, "A 'From' phone number is required.")),
        };
        let (from_prefix, from_number) = from.split_once(':').unwrap_or(("", from));
        if from_number != NUMBER {
            let message = format!("The 'From' phone number {from} is not valid for this account.");
            return Err(error(400, 21606, &message));
        }
        if from_prefix != prefix {
            return Err(error(400, 21612, "The 'To' and 'From' pair cannot be routed."));
        }
        let media: Vec<&str> =
            form.iter().filter(|(name, _)| name == "MediaUrl").map(|(_, url)| url.as_str()).collect();
        let text = of("Body").unwrap_or_default();
        match (text.chars().count(), media.len()) {
            (0, 0) => Err(error(400, 21602, "Message body is required.")),
            (length, count) if length > LONGEST || count > MOST_MEDIA => {
                Err(error(400, 21617, "The concatenated message body exceeds the 1600 character limit."))
            }
            _ => Ok(Wanted {
                to,
                from,
                text,
                media,
                status_callback: of("StatusCallback"),
                by_service: service.is_some(),
            }),
        }
    }

    fn message(&self, sid: &str, wanted: &Wanted<'_>, now: Timestamp) -> Value {
        json!({
            "sid": sid, "account_sid": self.account_sid, "api_version": VERSION, "from": wanted.from,
            "to": wanted.to, "body": wanted.text, "status": if wanted.by_service { "accepted" } else { "queued" },
            "direction": "outbound-api", "error_code": null, "error_message": null, "price": null,
            "messaging_service_sid": null, "num_media": wanted.media.len().to_string(),
            "num_segments": segments::count(wanted.text).count.to_string(), "date_created": date(now),
            "uri": format!("/{VERSION}/Accounts/{}/Messages/{sid}.json", self.account_sid),
        })
    }

    fn is_authentic(&self, call: &Call) -> bool {
        let pair = format!("{}:{}", self.account_sid, self.auth_token);
        call.header("authorization") == format!("Basic {}", encode_base64(pair.as_bytes()))
    }

    /// The fields of an inbound text.
    fn inbound(&self, sid: &str, act: &Act) -> Value {
        let (prefix, _) = act.from.split_once(':').unwrap_or(("", &act.from));
        let to = if prefix.is_empty() { NUMBER.to_owned() } else { format!("{prefix}:{NUMBER}") };
        let mut fields = json!({
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.account_sid,
            "From": act.from, "To": to, "Body": act.text, "NumMedia": "0", "SmsStatus": "received",
            "NumSegments": segments::count(&act.text).count.to_string(), "ApiVersion": VERSION,
            "FromCountry": "US", "ToCountry": "US", "FromCity": "",
        });
        if prefix == "whatsapp" {
            fields["WaId"] = json!(act.from.trim_start_matches("whatsapp:+"));
            fields["ProfileName"] = json!("Customer");
        }
        fields
    }
}

impl State {
    fn next_sid(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{:032x}", u128::from(self.count) | 0x5a << 120)
    }

    /// The words a message goes through after it was taken, with the code of a failure.
    fn course(&self, wanted: &Wanted<'_>, now: Timestamp) -> Vec<(&'static str, Option<u32>)> {
        let wrote = self.last_in.get(wanted.to).is_some_and(|last| now < *last + WINDOW);
        match wanted.to {
            to if self.unreachable.contains(to) => vec![("sent", None), ("undelivered", Some(30003))],
            to if to.starts_with("whatsapp:") && !wrote => vec![("undelivered", Some(63016))],
            _ => vec![("sent", None), ("delivered", None)],
        }
    }

    /// What the platform does about a text by itself, before the business hears of it.
    fn obey(&mut self, from: &str, text: &str, now: Timestamp) {
        let word = text.trim().to_uppercase();
        let is = |words: &[&str]| words.contains(&word.as_str());
        let said = if is(STOP) {
            let is_new = self.opted_out.insert(from.to_owned());
            is_new.then_some("You have successfully been unsubscribed. Reply START to resubscribe.")
        } else if is(START) {
            let was_out = self.opted_out.remove(from);
            was_out.then_some("You have successfully been re-subscribed. Reply STOP to unsubscribe.")
        } else {
            is(HELP).then_some("Reply STOP to unsubscribe.")
        };
        if let Some(said) = said {
            let sid = self.next_sid("SM");
            let letter = Letter::new(&sid, "provider", said, now);
            self.inboxes.entry(from.to_owned()).or_default().push(letter);
        }
    }
}

fn reports(sid: &str, wanted: &Wanted<'_>, words: &[(&'static str, Option<u32>)]) -> Vec<Item> {
    let Some(url) = wanted.status_callback else { return Vec::new() };
    let report = |(word, code): &(&str, Option<u32>)| {
        let mut fields = json!({
            "MessageSid": sid, "SmsSid": sid, "MessageStatus": word, "SmsStatus": word, "From": wanted.from,
            "To": wanted.to, "ApiVersion": VERSION,
        });
        if let Some(code) = code {
            fields["ErrorCode"] = json!(code.to_string());
        }
        Item { url: Some(url.to_owned()), ..Item::report(sid, fields) }
    };
    words.iter().map(report).collect()
}

impl Host for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn account(&self) -> Value {
        json!({"account_sid": self.account_sid, "number": NUMBER})
    }

    fn secrets(&self) -> Map<String, Value> {
        Map::from_iter([("auth_token".to_owned(), json!(self.auth_token))])
    }

    fn serve(&self, call: &Call, now: Timestamp) -> Served {
        if !self.is_authentic(call) {
            return error(401, 20003, "Authenticate").into();
        }
        match (call.method.as_str(), &call.segments()[..]) {
            ("POST", [VERSION, "Accounts", sid, "Messages.json"]) if *sid == self.account_sid => {
                self.send(call, now)
            }
            ("GET", [VERSION, "Accounts", sid, "Messages", file]) if *sid == self.account_sid => {
                let found = self.state().sent.get(file.trim_end_matches(".json")).cloned();
                found.map_or_else(not_found, |message| Reply::new(200, message)).into()
            }
            _ => not_found().into(),
        }
    }

    fn trouble(&self, trouble: Trouble, _now: Timestamp) -> Reply {
        match trouble {
            Trouble::Broken => error(503, 20503, "Service unavailable"),
            Trouble::Throttled => error(429, 20429, "Too Many Requests").with("retry-after", "1"),
        }
    }

    fn act(&self, act: &Act, now: Timestamp) -> Result<Done, Refused> {
        let number = act.from.split_once(':').map_or(act.from.as_str(), |(_, number)| number);
        if !is_number(number) {
            return Err(Refused::act("`from` is a number such as +12025550143"));
        }
        let mut state = self.state();
        match act.act.as_str() {
            "message" => {
                let sid = state.next_sid("SM");
                let at = act.at.unwrap_or(now);
                let letter = Letter::new(&sid, "customer", &act.text, at);
                state.inboxes.entry(act.from.clone()).or_default().push(letter);
                state.last_in.insert(act.from.clone(), at);
                state.obey(&act.from, &act.text, now);
                let item = Item::new(&act.from, self.inbound(&sid, act));
                Ok(Done { id: sid, items: vec![item] })
            }
            "unreachable" | "reachable" => {
                match act.act.as_str() {
                    "unreachable" => state.unreachable.insert(act.from.clone()),
                    _ => state.unreachable.remove(&act.from),
                };
                Ok(Done { id: act.from.clone(), items: Vec::new() })
            }
            _ => Err(Refused::act("a phone knows: message, unreachable, reachable")),
        }
    }

    fn pack(&self, items: &[Item], url: &str) -> Vec<Callback> {
        let one = |item: &Item| {
            let mut fields = BTreeMap::new();
            for (name, value) in item.fact.as_object().into_iter().flatten() {
                fields.insert(name.as_str(), value.as_str().unwrap_or_default());
            }
            fields.insert("AccountSid", &self.account_sid);
            let url = item.url.as_deref().unwrap_or(url);
            Callback {
                url: url.to_owned(),
                headers: vec![
                    ("content-type", "application/x-www-form-urlencoded; charset=UTF-8".into()),
                    ("x-twilio-signature", sign(&self.auth_token, url, &fields)),
                    ("i-twilio-idempotency-token", token(&fields)),
                    ("user-agent", "TwilioProxy/1.1".into()),
                ],
                body: Serializer::new(String::new()).extend_pairs(fields).finish(),
                marks: item.mark.into_iter().collect(),
            }
        };
        items.iter().map(one).collect()
    }

    fn inboxes(&self) -> Vec<(String, Letter)> {
        newest(&self.state().inboxes)
    }

    fn inbox(&self, customer: &str) -> Value {
        shown(customer, self.state().inboxes.get(customer))
    }

    /// Fifteen seconds, and one more try where nobody answered; nothing after that.
    fn patience(&self) -> Patience {
        Patience { deadline: Duration::from_secs(15), again: &[Duration::ZERO], after_refusal: false }
    }
}

/// The URL, then each name with its value in the order of names; a map holds each name once.
fn sign(token: &str, url: &str, fields: &BTreeMap<&str, &str>) -> String {
    let mut parts = vec![url.as_bytes()];
    parts.extend(fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    encode_base64(&hmac_sha1(token.as_bytes(), &parts))
}

/// The same for every try of one callback.
fn token(fields: &BTreeMap<&str, &str>) -> String {
    let of = |name| fields.get(name).copied().unwrap_or_default();
    super::host::number_of(&format!("{}{}", of("MessageSid"), of("SmsStatus")), 18)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

fn not_found() -> Reply {
    error(404, 20404, "The requested resource was not found")
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    Reply::new(status, json!({"code": code, "message": message, "more_info": more, "status": status}))
}

fn date(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    moment.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests;
