//! Verification at a terminal: any of the files, by what it begins with.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::Verify;
use crate::cli::Failed;
use crate::ledger::export::Head;
use crate::ledger::receipt::Receipt;
use crate::ledger::verify::{self, Anchor, ExportCheck, Proven, Unproven};

pub(super) fn run(verify: &Verify) -> Result<(), Failed> {
    let anchor = match &verify.against {
        Some(path) => Some(Anchor::read(&text(path)?).map_err(Failed::new)?),
        None => None,
    };
    let proven = check(verify, anchor.as_ref())?;
    print(&proven);
    Ok(())
}

fn text(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failed {
    Failed::usage(format!("{}: {error}", path.display()))
}

fn check(asked: &Verify, anchor: Option<&Anchor>) -> Result<Proven, Failed> {
    let path = asked.file.as_path();
    let file: Box<dyn BufRead> = match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(path, &error))?)),
    };
    // Lines that are not UTF-8 hold nothing of ours: changed bytes, not an unreadable file.
    let mut lines = file.split(b'\n').map(|line| match line {
        Ok(line) => String::from_utf8(line).map_err(|_| Failed::new(Unproven::Unknown)),
        Err(error) => Err(unreadable(path, &error)),
    });
    let first = lines.next().ok_or_else(|| Failed::new(Unproven::Empty))??;
    if Head::is_one(&first) {
        let mut check = ExportCheck::begin(&first, asked.vkey.as_ref(), anchor).map_err(Failed::new)?;
        for line in lines {
            check.leaf(&line?).map_err(Failed::new)?;
        }
        return check.end().map_err(Failed::new);
    }
    if anchor.is_some() {
        return Err(Failed::usage("--against compares an export; this is none."));
    }
    let rest: Vec<String> = lines.collect::<Result<_, _>>()?;
    let whole = [&[first], &rest[..], &[String::new()]].concat().join("\n");
    if !Receipt::is_one(&whole) {
        return verify::evidence(&whole, asked.vkey.as_ref()).map_err(Failed::new);
    }
    let Some(key) = &asked.vkey else {
        return Err(Failed::usage("A receipt names no key: give the ledger's with --vkey."));
    };
    verify::receipt(&whole, key).map_err(Failed::new)
}

#[expect(clippy::print_stdout, reason = "the verdict is this command's data")]
fn print(proven: &Proven) {
    println!("{proven}");
}
