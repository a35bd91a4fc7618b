//! `/v1/events/stream`: events as they get their position, as server-sent events.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::time::sleep;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::events::check_position;
use crate::clock::Stopwatch;
use crate::coordination::{Wake, Waker};
use crate::domain::event::EventType;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{self, Granted, Read};
use crate::http::problem::{Problem, ProblemBody};
use crate::http::query::Query;
use crate::store::EventView;
use crate::store::key::ApiKey;

/// A sign of life, so that proxies keep the connection; then the key is looked at again, too.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A lost wake-up costs this much.
const POLL: Duration = Duration::from_secs(1);

const BATCH: i64 = 100;

/// The longest silence that may be asked for.
const LONGEST_WAIT: u16 = 3600;

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(stream_events);
}

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StreamEvents {
    /// Events of this kind alone.
    #[serde(rename = "type")]
    kind: Option<EventType>,
    /// The `id` of the last event seen, or `next` of the list; default: only what happens from now on.
    #[param(example = "4711")]
    after: Option<String>,
    /// Ends the stream when nothing has come for so long; 0: once it has said all there is. Default: never.
    #[param(minimum = 0, maximum = 3600, example = 30)]
    wait_seconds: Option<u16>,
}

/// Where to begin again, as browsers send it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only documents the header")]
struct LastEventId {
    /// The `id` of the last event seen; goes before `after`.
    #[param(rename = "Last-Event-ID", value_type = String, required = false, example = "4711")]
    last_event_id: Option<String>,
}

/// Stream events
///
/// Server-sent events: `id` is the position, `event` the kind, `data` the event as JSON. A comment comes every 15
/// seconds. Read it with fetch, for the Authorization header.
#[utoipa::path(tag = "Events", params(StreamEvents, LastEventId), security(("api_key" = ["read"])), responses(
    (status = 200, description = "The stream.", body = String, content_type = "text/event-stream"),
    (status = 410, description = "`cursor_expired`: the events after this one are not kept any more.",
        body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/events/stream")]
async fn stream_events(
    api: web::Data<Api>,
    granted: Granted<Read>,
    request: HttpRequest,
    query: Query<StreamEvents>,
) -> Handled {
    let Query(StreamEvents { kind, after, wait_seconds }) = query;
    if wait_seconds.is_some_and(|seconds| seconds > LONGEST_WAIT) {
        let detail = format!("is from 0 to {LONGEST_WAIT}");
        return Err(Problem::invalid_parameter("wait_seconds", detail));
    }
    let patience = wait_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    // Subscribed before the position is read: nothing can fall between the two.
    let waker = api.coordination.subscribe(Wake::Events);
    let last_seen = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let position = match last_seen.map(str::to_owned).or(after) {
        Some(text) => check_position(&api, &granted.workspace_id, &text).await?,
        None => api.store.event_head(&granted.workspace_id).await?,
    };
    let secret = auth::bearer(&request).unwrap_or_default().to_owned();
    let quiet = Stopwatch::start();
    let key = granted.clone();
    let reader = Reader { api, key, secret, kind, position, waker, patience, quiet, spoke: None };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(reader.chunks()))
}

struct Reader {
    api: web::Data<Api>,
    key: ApiKey,
    secret: String,
    kind: Option<EventType>,
    position: i64,
    waker: Waker,
    /// How long it goes on without an event.
    patience: Option<Duration>,
    /// Since the last event.
    quiet: Stopwatch,
    /// When something was last written.
    spoke: Option<Stopwatch>,
}

impl Reader {
    fn chunks(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut reader| async move {
            let text = reader.next().await?;
            Some((Ok(Bytes::from(text)), reader))
        })
    }

    /// The next piece of text; none ends the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if self.api.stopping.is_cancelled() {
                return None;
            }
            let events = self.read().await?;
            if !events.is_empty() {
                self.spoke = Some(Stopwatch::start());
                self.quiet = Stopwatch::start();
                return Some(events.iter().map(|(position, event)| frame(*position, event)).collect());
            }
            if self.spoke.is_none_or(|watch| watch.elapsed() >= HEARTBEAT) {
                auth::authenticate(&self.api, &self.secret).await.ok()?;
                self.spoke = Some(Stopwatch::start());
                return Some(": still here\n\n".to_owned());
            }
            if self.patience.is_some_and(|patience| self.quiet.elapsed() >= patience) {
                return None;
            }
            self.wait().await;
        }
    }

    /// What has come; none when the database is away: the reader comes back to where it was.
    async fn read(&mut self) -> Option<Vec<(i64, EventView)>> {
        let workspace = &self.key.workspace_id;
        let events = self.api.store.events_after(workspace, self.position, self.kind, BATCH).await.ok()?;
        self.position = events.last().map_or(self.position, |(position, _)| *position);
        Some(events)
    }

    async fn wait(&mut self) {
        tokio::select! {
            () = self.waker.woken() => {}
            () = sleep(POLL) => {}
            () = self.api.stopping.cancelled() => {}
        }
    }
}

fn frame(position: i64, event: &EventView) -> String {
    let data = serde_json::json!(event);
    format!("id: {position}\nevent: {}\ndata: {data}\n\n", event.kind.as_str())
}
