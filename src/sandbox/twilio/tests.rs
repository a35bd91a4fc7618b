//! The rules of Twilio, asked as a service would ask.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_794_000_000);
const ANA: &str = "+12025550143";

fn twilio() -> Twilio {
    Twilio::new(&Source(crate::domain::secret::Secret::new("a-token")))
}

fn send(twilio: &Twilio, fields: &[(&str, &str)], token: &str) -> Served {
    let pair = format!("{}:{token}", twilio.account_sid);
    let headers = [
        ("authorization".to_owned(), format!("Basic {}", encode_base64(pair.as_bytes()))),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    let call = Call {
        method: "POST".into(),
        path: format!("2010-04-01/Accounts/{}/Messages.json", twilio.account_sid),
        query: String::new(),
        url: String::new(),
        headers: headers.into(),
        body: Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes(),
    };
    twilio.serve(&call, NOW)
}

fn code(twilio: &Twilio, fields: &[(&str, &str)]) -> u64 {
    send(twilio, fields, &twilio.auth_token).reply.body["code"].as_u64().unwrap_or(0)
}

fn act(twilio: &Twilio, kind: &str, text: &str) {
    let act = Act { act: kind.into(), from: ANA.into(), text: text.into(), ..Act::default() };
    twilio.act(&act, NOW).unwrap();
}

#[test]
fn every_wrong_send_has_its_code() {
    let (twilio, long) = (twilio(), "a".repeat(1601));
    let from = ("From", NUMBER);
    assert_eq!(code(&twilio, &[("To", ANA), from, ("Body", "Hello")]), 0);
    assert_eq!(code(&twilio, &[("To", "12"), from, ("Body", "Hello")]), 21211);
    assert_eq!(code(&twilio, &[("To", ANA), ("Body", "Hello")]), 21603);
    assert_eq!(code(&twilio, &[("To", ANA), ("From", "+15005550099"), ("Body", "Hello")]), 21606);
    assert_eq!(code(&twilio, &[("To", "whatsapp:+12025550143"), from, ("Body", "Hello")]), 21612);
    assert_eq!(code(&twilio, &[("To", ANA), from]), 21602);
    assert_eq!(code(&twilio, &[("To", ANA), from, ("Body", &long)]), 21617);
    assert_eq!(send(&twilio, &[("To", ANA)], "another").reply.status, 401);
}

#[test]
fn stop_blocks_until_start() {
    let twilio = twilio();
    let hello = [("To", ANA), ("From", NUMBER), ("Body", "Hello")];
    act(&twilio, "message", "stop please");
    assert_eq!(code(&twilio, &hello), 0);
    act(&twilio, "message", " Stop ");
    assert_eq!(code(&twilio, &hello), 21610);
    act(&twilio, "message", "START");
    assert_eq!(code(&twilio, &hello), 0);
}

#[test]
fn statuses_follow_at_the_callback_that_was_given() {
    let twilio = twilio();
    let hello = [("To", ANA), ("From", NUMBER), ("Body", "Hi"), ("StatusCallback", "https://a.example/?m=1")];
    let words = |served: Served| -> Vec<String> {
        let callbacks = twilio.pack(&served.items, "https://b.example");
        assert!(callbacks.iter().all(|one| one.url == "https://a.example/?m=1"));
        served.items.iter().map(|item| item.fact["MessageStatus"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words(send(&twilio, &hello, &twilio.auth_token)), ["sent", "delivered"]);
    act(&twilio, "unreachable", "");
    assert_eq!(words(send(&twilio, &hello, &twilio.auth_token)), ["sent", "undelivered"]);
}
