//! Wake-ups within this process. Several in a row are as good as one: who is woken looks for all there is to do.

use std::sync::Arc;

use tokio::sync::watch;

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Inbound events to decide.
    Inbound,
    /// Deliveries to send.
    Deliveries,
    /// Events to show.
    Events,
}

impl Wake {
    pub(super) const ALL: [Self; 3] = [Self::Inbound, Self::Deliveries, Self::Events];

    /// What it is called between processes.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Deliveries => "deliveries",
            Self::Events => "events",
        }
    }
}

/// One bell for each kind of work.
#[derive(Clone, Debug, Default)]
pub(super) struct Bells(Arc<[watch::Sender<()>; 3]>);

impl Bells {
    pub(super) fn ring(&self, wake: Wake) {
        self.0[wake as usize].send_replace(());
    }

    pub(super) fn ring_all(&self) {
        Wake::ALL.into_iter().for_each(|wake| self.ring(wake));
    }

    pub(super) fn subscribe(&self, wake: Wake) -> Waker {
        Waker(self.0[wake as usize].subscribe())
    }
}

/// Hears one kind of work.
#[derive(Clone, Debug)]
pub struct Waker(watch::Receiver<()>);

impl Waker {
    /// Waits until there is work that was not yet heard of. May be dropped and called again without missing any.
    pub async fn woken(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could ring.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_bell_wakes_those_who_wait_for_it_once() {
        let bells = Bells::default();
        let mut inbound = bells.subscribe(Wake::Inbound);
        let mut events = bells.subscribe(Wake::Events);
        bells.ring(Wake::Inbound);
        bells.ring(Wake::Inbound);
        assert!(inbound.woken().now_or_never().is_some());
        assert!(inbound.woken().now_or_never().is_none());
        assert!(events.woken().now_or_never().is_none());
    }

    #[test]
    fn what_rang_between_two_waits_is_heard() {
        let bells = Bells::default();
        let mut waker = bells.subscribe(Wake::Deliveries);
        assert!(waker.woken().now_or_never().is_none());
        bells.ring_all();
        assert!(waker.woken().now_or_never().is_some());
    }
}
