//! The guards of the invariants, each by name, so that a test can take one out and see that it is missed.

macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $(
            $(#[$doc])*
            #[cfg(not(test))]
            pub(super) const fn $name() -> bool {
                true
            }

            $(#[$doc])*
            #[cfg(test)]
            pub(super) fn $name() -> bool {
                !missing::is(stringify!($name))
            }
        )+
    };
}

guards! {
    /// I6: an opt-out ends a handoff whatever its state.
    stop_beats_every_state;
    /// I7: the end of a link stops what goes over it.
    unlink_stops_the_relay;
    /// A dispute stops what goes over it.
    holds_what_is_suspended;
}

/// Which guard the present test has taken out.
#[cfg(test)]
pub(super) mod missing {
    use std::cell::Cell;

    thread_local! {
        static MISSING: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    pub(in super::super) fn is(name: &str) -> bool {
        MISSING.get() == Some(name)
    }

    /// Runs a check without one guard.
    pub(in super::super) fn without<T>(name: &'static str, run: impl FnOnce() -> T) -> T {
        MISSING.set(Some(name));
        let result = run();
        MISSING.set(None);
        result
    }
}
