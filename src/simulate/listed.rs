//! The list of events, read from its beginning to its end.

use std::time::Duration;

use serde_json::Value;

use super::records::Told;
use crate::sandbox::{Api, ApiError};

/// Before a key that has made all its requests asks again.
const AGAIN: Duration = Duration::from_secs(2);

/// Everything that is in the list.
pub(super) async fn read_all(api: &Api) -> Result<Vec<Told>, ApiError> {
    let (mut told, mut after) = (Vec::new(), String::new());
    loop {
        let page = match api.get(&format!("/v1/events?limit=200{after}")).await {
            Err(ApiError::Refused { status: 429 | 503, .. }) => {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            page => page?,
        };
        let events = page["data"].as_array().into_iter().flatten();
        told.extend(events.filter_map(|event| Told::read(event.to_string().as_bytes(), Duration::ZERO).ok()));
        match &page["next"] {
            Value::String(next) => after = format!("&after={next}"),
            _ => return Ok(told),
        }
    }
}
