//! Wake-ups and rate counters, alone, with a Redis, and with a Redis that is away.

use std::time::Duration;

use segue::clock::random;
use segue::coordination::{Coordination, Quota, Rate, Wake};
use segue::domain::secret::Secret;
use segue::domain::time::Timestamp;

use crate::support::servers::redis_url;

const RATE: Rate = Rate { limit: 3, window: Duration::from_secs(60) };
const NOON: Timestamp = Timestamp::from_secs(1_795_348_800);

fn replica_at(url: String, prefix: &str) -> Coordination {
    Coordination::shared(&Secret::new(url), prefix, random()).unwrap()
}

fn prefix() -> String {
    hex::encode(random::<8>())
}

/// Two replicas that hear each other: whoever begins to listen rings its own bells first.
async fn two_replicas() -> (Coordination, Coordination) {
    let prefix = prefix();
    let pair = (replica_at(redis_url(), &prefix), replica_at(redis_url(), &prefix));
    let mut heard = (pair.0.subscribe(Wake::Events), pair.1.subscribe(Wake::Events));
    heard.0.woken().await;
    heard.1.woken().await;
    pair
}

async fn take(from: &Coordination, times: usize) -> Vec<Quota> {
    let mut quotas = Vec::new();
    for _ in 0..times {
        quotas.push(from.take("key", RATE, NOON).await);
    }
    quotas
}

fn allowed(quotas: &[Quota]) -> Vec<bool> {
    quotas.iter().map(|quota| quota.allowed).collect()
}

#[tokio::test]
async fn a_lone_process_wakes_itself_and_counts() {
    let alone = Coordination::local();
    let mut waker = alone.subscribe(Wake::Inbound);
    alone.notify(Wake::Inbound);
    waker.woken().await;
    assert_eq!(allowed(&take(&alone, 4).await), [true, true, true, false]);
}

#[tokio::test]
async fn replicas_wake_each_other() {
    let (one, other) = two_replicas().await;
    let mut waker = other.subscribe(Wake::Deliveries);
    one.notify(Wake::Deliveries);
    waker.woken().await;
}

#[tokio::test]
async fn replicas_share_a_rate() {
    let prefix = prefix();
    let patient = || replica_at(redis_url(), &prefix).with_patience(Duration::from_secs(10));
    let (one, other) = (patient(), patient());
    take(&one, 2).await;
    let quotas = take(&other, 2).await;
    assert_eq!(allowed(&quotas), [true, false]);
    assert_eq!((quotas[0].remaining, quotas[0].reset_after), (0, RATE.window));
    assert!(other.take("key", RATE, NOON + RATE.window).await.allowed);
}

#[tokio::test]
async fn a_broken_subscription_is_made_again() {
    let (_, other) = two_replicas().await;
    let mut waker = other.subscribe(Wake::Inbound);
    let client = redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("pubsub")
        .query_async(&mut connection)
        .await
        .unwrap();
    waker.woken().await;
}

#[tokio::test]
async fn without_its_redis_a_replica_goes_on_by_itself() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    drop(listener);
    let alone = replica_at(url, &prefix());
    let mut waker = alone.subscribe(Wake::Inbound);
    alone.notify(Wake::Inbound);
    waker.woken().await;
    assert_eq!(allowed(&take(&alone, 4).await), [true, true, true, false]);
}

#[tokio::test]
async fn a_redis_that_does_not_answer_holds_nobody_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let replica = replica_at(format!("redis://{}", silent.local_addr().unwrap()), &prefix());
    assert!(tokio::time::timeout(Duration::from_secs(2), take(&replica, 100)).await.is_ok());
}
