//! What the tests stand on.

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod demo;
pub(crate) mod engines;
pub(crate) mod host;
pub(crate) mod raw;
pub(crate) mod receiver;
pub(crate) mod sandbox;
pub(crate) mod servers;
pub(crate) mod service;
pub(crate) mod sql;
pub(crate) mod twilio;

/// Waits until something holds; fails when it does not within ten seconds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl FnMut() -> F) {
    until_within(10, what, holds).await;
}

/// The same for what takes its time: at least so many seconds.
pub(crate) async fn until_within<F: Future<Output = bool>>(
    seconds: u64,
    what: &str,
    mut holds: impl FnMut() -> F,
) {
    for _ in 0..seconds * 200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("not in time: {what}");
}
