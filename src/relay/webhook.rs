//! Webhook deliveries: one signed POST each. They may be repeated: the receiver knows them by `webhook-id`.

use super::Shared;
use super::job::{Freight, Job};
use super::worker::{millis, tried};
use crate::clock::{self, Stopwatch};
use crate::domain::backoff::{self, HOLDING_TRIES};
use crate::domain::standard_webhooks::signed_headers;
use crate::domain::time::Timestamp;
use crate::outbound::{DEFAULT_TIMEOUT, OutboundError};
use crate::providers::{HttpReply, HttpRequest};
use crate::store::{End, Settlement, StoreError, Tried, WebhookTarget};

/// Tries one delivery. Of a webhook that is deleted or switched off it is given up.
pub(super) async fn deliver(shared: &Shared, job: &Job) -> Result<Settlement, StoreError> {
    let parts = &shared.parts;
    let Some(target) = shared.targets.webhook(parts, &job.destination).await? else {
        return Ok(job.settled(End::Dead, None));
    };
    let at = parts.clock.now();
    let watch = Stopwatch::start();
    let answer = parts.outbound.send(compose(job, &target, at), DEFAULT_TIMEOUT).await;
    let end = interpret(job, &answer, parts.clock.now());
    let works = end == End::Delivered;
    let status = answer.as_ref().ok().map(|reply| reply.status);
    let error = match &answer {
        Ok(_) if works => None,
        Ok(reply) => Some(format!("http {}", reply.status)),
        Err(error) => Some(error.to_string()),
    };
    Ok(tried(job, end, Tried { works, status, error, at, took_ms: millis(watch) }, watch))
}

fn compose(job: &Job, target: &WebhookTarget, now: Timestamp) -> HttpRequest {
    let (id, body) = match &job.freight {
        Freight::Event { id, body } => (id.as_str(), body.clone()),
        Freight::Provider => ("", bytes::Bytes::new()),
    };
    let headers = signed_headers(&target.secrets, id, now, &body);
    HttpRequest { method: "POST", url: target.url.clone(), headers, body }
}

fn interpret(job: &Job, answer: &Result<HttpReply, OutboundError>, now: Timestamp) -> End {
    match answer {
        Ok(reply) if (200..300).contains(&reply.status) => End::Delivered,
        Ok(reply) if reply.status == 410 => End::Gone,
        Ok(reply) => again(job, reply, now),
        Err(_) => again(job, &HttpReply { status: 0, retry_after: None, body: bytes::Bytes::new() }, now),
    }
}

fn again(job: &Job, reply: &HttpReply, now: Timestamp) -> End {
    let tries = job.tries + 1;
    let asked = reply.retry_after.filter(|_| matches!(reply.status, 429 | 502 | 503 | 504));
    let [chance] = clock::random();
    match backoff::webhook(tries, asked, chance) {
        Some(wait) => End::Again { due_at: now + wait, holds: job.lane.is_some() && tries < HOLDING_TRIES },
        None => End::Dead,
    }
}
