//! `Idempotency-Key`: its scope, and which requests are being worked on in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpRequest;
use sha2::{Digest, Sha256};

use super::problem::{Code, Problem};
use crate::store::Idempotency;
use crate::store::key::ApiKey;

const HEADER: &str = "idempotency-key";

/// Requests under a key that have not ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<[u8; 32]>>>);

/// Held while a request under a key is worked on.
#[derive(Debug)]
pub(crate) struct Held {
    id: [u8; 32],
    all: InFlight,
}

impl InFlight {
    /// Takes the place of this request.
    pub(crate) fn hold(&self, id: [u8; 32]) -> Result<Held, Problem> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            return Ok(Held { id, all: self.clone() });
        }
        Err(Problem::new(
            Code::IdempotencyInFlight,
            "A request under this Idempotency-Key has not ended yet.",
        ))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// The key of this request in its scope, if it has one.
pub(crate) fn read(request: &HttpRequest, key: &ApiKey, body: &[u8]) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = request.headers().get(HEADER) else { return Ok(None) };
    let fits = |text: &&str| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let wrong = || Problem::new(Code::BadRequest, "Idempotency-Key is 1 to 255 visible ASCII characters.");
    let text = value.to_str().ok().filter(fits).ok_or_else(wrong)?;
    let method = request.method().as_str();
    let scope = [key.workspace_id.as_str(), key.id.as_str(), method, request.path(), text];
    Ok(Some(Idempotency {
        id: digest(&scope),
        request_hash: Sha256::digest(body).into(),
        workspace_id: key.workspace_id.clone(),
    }))
}

/// Parts are length-prefixed, so that no two lists meet.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
