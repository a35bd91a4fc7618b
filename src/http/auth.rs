//! Who is calling, and what they may do. A handler cannot be written without naming the scope it asks for.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};

use super::problem::{Code, Problem};
use super::{Api, limits};
use crate::domain::scope::{Scope, allows};
use crate::domain::time::Timestamp;
use crate::store::key::ApiKey;
use crate::vault::api_key_hash;

/// How long a key is believed without asking the database: as long may a revocation on another replica take.
const TRUSTED: Duration = Duration::from_secs(1);

/// Keys kept in memory.
const MOST_KEYS: usize = 10_000;

/// Keys asked for a moment ago, by hash.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<HashMap<[u8; 32], (Timestamp, ApiKey)>>);

impl KeyCache {
    fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<ApiKey> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, key) = keys.get(hash)?;
        (now < *until).then(|| key.clone())
    }

    fn put(&self, hash: [u8; 32], key: &ApiKey, now: Timestamp) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.insert(hash, (now + TRUSTED, key.clone()));
    }

    /// Forgets everything: a key was revoked.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The key of that secret, if it is live.
pub(crate) async fn authenticate(api: &Api, secret: &str) -> Result<ApiKey, Problem> {
    let (hash, now) = (api_key_hash(secret), api.clock.now());
    let known = match api.keys.get(&hash, now) {
        Some(key) => Some(key),
        None => api.store.authenticate(hash).await?.inspect(|key| api.keys.put(hash, key, now)),
    };
    let refused = || Problem::new(Code::Unauthorized, "This API key is unknown, expired or revoked.");
    known.filter(|key| key.is_live(now)).ok_or_else(refused)
}

/// The secret of the `Authorization` header.
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let text = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = text.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && secret.starts_with("sk_")).then_some(secret)
}

/// Whether any parameter is a key, whatever its name.
fn is_key_in_url(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(_, value)| value.starts_with("sk_") && value.len() >= 32)
}

async fn admit(request: &ServiceRequest) -> Result<ApiKey, Problem> {
    let api = request.app_data::<web::Data<Api>>().ok_or_else(|| Problem::internal(&"no state"))?;
    if is_key_in_url(request.query_string()) {
        return Err(Problem::new(Code::Unauthorized, "An API key must not stand in a URL; revoke this one."));
    }
    let missing = || Problem::new(Code::Unauthorized, "There is no Authorization: Bearer sk_… header.");
    let key = authenticate(api, bearer(request.request()).ok_or_else(missing)?).await?;
    let quota = limits::take(api, &key.id).await;
    request.extensions_mut().insert(quota);
    limits::check(quota)?;
    Ok(key)
}

/// Lets only known keys through, and counts their requests.
pub(crate) async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match admit(&request).await {
        Ok(key) => {
            request.extensions_mut().insert(key);
            next.call(request).await.map(ServiceResponse::map_into_left_body)
        }
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

/// A scope as a type.
pub(crate) trait Right {
    const SCOPE: Scope;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        impl Right for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )+};
}

rights! {
    /// See the workspace's data.
    Read;
    /// Answer, send, assign, close.
    Write;
    /// Bring consents in.
    Consent;
    /// Connections, webhooks, keys.
    Admin;
    /// Workspaces.
    Operator;
}

/// The caller's key, which has the scope.
pub(crate) struct Granted<R> {
    key: ApiKey,
    right: PhantomData<R>,
}

impl<R> Deref for Granted<R> {
    type Target = ApiKey;
    fn deref(&self) -> &ApiKey {
        &self.key
    }
}

impl<R: Right> FromRequest for Granted<R> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(grant(request))
    }
}

fn grant<R: Right>(request: &HttpRequest) -> Result<Granted<R>, Problem> {
    let key = request.extensions().get::<ApiKey>().cloned();
    let key = key.ok_or_else(|| Problem::internal(&"a route stands outside of the guard"))?;
    if !allows(&key.scopes, R::SCOPE) {
        let detail = format!("This needs the scope `{}`.", R::SCOPE.as_str());
        return Err(Problem::new(Code::ScopeMissing, detail));
    }
    Ok(Granted { key, right: PhantomData })
}
