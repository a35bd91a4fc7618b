//! A receiver of requests on the loopback: answers as it is told and remembers what it got.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Status(u16),
    /// Reads the request and says nothing; breaks off when it is told to answer otherwise.
    Silence,
}

/// A request it got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    answer: watch::Sender<Answer>,
    got: Arc<Mutex<Vec<Got>>>,
    accepts: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let (answer, answers) = watch::channel(answer);
        let all = got.clone();
        let accepts = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), all.clone()));
            }
        });
        Self { url, answer, got, accepts }
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.answer.send_replace(answer);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// The ids of what it got, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.got().iter().map(|got| got.header("webhook-id").to_owned()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

async fn serve(stream: TcpStream, mut answers: watch::Receiver<Answer>, all: Arc<Mutex<Vec<Got>>>) {
    let mut stream = BufStream::new(stream);
    while let Some(got) = read(&mut stream).await {
        let answer = *answers.borrow_and_update();
        all.lock().unwrap().push(got);
        let Answer::Status(status) = answer else {
            let _ = answers.changed().await;
            return;
        };
        let head = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(head.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufStream<TcpStream>) -> Option<Got> {
    let mut headers = HashMap::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|&read| read > 0)?;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Got { headers, body: String::from_utf8(body).unwrap() })
}
