//! The console's files: served with their types and a strict policy, and naming no other host.
#![expect(clippy::disallowed_methods, reason = "a test is a client of its own")]

use reqwest::header::HeaderValue;

use crate::support::app::TestApp;
use crate::support::engines::both_engines;

const FILES: &[(&str, &str)] = &[
    ("/console", "text/html; charset=utf-8"),
    ("/console/console.css", "text/css; charset=utf-8"),
    ("/console/api.js", "text/javascript; charset=utf-8"),
    ("/console/dom.js", "text/javascript; charset=utf-8"),
    ("/console/icons.js", "text/javascript; charset=utf-8"),
    ("/console/shell.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/draft.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/list.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/story.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/thread.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/way.js", "text/javascript; charset=utf-8"),
    ("/console/inbox/words.js", "text/javascript; charset=utf-8"),
    ("/console/pages/inbox.js", "text/javascript; charset=utf-8"),
];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a strict policy would block, or what would ask another host.
const FOREIGN: [&str; 7] = ["http:", "https:", "src=\"//", "url(", "style=", "innerHTML", "<script>"];

both_engines! {
    async fn the_files_are_served_and_ask_nobody_else(db: TestStore) {
        let app = TestApp::start(db).await;
        for (path, media_type) in FILES {
            let response = reqwest::get(format!("{}{path}", app.url)).await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            let headers = response.headers();
            assert_eq!(headers["content-type"], media_type, "{path}");
            assert_eq!(headers["content-security-policy"], POLICY, "{path}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(headers["cache-control"], "no-cache", "{path}");
            assert_eq!(status_when_known(&format!("{}{path}", app.url), &headers["etag"]).await, 304, "{path}");
            let text = response.text().await.unwrap();
            assert!(!text.is_empty(), "{path}");
            for word in FOREIGN {
                // The namespace of SVG is a name, not an address anybody asks; a fragment is of the page itself.
                let text = text.replace("http://www.w3.org/2000/svg", "").replace("url(#", "");
                assert!(!text.contains(word), "{path} holds {word}");
            }
        }
    }
}

async fn status_when_known(url: &str, etag: &HeaderValue) -> u16 {
    let again = reqwest::Client::new().get(url).header("if-none-match", etag);
    again.send().await.unwrap().status().as_u16()
}
