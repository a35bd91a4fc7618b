//! Customers, their links, their export and their end.

use segue::domain::id::IdentityId;
use segue::domain::link::{Actor, Level, LinkMethod, LinkProof, Proof};
use segue::domain::scope::Scope;
use serde_json::{Value, json};

use super::fixture::{SECRET, World, call_back, complaint_by, custom, hear, id};
use crate::support::app::{Client, TestApp, json_body};
use crate::support::engines::both_engines;
use crate::support::raw::Raw;
use crate::support::until;

/// A connection through which people of that namespace write.
async fn connection_for(admin: &Client, namespace: &str) -> String {
    let mut body = custom();
    body["account"] = json!({"namespace": namespace, "send_url": "http://127.0.0.1:9/out"});
    id(&admin.post("/v1/connections", body).await.expect(201))
}

/// Somebody writes; their identity, once it is known.
async fn write_from(app: &TestApp, admin: &Client, connection: &str, who: &str, text: &str) -> Value {
    let message = format!("m-{connection}-{who}-{text}");
    let body = json!({"type": "message.received", "id": message, "from": {"id": who}, "text": text});
    assert_eq!(call_back(app, connection, &body, SECRET).await, 200);
    app.decided().await;
    let namespace = admin.get(&format!("/v1/connections/{connection}")).await.expect(200);
    let namespace = namespace["account"]["namespace"].as_str().unwrap().to_owned();
    let who = who.replace('+', "%2B");
    let path = format!("/v1/identities?namespace={namespace}&external_id={who}");
    admin.get(&path).await.expect(200)["data"][0].clone()
}

async fn join(app: &TestApp, one: &Value, other: &Value, level: Level) -> Value {
    let ids = [one, other].map(|one| IdentityId::parse(one["id"].as_str().unwrap()).unwrap());
    let method = if level == Level::L3 { LinkMethod::PrivateReply } else { LinkMethod::DmToken };
    let proof = Proof::new(
        method,
        level,
        vec!["msg_1".into()],
        Actor::Service,
        segue::domain::time::Timestamp::parse("2026-11-22T10:00:00Z").unwrap(),
    );
    let caller = segue::bridge::Caller {
        workspace_id: app.workspace.clone(),
        idempotency: None,
        if_match: None,
        act: None,
    };
    app.bridge.link(&caller, LinkProof::new(ids, proof)).await.unwrap().body
}

fn ids_of(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(id).collect()
}

async fn end(client: &Client, link: &str, reason: &str) -> crate::support::app::Answer {
    let request = client.request("DELETE", &format!("/v1/links/{link}"));
    client.send(json_body(request, &json!({"reason": reason}))).await
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    Raw::open(&app.db.location).await.number(sql).await
}

/// What the ledger was told of a record, sealed or not.
async fn leaves(app: &TestApp, record: &str) -> Vec<String> {
    let rows = format!(
        "SELECT leaf FROM ledger_leaf WHERE record_id = '{record}' UNION ALL SELECT leaf FROM ledger_inbox WHERE record_id = '{record}'"
    );
    let leaves = Raw::open(&app.db.location).await.blobs(&rows).await;
    let event =
        |leaf: Vec<u8>| serde_json::from_slice::<Value>(&leaf).unwrap()["event"].as_str().unwrap().to_owned();
    let mut events: Vec<String> = leaves.into_iter().map(event).collect();
    events.sort();
    events
}

both_engines! {
    async fn a_customer_shows_its_identities_and_what_there_is_of_them(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let phone = connection_for(&admin, "phone").await;
        let known = write_from(&app, &admin, &phone, "+12025550143", "Hello").await;
        assert_eq!((&known["external_id"], &known["masked"]), (&json!("+12025550143"), &json!("number ending 43")));
        let reader = app.client(&app.workspace, &[Scope::Read]).await;
        let customer = reader.get(&format!("/v1/customers/{}", known["customer_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(customer["id"], known["customer_id"]);
        assert_eq!(customer["identities"], json!([known]));
        let alone = format!("/v1/identities/{}", id(&known));
        assert_eq!(reader.get(&alone).await.expect(200), known);
        assert_eq!(app.stranger().await.get(&alone).await.code(404), "not_found");
        assert_eq!((&customer["resolved_from"], &customer["links"]), (&Value::Null, &json!([])));
        assert_eq!(customer["conversations"][0]["identity_id"], known["id"]);
        let none = reader.get("/v1/identities?namespace=phone&external_id=%2B12025550199").await.expect(200);
        assert_eq!(none, json!({"data": [], "next": null}));
        assert_eq!(reader.get("/v1/identities?external_id=1").await.code(422), "invalid_field");
    }

    async fn a_link_by_hand_needs_a_reason_joins_nobody_and_can_be_ended(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let phone = connection_for(&admin, "phone").await;
        let one = write_from(&app, &admin, &phone, "+12025550143", "Hello").await;
        let other = write_from(&app, &admin, &phone, "+12025550144", "Hello").await;
        let pair = json!([one["id"], other["id"]]);
        let bare = json!({"identity_ids": pair, "reason": " "});
        assert_eq!(admin.post("/v1/links", bare).await.expect(422)["errors"][0]["pointer"], "/reason");
        let same = json!({"identity_ids": [one["id"], one["id"]], "reason": "x"});
        assert_eq!(admin.post("/v1/links", same).await.expect(422)["errors"][0]["pointer"], "/identity_ids/1");
        let wanted = json!({"identity_ids": pair, "reason": "Both gave the order number"});
        let made = admin.post("/v1/links", wanted.clone()).await.expect(201);
        assert_eq!((&made["level"], &made["flagged"], &made["state"]), (&json!("L1"), &json!(true), &json!("live")));
        assert_eq!(made["note"], "Both gave the order number");
        assert_eq!(made["proofs"][0]["by"]["kind"], "desk");
        assert_eq!(made["customers"].as_array().unwrap().len(), 2, "nobody is joined by it");
        assert_eq!(id(&admin.post("/v1/links", wanted).await.expect(200)), id(&made));
        let customer = admin.get(&format!("/v1/customers/{}", one["customer_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(ids_of(&customer["links"]), [id(&made)]);
        let ended = end(&admin, &id(&made), "Two brothers").await.expect(200);
        assert_eq!((&ended["state"], &ended["ended"]["note"]), (&json!("ended"), &json!("Two brothers")));
        assert_eq!(end(&admin, &id(&made), "again").await.code(404), "not_found");
        let audit = admin.get("/v1/audit").await.expect(200).to_string();
        assert!(audit.contains("POST /v1/links") && audit.contains("DELETE /v1/links/{id}"), "{audit}");
    }

    async fn an_old_id_answers_with_the_customer_that_stands_for_it(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let phone = connection_for(&admin, "phone").await;
        let one = write_from(&app, &admin, &phone, "+12025550143", "Hello").await;
        let other = write_from(&app, &admin, &phone, "+12025550144", "Hello").await;
        let link = join(&app, &one, &other, Level::L2).await;
        let mut customers = [&one, &other].map(|one| one["customer_id"].as_str().unwrap().to_owned());
        customers.sort();
        let [older, newer] = &customers;
        let shown = admin.get(&format!("/v1/customers/{newer}")).await.expect(200);
        assert_eq!((shown["id"].as_str(), shown["resolved_from"].as_str()), (Some(older.as_str()), Some(newer.as_str())));
        assert_eq!(shown["identities"].as_array().unwrap().len(), 2);
        let listed = admin.get(&format!("/v1/identities?customer_id={newer}")).await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
        let talks = admin.get(&format!("/v1/conversations?customer_id={older}")).await.expect(200);
        assert_eq!(talks["data"].as_array().unwrap().len(), 2);
        end(&admin, &id(&link), "wrong").await.expect(200);
        let shown = admin.get(&format!("/v1/customers/{newer}")).await.expect(200);
        assert_eq!((shown["id"].as_str(), &shown["resolved_from"]), (Some(newer.as_str()), &Value::Null));
    }

    async fn the_same_number_on_another_channel_is_suggested_until_somebody_decides(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let (phone, whatsapp) = (connection_for(&admin, "phone").await, connection_for(&admin, "whatsapp").await);
        let one = write_from(&app, &admin, &phone, "+12025550143", "Hello").await;
        let other = write_from(&app, &admin, &whatsapp, "+12025550143", "Hello").await;
        write_from(&app, &admin, &whatsapp, "+12025550144", "Hello").await;
        let path = format!("/v1/customers/{}", one["customer_id"].as_str().unwrap());
        let suggested = admin.get(&path).await.expect(200)["suggestions"].clone();
        let mut pair = vec![id(&one), id(&other)];
        pair.sort();
        assert_eq!(suggested[0]["identity_ids"], json!(pair));
        assert_eq!((&suggested[0]["method"], &suggested[0]["level"]), (&json!("same_number"), &json!("L1")));
        assert_eq!(suggested.as_array().unwrap().len(), 1);
        let accepted = admin.post("/v1/links", json!({"identity_ids": pair, "reason": "Same number"})).await.expect(201);
        assert_eq!((&accepted["proofs"][0]["method"], &accepted["level"]), (&json!("same_number"), &json!("L1")));
        assert_eq!(admin.get(&path).await.expect(200)["suggestions"], json!([]));
        end(&admin, &id(&accepted), "A shared phone").await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200)["suggestions"], json!([]), "what was taken apart stays apart");
    }

    async fn an_export_goes_across_sure_links_alone_and_holds_no_notes(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let phone = connection_for(&admin, "phone").await;
        let one = write_from(&app, &admin, &phone, "+12025550143", "first words").await;
        let sure = write_from(&app, &admin, &phone, "+12025550144", "sure words").await;
        let less = write_from(&app, &admin, &phone, "+12025550145", "other words").await;
        let reviews = connection_for(&admin, "reviews").await;
        let mut post = complaint_by(&reviews, "p1");
        post["identity"] = json!({"external_id": "+12025550143", "namespace": "phone"});
        let complaint = admin.post("/v1/complaints", post).await.expect(201);
        admin.patch(&format!("/v1/complaints/{}", id(&complaint)), json!({"tags": ["difficult"]})).await.expect(200);
        join(&app, &one, &sure, Level::L3).await;
        join(&app, &one, &less, Level::L2).await;
        let manual = json!({"identity_ids": [sure["id"], less["id"]], "reason": "a note of the desk"});
        admin.post("/v1/links", manual).await.expect(201);
        let path = format!("/v1/customers/{}/export", one["customer_id"].as_str().unwrap());
        let export = admin.get(&path).await.expect(200);
        let mut own = [id(&one), id(&sure)];
        own.sort();
        assert_eq!(ids_of(&export["identities"]), own);
        assert_eq!(export["not_included"], json!([less["id"]]));
        let texts = |export: &Value| export["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut said = texts(&export);
        said.sort();
        assert_eq!(said, ["first words", "sure words"]);
        assert_eq!(export["complaints"][0]["posts"][0]["text"], "Complaint p1");
        let all = export.to_string();
        assert!(!all.contains("difficult") && !all.contains("a note of the desk"), "{all}");
        let whole = admin.get(&format!("{path}?across=L2")).await.expect(200);
        assert_eq!((whole["not_included"].clone(), texts(&whole).len()), (json!([]), 3));
        let reader = app.client(&app.workspace, &[Scope::Read]).await;
        assert_eq!(reader.get(&path).await.code(403), "scope_missing");
    }

    async fn what_was_erased_is_gone_everywhere_and_stop_still_holds(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        hear(&app, &world.connection, "m2", "STOP").await;
        app.decided().await;
        let talk = admin.get(&format!("/v1/conversations/{}", world.conversation)).await.expect(200);
        let customer = talk["customer_id"].as_str().unwrap().to_owned();
        let keyed = admin.request("POST", &format!("/v1/conversations/{}/close", world.conversation)).header("idempotency-key", "k1");
        admin.send(json_body(keyed, &json!({}))).await.expect(200);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM idempotency").await, 1);
        let agreed = json!({"identity_id": talk["identity"]["id"], "purpose": "case.updates", "channel": talk["channel"],
            "method": "written", "granted_at": "2026-11-01T10:00:00Z", "evidence": "Form 4711, signed by Ana"});
        let consent = id(&admin.post("/v1/consents", agreed.clone()).await.expect(201));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM ledger_payload").await, 1);
        let erased = admin.delete(&format!("/v1/customers/{customer}")).await.expect(200);
        assert_eq!(erased["identity_ids"], json!([talk["identity"]["id"]]));
        assert_eq!(admin.get(&format!("/v1/consents/{consent}")).await.expect(200)["state"], "terminated");
        assert_eq!(leaves(&app, &consent).await, ["consent.granted", "consent.terminated", "subject.erased"]);
        assert_eq!(admin.post("/v1/consents", agreed).await.expect(422)["errors"][0]["pointer"], "/identity_id");
        for table in ["body", "identity_key", "callback", "idempotency", "answer_identity", "ledger_payload"] {
            let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(left, 0, "{table}");
        }
        let shown = admin.get(&format!("/v1/complaints/{}", world.complaint)).await.expect(200);
        assert_eq!((&shown["text"], &shown["erased"], &shown["identity"]["erased"]), (&Value::Null, &json!(true), &json!(true)));
        let messages = admin.get(&format!("/v1/conversations/{}/messages", world.conversation)).await.expect(200);
        assert!(messages["data"].as_array().unwrap().iter().all(|one| one["text"].is_null() && one["erased"] == true));
        let path = format!("/v1/conversations/{}/messages", world.conversation);
        assert_eq!(admin.post(&path, json!({"text": "Hello?"})).await.code(409), "erased");
        let shown = admin.get(&format!("/v1/customers/{customer}")).await.expect(200);
        assert_eq!((&shown["identities"][0]["external_id"], &shown["identities"][0]["erased"]), (&Value::Null, &json!(true)));
        until("the end is told", || async {
            admin.get("/v1/events?type=identity.erased").await.expect(200)["data"].as_array().unwrap().len() == 1
        }).await;
        let events = admin.get("/v1/events?limit=200").await.expect(200).to_string();
        assert!(!events.contains("Hello") && !events.contains("Ana") && !events.contains("Complaint p1"), "{events}");
        admin.delete(&format!("/v1/customers/{customer}")).await.expect(200);
        hear(&app, &world.connection, "m3", "Hello again").await;
        app.decided().await;
        let talks = ids_of(&admin.get("/v1/conversations").await.expect(200)["data"]);
        let again = talks.iter().find(|talk| **talk != world.conversation);
        let again = again.unwrap();
        let refused = admin.post(&format!("/v1/conversations/{again}/messages"), json!({"text": "Welcome"})).await;
        assert_eq!(refused.code(422), "opted_out");
    }

    async fn erasing_one_identity_ends_its_links_and_leaves_the_other(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let phone = connection_for(&admin, "phone").await;
        let one = write_from(&app, &admin, &phone, "+12025550143", "words of one").await;
        let other = write_from(&app, &admin, &phone, "+12025550144", "words of the other").await;
        join(&app, &one, &other, Level::L2).await;
        admin.post("/v1/links", json!({"identity_ids": [one["id"], other["id"]], "reason": "note"})).await.expect(200);
        admin.delete(&format!("/v1/identities/{}", id(&one))).await.expect(200);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM link WHERE state <> 'ended'").await, 0);
        let left = admin.get(&format!("/v1/customers/{}", other["customer_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(ids_of(&left["identities"]), [id(&other)]);
        let talks = admin.get("/v1/conversations").await.expect(200);
        let texts = count(&app, "SELECT COUNT(*) FROM body").await;
        assert_eq!((talks["data"].as_array().unwrap().len(), texts), (2, 1));
        let again = json!({"identity_ids": [one["id"], other["id"]], "reason": "x"});
        assert_eq!(admin.post("/v1/links", again).await.expect(422)["errors"][0]["pointer"], "/identity_ids/0");
    }
}
