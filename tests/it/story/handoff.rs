//! Scripted customers on the running service: from a public complaint to a private conversation, by signed callbacks.

use std::sync::atomic::{AtomicU64, Ordering};

use segue::clock::{Clock, SystemClock};
use segue::domain::time::Timestamp;
use serde_json::{Value, json};

use super::{Engine, facebook, subscribe, x};
use crate::support::engines::on_both;
use crate::support::host::{Host, Received};
use crate::support::service::Service;
use crate::support::twilio;
use crate::support::until;

const PHONE: &str = "+12025550123";
const OTHER_PHONE: &str = "+12025550199";

on_both! {
    a_comment_goes_on_in_messenger_by_the_one_private_reply
    a_private_message_on_x_goes_on_by_text_with_a_token
    a_review_goes_on_by_text_when_its_author_posts_the_phrase
    who_types_all_that_was_ever_seen_in_public_gains_nothing
    a_number_given_in_private_is_proven_by_a_code
    an_account_that_had_its_codes_of_the_day_goes_on_with_the_token
    a_used_token_from_another_phone_suspends
    the_account_can_say_that_it_was_not_them
    stop_beats_every_state_and_start_brings_back_what_was
    two_complaints_on_one_phone_stay_two_stories
    a_customer_who_says_no_is_not_asked_again
}

mod erased;
mod private;
mod recorded;

/// A desk, the platforms, and the service between them.
struct Stage {
    desk: Host,
    world: Host,
    service: Service,
    sms: String,
    sent: AtomicU64,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

fn answer(request: &Received) -> (u16, String) {
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = request.path.split('?').next().unwrap();
    if path.ends_with("/Messages.json") {
        return (201, json!({"sid": format!("SM{id:032}"), "status": "queued"}).to_string());
    }
    if path.ends_with("/comments") {
        return (200, json!({"id": format!("11_{id}")}).to_string());
    }
    if path.ends_with("/messages") && path.contains(facebook::PAGE) {
        return (200, json!({"recipient_id": "PSID7", "message_id": format!("m_{id}")}).to_string());
    }
    if path.starts_with("/2/") {
        let data = json!({"id": id.to_string(), "dm_conversation_id": "1-2", "dm_event_id": id.to_string()});
        return (201, json!({ "data": data }).to_string());
    }
    (200, String::new())
}

impl Stage {
    async fn set(engine: Engine) -> Self {
        let (desk, world) = (Host::start(), Host::answering(answer));
        let service = Service::start(engine).await;
        let (_, sms) = twilio::connect(&service, Some(&world.url)).await;
        subscribe(&service, &desk, json!(["*"])).await;
        let settings = json!({"brand": "Example Co", "privacy_url": "https://ex.example/p"});
        let (code, told) = service.call("PATCH", "/v1/workspace", Some(settings)).await;
        assert_eq!(code, 200, "{told}");
        Self { desk, world, service, sms, sent: AtomicU64::new(0) }
    }

    fn fresh(&self) -> u64 {
        self.sent.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A customer's text message.
    async fn text(&self, from: &str, body: &str) {
        let form = twilio::text(&format!("SMin{}", self.fresh()), from, body);
        assert_eq!(twilio::post(&self.service, &self.sms, &form).await, Some(200));
    }

    /// The newest text to a phone that holds some words; waits for it.
    async fn texted(&self, to: &str, words: &str) -> String {
        let find = || {
            let sent = self.world.seen().into_iter().rev().filter(|one| one.path.ends_with("/Messages.json"));
            sent.map(|one| one.form()).find_map(|form| {
                let get =
                    |name: &str| form.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
                (get("To").as_deref() == Some(to))
                    .then(|| get("Body"))
                    .flatten()
                    .filter(|body| body.contains(words))
            })
        };
        until(&format!("a text to {to} with {words}"), || async { find().is_some() }).await;
        find().unwrap()
    }

    /// Bystanders text each word, by itself and as a token, and agree; each from a phone of their own, so that no limit helps.
    async fn types_all_of(&self, public: &str) {
        let known = self.told("message.received", 0).await.len();
        let mut texts = 0;
        for word in public.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let phone = format!("+1202556{:04}", self.fresh());
            for said in [word, &format!("JOIN {word}"), "AGREE", public] {
                self.text(&phone, said).await;
                texts += 1;
            }
        }
        self.told("message.received", known + texts).await;
    }

    fn texts_to(&self, to: &str) -> usize {
        let sent = self.world.seen().into_iter().filter(|one| one.path.ends_with("/Messages.json"));
        sent.filter(|one| one.form().contains(&("To".to_owned(), to.to_owned()))).count()
    }

    /// The newest private message on a platform that holds some words; waits for it.
    async fn messaged(&self, path: &str, words: &str) -> String {
        let find = || {
            let sent = self.world.seen().into_iter().rev();
            let here = sent.filter(|one| one.path.split('?').next().unwrap().ends_with(path));
            here.map(|one| one.json()).find_map(|body| {
                let text = body["text"].as_str().or_else(|| body["message"]["text"].as_str())?.to_owned();
                text.contains(words).then_some(text)
            })
        };
        until(&format!("a message at {path} with {words}"), || async { find().is_some() }).await;
        find().unwrap()
    }

    /// What was told of a kind, in order; waits until there are so many.
    async fn told(&self, kind: &str, count: usize) -> Vec<Value> {
        let find = || {
            let mut seen: Vec<Value> =
                self.desk.seen().iter().map(Received::json).filter(|one| one["type"] == kind).collect();
            let mut ids = std::collections::HashSet::new();
            seen.retain(|one| ids.insert(one["id"].as_str().unwrap().to_owned()));
            seen
        };
        until(&format!("{count} times {kind}"), || async { find().len() >= count }).await;
        find().into_iter().map(|one| one["data"].clone()).collect()
    }

    async fn handoff_is(&self, id: &str, state: &str) -> Value {
        let path = format!("/v1/handoffs/{id}");
        let stands = || async { self.service.get(&path).await["state"] == state };
        until(&format!("{id} is {state}"), stands).await;
        self.service.get(&path).await
    }

    /// The one handoff that went all the way is counted, with the times of its own steps.
    async fn counts(&self, active: &Value) {
        let figures = self.service.get("/v1/figures/handoffs").await;
        for stage in ["invited", "proven", "agreed", "active"] {
            assert_eq!(figures["total"][stage], 1, "{figures}");
        }
        let at = |state: &str| {
            let steps = active["timeline"].as_array().unwrap();
            let step = steps.iter().find(|step| step["state"] == state).unwrap();
            Timestamp::parse(step["at"].as_str().unwrap()).unwrap().millis()
        };
        let taken = |step: &str| figures["times"][step]["median_ms"].as_i64().unwrap();
        assert_eq!(taken("proven"), at("account_proven") - at("invited"));
        assert_eq!(taken("agreed"), at("bound") - at("account_proven"));
        assert_eq!(taken("active"), at("active") - at("bound"));
        assert_eq!(taken("whole"), at("active") - at("invited"));
    }

    async fn offer(&self, complaint: &str, body: Value) -> Value {
        let (code, offered) =
            self.service.call("POST", &format!("/v1/complaints/{complaint}/handoffs"), Some(body)).await;
        assert_eq!(code, 201, "{offered}");
        offered
    }

    async fn consents(&self, handoff: &str) -> Vec<(String, String)> {
        let list = self.service.get(&format!("/v1/consents?handoff_id={handoff}&sort=asc")).await;
        let list = list["data"].as_array().unwrap();
        let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        let mut all: Vec<_> = list.iter().map(|one| (word(one, "purpose"), word(one, "state"))).collect();
        all.sort();
        all
    }
}

impl Stage {
    /// The desk sees the whole story, the customer gets the record, and the ledger verifies offline.
    async fn keeps_a_record(&self, handoff: &Value) {
        let talk = format!("/v1/conversations/{}", handoff["conversation_id"].as_str().unwrap());
        let whole = self.service.get(&talk).await;
        assert!(whole["complaints"][0]["posts"].as_array().unwrap().len() >= 2, "{whole}");
        assert_eq!(whole["handoffs"][0]["timeline"].as_array().unwrap().len(), 5, "{whole}");
        assert_eq!(whole["consents"][0]["state"], "granted", "{whole}");
        let sealed = || async {
            let consents = self.service.get(&talk).await["consents"].clone();
            consents.as_array().unwrap().iter().all(|one| one["ledger"]["state"] == "sealed")
        };
        until("the consents are sealed", sealed).await;
        self.text(PHONE, "RECEIPT").await;
        let text = self.texted(PHONE, "/r/").await;
        let link = text.split_whitespace().find(|word| word.contains("/r/")).unwrap();
        let page = self.service.http.get(link).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("handoff.relay"));
        let exported = self.service.run(&["ledger", "export"], &[]);
        assert!(exported.status.success(), "{exported:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.jsonl");
        std::fs::write(&file, &exported.stdout).unwrap();
        let verified = self.service.run(&["ledger", "verify", file.to_str().unwrap()], &[]);
        assert!(verified.status.success(), "{verified:?}");
        let mut flipped = exported.stdout;
        let at = flipped.len() / 2;
        flipped[at] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        assert!(!self.service.run(&["ledger", "verify", file.to_str().unwrap()], &[]).status.success());
    }
}

impl Drop for Stage {
    /// What the service said of it, where a test fails.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.service.log());
        }
    }
}

fn states(handoff: &Value) -> Vec<&str> {
    handoff["timeline"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

fn token_in(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "JOIN").unwrap();
    words[at + 1].trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// Ana complains on X, is invited, and has a token for her phone.
async fn with_token(stage: &Stage) -> (String, String, String, String) {
    let url = x::connect(&stage.service, &stage.world.url).await;
    assert_eq!(
        x::post(&stage.service, &url, &x::mention("198", "@Brand my card was charged twice")).await,
        200
    );
    let complaint = stage.told("complaint.created", 1).await[0]["id"].as_str().unwrap().to_owned();
    let offered = stage.offer(&complaint, json!({"to": ["sms"]})).await;
    assert_eq!((&offered["path"], &offered["state"]), (&json!("P2"), &json!("invited")), "{offered}");
    let handoff = offered["id"].as_str().unwrap().to_owned();
    let public = stage.messaged("/2/tweets", "private message").await;
    assert!(!public.contains("JOIN"), "{public}");
    assert_eq!(x::post(&stage.service, &url, &x::message("300", "Hello?")).await, 200);
    let dm = stage.messaged("/messages", "JOIN").await;
    (url, complaint, handoff, token_in(&dm))
}

/// A site of reviews, without private messages.
struct Reviews<'a> {
    service: &'a Service,
    url: String,
}

impl Reviews<'_> {
    const SECRET: &'static str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    /// Somebody writes in the thread.
    async fn say(&self, id: &str, author: &str, text: &str) {
        let post = json!({"type": "post.created", "id": id, "thread_id": "r1", "channel": "review",
            "author": {"id": author, "handle": "ana"}, "text": text, "at": "2026-11-22T10:00:00Z"});
        assert_eq!(super::post_standard(self.service, &self.url, Self::SECRET, &post).await, 200);
    }
}

/// Ana complains in a review and is offered to go on by text.
async fn reviewed(stage: &Stage) -> (Reviews<'_>, Value) {
    let made = json!({
        "provider": "custom", "name": "Reviews", "account": {"send_url": format!("{}/out", stage.world.url)},
        "secrets": {"signing_secret": Reviews::SECRET}
    });
    let made = stage.service.post("/v1/connections", made).await;
    let reviews = Reviews { service: &stage.service, url: made["callback_url"].as_str().unwrap().to_owned() };
    reviews.say("r1", "7", "Charged twice!").await;
    let complaint = stage.told("complaint.created", 1).await[0]["id"].as_str().unwrap().to_owned();
    let offered = stage.offer(&complaint, json!({"to": ["sms"]})).await;
    assert_eq!(offered["path"], "P3", "{offered}");
    (reviews, offered)
}

mod stories {
    use super::*;

    pub async fn a_comment_goes_on_in_messenger_by_the_one_private_reply(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, url) =
            facebook::connect(&stage.service, facebook::PAGE, json!({"api_base": stage.world.url})).await;
        let mut comment =
            facebook::comment("1", "6123", "My card was charged twice and nobody answers the phone");
        comment["value"]["created_time"] = json!(SystemClock::default().now().secs() - 60);
        let said = facebook::batch(facebook::PAGE, &[comment]);
        assert_eq!(facebook::post(&stage.service, &url, said, facebook::SECRET).await, 200);
        let complaint = stage.told("complaint.created", 1).await[0]["id"].as_str().unwrap().to_owned();
        let offered = stage.offer(&complaint, json!({})).await;
        assert_eq!((&offered["path"], &offered["channel"]), (&json!("P1"), &json!("messenger")), "{offered}");
        let handoff = offered["id"].as_str().unwrap();
        stage.messaged("/messages", "AGREE").await;
        let asked = stage.told("consent.requested", 1).await;
        assert_eq!(asked[0]["purpose"], "handoff.relay");
        let say = |mid: &str, text: &str| facebook::message("PSID7", mid, text);
        assert_eq!(facebook::post(&stage.service, &url, say("m_in1", "agree"), facebook::SECRET).await, 200);
        let active = stage.handoff_is(handoff, "active").await;
        assert_eq!(states(&active), ["invited", "account_proven", "bound", "active"]);
        assert_eq!(stage.consents(handoff).await, pairs(&[("handoff.relay", "granted")]));
        let shown = stage.service.get(&format!("/v1/complaints/{complaint}")).await;
        assert_eq!(
            (&shown["status"], &shown["conversation_id"]),
            (&json!("private"), &active["conversation_id"])
        );
        let (code, again) = stage
            .service
            .call("POST", &format!("/v1/complaints/{complaint}/handoffs"), Some(json!({})))
            .await;
        assert_eq!((code, &again["code"]), (409, &json!("handoff_live")), "{again}");
    }

    pub async fn a_private_message_on_x_goes_on_by_text_with_a_token(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, complaint, handoff, token) = with_token(&stage).await;
        stage.text(OTHER_PHONE, "JOIN ZZZZZZZZ").await;
        stage.texted(OTHER_PHONE, "not valid").await;
        stage.text(PHONE, &format!("join {}", token.to_lowercase())).await;
        let active = stage.handoff_is(&handoff, "active").await;
        assert_eq!(states(&active), ["invited", "account_proven", "token_sent", "bound", "active"]);
        stage.counts(&active).await;
        let granted = pairs(&[("handoff.relay", "granted"), ("identity.link", "granted")]);
        assert_eq!(stage.consents(&handoff).await, granted);
        let confirm = stage.texted(PHONE, "STOP to end").await;
        assert!(confirm.starts_with("Example Co"), "{confirm}");
        stage.messaged("/messages", "ending in 23").await;
        let linked = stage.told("identity.linked", 1).await;
        assert_eq!(linked[0]["level"], "L2", "{linked:?}");
        stage.text(PHONE, "It was on the 3rd of May").await;
        let talk = format!("/v1/conversations/{}", active["conversation_id"].as_str().unwrap());
        stage.service.post(&format!("{talk}/messages"), json!({"text": "Your refund is on its way."})).await;
        stage.texted(PHONE, "refund").await;
        let desk = stage.service.get(&talk).await;
        assert_eq!(desk["consent"], json!({"purpose": "handoff.relay", "state": "granted"}));
        assert_eq!(desk["complaint_ids"], json!([complaint]));
        let shown = stage.service.get(&format!("/v1/complaints/{complaint}")).await;
        assert_eq!((&shown["status"], &shown["handoff"]["state"]), (&json!("private"), &json!("active")));
        let messages = stage.service.get(&format!("{talk}/messages")).await;
        assert!(
            messages["data"].as_array().unwrap().iter().all(|one| one["complaint_id"] == complaint.as_str()
                || one["number"] == 1
                || one["direction"] == "in"),
            "{messages}"
        );
        let heard = stage
            .desk
            .seen()
            .iter()
            .map(|one| String::from_utf8_lossy(&one.body).into_owned())
            .collect::<Vec<_>>();
        let told_secret =
            heard.iter().filter(|one| !one.contains("\"direction\":\"in\"")).any(|one| one.contains(&token));
        assert!(!told_secret, "the desk must not read the token");
        stage.text(PHONE, &format!("JOIN {token}")).await;
        stage.text(PHONE, "anything more?").await;
        assert_eq!(
            stage.handoff_is(&handoff, "active").await["state"],
            "active",
            "the same phone again is nothing new"
        );
        stage.keeps_a_record(&active).await;
        let closing = json!({"template": "closing"});
        let (code, told) =
            stage.service.call("POST", &format!("/v1/complaints/{complaint}/replies"), Some(closing)).await;
        assert_eq!(code, 202, "{told}");
        stage.messaged("/2/tweets", "settled").await;
    }

    pub async fn a_review_goes_on_by_text_when_its_author_posts_the_phrase(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (reviews, offered) = reviewed(&stage).await;
        let (handoff, case) = (offered["id"].as_str().unwrap(), offered["case_ref"].as_str().unwrap());
        let public = stage.messaged("/out", case).await;
        assert!(public.contains(twilio::NUMBER), "{public}");
        // A bystander names the case first, and gets nothing but a phrase of their own.
        stage.text(OTHER_PHONE, case).await;
        stage.texted(OTHER_PHONE, "ends in 99").await;
        stage.text(PHONE, &format!("my case is {case}")).await;
        let asked = stage.texted(PHONE, "ends in 23").await;
        let phrase = asked.split("23: ").nth(1).unwrap().split('.').next().unwrap().to_owned();
        stage.handoff_is(handoff, "phrase_sent").await;
        reviews.say("r2", "666", &format!("my number ends in 23: {phrase}")).await;
        stage.told("complaint.created", 2).await;
        assert_eq!(stage.service.get(&format!("/v1/handoffs/{handoff}")).await["state"], "phrase_sent");
        reviews.say("r3", "7", &format!("My number ends in 23: {}", phrase.to_uppercase())).await;
        stage.texted(PHONE, "AGREE").await;
        stage.handoff_is(handoff, "consent_pending").await;
        stage.text(OTHER_PHONE, "AGREE").await;
        stage.text(PHONE, "AGREE").await;
        let active = stage.handoff_is(handoff, "active").await;
        assert_eq!(
            states(&active)[states(&active).len() - 4..],
            ["bound", "consent_pending", "bound", "active"]
        );
        let consents = stage.consents(handoff).await;
        let granted = consents.iter().filter(|(_, state)| state == "granted").count();
        assert_eq!(granted, 2, "{consents:?}");
        assert!(consents.iter().all(|(_, state)| state == "granted" || state == "expired"), "{consents:?}");
        assert!(stage.texts_to(OTHER_PHONE) <= 2, "the bystander learns nothing");
    }

    pub async fn who_types_all_that_was_ever_seen_in_public_gains_nothing(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (reviews, offered) = reviewed(&stage).await;
        let (handoff, case) = (offered["id"].as_str().unwrap(), offered["case_ref"].as_str().unwrap());
        let mut public = stage.messaged("/out", case).await;
        stage.text(PHONE, case).await;
        let asked = stage.texted(PHONE, "ends in 23").await;
        let phrase = asked.split("23: ").nth(1).unwrap().split('.').next().unwrap().to_owned();
        stage.types_all_of(&public).await;
        let posted = format!("My number ends in 23: {phrase}");
        reviews.say("r2", "7", &posted).await;
        stage.texted(PHONE, "AGREE").await;
        public.push_str(&format!(" {phrase} {posted}"));
        stage.types_all_of(&public).await;
        reviews.say("r3", "666", &public).await;
        let waits = stage.service.get(&format!("/v1/handoffs/{handoff}")).await;
        assert_eq!(waits["state"], "consent_pending", "nobody agrees for her");
        stage.text(PHONE, "AGREE").await;
        let active = stage.handoff_is(handoff, "active").await;
        let linked = stage.told("identity.linked", 1).await;
        assert_eq!(linked.len(), 1, "{linked:?}");
        let granted = stage.service.get("/v1/consents?state=granted").await;
        let granted = granted["data"].as_array().unwrap();
        assert_eq!(granted.len(), 2, "{granted:?}");
        assert!(granted.iter().all(|one| one["handoff_id"] == handoff), "{granted:?}");
        let talk = format!("/v1/conversations/{}", active["conversation_id"].as_str().unwrap());
        let talk = stage.service.get(&talk).await;
        let hers = stage.service.get("/v1/identities?namespace=phone&external_id=%2B12025550123").await;
        assert_eq!(talk["identity"]["id"], hers["data"][0]["id"], "{hers}");
    }

    pub async fn a_number_given_in_private_is_proven_by_a_code(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (url, _, handoff, _) = with_token(&stage).await;
        let said = x::message("301", "I cannot text, call me at +1 (202) 555-0123");
        assert_eq!(x::post(&stage.service, &url, &said).await, 200);
        let text = stage.texted(PHONE, "code is").await;
        let code: String = text.split("code is ").nth(1).unwrap().chars().take(6).collect();
        let wrong = if code == "000000" { "000001" } else { "000000" };
        assert_eq!(x::post(&stage.service, &url, &x::message("302", wrong)).await, 200);
        stage.messaged("/messages", "not valid").await;
        assert_eq!(x::post(&stage.service, &url, &x::message("303", &format!("it says {code}"))).await, 200);
        stage.texted(PHONE, "AGREE").await;
        stage.text(PHONE, "Agree!").await;
        let active = stage.handoff_is(&handoff, "active").await;
        assert_eq!(active["path"], "P4");
        let granted =
            stage.consents(&handoff).await.into_iter().filter(|(_, state)| state == "granted").count();
        assert_eq!(granted, 2);
    }

    pub async fn an_account_that_had_its_codes_of_the_day_goes_on_with_the_token(engine: Engine) {
        let stage = Stage::set(engine).await;
        let limits = json!({"limits": {"code_sessions_per_day": 1}});
        let (code, told) = stage.service.call("PATCH", "/v1/workspace", Some(limits)).await;
        assert_eq!(code, 200, "{told}");
        let (url, _, first, _) = with_token(&stage).await;
        let number = |phone: &str| format!("call me at {phone}");
        assert_eq!(x::post(&stage.service, &url, &x::message("301", &number(PHONE))).await, 200);
        stage.handoff_is(&first, "code_sent").await;
        stage.texted(PHONE, "code is").await;
        // Another complaint is no way to another code.
        assert_eq!(x::post(&stage.service, &url, &x::mention("298", "@Brand and again")).await, 200);
        let complaint = stage.told("complaint.created", 2).await[1]["id"].as_str().unwrap().to_owned();
        let second = stage.offer(&complaint, json!({"to": ["sms"]})).await["id"].as_str().unwrap().to_owned();
        stage.handoff_is(&second, "token_sent").await;
        let dms = || stage.world.seen().iter().filter(|one| one.path.ends_with("/messages")).count();
        until("the second token", || async { dms() == 2 }).await;
        assert_eq!(x::post(&stage.service, &url, &x::message("302", &number(OTHER_PHONE))).await, 200);
        stage.told("message.received", 3).await;
        assert_eq!(stage.handoff_is(&second, "token_sent").await["path"], "P2");
        let token = token_in(&stage.messaged("/messages", "JOIN").await);
        stage.text(OTHER_PHONE, &format!("JOIN {token}")).await;
        stage.handoff_is(&second, "active").await;
        stage.texted(OTHER_PHONE, "STOP to end").await;
        let codes = stage.world.seen().into_iter().filter(|one| one.path.ends_with("/Messages.json"));
        let codes = codes.filter(|one| super::super::value(one, "Body").contains("code is")).count();
        assert_eq!(codes, 1, "one code went out, and none to the other number");
    }

    pub async fn a_used_token_from_another_phone_suspends(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, _, handoff, token) = with_token(&stage).await;
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let active = stage.handoff_is(&handoff, "active").await;
        stage.text(OTHER_PHONE, &format!("JOIN {token}")).await;
        stage.handoff_is(&handoff, "suspended").await;
        let talk = format!("/v1/conversations/{}", active["conversation_id"].as_str().unwrap());
        assert_eq!(stage.service.get(&talk).await["hold"], "suspended");
        let (code, refused) =
            stage.service.call("POST", &format!("{talk}/messages"), Some(json!({"text": "Hello"}))).await;
        assert_eq!(code, 422, "{refused}");
        let proved = stage.service.post(&format!("/v1/handoffs/{handoff}/prove"), json!({})).await;
        assert_eq!(proved["state"], "suspended");
        until("another token", || async {
            let sent = stage.world.seen();
            let tokens = sent
                .iter()
                .filter(|one| one.path.ends_with("/messages"))
                .filter(|one| one.json()["text"].as_str().unwrap_or_default().contains("JOIN"));
            tokens.count() == 2
        })
        .await;
        let again = token_in(&stage.messaged("/messages", "JOIN").await);
        assert_ne!(again, token);
        stage.text(PHONE, &format!("JOIN {again}")).await;
        stage.handoff_is(&handoff, "active").await;
        stage.service.post(&format!("{talk}/messages"), json!({"text": "Welcome back."})).await;
        stage.texted(PHONE, "Welcome back.").await;
    }

    pub async fn the_account_can_say_that_it_was_not_them(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (url, _, handoff, token) = with_token(&stage).await;
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let active = stage.handoff_is(&handoff, "active").await;
        assert_eq!(x::post(&stage.service, &url, &x::message("305", "NO")).await, 200);
        stage.handoff_is(&handoff, "suspended").await;
        let link = active["link_id"].as_str().unwrap();
        let (code, told) = stage
            .service
            .call(
                "DELETE",
                &format!("/v1/links/{link}"),
                Some(json!({"reason": "They said it was not them"})),
            )
            .await;
        assert!(code < 300, "{link} {told}");
        let over = stage.handoff_is(&handoff, "unlinked").await;
        assert!(over["ended_at"].is_string());
        let consents = stage.consents(&handoff).await;
        assert!(consents.iter().all(|(_, state)| state == "invalidated"), "{consents:?}");
        stage.told("identity.unlinked", 1).await;
    }

    pub async fn stop_beats_every_state_and_start_brings_back_what_was(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, complaint, handoff, token) = with_token(&stage).await;
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let active = stage.handoff_is(&handoff, "active").await;
        stage.text(PHONE, "Stop.").await;
        let over = stage.handoff_is(&handoff, "withdrawn").await;
        assert_eq!(over["state"], "withdrawn");
        let consents = stage.consents(&handoff).await;
        assert!(consents.iter().all(|(_, state)| state == "withdrawn"), "{consents:?}");
        let talk = format!("/v1/conversations/{}", active["conversation_id"].as_str().unwrap());
        let (code, _) =
            stage.service.call("POST", &format!("{talk}/messages"), Some(json!({"text": "Hello"}))).await;
        assert_eq!(code, 422);
        stage.text(PHONE, "yes I am here, sorry").await;
        let (code, _) =
            stage.service.call("POST", &format!("{talk}/messages"), Some(json!({"text": "Hello"}))).await;
        assert_eq!(code, 422, "no other word brings it back");
        let (code, refused) = stage
            .service
            .call("POST", &format!("/v1/complaints/{complaint}/handoffs"), Some(json!({"to": ["sms"]})))
            .await;
        assert_eq!((code, &refused["code"]), (422, &json!("refused")), "{refused}");
        stage.text(PHONE, "START").await;
        until("the consent is renewed", || async {
            let list = stage.consents(&handoff).await;
            list.contains(&("handoff.relay".to_owned(), "renewed".to_owned()))
        })
        .await;
        stage.service.post(&format!("{talk}/messages"), json!({"text": "Good to have you back."})).await;
        stage.texted(PHONE, "Good to have you back.").await;
        let list = stage.service.get(&format!("/v1/handoffs?complaint_id={complaint}&state=active")).await;
        assert_eq!(list["data"][0]["parent_id"], handoff.as_str(), "{list}");
    }

    pub async fn two_complaints_on_one_phone_stay_two_stories(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (url, first, handoff, token) = with_token(&stage).await;
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let one = stage.handoff_is(&handoff, "active").await;
        assert_eq!(
            x::post(&stage.service, &url, &x::mention("400", "@Brand and my parcel is lost")).await,
            200
        );
        let second = stage.told("complaint.created", 2).await[1]["id"].as_str().unwrap().to_owned();
        let offered = stage.offer(&second, json!({"to": ["sms"]})).await;
        let other = offered["id"].as_str().unwrap().to_owned();
        until("a second token", || async {
            let sent = stage.world.seen();
            let tokens = sent
                .iter()
                .filter(|one| one.path.ends_with("/messages"))
                .filter(|one| one.json()["text"].as_str().unwrap_or_default().contains("JOIN"));
            tokens.count() == 2
        })
        .await;
        let token = token_in(&stage.messaged("/messages", "JOIN").await);
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let two = stage.handoff_is(&other, "active").await;
        assert_eq!(one["conversation_id"], two["conversation_id"]);
        let talk = format!("/v1/conversations/{}", two["conversation_id"].as_str().unwrap());
        let mut of_it = stage.service.get(&talk).await["complaint_ids"].as_array().unwrap().clone();
        of_it.sort_by_key(|id| id.as_str().unwrap().to_owned());
        assert_eq!(of_it, [json!(first), json!(second)]);
        stage
            .text(PHONE, &format!("About {}: it was the 3rd of May", one["case_ref"].as_str().unwrap()))
            .await;
        until("the message is about the first", || async {
            let all = stage.service.get(&format!("{talk}/messages?limit=200")).await;
            all["data"].as_array().unwrap().last().unwrap()["complaint_id"] == first.as_str()
        })
        .await;
        let sent = stage
            .service
            .post(
                &format!("{talk}/messages"),
                json!({"text": "The parcel is found.", "complaint_id": second}),
            )
            .await;
        assert_eq!(sent["complaint_id"], second.as_str());
    }

    pub async fn a_customer_who_says_no_is_not_asked_again(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (url, complaint, handoff, token) = with_token(&stage).await;
        assert_eq!(x::post(&stage.service, &url, &x::message("306", "No, thanks")).await, 200);
        stage.handoff_is(&handoff, "refused").await;
        stage.messaged("/messages", "Answering in public").await;
        let consents = stage.consents(&handoff).await;
        assert!(consents.iter().all(|(_, state)| state == "refused"), "{consents:?}");
        stage.text(PHONE, &format!("JOIN {token}")).await;
        stage.texted(PHONE, "not valid").await;
        let path = format!("/v1/complaints/{complaint}/handoffs");
        let (code, told) = stage.service.call("POST", &path, Some(json!({}))).await;
        assert_eq!((code, &told["code"]), (422, &json!("refused")));
        let (code, told) = stage.service.call("POST", &path, Some(json!({"asked_by_customer": true}))).await;
        assert_eq!(code, 201, "{told}");
        let (code, _) = stage
            .service
            .call(
                "POST",
                &format!("/v1/complaints/{complaint}/replies"),
                Some(json!({"text": "We are here."})),
            )
            .await;
        assert_eq!(code, 202, "answering in public stays possible");
    }
}
