//! What a desk reads and writes.

use serde_json::{Value, json};

use super::fixture::{World, complaint_by, custom, hear, id};
use crate::support::app::{Client, TestApp};
use crate::support::engines::both_engines;

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(id).collect()
}

/// All pages of a list.
async fn pages(client: &Client, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}{after}")).await.expect(200);
        pages.push(ids(&page));
        match page["next"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return pages,
        }
    }
}

both_engines! {
    async fn lists_come_in_pages_both_ways(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let mut made = Vec::new();
        for post in ["a", "b", "c", "d", "e"] {
            app.db.clock.advance(std::time::Duration::from_millis(5));
            made.push(id(&admin.post("/v1/complaints", complaint_by(&connection, post)).await.expect(201)));
        }
        let forward = pages(&admin, "/v1/complaints?sort=asc&limit=2").await;
        assert_eq!(forward, [&made[..2], &made[2..4], &made[4..]]);
        made.reverse();
        assert_eq!(pages(&admin, "/v1/complaints?limit=2").await.concat(), made);
        assert_eq!(pages(&admin, "/v1/complaints?limit=5").await, [made.clone()], "no empty last page");
        let newest = &made[0];
        admin.patch(&format!("/v1/complaints/{newest}"), json!({"status": "resolved"})).await.expect(200);
        assert_eq!(pages(&admin, "/v1/complaints?status=resolved&limit=1").await, [[newest.clone()]]);
        assert_eq!(pages(&admin, "/v1/complaints?status=open&sort=asc&limit=3").await.concat().len(), 4);
    }

    async fn complaints_are_filtered_by_the_obvious(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let path = format!("/v1/complaints/{}", world.complaint);
        let one = admin.patch(&path, json!({"assignee": "ada", "tags": ["card"]})).await.expect(200);
        assert_eq!((&one["assignee"], &one["tags"]), (&json!("ada"), &json!(["card"])));
        assert_eq!((&one["text"], &one["identity"]["name"]), (&json!("Complaint p1"), &json!("Ana")));
        assert_eq!(one["posts"][0]["by"], "customer");
        let customer = one["customer_id"].as_str().unwrap();
        for fits in [
            "assignee=ada".to_owned(),
            "channel=custom_post".to_owned(),
            format!("connection_id={}", world.connection),
            format!("customer_id={customer}"),
            "since=2026-11-22T10:00:00Z".to_owned(),
        ] {
            let list = admin.get(&format!("/v1/complaints?{fits}")).await.expect(200);
            assert_eq!(list["data"], json!([one]), "{fits}");
        }
        for misses in ["assignee=bob", "channel=review", "since=2026-11-22T10:00:01Z", "status=ignored"] {
            let list = admin.get(&format!("/v1/complaints?{misses}")).await.expect(200);
            assert_eq!(list["data"], json!([]), "{misses}");
        }
        admin.patch(&path, json!({"assignee": null})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200)["assignee"], Value::Null);
    }

    async fn words_and_numbers_are_looked_for(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let mut made = Vec::new();
        for (post, name) in [("a", "Ana Díaz"), ("b", "Bo"), ("c", "Cora")] {
            app.db.clock.advance(std::time::Duration::from_millis(5));
            let complaint = json!({
                "connection_id": connection, "id": post, "text": format!("The kettle leaks, {post}!"),
                "identity": {"external_id": post, "name": name}
            });
            made.push(id(&admin.post("/v1/complaints", complaint).await.expect(201)));
        }
        for (sought, found) in [
            ("d%C3%8DAZ", &made[..1]), ("kettle%20bo", &made[1..2]), ("%40cora", &made[2..]), ("nobody", &made[..0]),
            ("%2B15005550999", &made[..0]),
        ] {
            assert_eq!(pages(&admin, &format!("/v1/complaints?q={sought}")).await, [found.to_vec()], "{sought}");
        }
        let paged = pages(&admin, "/v1/complaints?q=kettle&sort=asc&limit=1").await;
        assert_eq!(paged.concat(), made);
        assert_eq!(pages(&admin, "/v1/complaints?q=kettle&status=resolved").await.concat(), made[..0]);
        let long = "x".repeat(101);
        admin.get(&format!("/v1/complaints?q={long}")).await.expect(422);
    }

    async fn a_conversation_is_found_by_its_name_and_its_number(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let found = admin.get("/v1/conversations?q=ana").await.expect(200);
        assert_eq!(ids(&found), [world.conversation.as_str()]);
        assert_eq!(ids(&admin.get("/v1/conversations?q=zoe").await.expect(200)), [""; 0]);
        let stranger = app.stranger().await;
        assert_eq!(ids(&stranger.get("/v1/conversations?q=ana").await.expect(200)), [""; 0]);
    }

    async fn the_ways_of_a_complaint_are_those_an_offer_finds(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let complaint = id(&admin.post("/v1/complaints", complaint_by(&connection, "p1")).await.expect(201));
        let path = format!("/v1/complaints/{complaint}");
        let own = admin.get(&format!("{path}/ways")).await.expect(200);
        assert_eq!(own["not_offered"], Value::Null);
        let before = admin.get(&path).await.expect(200);
        let first = own["possible"][0].clone();
        let offered = admin.post(&format!("{path}/handoffs"), json!({})).await.expect(201);
        assert_eq!((&offered["path"], &offered["channel"]), (&first["path"], &first["channel"]), "{own}");
        assert!(offered["version"].is_i64() && before["handoff"].is_null(), "asking changed nothing");
        let after = admin.get(&format!("{path}/ways")).await.expect(200);
        assert_eq!(after["not_offered"]["code"], "handoff_live");
        let stranger = app.stranger().await;
        stranger.get(&format!("{path}/ways")).await.expect(404);
    }

    async fn a_public_reply_gives_nothing_away(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let number = json!({
            "provider": "twilio", "name": "Support SMS", "secrets": {"auth_token": "secret"},
            "account": {"account_sid": "AC00000000000000000000000000000001", "number": "+15005550006"}
        });
        let path = format!("/v1/complaints/{}/replies", world.complaint);
        let ours = json!({"text": "Please text us at +1 500 555 0006."});
        assert_eq!(admin.post(&path, ours.clone()).await.code(422), "public_leak", "not ours yet");
        let own = id(&admin.post("/v1/connections", number).await.expect(201));
        for text in ["Is it +44 20 7946 0958?", "We wrote to ana@mail.example", "Card 4242 4242 4242 4242"] {
            let refused = admin.post(&path, json!({"text": text})).await.expect(422);
            assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!("public_leak"), &json!("/text")));
            let said = refused.to_string();
            assert!(!said.contains("7946") && !said.contains("ana@") && !said.contains("4242"), "{said}");
        }
        let thread = admin.get(&format!("/v1/complaints/{}", world.complaint)).await.expect(200);
        assert_eq!(thread["posts"].as_array().unwrap().len(), 1, "nothing was stored");
        admin.post(&path, ours.clone()).await.expect(202);
        let stranger = app.stranger().await;
        let theirs = World::new(&app, &stranger).await;
        let path = format!("/v1/complaints/{}/replies", theirs.complaint);
        assert_eq!(stranger.post(&path, ours.clone()).await.code(422), "public_leak", "another workspace's");
        admin.delete(&format!("/v1/connections/{own}")).await.expect(204);
        let path = format!("/v1/complaints/{}/replies", world.complaint);
        assert_eq!(admin.post(&path, ours).await.code(422), "public_leak", "no longer ours");
    }

    async fn messages_come_in_the_order_they_were_written(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let path = format!("/v1/conversations/{}/messages", world.conversation);
        let send = json!({"text": "Hello Ana", "agent": {"name": "Ada B", "initials": "AB"}, "client_ref": "t-1"});
        let sent = admin.post(&path, send).await.expect(202);
        assert_eq!((&sent["status"], &sent["text"]), (&json!("queued"), &json!("Hello Ana ^AB")));
        assert_eq!((&sent["direction"], &sent["client_ref"]), (&json!("out"), &json!("t-1")));
        hear(&app, &world.connection, "m2", "Thanks").await;
        while ids(&admin.get(&path).await.expect(200)).len() < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let all = pages(&admin, &format!("{path}?limit=2")).await;
        assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((&all[0][0], &all[0][1]), (&world.message, &id(&sent)));
        let mut back = pages(&admin, &format!("{path}?limit=2&sort=desc")).await.concat();
        back.reverse();
        assert_eq!(back, all.concat());
    }

    async fn a_conversation_is_read_assigned_and_closed(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let path = format!("/v1/conversations/{}", world.conversation);
        assert_eq!(admin.get(&path).await.expect(200)["unread"], 1);
        let changed = admin.patch(&path, json!({"assignee": "ada", "unread": 0})).await.expect(200);
        assert_eq!((&changed["assignee"], &changed["unread"]), (&json!("ada"), &json!(0)));
        assert_eq!(admin.get("/v1/conversations?assignee=ada&status=open").await.expect(200)["data"], json!([changed]));
        let closed = admin.send(admin.request("POST", &format!("{path}/close"))).await.expect(200);
        assert_eq!(closed["status"], "closed");
        assert_eq!(ids(&admin.get("/v1/conversations?status=closed&sort=asc").await.expect(200)), [world.conversation]);
    }

    async fn the_keys_agent_speaks_by_default(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let world = World::new(&app, &admin).await;
        let key = json!({"name": "Ada", "scopes": ["write"], "agent": {"name": "Ada B", "initials": "ab"}});
        let secret = admin.post("/v1/keys", key).await.expect(201)["secret"].as_str().unwrap().to_owned();
        let ada = app.anybody().with_key(&secret);
        let messages = format!("/v1/conversations/{}/messages", world.conversation);
        assert_eq!(ada.post(&messages, json!({"text": "Hi"})).await.expect(202)["text"], "Hi ^AB");
    }

    async fn a_complaint_is_stored_once(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let one = admin.post("/v1/complaints", complaint_by(&connection, "p")).await.expect(201);
        let two = admin.post("/v1/complaints", complaint_by(&connection, "p")).await.expect(200);
        assert_eq!(one["id"], two["id"]);
        let read = admin.get(&format!("/v1/complaints/{}", id(&one))).await.expect(200);
        assert_eq!(read, two);
    }

    async fn an_operator_sees_workspaces_and_providers_are_described(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, _) = (app.admin().await, app.stranger().await);
        let operator = app.client(&app.workspace, &[segue::domain::scope::Scope::Operator]).await;
        let listed = operator.get("/v1/workspaces").await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
        assert!(!listed.to_string().contains("sk_"));
        let providers = admin.get("/v1/providers").await.expect(200);
        let twilio = providers["data"].as_array().unwrap().iter().find(|one| one["name"] == "twilio").unwrap();
        assert_eq!(twilio["secrets"][0]["name"], "auth_token");
        assert_eq!(twilio["account"][1]["one_of"], "sender");
    }
}
