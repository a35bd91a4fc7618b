//! A step whose consent cannot be recorded is set aside whole: nothing changes and nobody is told, until it can be.

use std::time::Duration;

use super::{PHONE, Stage, pairs, with_token};
use crate::story::Engine;
use crate::support::engines::on_both;
use crate::support::raw::Raw;
use crate::support::until;

on_both! {
    what_cannot_go_into_the_ledger_neither_happens_nor_is_told
}

/// The ledger's inbox takes nothing.
async fn close_inbox(engine: Engine, raw: &Raw) {
    match engine {
        Engine::Postgres => {
            raw.run(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
            )
            .await;
            let each = "FOR EACH ROW EXECUTE FUNCTION refuse()";
            raw.run(&format!("CREATE TRIGGER closed BEFORE INSERT ON ledger_inbox {each}")).await;
        }
        Engine::Sqlite => {
            let refuse = "BEGIN SELECT RAISE(ABORT, 'full'); END";
            raw.run(&format!("CREATE TRIGGER closed BEFORE INSERT ON ledger_inbox {refuse}")).await;
        }
    }
}

async fn open_inbox(engine: Engine, raw: &Raw) {
    let on = if engine == Engine::Postgres { " ON ledger_inbox" } else { "" };
    raw.run(&format!("DROP TRIGGER closed{on}")).await;
}

mod stories {
    use super::*;

    pub async fn what_cannot_go_into_the_ledger_neither_happens_nor_is_told(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, _, handoff, token) = with_token(&stage).await;
        let asked = pairs(&[("handoff.relay", "requested"), ("identity.link", "requested")]);
        assert_eq!(stage.consents(&handoff).await, asked);
        let raw = Raw::open(&stage.service.location()).await;
        close_inbox(engine, &raw).await;
        // What was told before has come by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = (stage.desk.count(), stage.world.count());
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let aside = "SELECT COUNT(*) FROM inbound_event WHERE state = 'quarantined'";
        until("it is set aside", || async { raw.number(aside).await == 1 }).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(stage.handoff_is(&handoff, "token_sent").await["link_id"], serde_json::Value::Null);
        assert_eq!(stage.consents(&handoff).await, asked);
        assert_eq!((stage.desk.count(), stage.world.count()), before, "nobody outside was told anything");
        open_inbox(engine, &raw).await;
        raw.run("UPDATE inbound_event SET state = 'pending', error = NULL WHERE state = 'quarantined'").await;
        stage.handoff_is(&handoff, "active").await;
        stage.texted(PHONE, "STOP to end").await;
        assert_eq!(stage.texts_to(PHONE), 1, "and all of it once");
        let granted = pairs(&[("handoff.relay", "granted"), ("identity.link", "granted")]);
        assert_eq!(stage.consents(&handoff).await, granted);
        let leaves = "SELECT (SELECT COUNT(*) FROM ledger_inbox) + (SELECT COUNT(*) FROM ledger_leaf)";
        let told = stage.desk.seen().into_iter().filter(|one| {
            let kind = one.json()["type"].as_str().unwrap().to_owned();
            kind.starts_with("consent.") && kind != "consent.sealed"
        });
        assert_eq!(raw.number(leaves).await, i64::try_from(told.count()).unwrap(), "a leaf for each");
    }
}
