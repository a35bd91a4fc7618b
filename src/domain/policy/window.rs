//! For how long after the customer's last word a platform lets answers through.
//!
//! Messenger and Instagram: <https://developers.facebook.com/docs/messenger-platform/policy/policy-overview>.
//! WhatsApp: <https://developers.facebook.com/docs/whatsapp/conversation-types>. X and Telegram: the user writes first.

use std::time::Duration;

use crate::domain::channel::Channel;
use crate::domain::time::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// So long before the window closes a message goes as after it: it must still be open when it arrives.
const MARGIN: Duration = Duration::from_secs(60);

/// What may go to a customer now, as far as the platform is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Anything.
    Open,
    /// What a person wrote, under the platform's tag for that.
    ForPeople,
    /// Approved templates.
    ForTemplates,
    /// Nothing more.
    Closed,
    /// Nothing before the customer has written.
    NeverOpened,
}

/// The window of a channel.
#[must_use]
pub fn of(channel: &Channel, last_inbound_at: Option<Timestamp>, now: Timestamp) -> Window {
    let since = last_inbound_at.map(|wrote| wrote.until(now));
    match (channel.as_str(), since) {
        ("messenger" | "instagram_dm", Some(since)) if since + MARGIN < DAY => Window::Open,
        ("messenger" | "instagram_dm", Some(since)) if since + MARGIN < WEEK => Window::ForPeople,
        ("messenger" | "instagram_dm", Some(_)) => Window::Closed,
        ("whatsapp", Some(since)) if since + MARGIN >= DAY => Window::ForTemplates,
        ("messenger" | "instagram_dm" | "whatsapp" | "x_dm" | "telegram", None) => Window::NeverOpened,
        _ => Window::Open,
    }
}
