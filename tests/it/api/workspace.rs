//! The settings of a workspace.

use serde_json::{Value, json};

use super::fixture::{complaint_by, custom, id};
use crate::support::app::{TestApp, json_body};
use crate::support::engines::both_engines;

const PATH: &str = "/v1/workspace";

both_engines! {
    async fn a_workspace_begins_with_the_defaults(db: TestStore) {
        let app = TestApp::start(db).await;
        let shown = app.admin().await.get(PATH).await.expect(200);
        assert_eq!((&shown["id"], &shown["brand"]), (&json!(app.workspace), &json!("Default")));
        assert_eq!(shown["prefers"], json!(["sms", "whatsapp", "messenger", "x_dm"]));
        assert_eq!(shown["quiet_hours"], json!({"start": "20:00", "end": "09:00"}));
        assert_eq!(shown["countries"], json!({"allow": [], "deny": ["IN"]}));
        assert_eq!((&shown["link_level"], &shown["revocation_scope"]), (&json!("L2"), &json!("brand")));
        assert_eq!(shown["limits"]["invite_ttl_seconds"], 604_800);
        assert_eq!(shown["version"], 1);
    }

    async fn a_setting_is_set_and_taken_back(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let patch = json!({"brand": "Example", "profile_zone": "Europe/Berlin", "limits": {"code_tries": 3},
            "quiet_hours": {"start": "21:00"}, "leak_patterns": ["\\bIBAN\\b"]});
        let changed = admin.patch(PATH, patch).await;
        assert_eq!(changed.header("etag"), "\"v2\"");
        let changed = changed.expect(200);
        assert_eq!(admin.get(PATH).await.expect(200), changed);
        assert_eq!((&changed["brand"], &changed["profile_zone"]), (&json!("Example"), &json!("Europe/Berlin")));
        assert_eq!(changed["quiet_hours"], json!({"start": "21:00", "end": "09:00"}));
        assert_eq!((&changed["limits"]["code_tries"], &changed["limits"]["code_sessions_per_day"]), (&json!(3), &json!(3)));
        let back = json!({"brand": null, "limits": {"code_tries": null}});
        let back = admin.patch(PATH, back).await.expect(200);
        assert_eq!((&back["brand"], &back["limits"]["code_tries"]), (&json!("Default"), &json!(5)));
        assert_eq!(back["profile_zone"], "Europe/Berlin");
        let log = admin.get("/v1/audit").await.expect(200);
        let acts: Vec<&Value> = log["data"].as_array().unwrap().iter().map(|act| &act["action"]).collect();
        assert_eq!(acts, ["PATCH /v1/workspace", "PATCH /v1/workspace"]);
        assert_eq!(log["data"][0]["subject"], json!(app.workspace));
    }

    async fn a_wrong_setting_is_named_and_changes_nothing(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let wrong = [
            (json!({"color": "red"}), "/color"),
            (json!({"brand": 7}), "/brand"),
            (json!({"profile_zone": "Mars/Olympus"}), "/profile_zone"),
            (json!({"quiet_hours": {"start": "9:00"}}), "/quiet_hours/start"),
            (json!({"limits": {"invite_ttl": 5}}), "/limits/invite_ttl"),
            (json!({"limits": {"invite_ttl_seconds": 5}}), "/limits/invite_ttl_seconds"),
            (json!({"link_level": "L0"}), "/link_level"),
            (json!({"countries": {"allow": ["USA"]}}), "/countries/allow/0"),
            (json!({"leak_patterns": ["("]}), "/leak_patterns/0"),
        ];
        for (patch, pointer) in wrong {
            let problem = admin.patch(PATH, patch.clone()).await.expect(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{patch}: {problem}");
        }
        assert_eq!(admin.get(PATH).await.expect(200)["version"], 1);
    }

    async fn what_may_stand_in_public_is_the_workspaces_to_say(db: TestStore) {
        let app = TestApp::start(db).await;
        let admin = app.admin().await;
        let connection = id(&admin.post("/v1/connections", custom()).await.expect(201));
        let complaint = id(&admin.post("/v1/complaints", complaint_by(&connection, "p1")).await.expect(201));
        let path = format!("/v1/complaints/{complaint}/replies");
        let (number, iban) = (json!({"text": "Call +1 800 555 0199."}), json!({"text": "Do not send your iban here."}));
        assert_eq!(admin.post(&path, number.clone()).await.code(422), "public_leak");
        admin.post(&path, iban.clone()).await.expect(202);
        let bounds = json!({"public_addresses": ["+18005550199"], "leak_patterns": ["\\bIBAN\\b"]});
        admin.patch(PATH, bounds).await.expect(200);
        admin.post(&path, number).await.expect(202);
        assert_eq!(admin.post(&path, iban).await.code(422), "public_leak");
    }

    async fn settings_are_one_workspaces_own_and_an_admins_to_change(db: TestStore) {
        let app = TestApp::start(db).await;
        let (admin, stranger) = (app.admin().await, app.stranger().await);
        admin.patch(PATH, json!({"brand": "Example"})).await.expect(200);
        assert_eq!(stranger.get(PATH).await.expect(200)["brand"], "Another");
        let writer = app.client(&app.workspace, &[segue::domain::scope::Scope::Write]).await;
        assert_eq!(writer.patch(PATH, json!({"brand": "X"})).await.code(403), "scope_missing");
        let stale = json_body(admin.request("PATCH", PATH).header("if-match", "\"v1\""), &json!({"brand": "X"}));
        assert_eq!(admin.send(stale).await.code(409), "version_mismatch");
    }
}
