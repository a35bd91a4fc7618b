//! `segue health`: the probe of a container. Asks the process of the same settings on the same machine.

use std::path::Path;
use std::time::Duration;

use super::Failed;
use super::opening::{block_on, open_outbound, settings};
use crate::config::HostPort;
use crate::outbound::Outbound;
use crate::providers::HttpRequest;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn run(config: Option<&Path>) -> Result<(), Failed> {
    let settings = settings(config)?;
    block_on(async {
        let outbound = open_outbound()?;
        // A worker has no API, and the port of the operators may be off or taken: one of the two is enough.
        let mut why = "neither SEGUE_OPS_BIND nor SEGUE_BIND answers".to_owned();
        for address in settings.ops_bind.iter().chain([&settings.bind]) {
            match probe(&outbound, address).await {
                Ok(200) => return Ok(()),
                Ok(status) => why = format!("{address} answers {status}"),
                Err(_) => {}
            }
        }
        Err(Failed::new(format!("It cannot work: {why}.")))
    })
}

async fn probe(outbound: &Outbound, address: &HostPort) -> Result<u16, ()> {
    let url = format!("http://{}/readyz", reachable(address));
    let request = HttpRequest { method: "GET", url, headers: Vec::new(), body: bytes::Bytes::new() };
    outbound.send(request, PATIENCE).await.map(|reply| reply.status).map_err(|_| ())
}

/// Where to call what listens everywhere.
fn reachable(address: &HostPort) -> String {
    match address.as_pair() {
        ("0.0.0.0", port) => format!("127.0.0.1:{port}"),
        ("::", port) => format!("[::1]:{port}"),
        _ => address.to_string(),
    }
}
