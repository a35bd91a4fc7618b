//! An answer that goes on and on, read piece by piece.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::timeout;

use super::error::MaybeSent;

/// An answer whose body is still coming.
#[derive(Debug)]
pub struct Streamed {
    /// HTTP status.
    pub status: u16,
    response: Response,
}

impl Streamed {
    pub(super) fn new(response: Response) -> Self {
        Self { status: response.status().as_u16(), response }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, or nothing comes for that long.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Bytes>, MaybeSent> {
        match timeout(patience, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|_| MaybeSent::Lost),
            Err(_) => Err(MaybeSent::TimedOut),
        }
    }
}
