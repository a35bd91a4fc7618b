//! `/v1/customers` and `/v1/identities`: who somebody is on all channels, and the end of it.

use actix_web::{HttpResponse, delete, get, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::export::export_customer;
use crate::domain::id::{CustomerId, IdentityId};
use crate::domain::identity::Namespace;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::json::{Command, Empty};
use crate::http::page::{Limit, List, Sort, read_cursor, slice};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::customers::IdentityFilter;
use crate::store::view::{CustomerView, IdentityFullView};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .service(get_customer)
        .service(export_customer)
        .service(erase_customer)
        .service(list_identities)
        .service(get_identity)
        .service(erase_identity);
}

/// Which identities.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListIdentities {
    /// What kind of id, e.g. `phone`.
    namespace: Option<String>,
    /// The platform's own id, exactly; needs `namespace`.
    external_id: Option<String>,
    /// Of this customer, or of the one that stands for it now.
    customer_id: Option<CustomerId>,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// `next` of the page before.
    after: Option<String>,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
struct Erased {
    /// The identities.
    identity_ids: Vec<IdentityId>,
    /// When.
    erased_at: Timestamp,
}

/// Get a customer
///
/// Its identities on all channels, the links between them with their proofs, and who else may be the same person. An id
/// for which another customer stands now answers with that one.
#[utoipa::path(tag = "Customers", security(("api_key" = ["read"])),
    responses((status = 200, description = "The customer.", body = CustomerView)))]
#[get("/customers/{id}")]
async fn get_customer(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<CustomerId>) -> Handled {
    let known = api.store.find_customer(&granted.workspace_id, &id).await?;
    let customer = known.ok_or_else(|| Problem::not_found("The customer"))?;
    Ok(HttpResponse::Ok().json(customer))
}

/// Erase a customer
///
/// All its identities, for good: their addresses, names, texts and evidence, and whatever was still to be sent to them.
/// What stays are ids and times, opt-outs as keyed hashes, and the leaves of the consent ledger, which hold no personal
/// data. `identity.erased` tells whoever holds a copy.
#[utoipa::path(tag = "Customers", security(("api_key" = ["admin"])),
    responses((status = 200, description = "It is erased.", body = Erased)))]
#[delete("/customers/{id}")]
async fn erase_customer(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    id: web::Path<CustomerId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.erase_customer(&command.caller, &id).await)
}

/// List identities
///
/// Oldest first.
#[utoipa::path(tag = "Customers", params(ListIdentities), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of identities.", body = List<IdentityFullView>)))]
#[get("/identities")]
async fn list_identities(
    api: web::Data<Api>,
    granted: Granted<Read>,
    query: Query<ListIdentities>,
) -> Handled {
    let Query(list) = query;
    if list.external_id.is_some() && list.namespace.is_none() {
        return Err(Problem::invalid_parameter("external_id", "needs `namespace` beside it"));
    }
    let after: Option<IdentityId> = read_cursor(list.after.as_deref())?;
    let filter = IdentityFilter {
        namespace: list.namespace.as_deref().map(Namespace::named),
        external_id: list.external_id,
        customer_id: list.customer_id,
    };
    let slice = slice(after.as_ref().map(IdentityId::as_str), list.limit, Sort::Oldest);
    let page = api.store.list_identities(&granted.workspace_id, &filter, slice).await?;
    Ok(HttpResponse::Ok().json(List::of(page, |one: &Value| one["id"].clone())))
}

/// Get an identity
#[utoipa::path(tag = "Customers", security(("api_key" = ["read"])),
    responses((status = 200, description = "The identity.", body = IdentityFullView)))]
#[get("/identities/{id}")]
async fn get_identity(api: web::Data<Api>, granted: Granted<Read>, id: web::Path<IdentityId>) -> Handled {
    found(api.store.find_identity(&granted.workspace_id, &id).await?, "The identity")
}

/// Erase an identity
///
/// As erasing a customer, for one identity alone; the customer's others stay.
#[utoipa::path(tag = "Customers", security(("api_key" = ["admin"])),
    responses((status = 200, description = "It is erased.", body = Erased)))]
#[delete("/identities/{id}")]
async fn erase_identity(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    id: web::Path<IdentityId>,
    command: Command<Empty>,
) -> Handled {
    done(api.bridge.erase_identity(&command.caller, &id).await)
}
