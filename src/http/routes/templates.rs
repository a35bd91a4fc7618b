//! `/v1/templates`: what the service says to customers, and a workspace's own words in place of ours.

mod view;

use actix_web::{HttpResponse, delete, get, put, web};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use self::view::{TemplateView, TextView, of_all};
use crate::bridge::{Caller, CommandError, Refusal};
use crate::domain::language;
use crate::domain::texts::{Fault, TextName, check, ours};
use crate::http::Api;
use crate::http::answer::{Handled, done, found};
use crate::http::auth::{Admin, Granted, Read};
use crate::http::etag::IfMatch;
use crate::http::json::{Command, Empty};
use crate::http::page::List;
use crate::store::template::{self, OwnText};
use crate::store::{Answer, Write};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(list_templates).service(get_template).service(set_template).service(reset_template);
}

/// A text to use in place of ours.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTemplate {
    /// The words, with `{variables}`; `[parts in brackets]` are left out where a variable in them stands for nothing.
    #[schema(example = "Thank you, all is settled in private. Yours, {brand}.", min_length = 1)]
    text: String,
}

type Decided = Result<(Vec<Write>, Answer), CommandError>;

/// A text by the names in a path.
type Place = (TextName, &'static str);

fn place(name: &str, code: &str) -> Result<Place, Refusal> {
    let place = TextName::parse(name).zip(language::parse(code));
    place.ok_or_else(|| Refusal::not_found("The template"))
}

/// List templates
///
/// Every text the service says to customers: who gets it when, the words in force in each language, and ours.
#[utoipa::path(tag = "Texts", security(("api_key" = ["read"])),
    responses((status = 200, description = "All texts, on one page.", body = List<TemplateView>)))]
#[get("/templates")]
async fn list_templates(api: web::Data<Api>, granted: Granted<Read>) -> Handled {
    let own = api.store.list_own_texts(&granted.workspace_id).await?;
    let data = TextName::ALL.iter().map(|name| of_all(*name, &own)).collect();
    Ok(HttpResponse::Ok().json(List::<TemplateView> { data, next: None }))
}

/// Get a template
///
/// One text in one language, with the versions the workspace gave it, newest first (the last 200).
#[utoipa::path(tag = "Texts", security(("api_key" = ["read"])),
    params(("name" = TextName, Path, description = "Which text."),
        ("language" = String, Path, description = "ISO 639-1.", example = "en")),
    responses((status = 200, description = "The text.", body = TextView,
        headers(("ETag" = String, description = "Its version.")))))]
#[get("/templates/{name}/{language}")]
async fn get_template(
    api: web::Data<Api>,
    granted: Granted<Read>,
    names: web::Path<(String, String)>,
) -> Handled {
    let (name, language) = place(&names.0, &names.1).map_err(CommandError::from)?;
    let versions = api.store.list_versions(&granted.workspace_id, name, language).await?;
    let is_there = !versions.is_empty() || ours(name, language).is_some();
    found(is_there.then(|| json!(TextView::of(name, language, versions))), "The template")
}

/// Say it in the workspace's own words
///
/// Makes a new version, which counts at once. A text names the variables it needs and no others, and tells customers
/// words that are understood when they write them; in public it fits 280 characters and gives nothing away. Any language
/// of ISO 639-1 may be brought; it is spoken from its first text on, and what it lacks is said in English.
#[utoipa::path(tag = "Texts", request_body = SetTemplate, security(("api_key" = ["admin"])),
    params(IfMatch, ("name" = TextName, Path, description = "Which text."),
        ("language" = String, Path, description = "ISO 639-1.", example = "en")),
    responses((status = 200, description = "The text as it is now.", body = TextView)))]
#[put("/templates/{name}/{language}")]
async fn set_template(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    names: web::Path<(String, String)>,
    command: Command<SetTemplate>,
) -> Handled {
    let Command { caller, input, .. } = &command;
    let decide = || async {
        let place = place(&names.0, &names.1)?;
        check_text(&api, caller, place.0, &input.text).await?;
        change(&api, caller, place, Some(&input.text)).await
    };
    done(api.bridge.write(caller, decide).await)
}

/// Go back to our words
///
/// Makes a new version that gives way to ours; in a language that is not ours, the text is no longer there. Earlier
/// versions stay listed.
#[utoipa::path(tag = "Texts", security(("api_key" = ["admin"])),
    params(IfMatch, ("name" = TextName, Path, description = "Which text."),
        ("language" = String, Path, description = "ISO 639-1.", example = "en")),
    responses((status = 204, description = "Our words count again.")))]
#[delete("/templates/{name}/{language}")]
async fn reset_template(
    api: web::Data<Api>,
    _granted: Granted<Admin>,
    names: web::Path<(String, String)>,
    command: Command<Empty>,
) -> Handled {
    let decide = || async {
        let (writes, _) = change(&api, &command.caller, place(&names.0, &names.1)?, None).await?;
        Ok((writes, Answer { status: 204, body: Value::Null }))
    };
    done(api.bridge.write(&command.caller, decide).await)
}

async fn check_text(api: &Api, caller: &Caller, name: TextName, text: &str) -> Result<(), CommandError> {
    let bounds = api.store.find_bounds(&caller.workspace_id).await?;
    check(name, text, &bounds).map_err(|fault| match fault {
        Fault::Wrong(detail) => Refusal::invalid("/text", detail),
        Fault::Leak(leak) => Refusal::Leak {
            detail: format!("Everybody would read {} here that is not of this workspace.", leak.as_str()),
        },
    })?;
    Ok(())
}

/// A new version with that text, unless it is in force already; none gives way to ours.
async fn change(api: &Api, caller: &Caller, (name, language): Place, text: Option<&str>) -> Decided {
    let mut versions = api.store.list_versions(&caller.workspace_id, name, language).await?;
    let current = versions.first().map_or(0, |newest| newest.version);
    if caller.if_match.is_some_and(|wanted| wanted != current) {
        return Err(Refusal::VersionMismatch { current }.into());
    }
    let before = versions.first().and_then(|newest| newest.text.as_deref());
    if text.is_none() && before.is_none() {
        return Err(Refusal::not_found("A text of the workspace's own").into());
    }
    let mut writes = Vec::new();
    if before != text {
        let own = OwnText {
            name,
            language: language.to_owned(),
            version: current + 1,
            text: text.map(str::to_owned),
            created_at: api.clock.now(),
        };
        writes.push(template::insert(&caller.workspace_id, &own));
        versions.insert(0, own);
    }
    let view = TextView::of(name, language, versions);
    Ok((writes, Answer { status: 200, body: json!(view) }))
}
