//! What comes out: a table on standard output, every run and every bar as a JSON line in a file.

use std::fs::File;
use std::io::{Write, stdout};
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;

/// What is promised of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// It is told, nothing is promised.
    Told,
}

/// One measured value.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) name: String,
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    pub(crate) bar: Bar,
    /// How it was measured.
    pub(crate) how: String,
}

pub(crate) struct Report {
    lines: Option<File>,
    missed: Vec<String>,
}

impl Bar {
    fn is_met(self, measured: f64) -> Option<bool> {
        match self {
            Self::AtLeast(bar) => Some(measured >= bar),
            Self::AtMost(bar) => Some(measured <= bar),
            Self::Told => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bar) => format!(">= {}", number(bar)),
            Self::AtMost(bar) => format!("<= {}", number(bar)),
            Self::Told => "-".to_owned(),
        }
    }
}

impl Report {
    pub(crate) fn start(json: Option<&Path>) -> Result<Self> {
        let report = Self { lines: json.map(File::create).transpose()?, missed: Vec::new() };
        report.say(&row(["what", "measured", "bar", "", "how"]))?;
        Ok(report)
    }

    /// One run, for whoever reads the file.
    pub(crate) fn run(&mut self, run: &Value) -> Result<()> {
        self.line(&json!({"kind": "run", "run": run}))
    }

    pub(crate) fn find(&mut self, finding: &Finding) -> Result<()> {
        let Finding { name, measured, unit, bar, how } = finding;
        let met = bar.is_met(*measured);
        let verdict = match met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        if met == Some(false) {
            self.missed.push(name.clone());
        }
        let value = format!("{}{unit}", number(*measured));
        self.say(&row([name, &value, &bar.text(), verdict, how]))?;
        self.line(&json!({
            "kind": "finding", "name": name, "measured": measured, "unit": unit.trim(), "bar": bar.text(),
            "met": met, "how": how,
        }))
    }

    /// Whether all bars were met.
    pub(crate) fn finish(self) -> Result<bool> {
        match self.missed.len() {
            0 => self.say("all bars met")?,
            many => self.say(&format!("{many} missed: {}", self.missed.join("; ")))?,
        }
        Ok(self.missed.is_empty())
    }

    #[expect(clippy::unused_self, reason = "only a started report has a heading above its rows")]
    fn say(&self, text: &str) -> Result<()> {
        Ok(writeln!(stdout(), "{text}")?)
    }

    fn line(&mut self, value: &Value) -> Result<()> {
        match &mut self.lines {
            Some(lines) => Ok(writeln!(lines, "{value}")?),
            None => Ok(()),
        }
    }
}

fn row([what, measured, bar, verdict, how]: [&str; 5]) -> String {
    format!("{what:<58} {measured:>12}  {bar:>8}  {verdict:<6}  {how}").trim_end().to_owned()
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The middle value; of an even number of them, what lies between the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let (below, above) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(below), sorted.get(above)) {
        (Some(one), Some(other)) => f64::midpoint(*one, *other),
        _ => f64::NAN,
    }
}

/// The value that this share is below or at.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list"
)]
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
