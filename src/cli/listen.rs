//! `segue listen`: brings events to a program on this machine, signed as a webhook would be, without a public URL.

mod sse;

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use serde_json::Value;
use tokio::time::sleep;

use self::sse::{Frame, Frames};
use super::Failed;
use super::opening::{block_on, open_outbound};
use crate::clock::{Clock, SystemClock, random};
use crate::domain::event::EventType;
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::{generate_secret, signed_headers};
use crate::domain::webhook::is_pattern;
use crate::outbound::{DEFAULT_TIMEOUT, MaybeSent, Outbound};
use crate::providers::HttpRequest;

/// The service shows a sign of life every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// Before it connects again.
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct Listen {
    /// Where the service is.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API key with the scope read.
    #[arg(long, value_name = "sk_…")]
    key: String,
    /// The local program's URL.
    #[arg(long, value_name = "URL")]
    forward: String,
    /// Which events: `*`, families such as `message.*`, full names.
    #[arg(long, value_delimiter = ',', default_value = "*", value_parser = pattern)]
    events: Vec<String>,
    /// Begin after this position, not with what happens from now on; 0 is the beginning.
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
}

fn pattern(text: &str) -> Result<String, String> {
    if is_pattern(text) { Ok(text.to_owned()) } else { Err("it takes no event".into()) }
}

/// Why a connection ended.
enum Ended {
    /// It is tried again.
    Lost(String),
    /// Trying again would not help.
    Refused(String),
}

impl From<MaybeSent> for Ended {
    fn from(why: MaybeSent) -> Self {
        Self::Lost(why.to_string())
    }
}

struct Listener<'a> {
    listen: &'a Listen,
    outbound: Outbound,
    clock: SystemClock,
    secret: Secret,
    /// The position of the last event that was handed on or passed over.
    last: Option<String>,
}

pub(super) fn run(listen: &Listen) -> Result<(), Failed> {
    block_on(async {
        let secret = generate_secret(random());
        eprintln!("Signing secret of this run: {}", secret.expose());
        let last = listen.after.map(|position| position.to_string());
        let (outbound, clock) = (open_outbound()?, SystemClock::default());
        let mut listener = Listener { listen, outbound, clock, secret, last };
        loop {
            match listener.follow().await {
                Ended::Refused(why) => return Err(Failed::new(why)),
                Ended::Lost(why) => eprintln!("The stream ended ({why}); connecting again."),
            }
            sleep(AGAIN).await;
        }
    })
}

impl Listener<'_> {
    async fn follow(&mut self) -> Ended {
        match self.read().await {
            Ok(()) => Ended::Lost("the service closed it".into()),
            Err(ended) => ended,
        }
    }

    async fn read(&mut self) -> Result<(), Ended> {
        let opened = self.outbound.open(self.subscribe()).await;
        let mut stream = opened.map_err(|why| Ended::Lost(why.to_string()))?;
        match stream.status {
            200 => eprintln!("Listening at {}.", self.listen.url),
            status @ (400 | 401 | 403 | 404 | 410) => {
                return Err(Ended::Refused(format!("{} answers {status}{}", self.listen.url, hint(status))));
            }
            status => return Err(Ended::Lost(format!("http {status}"))),
        }
        let mut frames = Frames::default();
        while let Some(piece) = stream.next(SILENCE).await? {
            for frame in frames.push(&piece) {
                self.hand_on(&frame).await;
                self.last = Some(frame.id);
            }
        }
        Ok(())
    }

    fn subscribe(&self) -> HttpRequest {
        let mut headers = vec![("authorization", Secret::new(format!("Bearer {}", self.listen.key)))];
        headers.extend(self.last.as_ref().map(|last| ("last-event-id", Secret::new(last))));
        let url = format!("{}/v1/events/stream", self.listen.url.trim_end_matches('/'));
        HttpRequest { method: "GET", url, headers, body: Bytes::new() }
    }

    /// Posts an event once and says what came of it.
    async fn hand_on(&self, frame: &Frame) {
        let wanted = |kind: EventType| self.listen.events.iter().any(|pattern| kind.fits(pattern));
        let is_all = self.listen.events.iter().any(|pattern| pattern == "*");
        if !is_all && !EventType::parse(&frame.kind).is_some_and(wanted) {
            return;
        }
        let event: Value = serde_json::from_str(&frame.data).unwrap_or_default();
        let id = event["id"].as_str().unwrap_or_default();
        let sent = self.outbound.send(self.compose(id, &frame.data), DEFAULT_TIMEOUT).await;
        let outcome = sent.map_or_else(|why| why.to_string(), |reply| reply.status.to_string());
        eprintln!("{} {} {id}: {outcome}", frame.id, frame.kind);
    }

    fn compose(&self, id: &str, body: &str) -> HttpRequest {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let secrets = std::slice::from_ref(&self.secret);
        let headers = signed_headers(secrets, id, self.clock.now(), &body);
        HttpRequest { method: "POST", url: self.listen.forward.clone(), headers, body }
    }
}

const fn hint(status: u16) -> &'static str {
    match status {
        401 => ": the key is not known",
        403 => ": the key needs the scope read",
        410 => ": events after that position are not kept any more; leave --after away",
        _ => "",
    }
}
