//! Sends prepared requests at the times they are due, answered or not: an open loop, unlike wrk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use segue::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Result;

/// An answer that takes longer is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests with the times at which each was due and was acknowledged, in microseconds on one watch; 0: not yet.
pub(crate) struct Plan {
    pub(crate) watch: Stopwatch,
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) sent: Vec<AtomicU64>,
    pub(crate) acknowledged: AtomicU64,
}

impl Plan {
    pub(crate) fn new(watch: Stopwatch, requests: Vec<Vec<u8>>) -> Arc<Self> {
        let sent = requests.iter().map(|_| AtomicU64::new(0)).collect();
        Arc::new(Self { watch, requests, sent, acknowledged: AtomicU64::new(0) })
    }
}

/// A kept-alive connection to the service.
pub(crate) struct Line(TcpStream);

impl Line {
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Sends a request and waits for its empty 200.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<()> {
        self.0.write_all(request).await?;
        let (mut answer, mut length) = ([0; 2048], 0);
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let read = timeout(PATIENCE, self.0.read(&mut answer[length..])).await??;
            if read == 0 {
                return Err(format!("cut off: {}", String::from_utf8_lossy(&answer[..length])).into());
            }
            length += read;
        }
        match answer.starts_with(b"HTTP/1.1 200 ") {
            true => Ok(()),
            false => Err(format!("refused: {}", String::from_utf8_lossy(&answer[..length])).into()),
        }
    }
}

/// Sends the requests of a plan over so many connections, `rate` of them a second.
pub(crate) async fn send_steadily(plan: Arc<Plan>, port: u16, lines: usize, rate: u32) -> Result<()> {
    let start = plan.watch.elapsed();
    let mut senders = tokio::task::JoinSet::new();
    for first in 0..lines {
        let plan = plan.clone();
        senders.spawn(async move {
            let mut line = Line::open(port).await?;
            for at in (first..plan.requests.len()).step_by(lines) {
                let due = start + Duration::from_secs(1) * u32::try_from(at)? / rate;
                tokio::time::sleep(due.saturating_sub(plan.watch.elapsed())).await;
                plan.sent[at].store(micros(due), Ordering::Relaxed);
                line.send(&plan.requests[at]).await?;
                plan.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Result::Ok(())
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

/// As kept in atomics.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}
