//! `segue inspect`: one captured callback a line in, one finding a line out. Standard output carries nothing else.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::Failed;
use crate::clock::{Clock, SystemClock};
use crate::domain::time::Timestamp;
use crate::providers::inspect::inspect_line;

/// Inspects the lines of a file, or of standard input when there is none or it is `-`.
pub(super) fn run(source: Option<&Path>) -> Result<(), Failed> {
    let now = SystemClock::default().now();
    match source.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let file =
                File::open(path).map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
            inspect(BufReader::new(file), now)
        }
        None => inspect(io::stdin().lock(), now),
    }
    .map_err(Failed::new)
}

fn inspect(lines: impl BufRead, now: Timestamp) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines.split(b'\n') {
        let line = line?;
        if !line.trim_ascii().is_empty() {
            writeln!(out, "{}", inspect_line(&line, now))?;
        }
    }
    out.flush()
}
