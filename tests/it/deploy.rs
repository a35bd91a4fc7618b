//! What is shipped for operators names what there is.

use std::collections::BTreeSet;
use std::fs;

/// The words of a text that begin like our metrics, without the endings Prometheus gives to histograms.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    let ours = words.filter(|word| word.starts_with("segue_"));
    ours.map(|word| word.trim_end_matches("_bucket").to_owned()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_board_shows_every_metric_and_no_other() {
    let board = read("deploy/grafana/segue.json");
    let _: serde_json::Value = serde_json::from_str(&board).unwrap();
    assert_eq!(metrics_in(&board), metrics_in(&read("src/telemetry/metrics.rs")));
}

#[test]
fn the_alarms_watch_metrics_that_exist_and_are_explained() {
    let (alerts, book) = (read("deploy/alerts.yml"), read("docs/operating.md"));
    let known = metrics_in(&read("src/telemetry/metrics.rs"));
    assert!(metrics_in(&alerts).is_subset(&known));
    for alert in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(book.contains(&format!("`{alert}`")), "{alert}");
    }
    for metric in known {
        assert!(book.contains(&format!("`{metric}`")), "{metric}");
    }
}

#[test]
fn the_handbook_lists_every_setting() {
    let (example, book) = (read("config.example.toml"), read("docs/operating.md"));
    let settings = example.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));
    for (name, _) in settings {
        assert!(book.contains(&format!("`{name}`")), "{name}");
    }
}
