//! Texts as Twilio sends them, signed with the public primitives before anything is measured.

use segue::clock::random;
use segue::domain::signature::{encode_base64, hmac_sha1};
use serde_json::{Value, json};

/// The origin that is signed; where the requests really go does not matter.
pub(crate) const ORIGIN: &str = "https://bridge.example.com";

const TOKEN: &str = "an-auth-token";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const NUMBER: &str = "+15005550006";

/// Before the number of a text, in the text.
pub(crate) const MARK: &str = "no. ";

/// What makes the connection.
pub(crate) fn connection() -> Value {
    json!({
        "provider": "twilio", "name": "Support SMS",
        "account": {"account_sid": ACCOUNT, "number": NUMBER},
        "secrets": {"auth_token": TOKEN}, "settings": {"public_url": ORIGIN}
    })
}

/// The whole HTTP request of the text with this number, by one of so many customers.
pub(crate) fn request(connection: &str, number: usize, customers: usize) -> Vec<u8> {
    let sid = format!("SM{}", hex::encode(random::<16>()));
    let from = format!("+1202{:07}", number % customers);
    let text =
        format!("{MARK}{number:08}: My card was charged twice for the order of last week, please help!");
    let form = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("Body", &text),
        ("From", &from),
        ("FromCity", "WASHINGTON"),
        ("FromCountry", "US"),
        ("FromState", "DC"),
        ("FromZip", "20001"),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", NUMBER),
        ("ToCity", "BERKELEY"),
        ("ToCountry", "US"),
        ("ToState", "CA"),
        ("ToZip", "94704"),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("{ORIGIN}/callbacks/{connection}");
    let parts: Vec<&[u8]> = std::iter::once(url.as_bytes())
        .chain(form.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]))
        .collect();
    let signature = encode_base64(&hmac_sha1(TOKEN.as_bytes(), &parts));
    let head = format!(
        "POST /callbacks/{connection} HTTP/1.1\r\nHost: bridge.example.com\r\nUser-Agent: TwilioProxy/1.1\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nX-Twilio-Signature: {signature}\r\n\
         I-Twilio-Idempotency-Token: {sid}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
