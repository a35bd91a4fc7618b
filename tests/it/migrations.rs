//! The twin folders of migrations say the same.

use std::fs;
use std::path::Path;

#[test]
fn both_engines_have_the_same_tables_columns_and_indexes() {
    let names = |folder: &str| -> Vec<String> {
        let files = fs::read_dir(Path::new("migrations").join(folder)).unwrap();
        let mut names: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("postgres"), names("sqlite"), "run scripts/sqlite-migrations");
    for name in names("postgres") {
        let outline =
            |folder: &str| outline(&fs::read_to_string(format!("migrations/{folder}/{name}")).unwrap());
        assert_eq!(outline("postgres"), outline("sqlite"), "{name}: run scripts/sqlite-migrations");
    }
}

/// Table and column names with their constraints, and indexes whole; not the types, in which the engines differ.
fn outline(sql: &str) -> Vec<String> {
    let mut outline = Vec::new();
    for line in sql.lines().map(str::trim_end).filter(|line| !line.trim_start().starts_with("--")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["CREATE", "TABLE", ..] => outline.push(line.to_owned()),
            ["CREATE", ..] | ["WHERE", ..] | ["PRIMARY", ..] => outline.push(words.join(" ")),
            [column, ..] if line.starts_with("    ") => {
                let nullable =
                    !line.contains("NOT NULL") && !line.contains("KEY") && !line.contains("IDENTITY");
                outline.push(format!("{column} {}", if nullable { "NULL" } else { "NOT NULL" }));
            }
            _ => {}
        }
    }
    outline
}
