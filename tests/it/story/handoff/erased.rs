//! A customer is erased in the middle of a handoff: it is over, and the ledger still proves what it proved.

use super::*;

on_both! {
    an_erased_customer_ends_the_handoff_and_leaves_every_proof_valid
}

mod stories {
    use super::*;

    pub async fn an_erased_customer_ends_the_handoff_and_leaves_every_proof_valid(engine: Engine) {
        let stage = Stage::set(engine).await;
        let (_, complaint, handoff, token) = with_token(&stage).await;
        stage.text(PHONE, &format!("JOIN {token}")).await;
        let active = stage.handoff_is(&handoff, "active").await;
        let talk = format!("/v1/conversations/{}", active["conversation_id"].as_str().unwrap());
        let customer = stage.service.get(&talk).await["customer_id"].as_str().unwrap().to_owned();
        let shown = stage.service.get(&format!("/v1/customers/{customer}")).await;
        assert_eq!(shown["identities"].as_array().unwrap().len(), 2, "{shown}");
        assert_eq!(
            (&shown["links"][0]["level"], &shown["links"][0]["proofs"][0]["method"]),
            (&json!("L2"), &json!("dm_token"))
        );
        let export = stage.service.get(&format!("/v1/customers/{customer}/export")).await;
        assert_eq!(
            export["not_included"].as_array().unwrap().len(),
            1,
            "a token is no ground to hand words over"
        );

        let (code, erased) = stage.service.call("DELETE", &format!("/v1/customers/{customer}"), None).await;
        assert_eq!((code, erased["identity_ids"].as_array().unwrap().len()), (200, 2), "{erased}");
        stage.handoff_is(&handoff, "cancelled").await;
        let ended = pairs(&[("handoff.relay", "terminated"), ("identity.link", "terminated")]);
        assert_eq!(stage.consents(&handoff).await, ended);
        stage.told("identity.erased", 2).await;
        let told = stage.told("identity.unlinked", 1).await;
        assert_eq!(told[0]["ended"]["why"], "erased");
        let post = stage.service.get(&format!("/v1/complaints/{complaint}")).await;
        assert_eq!((&post["text"], &post["erased"]), (&Value::Null, &json!(true)));
        let (code, refused) =
            stage.service.call("POST", &format!("{talk}/messages"), Some(json!({"text": "Hello?"}))).await;
        assert_eq!((code, &refused["code"]), (409, &json!("erased")), "{refused}");

        until("all is sealed", || async { stage.sealed().await.matches("subject.erased").count() >= 2 })
            .await;
        let file = stage.service.folder().join("ledger.jsonl");
        std::fs::write(&file, stage.export()).unwrap();
        let verified = stage.service.run(&["ledger", "verify", file.to_str().unwrap()], &[]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));

        stage.text(PHONE, &format!("JOIN {token}")).await;
        stage.text(PHONE, "Is anybody there?").await;
        let opened = stage.told("conversation.opened", 3).await;
        assert_ne!(opened.last().unwrap()["customer_id"], customer.as_str());
        assert_eq!(stage.service.get(&format!("/v1/handoffs/{handoff}")).await["state"], "cancelled");
    }

    impl Stage {
        fn export(&self) -> Vec<u8> {
            self.service.run(&["ledger", "export"], &[]).stdout
        }

        /// The leaves of the ledger, as text.
        async fn sealed(&self) -> String {
            use base64::Engine as _;
            let lines = String::from_utf8(self.export()).unwrap();
            let leaves = lines.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
            let text = |line: Value| {
                let bytes = base64::engine::general_purpose::STANDARD.decode(line["leaf"].as_str().unwrap());
                String::from_utf8(bytes.unwrap()).unwrap()
            };
            leaves.map(text).collect()
        }
    }
}
