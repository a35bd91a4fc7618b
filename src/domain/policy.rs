//! May I send this, here, now? Today suppression alone decides; windows and consent join here.

use super::failure::{Failure, FailureCode};

/// What the store knows that bears on a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The address is suppressed on that channel.
    pub suppressed: bool,
}

/// Whether a private message may be sent now.
///
/// # Errors
/// The failure the message would end with.
pub fn may_send(facts: Facts) -> Result<(), Failure> {
    if facts.suppressed {
        return Err(Failure::new(
            FailureCode::OptedOut,
            "The customer has opted out on this channel. Only their own START lifts it.",
        ));
    }
    Ok(())
}
