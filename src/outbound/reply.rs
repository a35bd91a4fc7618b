//! An answer, cut to what is worth keeping.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use crate::providers::HttpReply;

const BODY_CAP: usize = 64 * 1024;

/// Reads the answer. Once there is a status it counts, whatever becomes of the body.
pub(super) async fn read(mut response: Response) -> HttpReply {
    let status = response.status().as_u16();
    let headers = response.headers();
    let reset = || (status == 429).then(|| until_reset(headers)).flatten();
    let retry_after = retry_after(headers).or_else(reset);
    let body = read_body(&mut response).await.unwrap_or_default();
    HttpReply { status, retry_after, body }
}

async fn read_body(response: &mut Response) -> reqwest::Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = BODY_CAP - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == BODY_CAP {
            break;
        }
    }
    Ok(body.freeze())
}

/// Seconds, or a date, which is read against the sender's own clock.
/// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = date(headers, RETRY_AFTER)?.duration_since(date(headers, DATE)?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

/// The `x-rate-limit-reset` of X, in unix seconds, read against the sender's own clock: the wait where the limit is
/// used up.
/// <https://docs.x.com/x-api/fundamentals/rate-limits>
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    if number("x-rate-limit-remaining").is_some_and(|remaining| remaining > 0) {
        return None;
    }
    let wait = number("x-rate-limit-reset")?.saturating_sub(date(headers, DATE)?.as_second());
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or_default()))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<jiff::Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get(name)?.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    fn wait(retry_after_text: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_text.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_delay_comes_as_seconds_or_as_a_date() {
        assert_eq!(wait("120", None), Some(120));
        assert_eq!(wait("Sun, 22 Nov 2026 12:00:30 GMT", Some(NOON)), Some(30));
        assert_eq!(wait("Sun, 22 Nov 2026 11:00:00 GMT", Some(NOON)), Some(0));
    }

    #[test]
    fn what_cannot_be_understood_is_no_delay() {
        assert_eq!(wait("soon", Some(NOON)), None);
        assert_eq!(wait("-5", Some(NOON)), None);
        assert_eq!(wait("Sun, 22 Nov 2026 12:00:30 GMT", None), None);
    }

    #[test]
    fn a_used_up_limit_waits_for_its_reset() {
        let noon = date(&[("date", NOON)].into_iter().map(header).collect(), DATE).unwrap().as_second();
        let wait = |reset: i64, remaining: &str| {
            let reset = reset.to_string();
            let pairs =
                [("date", NOON), ("x-rate-limit-reset", &reset), ("x-rate-limit-remaining", remaining)];
            until_reset(&pairs.into_iter().map(header).collect()).map(|wait| wait.as_secs())
        };
        assert_eq!(wait(noon + 90, "0"), Some(90));
        assert_eq!(wait(noon - 5, "0"), Some(0));
        assert_eq!(wait(noon + 90, "3"), None);
    }

    fn header((name, value): (&'static str, &str)) -> (HeaderName, reqwest::header::HeaderValue) {
        (HeaderName::from_static(name), value.parse().unwrap())
    }
}
