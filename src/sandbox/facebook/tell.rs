//! What a Page's webhook says: changes of its feed, and Messenger.
//!
//! <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events>

use serde_json::{Value, json};

use super::Piece;
use crate::domain::time::Timestamp;
use crate::sandbox::host::{Item, Letter, number_of};

/// Somebody there: one id where they speak in public, another in Messenger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) psid: String,
}

impl Person {
    /// The person of that name.
    pub(super) fn named(name: &str) -> Self {
        let of = |what: &str, digits| number_of(&format!("facebook/{what}/{name}"), digits);
        Self { name: name.to_owned(), id: of("public", 16), psid: of("private", 17) }
    }
}

/// A change of a comment or a post.
pub(super) fn comment(page: &str, verb: &str, piece: &Piece) -> Value {
    let from = match &piece.by {
        Some(person) => json!({"id": person.id, "name": person.name}),
        None => json!({"id": page, "name": "Sandbox Brand"}),
    };
    let is_post = piece.id == piece.post;
    let mut value = json!({
        "item": if is_post { "post" } else { "comment" }, "verb": verb, "from": from, "post_id": piece.post,
        "created_time": piece.at.secs(),
    });
    if is_post {
        value["recipient_id"] = json!(page);
    } else {
        value["comment_id"] = json!(piece.id);
        value["parent_id"] = json!(piece.parent);
        value["post"] = json!({
            "id": piece.post, "status_type": "added_photos", "is_published": true,
            "permalink_url": format!("https://www.facebook.com/{}", piece.post), "promotion_status": "inactive",
        });
    }
    if verb != "remove" {
        value["message"] = json!(piece.text);
    }
    json!({"changes": {"field": "feed", "value": value}, "time": piece.at.secs()})
}

/// Somebody writes to the Page.
pub(super) fn message(page: &str, person: &Person, letter: &Letter) -> Value {
    let message = json!({"mid": letter.id, "text": letter.text});
    messaging(&person.psid, page, letter.at, ("message", message))
}

/// The fields that an app of the sandbox is told.
pub(super) const FIELDS: &[&str] = &[
    "feed",
    "mention",
    "messages",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
];

/// The Page wrote to somebody.
pub(super) fn echo(
    page: &str,
    person: &Person,
    letter: &Letter,
    (app, metadata): (&str, Option<&str>),
) -> Value {
    let app: u64 = app.parse().unwrap_or_default();
    let mut message = json!({"mid": letter.id, "text": letter.text, "is_echo": true, "app_id": app});
    if let Some(metadata) = metadata {
        message["metadata"] = json!(metadata);
    }
    messaging(page, &person.psid, letter.at, ("message", message))
}

/// It arrived.
pub(super) fn delivery(page: &str, person: &Person, letter: &Letter) -> Value {
    let delivery = json!({"mids": [letter.id], "watermark": letter.at.millis()});
    messaging(&person.psid, page, letter.at, ("delivery", delivery))
}

/// Somebody read what the Page wrote.
pub(super) fn read(page: &str, person: &Person, now: Timestamp) -> Value {
    messaging(&person.psid, page, now, ("read", json!({"watermark": now.millis()})))
}

fn messaging(from: &str, to: &str, at: Timestamp, (kind, what): (&str, Value)) -> Value {
    let told = json!({"sender": {"id": from}, "recipient": {"id": to}, "timestamp": at.millis(), kind: what});
    json!({"messaging": told, "time": at.millis()})
}

/// All of them in one callback: an entry for each run of one kind.
pub(super) fn envelope(page: &str, items: &[Item]) -> Value {
    let kind = |item: &Item| if item.fact.get("changes").is_some() { "changes" } else { "messaging" };
    let entry = |run: &[Item]| {
        let (kind, last) = (kind(&run[0]), &run[run.len() - 1]);
        let told: Vec<&Value> = run.iter().map(|item| &item.fact[kind]).collect();
        json!({"id": page, "time": last.fact["time"], kind: told})
    };
    let entries: Vec<Value> = items.chunk_by(|one, next| kind(one) == kind(next)).map(entry).collect();
    json!({"object": "page", "entry": entries})
}

/// The signed bytes have no character outside of ASCII: they are escaped, in lower case.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            escaped.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ascii_is_escaped_and_means_the_same() {
        let said = json!({"text": "äöå 😀 done"}).to_string();
        let escaped = escape(&said);
        assert!(escaped.is_ascii() && escaped.contains("\\u00e4\\u00f6\\u00e5"), "{escaped}");
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap()["text"], "äöå 😀 done");
    }

    #[test]
    fn a_batch_has_an_entry_for_each_run_of_one_kind() {
        let person = Person::named("Ana");
        let letter = |id: &str| Letter::new(id, "customer", "hi", Timestamp::from_secs(1));
        let items: Vec<Item> =
            ["m_1", "m_2"].map(|id| Item::new("Ana", message("1", &person, &letter(id)))).into();
        let body = envelope("1", &items);
        assert_eq!(body["entry"].as_array().unwrap().len(), 1);
        assert_eq!(body["entry"][0]["messaging"].as_array().unwrap().len(), 2);
    }
}
