//! `segue openapi`: the document the service serves.

use std::io::Write;

use super::Failed;
use crate::http;

pub(super) fn run() -> Result<(), Failed> {
    std::io::stdout().write_all(http::openapi_json().as_bytes()).map_err(Failed::new)
}
