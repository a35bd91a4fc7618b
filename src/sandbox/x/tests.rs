//! The rules of X, asked past its doorman.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_794_000_000);

fn x() -> X {
    X::new(&Source(crate::domain::secret::Secret::new("a-token")), true)
}

fn say(x: &X, kind: &str, text: &str, post: Option<&str>) -> Done {
    let post = post.map(str::to_owned);
    let act = Act { act: kind.into(), from: "ana".into(), text: text.into(), post, ..Act::default() };
    x.act(&act, NOW).unwrap()
}

fn call(body: &Value) -> Call {
    Call {
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        url: String::new(),
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_string().into_bytes(),
    }
}

fn reply(x: &X, to: &str, text: &str) -> u16 {
    let body = json!({"text": text, "reply": {"in_reply_to_tweet_id": to}});
    x.create_post(&mut x.state(), &call(&body), NOW).reply.status
}

#[test]
fn only_who_was_summoned_may_reply_and_not_twice_alike() {
    let x = x();
    let summoned = say(&x, "post", "@SandboxBrand help", None);
    let other = say(&x, "post", "What a day", None);
    assert_eq!((summoned.items.len(), other.items.len()), (1, 0));
    assert_eq!(reply(&x, &other.id, "Sorry"), 403);
    assert_eq!(reply(&x, &summoned.id, &"a".repeat(281)), 400);
    assert_eq!(reply(&x, &summoned.id, "Sorry"), 201);
    assert_eq!(reply(&x, &summoned.id, "Sorry"), 403);
    say(&x, "delete", "", Some(&summoned.id));
    assert_eq!(reply(&x, &summoned.id, "Are you there?"), 403);
}

#[test]
fn a_message_goes_to_who_wrote_and_has_not_blocked() {
    let x = x();
    let id = x.state().user("ana").id;
    let send =
        |text: &str| x.send_message(&mut x.state(), &call(&json!({"text": text})), &id, NOW).reply.status;
    assert_eq!(send("Hello"), 403);
    say(&x, "message", "Hi", None);
    assert_eq!(send("Hello"), 201);
    say(&x, "block", "", None);
    assert_eq!(send("Hello"), 403);
}

#[test]
fn a_stranger_is_turned_away_and_neighbours_of_one_kind_share_a_callback() {
    let x = x();
    assert_eq!(x.serve(&call(&json!({"text": "Hello"})), NOW).reply.status, 401);
    let items: Vec<Item> = ["one", "two"]
        .iter()
        .flat_map(|text| say(&x, "post", &format!("@SandboxBrand {text}"), None).items)
        .collect();
    let callbacks = x.pack(&items, "https://a.example");
    let body: Value = serde_json::from_str(&callbacks[0].body).unwrap();
    assert_eq!((callbacks.len(), body["tweet_create_events"].as_array().unwrap().len()), (1, 2));
}
