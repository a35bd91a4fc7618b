//! The bridge on both engines: facts in, state and events out.

mod desk;
mod facts;
mod links;

use std::time::Duration;

use segue::bridge::command::{As, ComplaintPatch, CreateComplaint, Resolve, SendMessage};
use segue::bridge::{CommandError, Refusal};
use segue::domain::event::EventType;
use segue::domain::failure::{Failure, FailureCode};
use segue::domain::inbound::{Fact, SendResult, Trust};
use segue::domain::message::MessageStatus;

use crate::support::engines::both_engines;
use desk::Desk;
use facts::{accepted, echoed, edited, outcome, posted, posted_on_x, removed, said, status, wrote};

both_engines! {
    async fn a_first_text_opens_a_conversation_and_the_next_joins_it(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        desk.hear(said("m2", "+12025550143", "Anybody there?")).await;
        let told = desk.told();
        let kinds: Vec<EventType> = told.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [EventType::ConversationOpened, EventType::MessageReceived, EventType::MessageReceived]
        );
        let seqs: Vec<i64> = told.iter().map(|event| event.subject_seq).collect();
        assert_eq!(seqs, [1, 2, 3]);
        assert!(told.iter().all(|event| event.subject == told[0].subject));
        assert_eq!(told[2].data["text"], "Anybody there?");
    }

    async fn a_repeated_callback_is_one_message(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let again = desk.accept(vec![said("m1", "+12025550143", "Hello")], Trust::Signed).await;
        assert_eq!((again.fresh, again.duplicates, again.altered), (0, 1, 0));
        let other = desk.accept(vec![said("m1", "+12025550143", "Changed")], Trust::Signed).await;
        assert_eq!((other.duplicates, other.altered), (1, 1));
        desk.settle().await;
        assert_eq!(desk.count(EventType::MessageReceived), 1);
    }

    async fn a_batch_keeps_its_order_and_opens_one_conversation(db: TestStore) {
        let desk = Desk::new(db).await;
        let batch = (0..50).map(|at| said(&format!("m{at}"), "+12025550143", &format!("text {at}"))).collect();
        desk.accept(batch, Trust::Signed).await;
        desk.settle().await;
        let texts: Vec<String> = desk
            .told()
            .into_iter()
            .filter(|event| event.kind == EventType::MessageReceived)
            .map(|event| event.data["text"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(texts, (0..50).map(|at| format!("text {at}")).collect::<Vec<_>>());
        assert_eq!(desk.count(EventType::ConversationOpened), 1);
    }

    async fn a_forged_text_does_not_swallow_the_real_one(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.accept(vec![said("m1", "+12025550143", "forged")], Trust::Unsigned).await;
        let real = desk.accept(vec![said("m1", "+12025550143", "real")], Trust::Signed).await;
        assert_eq!(real.fresh, 1);
        desk.settle().await;
        assert_eq!(desk.count(EventType::MessageReceived), 2);
    }

    async fn stop_suppresses_and_start_lifts_it(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        desk.hear(said("m2", "+12025550143", " Stop. ")).await;
        assert_eq!(refused(desk.send(&talk, "Sorry").await), "opted_out");
        desk.accept(vec![said("m3", "+12025550143", "START")], Trust::Unsigned).await;
        desk.settle().await;
        assert_eq!(refused(desk.send(&talk, "Sorry").await), "opted_out");
        desk.hear(said("m4", "+12025550143", "START")).await;
        assert_eq!(desk.send(&talk, "Welcome back").await.unwrap().status, 202);
    }

    async fn stop_and_start_in_one_batch_end_as_they_came(db: TestStore) {
        let desk = Desk::new(db).await;
        let batch = |first: &str, last: &str, from: &str| {
            vec![said(&format!("{from}1"), from, first), said(&format!("{from}2"), from, last)]
        };
        desk.accept(batch("START", "STOP", "+12025550143"), Trust::Signed).await;
        desk.settle().await;
        assert_eq!(refused(desk.send(&desk.conversation(), "no").await), "opted_out");
        desk.accept(batch("STOP", "START", "+12025550144"), Trust::Signed).await;
        desk.settle().await;
        assert_eq!(desk.send(&desk.conversation(), "yes").await.unwrap().status, 202);
    }

    async fn stop_takes_back_what_is_not_yet_sent(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        desk.send(&talk, "On its way").await.unwrap();
        desk.hear(said("m2", "+12025550143", "STOP")).await;
        let failed = desk.last(EventType::MessageFailed);
        assert_eq!(failed.data["failure"]["code"], "opted_out");
        assert_eq!(failed.data["status"], "failed");
    }

    async fn a_long_text_is_one_message_of_several_sends(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        let answer = desk.send(&talk, &"word ".repeat(2400)).await.unwrap();
        assert_eq!(answer.body["text"].as_str().unwrap().len(), 12_000);
        assert_eq!(answer.body["segments"]["count"], 79);
        let sends = desk.sends();
        assert_eq!(sends.len(), 2);
        desk.hear(outcome(&sends[0], SendResult::Accepted { provider_id: Some("SM1".into()), status: MessageStatus::Queued, reached: None }, 1)).await;
        assert_eq!(desk.count(EventType::MessageSent), 0);
        desk.hear(outcome(&sends[1], SendResult::Accepted { provider_id: Some("SM2".into()), status: MessageStatus::Queued, reached: None }, 1)).await;
        assert_eq!(desk.count(EventType::MessageSent), 1);
        desk.hear(status("SM1", MessageStatus::Delivered)).await;
        desk.hear(status("SM2", MessageStatus::Delivered)).await;
        assert_eq!(desk.count(EventType::MessageDelivered), 1);
        desk.hear(status("SM2", MessageStatus::Sent)).await;
        assert_eq!(desk.last(EventType::MessageDelivered).data["status"], "delivered");
        assert_eq!(desk.count(EventType::MessageSent), 1);
    }

    async fn initials_end_the_text(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let input: SendMessage = serde_json::from_value(serde_json::json!({
            "text": "We are on it.", "agent": {"name": "Ada B", "initials": "AB"}, "client_ref": "t-1"
        })).unwrap();
        let answer = desk.bridge.send_message(&desk.caller(), &desk.conversation(), input).await.unwrap();
        assert_eq!(answer.body["text"], "We are on it. ^AB");
        assert_eq!(answer.body["client_ref"], "t-1");
        assert_eq!(answer.body["status"], "queued");
    }

    async fn a_status_before_its_send_is_known_waits_for_it(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        desk.send(&desk.conversation(), "Hi").await.unwrap();
        desk.hear(status("SM9", MessageStatus::Delivered)).await;
        assert_eq!(desk.count(EventType::MessageDelivered), 0);
        let send = desk.sends().remove(0);
        desk.hear(outcome(&send, accepted("SM9"), 1)).await;
        assert_eq!(desk.count(EventType::MessageDelivered), 1);
    }

    async fn an_unknown_send_is_settled_by_its_status(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let id = desk.send(&desk.conversation(), "Hi").await.unwrap().body["id"].as_str().unwrap().to_owned();
        let send = desk.sends().remove(0);
        desk.hear(outcome(&send, SendResult::Unknown, 1)).await;
        assert_eq!(desk.count(EventType::MessageUnknown), 1);
        desk.hear(outcome(&send, SendResult::Unresolved, 1)).await;
        assert_eq!(desk.last(EventType::TaskOpened).data["subject"], id.as_str());
        let Fact::MessageStatus(mut report) = status("SM7", MessageStatus::Delivered).fact else { panic!() };
        report.part = Some(facts::part(&id));
        desk.hear(facts::fact("status-SM7-part", Fact::MessageStatus(report))).await;
        assert_eq!(desk.count(EventType::MessageDelivered), 1);
        assert_eq!(desk.last(EventType::TaskClosed).data["resolution"], "delivered");
    }

    async fn a_person_settles_an_unknown_send(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let answer = desk.send(&desk.conversation(), "Hi").await.unwrap();
        let id = answer.body["id"].as_str().unwrap().parse_id();
        let resolve = |how| desk.bridge.resolve_message(&desk.caller, &id, Resolve { how });
        assert_eq!(conflict(resolve(As::Sent).await), "not_unknown");
        let send = desk.sends().remove(0);
        desk.hear(outcome(&send, SendResult::Unknown, 1)).await;
        assert_eq!(resolve(As::Resend).await.unwrap().body["status"], "unknown");
        let again = desk.sends().pop().unwrap();
        assert_ne!(again, send);
        desk.hear(outcome(&again, accepted("SM8"), 1)).await;
        assert_eq!(desk.count(EventType::MessageSent), 1);
    }

    async fn a_refusal_for_opt_out_suppresses_the_recipient(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        desk.send(&talk, "Hi").await.unwrap();
        let failure = Failure::by_provider(FailureCode::OptedOut, "21610", "unsubscribed recipient");
        desk.hear(outcome(&desk.sends()[0], SendResult::Failed { failure }, 1)).await;
        assert_eq!(desk.last(EventType::MessageFailed).data["failure"]["provider_code"], "21610");
        assert_eq!(refused(desk.send(&talk, "Again").await), "opted_out");
    }

    async fn closing_and_a_new_text_reopen_the_same_conversation(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        assert_eq!(desk.bridge.close_conversation(&desk.caller, &talk).await.unwrap().body["status"], "closed");
        desk.hear(said("m2", "+12025550143", "One more thing")).await;
        assert_eq!(desk.conversation(), talk);
        assert_eq!(desk.last(EventType::ConversationUpdated).data["status"], "open");
    }

    async fn another_version_is_refused(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        let stale = segue::bridge::Caller { if_match: Some(99), ..desk.caller() };
        let refusal = desk.bridge.close_conversation(&stale, &talk).await.unwrap_err();
        assert!(matches!(refusal, CommandError::Refused(Refusal::VersionMismatch { current: 1 })));
    }

    async fn a_public_thread_is_one_complaint(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        desk.hear(posted("p2", "t1", "ana", "Hello?")).await;
        desk.hear(posted("p3", "t1", "ben", "Me too")).await;
        assert_eq!(desk.count(EventType::ComplaintCreated), 2);
        let grown = desk.last(EventType::ComplaintUpdated);
        assert_eq!(grown.data["posts"].as_array().unwrap().len(), 2);
        assert_eq!(grown.data["text"], "Charged twice");
        assert_eq!(grown.data["identity"]["handle"], "ana");
    }

    async fn an_edit_is_a_new_body_and_a_deletion_is_a_fact(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(edited("p1", "Charged three times")).await;
        assert_eq!(desk.told().len(), 0);
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        let updated = desk.last(EventType::ComplaintUpdated);
        assert_eq!(updated.data["text"], "Charged three times");
        assert_eq!(desk.last(EventType::ComplaintCreated).data["text"], "Charged twice");
        let complaint = desk.complaint();
        let shown = desk.bridge.update_complaint(&desk.caller, &complaint, ComplaintPatch::default());
        assert_eq!(shown.await.unwrap().body["text"], "Charged three times");
        desk.hear(removed("p1")).await;
        assert!(desk.last(EventType::ComplaintDeleted).data["posts"][0]["deleted_at"].is_string());
    }

    async fn an_edit_that_came_before_its_post_does_not_undo_a_newer_one(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.accept(vec![edited("p1", "Old words"), posted("p1", "t1", "ana", "Charged twice")], Trust::Signed).await;
        desk.settle().await;
        desk.hear(edited("p1", "New words")).await;
        assert_eq!(desk.count(EventType::ComplaintUpdated), 2);
        assert_eq!(desk.last(EventType::ComplaintUpdated).data["text"], "New words");
    }

    async fn a_public_reply_stops_the_clock_once_it_stands(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        let complaint = desk.complaint();
        let reply = serde_json::from_value(serde_json::json!({"text": "We are sorry."})).unwrap();
        let answer = desk.bridge.reply(&desk.caller, &complaint, reply).await.unwrap();
        assert_eq!((answer.status, answer.body["status"].as_str()), (202, Some("queued")));
        let send = desk.sends().remove(0);
        desk.hear(outcome(&send, accepted("r1"), 1)).await;
        assert_eq!(desk.last(EventType::ReplySent).data["text"], "We are sorry.");
        let shown = desk.bridge.update_complaint(&desk.caller, &complaint, ComplaintPatch::default()).await.unwrap();
        assert!(shown.body["first_reply_at"].is_string());
        assert_eq!(shown.body["status"], "waiting");
    }

    async fn what_its_author_took_away_is_gone_where_the_platform_demands_it(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(posted_on_x("p1", "t1", "ana", "Charged twice")).await;
        desk.hear(edited("p1", "Charged three times")).await;
        let first = &desk.stored().await[0];
        assert_eq!(first.data["text"], serde_json::Value::Null, "the rewritten text is gone: {}", first.data);
        assert_eq!(desk.last(EventType::ComplaintUpdated).data["text"], "Charged three times");
        desk.hear(removed("p1")).await;
        for told in desk.stored().await {
            assert_eq!(told.data["text"], serde_json::Value::Null, "{}", told.data);
            assert_eq!(told.data["posts"][0]["erased"], true, "{}", told.data);
        }
        assert_eq!(desk.count(EventType::ComplaintDeleted), 1);
    }

    async fn a_complaint_says_its_language(db: TestStore) {
        let desk = Desk::new(db).await;
        let text = "Me han cobrado dos veces y nadie contesta el teléfono de atención al cliente";
        desk.hear(posted("p1", "t1", "ana", text)).await;
        assert_eq!(desk.last(EventType::ComplaintCreated).data["language"], "es");
        desk.hear(posted("p2", "t2", "ben", "ok")).await;
        assert_eq!(desk.last(EventType::ComplaintCreated).data["language"], serde_json::Value::Null);
    }

    async fn an_answer_made_in_the_platforms_app_is_ours_and_stops_the_clock(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(echoed("r1", "p1", "We are on it.")).await;
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        let sent = desk.last(EventType::ReplySent);
        assert_eq!((sent.data["by"].as_str(), sent.data["text"].as_str()), (Some("brand"), Some("We are on it.")));
        let complaint = desk.complaint();
        let shown = desk.bridge.update_complaint(&desk.caller, &complaint, ComplaintPatch::default()).await.unwrap();
        assert!(shown.body["first_reply_at"].is_string());
        assert_eq!(shown.body["status"], "waiting");
        assert_eq!(shown.body["posts"].as_array().unwrap().len(), 2);
    }

    async fn the_echo_of_our_own_reply_is_no_second_one(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        let complaint = desk.complaint();
        let reply = serde_json::from_value(serde_json::json!({"text": "We are sorry."})).unwrap();
        desk.bridge.reply(&desk.caller, &complaint, reply).await.unwrap();
        let send = desk.sends().remove(0);
        desk.hear(echoed("r1", "p1", "We are sorry.")).await;
        desk.hear(outcome(&send, accepted("r1"), 1)).await;
        assert_eq!(desk.count(EventType::ReplySent), 1);
        let shown = desk.bridge.update_complaint(&desk.caller, &complaint, ComplaintPatch::default()).await.unwrap();
        assert_eq!(shown.body["posts"].as_array().unwrap().len(), 2);
    }

    async fn what_a_colleague_wrote_in_the_platforms_app_stands_in_the_conversation(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("SM1", "+12025550143", "Hello")).await;
        desk.hear(wrote("m_1", "+12025550143", "How can we help?")).await;
        let sent = desk.last(EventType::MessageSent);
        assert_eq!((sent.data["direction"].as_str(), sent.data["text"].as_str()), (Some("out"), Some("How can we help?")));
        assert_eq!(desk.count(EventType::ConversationOpened), 1);
        desk.hear(wrote("m_1", "+12025550143", "How can we help?")).await;
        assert_eq!(desk.count(EventType::MessageSent), 1);
    }

    async fn the_echo_of_our_own_message_confirms_it(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("SM1", "+12025550143", "Hello")).await;
        let text: SendMessage = serde_json::from_value(serde_json::json!({"text": "How can we help?"})).unwrap();
        let queued = desk.bridge.send_message(&desk.caller, &desk.conversation(), text).await.unwrap();
        let send = desk.sends().remove(0);
        desk.hear(wrote("m_1", "+12025550143", "How can we help?")).await;
        assert_eq!(desk.last(EventType::MessageSent).data["id"], queued.body["id"]);
        desk.hear(outcome(&send, accepted("m_1"), 1)).await;
        assert_eq!(desk.count(EventType::MessageSent), 1);
    }

    async fn a_reply_and_its_echo_are_one_when_they_are_decided_together(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(posted("p1", "t1", "ana", "Charged twice")).await;
        let complaint = desk.complaint();
        let reply = serde_json::from_value(serde_json::json!({"text": "We are sorry."})).unwrap();
        desk.bridge.reply(&desk.caller, &complaint, reply).await.unwrap();
        let send = desk.sends().remove(0);
        let both = vec![outcome(&send, accepted("r1"), 1), echoed("r1", "p1", "We are sorry.")];
        desk.accept(both, Trust::Signed).await;
        desk.settle().await;
        assert_eq!(desk.count(EventType::ReplySent), 1);
        let shown = desk.bridge.update_complaint(&desk.caller, &complaint, ComplaintPatch::default()).await.unwrap();
        assert_eq!(shown.body["posts"].as_array().unwrap().len(), 2);
    }

    async fn a_message_its_echo_and_its_status_are_one_when_they_are_decided_together(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("SM1", "+12025550143", "Hello")).await;
        desk.send(&desk.conversation(), "How can we help?").await.unwrap();
        let send = desk.sends().remove(0);
        let all = vec![
            outcome(&send, accepted("m_1"), 1),
            wrote("m_1", "+12025550143", "How can we help?"),
            status("m_1", MessageStatus::Delivered),
        ];
        desk.accept(all, Trust::Signed).await;
        desk.settle().await;
        assert_eq!((desk.count(EventType::MessageSent), desk.count(EventType::MessageDelivered)), (1, 1));
    }

    async fn a_complaint_can_come_by_the_api(db: TestStore) {
        let desk = Desk::new(db).await;
        let input = || -> CreateComplaint {
            serde_json::from_value(serde_json::json!({
                "connection_id": desk.connection, "channel": "review", "id": "r-1", "text": "Two stars",
                "identity": {"external_id": "31337", "name": "Ana"}
            })).unwrap()
        };
        let made = desk.bridge.create_complaint(&desk.caller, input()).await.unwrap();
        assert_eq!((made.status, made.body["channel"].as_str()), (201, Some("review")));
        let again = desk.bridge.create_complaint(&desk.caller, input()).await.unwrap();
        assert_eq!((again.status, &again.body["id"]), (200, &made.body["id"]));
    }

    async fn one_idempotency_key_is_one_effect(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m1", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        let keyed = desk.keyed(1, b"body");
        let first = desk.send_as(&keyed, &talk, "Hi").await.unwrap();
        let second = desk.send_as(&keyed, &talk, "Hi").await.unwrap();
        assert_eq!(first, second);
        assert_eq!(desk.count(EventType::MessageQueued), 1);
        let other = desk.send_as(&desk.keyed(1, b"other"), &talk, "Ho").await.unwrap_err();
        assert!(matches!(other, CommandError::IdempotencyMismatch));
    }

    async fn commands_and_facts_at_once_lose_nothing(db: TestStore) {
        let desk = Desk::new(db).await;
        desk.hear(said("m0", "+12025550143", "Hello")).await;
        let talk = desk.conversation();
        let facts = async {
            for at in 1..=20 {
                desk.accept(vec![said(&format!("m{at}"), "+12025550143", "more")], Trust::Signed).await;
            }
        };
        let sends = futures_util::future::join_all((0..20).map(|_| desk.send(&talk, "answer")));
        let ((), sent) = tokio::join!(facts, tokio::time::timeout(Duration::from_secs(30), sends));
        let mut sent = sent.unwrap().into_iter().filter(Result::is_ok).count();
        while sent < 20 {
            sent += usize::from(desk.send(&talk, "answer").await.is_ok());
        }
        desk.settle().await;
        assert_eq!((desk.count(EventType::MessageReceived), desk.count(EventType::MessageQueued)), (21, 20));
        let mut seqs: Vec<i64> = desk.told().iter().map(|event| event.subject_seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    }
}

fn refused(outcome: segue::bridge::Outcome) -> String {
    match outcome {
        Err(CommandError::Refused(Refusal::Policy { code, .. })) => code,
        Err(CommandError::Refused(Refusal::Rule { reason, .. })) => reason.as_str().to_owned(),
        other => panic!("expected a policy refusal, got {other:?}"),
    }
}

fn conflict(outcome: segue::bridge::Outcome) -> String {
    match outcome {
        Err(CommandError::Refused(Refusal::Conflict { code, .. })) => code,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

trait ParseId {
    fn parse_id(&self) -> segue::domain::id::MessageId;
}

impl ParseId for str {
    fn parse_id(&self) -> segue::domain::id::MessageId {
        segue::domain::id::MessageId::parse(self).unwrap()
    }
}
