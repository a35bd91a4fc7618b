//! The rules of a Page, asked as a service would ask.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_794_000_000);

fn page() -> Facebook {
    Facebook::new(&Source(crate::domain::secret::Secret::new("a-token")))
}

fn post(page: &Facebook, path: &str, body: &Value) -> Reply {
    let proof = hex::encode(hmac_sha256(page.app_secret.as_bytes(), &[page.page_token.as_bytes()]));
    post_with(page, path, body, &proof)
}

fn post_with(page: &Facebook, path: &str, body: &Value, proof: &str) -> Reply {
    let headers = [
        ("authorization".to_owned(), format!("Bearer {}", page.page_token)),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let call = Call {
        method: "POST".into(),
        path: path.to_owned(),
        query: format!("appsecret_proof={proof}"),
        url: String::new(),
        headers: headers.into(),
        body: body.to_string().into_bytes(),
    };
    page.serve(&call, NOW).reply
}

fn comment(page: &Facebook, from: &str, at: Timestamp) -> String {
    let act =
        Act { act: "post".into(), from: from.into(), text: "Help".into(), at: Some(at), ..Act::default() };
    page.act(&act, NOW).unwrap().id
}

fn reply_in_private(page: &Facebook, comment: &str) -> Reply {
    let body = json!({"recipient": {"comment_id": comment}, "message": {"text": "Please go on here"}});
    post(page, &format!("v25.0/{}/messages", page.page_id), &body)
}

fn subcode(reply: &Reply) -> (u16, Option<u64>) {
    (reply.status, reply.body["error"]["error_subcode"].as_u64())
}

#[test]
fn a_comment_has_one_private_reply_within_seven_days() {
    let page = page();
    let fresh = comment(&page, "Ana", NOW);
    let sent = reply_in_private(&page, &fresh);
    assert_eq!((sent.status, &sent.body["recipient_id"]), (200, &json!(Person::named("Ana").psid)));
    assert_eq!(subcode(&reply_in_private(&page, &fresh)), (400, Some(2_534_025)));
    let old = comment(&page, "Bo", NOW - Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(subcode(&reply_in_private(&page, &old)), (400, Some(2_534_025)));
    assert_eq!(page.inbox("Ana")["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_private_reply_opens_no_window_and_a_message_does() {
    let page = page();
    let fresh = comment(&page, "Ana", NOW);
    reply_in_private(&page, &fresh);
    let path = format!("v25.0/{}/messages", page.page_id);
    let body = json!({"recipient": {"id": Person::named("Ana").psid}, "messaging_type": "RESPONSE",
        "message": {"text": "Hello"}});
    assert_eq!(subcode(&post(&page, &path, &body)), (400, Some(2_018_278)));
    page.act(&Act { act: "message".into(), from: "Ana".into(), text: "Hi".into(), ..Act::default() }, NOW)
        .unwrap();
    assert_eq!(post(&page, &path, &body).status, 200);
    page.act(&Act { act: "block".into(), from: "Ana".into(), ..Act::default() }, NOW).unwrap();
    assert_eq!(subcode(&post(&page, &path, &body)), (400, Some(1_545_041)));
}

#[test]
fn a_call_without_the_apps_proof_and_a_comment_that_is_gone_are_refused() {
    let page = page();
    let id = comment(&page, "Ana", NOW);
    let path = format!("v25.0/{id}/comments");
    let body = json!({"message": "Sorry"});
    assert_eq!(post_with(&page, &path, &body, "00").body["error"]["code"], 100);
    assert_eq!(post(&page, &path, &body).status, 200);
    let act = Act { act: "delete".into(), from: "Ana".into(), post: Some(id), ..Act::default() };
    page.act(&act, NOW).unwrap();
    assert_eq!(subcode(&post(&page, &path, &body)), (400, Some(33)));
}
