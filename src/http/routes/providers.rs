//! `/v1/providers`: what a connection to each needs.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::{Granted, Read};
use crate::http::page::List;
use crate::providers::check::COMMON_SETTINGS;
use crate::providers::{Field, Need, Provider, TABLE};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_providers);
}

/// A platform connections can be made to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
struct ProviderView {
    /// Its name in `provider`.
    #[schema(example = "twilio")]
    name: &'static str,
    /// The fields of `account`.
    account: Vec<FieldView>,
    /// The fields of `secrets`; the first is the one that verifies callbacks.
    secrets: Vec<FieldView>,
    /// The fields of `settings`.
    settings: Vec<FieldView>,
    /// Ids of its signature schemes for `settings.scheme`, the current one first.
    schemes: Vec<&'static str>,
}

/// A field of a connection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderField)]
struct FieldView {
    /// Its name.
    #[schema(example = "account_sid")]
    name: &'static str,
    /// Whether a connection cannot do without it.
    required: bool,
    /// One field of every such group is needed.
    #[schema(example = "sender")]
    one_of: Option<&'static str>,
    /// What it is.
    #[schema(example = "The account, `AC…`.")]
    help: &'static str,
}

impl From<&Field> for FieldView {
    fn from(field: &Field) -> Self {
        let one_of = match field.need {
            Need::OneOf(group) => Some(group),
            Need::Required | Need::Optional => None,
        };
        Self { name: field.name, required: field.need == Need::Required, one_of, help: field.help }
    }
}

fn show(provider: &&dyn Provider) -> ProviderView {
    let fields = |of: &[Field]| of.iter().map(FieldView::from).collect();
    ProviderView {
        name: provider.name(),
        account: fields(provider.account_fields()),
        secrets: fields(provider.secret_fields()),
        settings: fields(&[COMMON_SETTINGS, provider.setting_fields()].concat()),
        schemes: provider.schemes().to_vec(),
    }
}

/// List providers
///
/// With the fields a connection to each takes.
#[utoipa::path(tag = "Connections", security(("api_key" = ["read"])),
    responses((status = 200, description = "All providers.", body = List<ProviderView>)))]
#[get("/providers")]
async fn list_providers(_granted: Granted<Read>) -> HttpResponse {
    HttpResponse::Ok().json(List { data: TABLE.iter().map(show).collect(), next: None })
}
