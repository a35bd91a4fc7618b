//! How many requests a key may make, told in the headers of the IETF draft.
//!
//! <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>

use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};

use super::Api;
use super::problem::{Code, Problem};
use crate::coordination::{Quota, Rate};
use crate::domain::id::KeyId;

/// What each key may do in a minute, unless it is set otherwise.
pub const REQUESTS_PER_MINUTE: u32 = 6000;

const WINDOW: Duration = Duration::from_secs(60);

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Counts one request of a key.
pub(crate) async fn take(api: &Api, key: &KeyId) -> Quota {
    let rate = Rate { limit: api.requests_per_minute, window: WINDOW };
    api.coordination.take(key.as_str(), rate, api.clock.now()).await
}

/// Whether the request may go on.
pub(crate) fn check(quota: Quota) -> Result<(), Problem> {
    if quota.allowed {
        return Ok(());
    }
    let detail = format!("This key has made its {} requests of this minute.", quota.limit);
    Err(Problem::new(Code::RateLimited, detail).retry_after(quota.reset_after + Duration::from_millis(999)))
}

/// Writes where the request stands in its rate, if it was counted.
pub(crate) fn show<B>(response: &mut ServiceResponse<B>) {
    let Some(quota) = response.request().extensions().get::<Quota>().copied() else { return };
    let (left, wait) = (quota.remaining, quota.reset_after.as_secs());
    let lines = [
        (LIMIT, format!("\"key\";r={left};t={wait}")),
        (POLICY, format!("\"key\";q={};w={}", quota.limit, WINDOW.as_secs())),
    ];
    for (name, text) in lines {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
}
