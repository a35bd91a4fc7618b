//! What the service says, in its own words and in a workspace's.

use std::sync::Arc;

use segue::bridge::Caller;
use segue::clock::{Clock, chance};
use segue::domain::consent::Notice;
use segue::domain::id::{ReplicaId, WorkspaceId};
use segue::domain::scope::Scope;
use segue::domain::texts::{LANGUAGES, OwnTexts, TextName, Vars, render, spoken};
use segue::relay::Elsewhere;
use segue::store::{Answer, Changes, Desk, Needs, Ran, consent};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::fixture::{custom, first, hear};
use crate::support::app::{Client, TestApp, json_body};
use crate::support::engines::both_engines;

const CLOSING: &str = "/v1/templates/closing/en";

async fn set(client: &Client, path: &str, text: &str) -> crate::support::app::Answer {
    client.send(json_body(client.request("PUT", path), &json!({"text": text}))).await
}

/// The texts a decision of that workspace would see.
async fn loaded(app: &TestApp, workspaces: &[&WorkspaceId], texts: bool) -> Vec<(WorkspaceId, OwnTexts)> {
    let now = app.db.clock.now();
    let coordination = Arc::new(segue::coordination::Coordination::local());
    let book = Elsewhere::new(ReplicaId::new(now, &chance()), coordination);
    let workspaces = workspaces.iter().map(|one| (*one).clone()).collect();
    let needs = Needs { workspaces, texts, ..Needs::default() };
    let (seen, mut found) = unbounded_channel();
    let decide = |world: segue::store::World| {
        seen.send(world.texts).unwrap();
        (Changes::default(), Answer { status: 200, body: Value::Null })
    };
    let ran = app.db.store.decide_command(None, &Desk { book: &book, now }, needs, decide).await.unwrap();
    assert!(matches!(ran, Ran::Now(..)));
    found.recv().await.unwrap().into_iter().collect()
}

both_engines! {
    async fn every_text_is_listed_in_every_language(db: TestStore) {
        let app = TestApp::start(db).await;
        let list = app.admin().await.get("/v1/templates").await.expect(200);
        let templates = list["data"].as_array().unwrap();
        assert_eq!((templates.len(), &list["next"]), (TextName::ALL.len(), &Value::Null));
        for template in templates {
            let languages = template["languages"].as_array().unwrap();
            let codes: Vec<&str> = languages.iter().map(|one| one["language"].as_str().unwrap()).collect();
            assert_eq!(codes, LANGUAGES);
            for words in languages {
                assert_eq!((&words["own"], &words["text"]), (&json!(false), &words["default"]), "{template}");
                let texted = !words["segments"].is_null();
                assert!(!texted || words["segments"] == json!({"encoding": "gsm7", "count": 1}), "{template}");
            }
            let public = template["public"].as_bool().unwrap();
            assert_eq!(public, ["invite.dm", "invite.number", "closing"].contains(&template["name"].as_str().unwrap()));
        }
        let token = templates.iter().find(|one| one["name"] == "ask.token").unwrap();
        assert_eq!(token["needs"], json!(["brand", "token", "number"]));
        assert_eq!(token["knows"], json!(["brand", "token", "number", "privacy", "terms", "support"]));
        assert_eq!(token["says"], json!(["JOIN {token}", "STOP"]));
    }

    async fn an_own_text_is_a_new_version_and_giving_it_up_another(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let ours = admin.get(CLOSING).await.expect(200);
        assert_eq!((&ours["version"], &ours["edition"], &ours["versions"]), (&json!(0), &json!("1"), &json!([])));
        let first = set(&admin, CLOSING, "Thanks, {brand}.").await;
        assert_eq!(first.header("etag"), "\"v1\"");
        let first = first.expect(200);
        assert_eq!((&first["text"], &first["own"], &first["edition"]), (&json!("Thanks, {brand}."), &json!(true), &json!("own-1")));
        assert_eq!(first["default"], ours["text"]);
        assert_eq!(admin.get(CLOSING).await.expect(200), first);
        assert_eq!(set(&admin, CLOSING, "Thanks, {brand}.").await.expect(200)["version"], 1, "the same is no new version");
        let second = set(&admin, CLOSING, "Thank you all.").await.expect(200);
        let texts: Vec<&Value> = second["versions"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert_eq!(texts, ["Thank you all.", "Thanks, {brand}."]);
        admin.delete(CLOSING).await.expect(204);
        let back = admin.get(CLOSING).await.expect(200);
        assert_eq!((&back["text"], &back["own"], &back["version"]), (&ours["text"], &json!(false), &json!(3)));
        assert_eq!(back["versions"][0]["text"], Value::Null);
        assert_eq!(back["versions"][2]["text"], "Thanks, {brand}.");
        assert_eq!(admin.delete(CLOSING).await.code(404), "not_found");
        assert_eq!(set(&admin, CLOSING, "Once more.").await.expect(200)["version"], 4);
    }

    async fn a_change_is_in_the_audit_log_and_guarded_by_its_version(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        set(&admin, CLOSING, "Thanks.").await.expect(200);
        let stale = admin.request("PUT", CLOSING).header("if-match", "\"v0\"");
        let stale = admin.send(json_body(stale, &json!({"text": "Thanks!"}))).await;
        assert_eq!(stale.code(409), "version_mismatch");
        admin.delete(CLOSING).await.expect(204);
        let log = admin.get("/v1/audit").await.expect(200);
        let acts: Vec<[&Value; 2]> =
            log["data"].as_array().unwrap().iter().map(|act| [&act["action"], &act["subject"]]).collect();
        let route = "/v1/templates/{name}/{language}";
        assert_eq!(acts[0], [&json!(format!("DELETE {route}")), &json!("closing/en")]);
        assert_eq!(acts[1], [&json!(format!("PUT {route}")), &json!("closing/en")]);
        let reader = app.client(&app.workspace, &[Scope::Read, Scope::Write]).await;
        assert_eq!(set(&reader, CLOSING, "Thanks.").await.code(403), "scope_missing");
    }

    async fn a_wrong_text_is_refused_and_changes_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        for (place, text, word) in [
            ("closing/en", "", "empty"),
            ("closing/en", "Your token is {token}", "secret"),
            ("closing/en", "Bye {customer}", "{customer}"),
            ("closing/de", "Tschüss {brand", "}"),
            ("invite.number/en", "Text {case} to us", "{number}"),
            ("ask.agree/fr", "{brand} : répondez OUI, NON ou STOP.", "AGREE"),
        ] {
            let problem = set(&admin, &format!("/v1/templates/{place}"), text).await.expect(422);
            assert_eq!((&problem["code"], &problem["errors"][0]["pointer"]), (&json!("invalid_field"), &json!("/text")));
            assert!(problem["detail"].as_str().unwrap().contains(word), "{problem}");
            assert_eq!(admin.get(&format!("/v1/templates/{place}")).await.expect(200)["version"], 0);
        }
        let unknown = admin.send(json_body(admin.request("PUT", CLOSING), &json!({"text": "x", "to": "all"}))).await;
        assert_eq!(unknown.code(422), "invalid_field");
        for place in ["closing/xx", "closing/eng", "opening/en", "closing/nl"] {
            assert_eq!(admin.get(&format!("/v1/templates/{place}")).await.code(404), "not_found", "{place}");
        }
        assert_eq!(set(&admin, "/v1/templates/closing/xx", "Bye").await.code(404), "not_found");
    }

    async fn a_public_text_names_no_addresses_but_the_workspaces_own(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let text = "Thank you. Call +1 800 555 0199 whenever you like.";
        assert_eq!(set(&admin, CLOSING, text).await.code(422), "public_leak");
        admin.patch("/v1/workspace", json!({"public_addresses": ["+18005550199"]})).await.expect(200);
        set(&admin, CLOSING, text).await.expect(200);
        let number = "Thank you. Text +1 500 555 0006 whenever you like.";
        assert_eq!(set(&admin, CLOSING, number).await.code(422), "public_leak");
        admin.post("/v1/connections", json!({
            "provider": "twilio", "name": "SMS", "account": {"account_sid": format!("AC{}", "0".repeat(32)), "number": "+15005550006"},
            "secrets": {"auth_token": "0123456789abcdef0123456789abcdef"}
        })).await.expect(201);
        admin.post("/v1/connections", custom()).await.expect(201);
        set(&admin, CLOSING, number).await.expect(200);
    }

    async fn decisions_see_the_newest_texts_of_their_workspaces(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, stranger) = (app.admin().await, app.stranger().await);
        let other = stranger.get("/v1/workspace").await.expect(200)["id"].as_str().unwrap().to_owned();
        let other = WorkspaceId::parse(&other).unwrap();
        assert_eq!(loaded(&app, &[&app.workspace, &other], true).await, []);
        set(&admin, CLOSING, "Thanks.").await.expect(200);
        set(&admin, CLOSING, "Thank you.").await.expect(200);
        set(&admin, "/v1/templates/closing/nl", "Dank u.").await.expect(200);
        set(&admin, "/v1/templates/invite.dm/en", "Sorry.").await.expect(200);
        admin.delete("/v1/templates/invite.dm/en").await.expect(204);
        set(&stranger, CLOSING, "Cheers.").await.expect(200);
        let texts = loaded(&app, &[&app.workspace], true).await;
        let closing = |code: &str, edition: &str, text: &str| {
            ((TextName::Closing, code.to_owned()), (edition.to_owned(), text.to_owned()))
        };
        let expected = OwnTexts::from([closing("en", "own-2", "Thank you."), closing("nl", "own-1", "Dank u.")]);
        assert_eq!(texts, [(app.workspace.clone(), expected)]);
        assert_eq!(loaded(&app, &[&app.workspace, &other], true).await.len(), 2);
        assert_eq!(loaded(&app, &[&app.workspace, &other], false).await, [], "read only where they are needed");
        let own = &texts[0].1;
        assert_eq!(spoken(own, Some("nl"), "en"), "nl");
        assert_eq!(render(own, TextName::Closing, "nl", &Vars::default()).text, "Dank u.");
    }

    async fn a_customer_is_answered_in_the_workspaces_own_words(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        admin.patch("/v1/workspace", json!({"brand": "Example", "default_language": "nl"})).await.expect(200);
        set(&admin, "/v1/templates/not_valid/nl", "{brand}: deze code klopt niet.").await.expect(200);
        let connection = admin.post("/v1/connections", custom()).await.expect(201)["id"].as_str().unwrap().to_owned();
        hear(&app, &connection, "m1", "JOIN 12345").await;
        let talk = first(&admin, "/v1/conversations").await;
        let messages = admin.get(&format!("/v1/conversations/{talk}/messages")).await.expect(200);
        let said = messages["data"].as_array().unwrap().iter().find(|one| one["direction"] == "out").unwrap();
        assert_eq!((&said["text"], &said["automatic"]), (&json!("Example: deze code klopt niet."), &json!("not_valid")));
    }

    async fn a_language_that_is_brought_is_listed(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let path = "/v1/templates/ask.agree/nl";
        let text = "{brand}: antwoord IK GA AKKOORD om hier verder te gaan, NEE om te weigeren, STOP om te stoppen.[ {privacy}]";
        let made = set(&admin, path, text).await.expect(200);
        assert_eq!((&made["default"], &made["text"]), (&Value::Null, &json!(text)));
        let languages = async |name: &str| {
            let list = admin.get("/v1/templates").await.expect(200);
            let template = list["data"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
            template["languages"].as_array().unwrap().len()
        };
        assert_eq!((languages("ask.agree").await, languages("closing").await), (6, 5));
        admin.delete(path).await.expect(204);
        assert_eq!(languages("ask.agree").await, 5);
        let gone = admin.get(path).await.expect(200);
        assert_eq!((&gone["text"], &gone["versions"][1]["text"]), (&Value::Null, &json!(text)));
    }

    async fn a_notice_is_kept_once_and_shown_by_its_hash(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let vars = Vars::default().with("brand", "Example").with("token", "7F3K9QXD").with("number", "+15005550006");
        let shown = render(&OwnTexts::new(), TextName::Token, "de", &vars);
        let notice = Notice { version: shown.edition.clone(), sha256: shown.sha256.clone() };
        let caller = Caller { workspace_id: app.workspace.clone(), idempotency: None, if_match: None, act: None };
        for _ in 0..2 {
            let words = (shown.language, shown.notice.as_str());
            let decide = || async {
                let write = consent::insert_notice(&app.workspace, "ask.token", &notice, words, app.db.clock.now());
                Ok((vec![write], Answer { status: 200, body: Value::Null }))
            };
            app.bridge.write(&caller, decide).await.unwrap();
        }
        let path = format!("/v1/notices/{}", shown.sha256);
        let found = admin.get(&path).await.expect(200);
        assert_eq!(found, json!({
            "sha256": shown.sha256, "name": "ask.token", "language": "de", "version": "1", "text": shown.notice,
            "created_at": "2026-11-22T10:00:00.000Z"
        }));
        assert!(found["text"].as_str().unwrap().contains("JOIN {token} an +15005550006"));
        assert_eq!(app.stranger().await.get(&path).await.code(404), "not_found");
        assert_eq!(admin.get("/v1/notices/00").await.code(404), "not_found");
    }
}
