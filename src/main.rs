//! The `segue` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    segue::cli::run()
}
