//! Query strings, strictly: an unknown or doubled parameter is an error, not a guess.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::fields;
use super::problem::{Code, Problem};

/// The parameters of a request.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if value.contains('\0') {
            return Err(Problem::invalid_parameter(name.as_ref(), "holds a NUL character"));
        }
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Problem::invalid_parameter(name.as_ref(), "stands twice"));
        }
    }
    let given = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    fields::read::<T, _>(given).map_err(|misfit| match misfit.path.last() {
        Some(name) => Problem::invalid_parameter(name, misfit.detail),
        None => Problem::new(Code::BadRequest, misfit.detail),
    })
}
