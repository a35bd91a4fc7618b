//! An HTTP server that remembers what it was sent: a desk's webhook endpoint, or a provider's host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

type Answer = dyn Fn(&Received) -> (u16, String) + Send + Sync;

/// The server, until it is dropped.
pub(crate) struct Host {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Received>>>,
    handle: ServerHandle,
}

impl Host {
    /// Answers 200 and nothing else.
    pub(crate) fn start() -> Self {
        Self::answering(|_| (200, String::new()))
    }

    /// Answers what `answer` says, after having taken note.
    pub(crate) fn answering(answer: impl Fn(&Received) -> (u16, String) + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (shared, answer): (_, Arc<Answer>) = (seen.clone(), Arc::new(answer));
        let server = HttpServer::new(move || {
            let (seen, answer) = (shared.clone(), answer.clone());
            App::new().app_data(web::PayloadConfig::new(1 << 24)).default_service(web::to(
                move |request: HttpRequest, body: web::Bytes| {
                    let (seen, answer) = (seen.clone(), answer.clone());
                    async move {
                        let received = read(&request, &body);
                        seen.lock().unwrap().push(received.clone());
                        let (status, text) = answer(&received);
                        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
                        HttpResponse::build(status).content_type("application/json").body(text)
                    }
                },
            ))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let running = server.run();
        let handle = running.handle();
        tokio::spawn(running);
        Self { url, seen, handle }
    }

    pub(crate) fn seen(&self) -> Vec<Received> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        tokio::spawn(async move { handle.stop(false).await });
    }
}

fn read(request: &HttpRequest, body: &[u8]) -> Received {
    let headers = request.headers().iter();
    Received {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect(),
        body: body.to_vec(),
    }
}
