//! The desk's pages at `/console`: static files in the binary that speak to the public API alone.

use std::borrow::Cow;

use actix_web::http::header::IF_NONE_MATCH;
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// One file: where it is served, its type, where it lies, and its text in the binary.
struct File {
    path: &'static str,
    media_type: &'static str,
    #[cfg_attr(not(debug_assertions), expect(dead_code, reason = "a release serves what it was built with"))]
    source: &'static str,
    text: &'static str,
}

macro_rules! file {
    ($path:literal, $media_type:ident, $name:literal) => {
        File {
            path: $path,
            media_type: $media_type,
            source: concat!(env!("CARGO_MANIFEST_DIR"), "/src/console/", $name),
            text: include_str!($name),
        }
    };
}

const FILES: &[File] = &[
    file!("/console", HTML, "console.html"),
    file!("/console/console.css", CSS, "console.css"),
    file!("/console/all-or-one.js", SCRIPT, "all-or-one.js"),
    file!("/console/api.js", SCRIPT, "api.js"),
    file!("/console/chart.js", SCRIPT, "chart.js"),
    file!("/console/connections/form.js", SCRIPT, "connections/form.js"),
    file!("/console/connections/one.js", SCRIPT, "connections/one.js"),
    file!("/console/connections/words.js", SCRIPT, "connections/words.js"),
    file!("/console/consent/checks.js", SCRIPT, "consent/checks.js"),
    file!("/console/consent/ledger.js", SCRIPT, "consent/ledger.js"),
    file!("/console/consent/receipt.js", SCRIPT, "consent/receipt.js"),
    file!("/console/consent/record.js", SCRIPT, "consent/record.js"),
    file!("/console/consent/words.js", SCRIPT, "consent/words.js"),
    file!("/console/dom.js", SCRIPT, "dom.js"),
    file!("/console/icons.js", SCRIPT, "icons.js"),
    file!("/console/inbox/draft.js", SCRIPT, "inbox/draft.js"),
    file!("/console/inbox/list.js", SCRIPT, "inbox/list.js"),
    file!("/console/inbox/story.js", SCRIPT, "inbox/story.js"),
    file!("/console/inbox/thread.js", SCRIPT, "inbox/thread.js"),
    file!("/console/inbox/way.js", SCRIPT, "inbox/way.js"),
    file!("/console/inbox/words.js", SCRIPT, "inbox/words.js"),
    file!("/console/operations/dead.js", SCRIPT, "operations/dead.js"),
    file!("/console/operations/tasks.js", SCRIPT, "operations/tasks.js"),
    file!("/console/operations/words.js", SCRIPT, "operations/words.js"),
    file!("/console/pages/connections.js", SCRIPT, "pages/connections.js"),
    file!("/console/pages/consent.js", SCRIPT, "pages/consent.js"),
    file!("/console/pages/handoffs.js", SCRIPT, "pages/handoffs.js"),
    file!("/console/pages/inbox.js", SCRIPT, "pages/inbox.js"),
    file!("/console/pages/operations.js", SCRIPT, "pages/operations.js"),
    file!("/console/pages/sandbox.js", SCRIPT, "pages/sandbox.js"),
    file!("/console/pages/webhooks.js", SCRIPT, "pages/webhooks.js"),
    file!("/console/sandbox/client.js", SCRIPT, "sandbox/client.js"),
    file!("/console/sandbox/faults.js", SCRIPT, "sandbox/faults.js"),
    file!("/console/sandbox/feed.js", SCRIPT, "sandbox/feed.js"),
    file!("/console/sandbox/phone.js", SCRIPT, "sandbox/phone.js"),
    file!("/console/shell.js", SCRIPT, "shell.js"),
    file!("/console/verify.js", SCRIPT, "verify.js"),
    file!("/console/webhooks/form.js", SCRIPT, "webhooks/form.js"),
    file!("/console/webhooks/one.js", SCRIPT, "webhooks/one.js"),
    file!("/console/webhooks/words.js", SCRIPT, "webhooks/words.js"),
];

/// Mounts the pages on an application.
pub fn configure(config: &mut web::ServiceConfig) {
    for file in FILES {
        config.route(file.path, web::get().to(async |request: HttpRequest| file.answer(&request)));
    }
}

impl File {
    /// The text it has now: a debug build reads it anew, so that a page can be changed without a build.
    fn text(&self) -> Cow<'static, str> {
        #[cfg(debug_assertions)]
        if let Ok(text) = std::fs::read_to_string(self.source) {
            return text.into();
        }
        self.text.into()
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let text = self.text();
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..16]));
        let known =
            request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer
            .insert_header(("etag", etag))
            .insert_header(("content-security-policy", POLICY))
            .insert_header(("x-content-type-options", "nosniff"))
            .insert_header(("referrer-policy", "no-referrer"))
            .insert_header(("cache-control", "no-cache"));
        if known { answer.finish() } else { answer.content_type(self.media_type).body(text.into_owned()) }
    }
}
