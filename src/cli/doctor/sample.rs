//! A signed callback of a kind without effect, through the real edge of a running service.

use bytes::Bytes;
use serde_json::json;

use super::{Grade, Report};
use crate::cli::Failed;
use crate::clock::random;
use crate::config::Settings;
use crate::domain::connection::callback_url;
use crate::domain::secret::Secret;
use crate::domain::standard_webhooks::signed_headers;
use crate::domain::time::Timestamp;
use crate::outbound::{DEFAULT_TIMEOUT, Outbound};
use crate::providers::HttpRequest;
use crate::store::connection::Connection;
use crate::store::{Slice, Store, workspace};

/// As many as a person reads through.
const CONNECTIONS: i64 = 200;

/// Sends one to every live `custom` connection of the default workspace.
pub(super) async fn send(
    store: &Store,
    settings: &Settings,
    outbound: &Outbound,
    (now, report): (Timestamp, &mut Report),
) -> Result<(), Failed> {
    let slice = Slice { after: None, limit: CONNECTIONS, newest_first: false };
    let page = store.list_connections(&workspace::default_id(), Some("custom"), slice).await;
    let connections = page.map_err(Failed::new)?.data;
    if connections.is_empty() {
        return report.line(Grade::Warn, "sample", "the default workspace has no custom connection");
    }
    for connection in connections {
        let secrets = store.secrets(connection.id.as_str(), now).await.map_err(Failed::new)?;
        let secrets = secrets.get("signing_secret").map_or(&[][..], Vec::as_slice);
        let request = compose(&connection, secrets, settings.public_url.origin(), now);
        let (grade, detail) = match request {
            None => (Grade::Warn, "only the other side can sign for it".to_owned()),
            Some(request) => match outbound.send(request, DEFAULT_TIMEOUT).await {
                Ok(reply) if reply.status == 200 => (Grade::Ok, "was verified and stored".to_owned()),
                Ok(reply) => (Grade::Fail, format!("was answered {}", reply.status)),
                Err(why) => (Grade::Fail, why.to_string()),
            },
        };
        report.line(grade, "sample", &format!("{}: {detail}", connection.id))?;
    }
    Ok(())
}

/// `None` when the secret is a public key, which cannot sign.
fn compose(connection: &Connection, secrets: &[Secret], origin: &str, now: Timestamp) -> Option<HttpRequest> {
    let id = format!("doctor_{}", hex::encode(random::<8>()));
    let body = Bytes::from(json!({"type": "doctor.sample", "id": id}).to_string());
    let headers = signed_headers(secrets, &id, now, &body);
    let url = callback_url(&connection.settings, origin, connection.id.as_str());
    let can_sign = headers.iter().all(|(_, value)| !value.expose().is_empty());
    can_sign.then(|| HttpRequest { method: "POST", url, headers, body })
}
