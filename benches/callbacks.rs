//! Files of signed requests for the load generator, which then has nothing to compute.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Result, twilio};

/// Customers that the texts of a file come from.
const CUSTOMERS: usize = 5_000;

/// Writes `count` texts for a connection, each with an id of its own.
pub(crate) fn write(folder: &Path, connection: &str, count: usize) -> Result<PathBuf> {
    let path = folder.join(format!("{connection}.requests"));
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    for number in 0..count {
        let request = twilio::request(connection, number, CUSTOMERS);
        write!(file, "{:08}", request.len())?;
        file.write_all(&request)?;
    }
    file.flush()?;
    Ok(path)
}

/// Where `wanted` first stands.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
