//! The desk: takes webhooks as fast as they come, and notes when each text arrived. It parses only what it must.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use segue::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::sender::micros;
use crate::twilio::MARK;
use crate::{Result, callbacks};

/// Where the receiver is.
pub(crate) const LOOPBACK: &str = "127.0.0.0/8";

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// When each text first arrived, in microseconds on the watch; 0: not yet.
pub(crate) struct Arrivals {
    watch: Stopwatch,
    pub(crate) at: Vec<AtomicU64>,
    pub(crate) count: AtomicU64,
    /// Texts that came more than once.
    pub(crate) repeated: AtomicU64,
    pub(crate) news: Notify,
}

/// Starts to take webhooks for so many texts; where.
pub(crate) async fn start(watch: Stopwatch, texts: usize) -> Result<(String, Arc<Arrivals>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/desk", listener.local_addr()?);
    let arrivals = Arc::new(Arrivals {
        watch,
        at: (0..texts).map(|_| AtomicU64::new(0)).collect(),
        count: AtomicU64::new(0),
        repeated: AtomicU64::new(0),
        news: Notify::new(),
    });
    let shared = arrivals.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take_all(stream, shared.clone()));
        }
    });
    Ok((url, arrivals))
}

impl Arrivals {
    fn note(&self, text: usize) {
        let Some(at) = self.at.get(text) else { return };
        if at.swap(micros(self.watch.elapsed()), Ordering::Relaxed) == 0 {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.news.notify_one();
        } else {
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn take_all(mut stream: TcpStream, arrivals: Arc<Arrivals>) {
    let _ = stream.set_nodelay(true);
    let mut bytes = Vec::with_capacity(16 * 1024);
    loop {
        if let Some(end) = end_of_request(&bytes) {
            if let Some(text) = number_of_text(&bytes[..end]) {
                arrivals.note(text);
            }
            bytes.drain(..end);
            if stream.write_all(OK).await.is_err() {
                return;
            }
        } else if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
            return;
        }
    }
}

/// Where the request that `bytes` begin with ends, once it is there.
fn end_of_request(bytes: &[u8]) -> Option<usize> {
    let head = callbacks::find(bytes, b"\r\n\r\n")? + 4;
    let fields = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = fields.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some(end)
}

fn number_of_text(request: &[u8]) -> Option<usize> {
    let at = callbacks::find(request, MARK.as_bytes())? + MARK.len();
    std::str::from_utf8(request.get(at..at + 8)?).ok()?.parse().ok()
}
