//! The OpenAPI document: collected from the routes that are mounted, with what holds for all of them added.

use std::collections::HashSet;
use std::sync::LazyLock;

use actix_web::App;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema, Type,
};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use crate::domain::workspace::Limits;

use super::problem::{Code, FieldError, MEDIA_TYPE, ProblemBody};
use super::routes;

/// The security scheme's name.
const KEY: &str = "api_key";

const REQUEST_ID: &str = "X-Request-Id";

#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Segue", description = include_str!("openapi.md"), license(name = "MIT OR Apache-2.0")))]
struct Head;

/// The document, as it is served and checked in.
#[must_use]
pub fn openapi_json() -> String {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let document = serde_json::to_string_pretty(&document());
        document.unwrap_or_default() + "\n"
    });
    DOCUMENT.clone()
}

fn document() -> OpenApi {
    let app = App::new().into_utoipa_app().openapi(Head::openapi()).configure(routes::collect);
    let (_, mut document) = app.split_for_parts();
    add_components(document.components.get_or_insert_default());
    let mut names = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            name_once(&mut names, &method, operation);
            declare_path(path, operation);
            complete(path, &method, operation);
        }
    }
    document
}

/// One handler may serve two methods; an operation's name stands once.
fn name_once(names: &mut HashSet<String>, method: &HttpMethod, operation: &mut Operation) {
    let Some(name) = &mut operation.operation_id else { return };
    if !names.insert(name.clone()) {
        *name = format!("{name}_{}", if *method == HttpMethod::Post { "post" } else { "other" });
        names.insert(name.clone());
    }
}

/// Declares what stands in braces.
fn declare_path(path: &str, operation: &mut Operation) {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    for name in names {
        let parameters = operation.parameters.get_or_insert_default();
        let known = |one: &RefOr<Parameter>| matches!(one, RefOr::T(one) if one.name == name && one.parameter_in == ParameterIn::Path);
        if !parameters.iter().any(known) {
            parameters.push(path_parameter(name).into());
        }
    }
}

fn path_parameter(name: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The id of the resource."))
        .schema(Some(text()))
        .build()
}

fn add_components(components: &mut Components) {
    components.schemas.insert(ProblemBody::name().into(), ProblemBody::schema());
    components.schemas.insert(FieldError::name().into(), FieldError::schema());
    components.schemas.insert(Code::name().into(), Code::schema());
    components.security_schemes.insert(KEY.to_owned(), key_scheme().into());
    components.headers.insert(REQUEST_ID.to_owned(), request_id().into());
    // A patch may hold nothing else, an answer shows more beside them.
    if let Some(RefOr::T(Schema::Object(settings))) = components.schemas.get_mut("WorkspaceSettings") {
        settings.additional_properties = None;
    }
    // The derived schema cannot read names that a macro gives.
    if let Some(RefOr::T(Schema::Object(limits))) = components.schemas.get_mut("Limits") {
        for (field, name) in Limits::TIMES {
            if let Some(schema) = limits.properties.swap_remove(*field) {
                limits.properties.insert((*name).to_owned(), schema);
            }
        }
    }
    for code in Code::ALL {
        let status = code.status();
        components.responses.insert(error_name(status), problem(status).into());
    }
}

fn error_name(status: u16) -> String {
    format!("Error{status}")
}

fn key_scheme() -> SecurityScheme {
    let about = "An API key, `sk_…`. What an operation asks for stands beside it: the scopes `read`, `write`, `admin` \
        (which includes both) or `operator`.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sk_…");
    SecurityScheme::Http(scheme.description(Some(about)).build())
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Adds what every operation of its kind takes and may answer.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    if operation.security.is_none() {
        return;
    }
    let changes = *method != HttpMethod::Get;
    let mut statuses = vec![401, 403, 429, 500, 503];
    let queries = operation.parameters.iter().flatten().any(is_query);
    if changes || queries {
        statuses.extend([400, 422]);
    }
    if changes {
        statuses.extend([409, 413, 415]);
    }
    if path.contains('{') {
        statuses.push(404);
    }
    for status in statuses {
        add_problem(operation, status);
    }
    if *method == HttpMethod::Post {
        operation.parameters.get_or_insert_default().push(idempotency_key().into());
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_request_id(response);
        }
    }
}

fn add_request_id(response: &mut Response) {
    let header = Ref::new(format!("#/components/headers/{REQUEST_ID}"));
    response.headers.insert(REQUEST_ID.to_owned(), RefOr::Ref(header));
}

fn add_problem(operation: &mut Operation, status: u16) {
    let all = &mut operation.responses.responses;
    all.entry(status.to_string()).or_insert_with(|| Ref::from_response_name(error_name(status)).into());
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(one) if one.parameter_in == ParameterIn::Query)
}

/// The answer of that status: which codes it may have.
fn problem(status: u16) -> Response {
    let of_status = Code::ALL.iter().filter(|code| code.status() == status);
    let lines: Vec<String> =
        of_status.map(|code| format!("- `{}`: {}.", code.as_str(), code.title())).collect();
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let mut response = ResponseBuilder::new().description(lines.join("\n")).content(MEDIA_TYPE, body).build();
    add_request_id(&mut response);
    response
}

fn request_id() -> utoipa::openapi::Header {
    let about = "The id of this request: the one that was sent, or a new one.";
    HeaderBuilder::new().schema(Some(text())).description(Some(about)).build()
}

fn text() -> utoipa::openapi::Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}

fn idempotency_key() -> Parameter {
    let about = "1 to 255 visible ASCII characters. The same request under the same key within 24 hours has one \
        effect and one answer.";
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(text()))
        .build()
}
