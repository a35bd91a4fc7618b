//! Versions of resources as entity tags: `"v7"`.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::problem::{Code, Problem};

/// The header that makes a change depend on what the caller has read.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only documents the header")]
pub(crate) struct IfMatch {
    /// The `ETag` as it was read. When somebody changed the resource meanwhile, nothing is done and the answer is 409.
    #[param(rename = "If-Match", value_type = String, required = false, example = "\"v7\"")]
    if_match: Option<String>,
}

/// The tag of a version.
pub(crate) fn tag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The version `If-Match` asks for; `*` asks for none in particular.
pub(crate) fn if_match(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"')?.parse().ok());
    let wrong = || Problem::new(Code::BadRequest, "If-Match is one ETag as it was given, such as \"v7\".");
    version.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(value: &str) -> Option<Option<i64>> {
        if_match(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request()).ok()
    }

    #[test]
    fn a_tag_is_read_as_it_was_given() {
        assert_eq!(read(&tag(7)), Some(Some(7)));
        assert_eq!(read("*"), Some(None));
        for wrong in ["v7", "\"7\"", "W/\"v7\"", "\"v7\", \"v8\"", "\"vx\""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
