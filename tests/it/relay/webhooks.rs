//! Events on their way to webhooks.

use std::time::Duration;

use standardwebhooks::Webhook as Receiving;

use super::kit::{Kit, signing_secret};
use crate::support::engines::both_engines;
use crate::support::receiver::{Answer, Receiver};
use crate::support::until;

both_engines! {
    async fn an_event_arrives_signed_and_is_settled(db: TestStore) {
        let kit = Kit::new(db).await;
        let receiver = Receiver::start(Answer::Status(204)).await;
        let webhook = kit.webhook(&receiver.url, "*").await;
        let event = kit.tell("conv_1", &webhook).await;
        until("it is settled", || async { kit.count("settled").await == 1 }).await;
        let got = receiver.got().remove(0);
        assert_eq!(got.header("webhook-id"), event);
        let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!((&body["id"], &body["data"]["number"]), (&event.into(), &1.into()));
        let tag = got.header("webhook-signature").split(',').nth(1).unwrap();
        let signed = format!("{}.{}.{}", got.header("webhook-id"), got.header("webhook-timestamp"), got.body);
        assert!(!tag.is_empty() && !signed.is_empty());
        let ours = Receiving::new(signing_secret().expose()).unwrap();
        let at = got.header("webhook-timestamp").parse().unwrap();
        let expected = ours.sign(got.header("webhook-id"), at, got.body.as_bytes()).unwrap();
        assert_eq!(got.header("webhook-signature"), expected);
    }

    async fn a_lane_keeps_its_order_through_failures(db: TestStore) {
        let kit = Kit::new(db).await;
        let receiver = Receiver::start(Answer::Status(500)).await;
        let webhook = kit.webhook(&receiver.url, "*").await;
        let first = kit.tell("conv_1", &webhook).await;
        until("the first failed", || async { kit.count("pending").await == 1 }).await;
        let (second, third) = (kit.tell("conv_1", &webhook).await, kit.tell("conv_1", &webhook).await);
        receiver.answer(Answer::Status(200));
        kit.pass(1);
        let beside = kit.tell("conv_2", &webhook).await;
        until("another lane goes on", || async { kit.count("settled").await == 1 }).await;
        assert_eq!(receiver.ids(), [first.clone(), beside.clone()]);
        kit.pass(10);
        until("all are settled", || async { kit.count("settled").await == 4 }).await;
        assert_eq!(receiver.ids(), [first.clone(), beside, first, second, third]);
    }

    async fn what_waits_behind_a_failing_head_in_memory_stays_behind_it(db: TestStore) {
        let kit = Kit::new(db).await;
        let receiver = Receiver::start(Answer::Silence).await;
        let webhook = kit.webhook(&receiver.url, "*").await;
        let mut events = Vec::new();
        for _ in 0..5 {
            events.push(kit.tell("conv_1", &webhook).await);
        }
        until("the head is on the wire", || async { receiver.ids().len() == 1 }).await;
        assert_eq!(kit.count("leased").await, 5);
        receiver.answer(Answer::Status(200));
        until("all wait in the database", || async { kit.count("pending").await == 5 }).await;
        kit.pass(10);
        until("all are settled", || async { kit.count("settled").await == 5 }).await;
        let expected: Vec<String> = [events[0].clone()].into_iter().chain(events).collect();
        assert_eq!(receiver.ids(), expected);
    }

    async fn after_three_tries_a_head_leaves_its_lane(db: TestStore) {
        let kit = Kit::new(db).await;
        let receiver = Receiver::start(Answer::Status(500)).await;
        let webhook = kit.webhook(&receiver.url, "*").await;
        let first = kit.tell("conv_1", &webhook).await;
        for tries in 1..=2 {
            until("it failed", || async { receiver.ids().len() == tries && kit.count("pending").await == 1 }).await;
            kit.pass(400);
        }
        until("it left", || async { kit.raw.number("SELECT COUNT(*) FROM delivery WHERE holds = 0").await == 1 }).await;
        receiver.answer(Answer::Status(200));
        let second = kit.tell("conv_1", &webhook).await;
        until("the second is settled", || async { kit.count("settled").await == 1 }).await;
        assert_eq!(receiver.ids(), [first.clone(), first.clone(), first, second]);
    }

    async fn a_dead_endpoint_does_not_hold_up_another(db: TestStore) {
        let kit = Kit::new(db).await;
        let (dead, alive) = (Receiver::start(Answer::Silence).await, Receiver::start(Answer::Status(200)).await);
        let (to_dead, to_alive) = (kit.webhook(&dead.url, "*").await, kit.webhook(&alive.url, "*").await);
        for number in 0..100 {
            kit.tell(&format!("conv_{number}"), &to_dead).await;
        }
        for number in 0..20 {
            kit.tell(&format!("conv_{number}"), &to_alive).await;
        }
        until("the living one has all", || async { alive.ids().len() == 20 }).await;
        assert!(dead.ids().len() <= 32);
    }

    async fn a_circuit_opens_probes_once_and_closes(db: TestStore) {
        let kit = Kit::new(db).await;
        let (failing, watching) =
            (Receiver::start(Answer::Status(500)).await, Receiver::start(Answer::Status(200)).await);
        let webhook = kit.webhook(&failing.url, "message.*").await;
        kit.webhook(&watching.url, "webhook.*").await;
        for number in 0..5 {
            kit.tell(&format!("conv_{number}"), &webhook).await;
        }
        until("it is told", || async { watching.ids().len() == 1 }).await;
        assert!(watching.got()[0].body.contains("webhook.failing"));
        kit.tell("conv_5", &webhook).await;
        kit.pass(7);
        until("the retries are due, and so is the sixth", || async { kit.count("pending").await == 6 }).await;
        assert_eq!(failing.ids().len(), 5);
        kit.pass(4);
        until("one probe went", || async { failing.ids().len() == 6 }).await;
        until("it is back", || async { kit.count("leased").await == 0 }).await;
        assert_eq!(failing.ids().len(), 6);
        failing.answer(Answer::Status(200));
        kit.pass(400);
        until("all are settled", || async { kit.count("pending").await + kit.count("leased").await == 0 }).await;
        until("that is told too", || async { watching.ids().len() == 2 }).await;
        assert!(watching.got()[1].body.contains("webhook.recovered"));
    }

    async fn an_endpoint_that_is_gone_is_switched_off(db: TestStore) {
        let kit = Kit::new(db).await;
        let (gone, watching) =
            (Receiver::start(Answer::Status(410)).await, Receiver::start(Answer::Status(200)).await);
        let webhook = kit.webhook(&gone.url, "message.*").await;
        kit.webhook(&watching.url, "*").await;
        kit.tell("conv_1", &webhook).await;
        until("it is told", || async { watching.ids().len() == 1 }).await;
        assert!(watching.got()[0].body.contains("webhook.disabled"));
        assert_eq!(kit.count("dead").await, 1);
        kit.pass(2);
        kit.tell("conv_2", &webhook).await;
        until("nothing is sent there", || async { kit.count("dead").await == 2 }).await;
        assert_eq!(gone.ids().len(), 1);
    }

    async fn what_was_not_sent_is_given_back_at_a_stop(db: TestStore) {
        let kit = Kit::new(db).await;
        let silent = Receiver::start(Answer::Silence).await;
        let webhook = kit.webhook(&silent.url, "*").await;
        for _ in 0..3 {
            kit.tell("conv_1", &webhook).await;
        }
        until("the head is on the wire", || async { silent.ids().len() == 1 }).await;
        kit.relay.stop(Duration::from_millis(50)).await;
        assert_eq!((kit.count("pending").await, kit.count("leased").await), (3, 0));
        kit.tell("conv_2", &webhook).await;
        assert_eq!(kit.count("pending").await, 4);
    }
}
