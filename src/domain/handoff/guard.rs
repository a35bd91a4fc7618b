//! The guards of the invariants, each by name, so that a test can take one out and see that it is missed.

macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $(
            $(#[$doc])*
            #[cfg(not(test))]
            pub(in crate::domain) const fn $name() -> bool {
                true
            }

            $(#[$doc])*
            #[cfg(test)]
            pub(in crate::domain) fn $name() -> bool {
                !missing::is(stringify!($name))
            }
        )+
    };
}

guards! {
    /// I1: no secret that is still worth something stands in a public text.
    no_secret_stands_in_public;
    /// I2: a secret proves once.
    a_secret_proves_once;
    /// I3 and I4: a phone is written to when it has written to us, or when the account gave its number.
    only_who_wrote_is_asked;
    /// I5: what was queued is judged anew at the wire.
    the_wire_asks_again;
    /// I8: what a step does to a consent is recorded with it, before anything is said.
    a_consent_is_recorded_with_its_step;
    /// I9: what one side takes back is not told to the other.
    a_withdrawal_is_not_told_elsewhere;
    /// Nothing leads on from an end.
    an_end_is_final;
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
