//! Stopping: the first signal drains, a second one ends at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels the token at the first SIGINT or SIGTERM and ends the process at the second.
///
/// # Errors
/// When this system knows no signals.
pub fn on_signals(stop: CancellationToken) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first {
                tracing::info!("stopping: finishing what is under way; a second signal ends at once");
                stop.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(())
}
