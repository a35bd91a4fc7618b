//! The document: checked in, complete, and the same as what is mounted.
#![expect(clippy::disallowed_methods, reason = "UPDATE_OPENAPI=1 accepts a change")]

use std::collections::HashSet;
use std::path::Path;

use regex::Regex;
use segue::http::openapi_json;
use segue::http::problem::Code;
use serde_json::Value;

use crate::architecture::sources;

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_checked_in_document_is_the_served_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/segue.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, openapi_json()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == openapi_json(),
        "openapi/segue.json is not up to date; UPDATE_OPENAPI=1 accepts the change"
    );
}

#[test]
fn every_operation_is_named_and_explained() {
    let mut names = HashSet::new();
    for (method, path, operation) in operations(&document()) {
        // One handler takes both methods of a callback.
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(
            names.insert((name, path.starts_with("/callbacks").then_some(method.clone()))),
            "{method} {path}"
        );
        assert!(operation["summary"].is_string(), "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let shared = response.get("$ref").is_some();
            let described = shared || response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{method} {path} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let described = parameter["description"].is_string() || parameter["in"] == "path";
            assert!(described, "{method} {path} {}", parameter["name"]);
        }
    }
}

#[test]
fn every_field_is_explained() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, about) in schema["properties"].as_object().into_iter().flatten() {
            let of_itself = about["description"].is_string();
            let of_value = about["oneOf"].to_string().contains("\"description\"");
            assert!(of_itself || of_value, "{name}.{field}");
        }
    }
}

#[test]
fn every_problem_is_declared_once() {
    let declared = document()["components"]["schemas"]["ProblemCode"].to_string();
    let mut seen = HashSet::new();
    for code in Code::ALL {
        assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
        assert!(declared.contains(&format!("\"{}\"", code.as_str())), "{} is not declared", code.as_str());
        assert!((400..600).contains(&code.status()));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let text = openapi_json();
    let document = document();
    for rest in text.split("\"$ref\": \"#").skip(1) {
        let pointer = rest.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} is not there");
    }
}

/// The names under which a source file's types stand in the document.
fn schema_names(source: &str) -> Vec<String> {
    let renamed = Regex::new(r"schema\(as = (\w+)").unwrap();
    let declared = Regex::new(r"^\s*(?:pub(?:\([^)]*\))? )?(?:struct|enum) (\w+)").unwrap();
    let (mut attributes, mut names) = (String::new(), Vec::new());
    for line in source.lines() {
        if let Some(found) = declared.captures(line) {
            if attributes.contains("ToSchema") {
                let other = renamed.captures(&attributes).map(|other| other[1].to_owned());
                names.push(other.unwrap_or_else(|| found[1].to_owned()));
            }
            attributes.clear();
        } else if ["#", "/", "pub", ")"].iter().any(|start| line.trim_start().starts_with(start)) {
            attributes.push_str(line);
        } else if line.trim().is_empty() || line.contains(['{', '}', ';']) {
            attributes.clear();
        }
    }
    names
}

/// Of two types with one name the document shows one alone.
#[test]
fn no_two_types_share_a_name_in_the_document() {
    let mut seen = HashSet::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for name in schema_names(&std::fs::read_to_string(&path).unwrap()) {
            assert!(seen.insert(name.clone()), "{name} is the name of two: give one `schema(as = …)`");
        }
    }
    assert!(seen.len() > 100 && seen.contains("PolicyRule"), "{seen:?}");
}
