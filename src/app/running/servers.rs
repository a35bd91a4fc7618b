//! The HTTP servers of a process: binding them, and waiting until one ends or all are told to.

use std::net::TcpListener;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;

use super::Process;
use crate::app::StartError;
use crate::config::{HostPort, Settings};
use crate::http::{self, Api};
use crate::telemetry::Metrics;

impl Process {
    /// Returns when told to stop, or when a server ends by itself.
    pub(super) async fn until_stopped(
        &self,
        public: Option<Server>,
        ops: Option<Server>,
    ) -> Result<(), StartError> {
        let handles: Vec<ServerHandle> = public.iter().chain(&ops).map(Server::handle).collect();
        let servers = async {
            let (public, ops) = (ended(public), ended(ops));
            tokio::select! { ended = public => ended, ended = ops => ended }
        };
        let mut servers = std::pin::pin!(servers);
        let ended = tokio::select! {
            ended = &mut servers => ended.map_err(StartError::Server),
            () = self.stopping.cancelled() => Ok(()),
        };
        let stopped = async {
            for handle in handles {
                handle.stop(true).await;
            }
        };
        tokio::select! { () = stopped => {}, _ = servers => {} }
        ended
    }
}

async fn ended(server: Option<Server>) -> std::io::Result<()> {
    match server {
        Some(server) => server.await,
        None => std::future::pending().await,
    }
}

pub(super) fn bind(address: &HostPort) -> Result<TcpListener, StartError> {
    TcpListener::bind(address.as_pair())
        .map_err(|cause| StartError::Bind { address: address.to_string(), cause })
}

/// Operators can do without; a taken port is only said.
pub(super) fn serve_ops(settings: &Settings, api: web::Data<Api>, metrics: Metrics) -> Option<Server> {
    let address = settings.ops_bind.as_ref()?;
    let server =
        TcpListener::bind(address.as_pair()).and_then(|listener| http::serve_ops(api, metrics, listener));
    server
        .inspect_err(
            |error| tracing::warn!(%address, %error, "SEGUE_OPS_BIND={address}: no metrics and probes there"),
        )
        .ok()
}
