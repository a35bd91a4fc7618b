//! Keeps the floors honest: a module names only modules on lower floors, and some crates have one door.

use std::fs;
use std::path::{Path, PathBuf};

/// As in the documentation of the crate.
const FLOORS: [&[&str]; 6] = [
    &["domain"],
    &["providers", "ledger", "vault", "clock", "config", "telemetry"],
    &["store", "outbound", "coordination"],
    &["gateway", "bridge", "relay", "sequencer", "retention"],
    &["http", "console", "sandbox"],
    &["app", "demo", "simulate", "cli", "main", "lib"],
];

/// A text that may stand only in these modules.
const DOORS: [(&str, &[&str]); 7] = [
    ("sqlx::", &["store"]),
    ("actix_web::", &["http", "console", "sandbox", "app", "demo", "simulate"]),
    ("reqwest::", &["outbound", "sandbox"]),
    ("redis::", &["coordination"]),
    ("std::env::", &["config"]),
    ("SystemTime", &["clock"]),
    ("Instant::now", &["clock"]),
];

pub(crate) fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Every file of `src` with the module it belongs to, comments left out.
fn modules() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    sources(&root).iter().map(|path| (module(path), code(&fs::read_to_string(path).unwrap()))).collect()
}

fn code(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

/// The modules named by `crate::module` and by `crate::{one, other::{…}}`.
fn named(code: &str) -> Vec<String> {
    let after = code.split("crate::").skip(1);
    after.flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![word(rest)], grouped)).collect()
}

fn grouped(rest: &str) -> Vec<String> {
    let (mut depth, mut names) = (0, vec![word(rest)]);
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&rest[at + 1..])),
            _ => {}
        }
    }
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn floor(module: &str) -> usize {
    let found = FLOORS.iter().position(|modules| modules.contains(&module));
    found.unwrap_or_else(|| panic!("module {module} stands on no floor"))
}

#[test]
fn modules_name_only_lower_floors() {
    for (module, code) in modules() {
        for other in named(&code).into_iter().filter(|other| *other != module) {
            let is_downward = floor(&other) < floor(&module);
            let composes = matches!(
                (module.as_str(), other.as_str()),
                ("cli", "app" | "demo" | "simulate") | ("demo" | "simulate", "app")
            );
            assert!(is_downward || composes, "{module} must not name {other}");
        }
    }
}

/// The service can never start simulated providers: only the commands that say so name them.
#[test]
fn only_commands_that_simulate_name_the_sandbox() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let names_it =
        |path: &PathBuf| named(&code(&fs::read_to_string(path).unwrap())).contains(&"sandbox".to_owned());
    let inside = root.join("sandbox");
    let may = ["cli/sandbox.rs", "cli/simulate.rs", "demo.rs", "simulate.rs"].map(|path| root.join(path));
    let outside = sources(&root).into_iter().filter(|path| {
        let is_allowed = may.contains(path)
            || path.starts_with(root.join("simulate"))
            || path.starts_with(root.join("demo"));
        !path.starts_with(&inside) && !is_allowed && names_it(path)
    });
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn some_crates_have_one_door() {
    for (module, code) in modules() {
        for (text, doors) in DOORS {
            let is_within = code.lines().any(|line| names(line, text));
            assert!(!is_within || doors.contains(&module.as_str()), "{text} must not stand in {module}");
        }
    }
}

/// Whether it stands there as a word of its own.
fn names(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn groups_are_read_too() {
    assert_eq!(named("use crate::{a, b::{c, d}, e};\nuse crate::f::g;"), ["a", "b", "e", "f"]);
}
