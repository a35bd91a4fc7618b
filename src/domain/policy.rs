//! May I send this, here, now? All the rules as one function of facts and time; whoever asks, the answer is the same.

pub mod cap;
pub mod private_reply;
mod reason;
pub mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

use self::cap::Spending;
pub use self::reason::Reason;
use self::window::Window;
use super::channel::Channel;
use super::consent::{ConsentState, Purpose};
use super::conversation::Hold;
use super::handoff::guard;
use super::phone::Home;
use super::texts::TextName;
use super::time::Timestamp;
use super::workspace::{WorkspaceSettings, Zone};

/// An opt-out may be answered for so long, and never later (47 CFR 64.1200(a)(12)).
pub const OPT_OUT_ANSWER: Duration = Duration::from_secs(5 * 60);

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person at the desk writes.
    Desk,
    /// The service itself answers what the customer wrote.
    Automatic,
    /// What follows at once on a proof: the customer waits for it, and of that number something is proven.
    Proven,
    /// A code to a number that somebody else named.
    Code,
    /// The one answer to an opt-out.
    OptOutAnswer,
}

impl Kind {
    /// The kind of a message, by the text of ours it is; `answers_opt_out` where it is sent although nothing else is.
    #[must_use]
    pub const fn of(automatic: Option<TextName>, answers_opt_out: bool) -> Self {
        match automatic {
            _ if answers_opt_out => Self::OptOutAnswer,
            None => Self::Desk,
            Some(TextName::Code) => Self::Code,
            Some(TextName::Agree | TextName::Confirm | TextName::Joined) => Self::Proven,
            Some(_) => Self::Automatic,
        }
    }
}

/// Why an address is not sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// The customer opted out.
    OptedOut,
    /// Something they wrote may be an opt-out; a person decides.
    UnderReview,
}

/// Where the newest consent to the purpose stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: ConsentState,
    /// Until when it permits.
    pub valid_until: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Standing {
    /// Whether it permits now.
    #[must_use]
    pub fn permits(&self, now: Timestamp) -> bool {
        self.state.is_valid() && self.valid_until.is_none_or(|until| now < until)
    }
}

/// All that bears on a send.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How the workspace wants things done.
    pub settings: &'a WorkspaceSettings,
    /// The medium.
    pub channel: &'a Channel,
    /// What for.
    pub purpose: Purpose,
    /// What is to be sent.
    pub kind: Kind,
    /// Why the address is not sent to.
    pub suppression: Option<Suppression>,
    /// Why the conversation is held.
    pub hold: Option<Hold>,
    /// Whether the platform says that the customer takes no messages there, or is gone.
    pub is_unreachable: bool,
    /// The newest consent to the purpose on that channel.
    pub consent: Option<Standing>,
    /// When the customer last wrote there.
    pub last_inbound_at: Option<Timestamp>,
    /// Whether a person's message may carry the platform's tag for people.
    pub may_tag: bool,
    /// Where the number is at home, on channels that reach phones.
    pub home: Option<Home>,
    /// Whether the address is a phone number.
    pub is_phone: bool,
    /// What was sent without a person already.
    pub spending: &'a [Spending],
}

/// One rule that stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Which.
    pub reason: Reason,
    /// When it will not any more; `None`: not by time alone.
    pub until: Option<Timestamp>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be sent now.
    Allowed,
    /// Not yet.
    NotUntil(Option<Timestamp>, Reason),
    /// Not by waiting.
    Never(Reason),
}

/// Whether it may be sent at `now`.
#[must_use]
pub fn may_send(facts: &Facts<'_>, now: Timestamp) -> Verdict {
    let rulings = judge(facts, now);
    if let Some(ruling) = rulings.iter().find(|ruling| ruling.reason.is_final()) {
        return Verdict::Never(ruling.reason);
    }
    // An end nobody knows is later than any that is known.
    match rulings.iter().max_by_key(|ruling| (ruling.until.is_none(), ruling.until)) {
        Some(ruling) => Verdict::NotUntil(ruling.until, ruling.reason),
        None => Verdict::Allowed,
    }
}

/// Whether what was queued, when it was allowed, may go to the wire at `now`: all is asked again, by what is true then.
#[must_use]
pub fn may_go(facts: &Facts<'_>, now: Timestamp) -> Verdict {
    if guard::the_wire_asks_again() { may_send(facts, now) } else { Verdict::Allowed }
}

/// Every rule that stands in the way at `now`, the gravest first.
#[must_use]
pub fn judge(facts: &Facts<'_>, now: Timestamp) -> Vec<Ruling> {
    if facts.kind == Kind::OptOutAnswer {
        return Vec::new();
    }
    let mut rulings = Vec::new();
    let mut stop = |reason, until| rulings.push(Ruling { reason, until });
    match facts.suppression {
        Some(Suppression::OptedOut) => stop(Reason::OptedOut, None),
        Some(Suppression::UnderReview) => stop(Reason::OptOutReview, None),
        None => {}
    }
    // What is asked before anything is agreed to is an answer to what the customer wrote; a hold is for the desk.
    if let Some(hold) = facts.hold.filter(|_| facts.kind == Kind::Desk) {
        stop(hold.into(), None);
    }
    if let Some(reason) = permission(facts, now) {
        stop(reason, None);
    }
    if facts.is_unreachable {
        stop(Reason::Unreachable, None);
    }
    if !country_allowed(facts) {
        stop(Reason::CountryNotAllowed, None);
    }
    if let Some(end) = quiet_until(facts, now) {
        stop(Reason::QuietHours, Some(end));
    }
    for spending in facts.spending {
        if let Some(until) = spending.exhausted(&facts.settings.limits, now) {
            stop(spending.cap.reason(), Some(until));
        }
    }
    rulings
}

/// Consent, the customer's own word, and the platform's window.
fn permission(facts: &Facts<'_>, now: Timestamp) -> Option<Reason> {
    if facts.kind == Kind::Code {
        return None;
    }
    let agreed = facts.kind == Kind::Proven || facts.consent.is_some_and(|consent| consent.permits(now));
    let answers = matches!(facts.purpose, Purpose::HandoffRelay) && answers_own_word(facts, now);
    if !agreed && !answers {
        return Some(match (facts.purpose, facts.consent, facts.last_inbound_at) {
            (Purpose::HandoffRelay, None, None) => Reason::CustomerWritesFirst,
            (Purpose::HandoffRelay, None, Some(_)) => Reason::RelayOver,
            _ => Reason::NoConsent,
        });
    }
    match window::of(facts.channel, facts.last_inbound_at, now) {
        Window::Open => None,
        Window::ForPeople if facts.kind == Kind::Desk && facts.may_tag => None,
        Window::NeverOpened => Some(Reason::CustomerWritesFirst),
        Window::ForPeople | Window::Closed => Some(Reason::WindowClosed),
        Window::ForTemplates => Some(Reason::TemplateNeeded),
    }
}

/// The customer's own message permits answers in that conversation (CTIA, conversational messages), for as long as the
/// relay would stay open, and unless they said no since.
fn answers_own_word(facts: &Facts<'_>, now: Timestamp) -> bool {
    let Some(wrote) = facts.last_inbound_at else { return false };
    let is_recent = now < wrote + facts.settings.limits.relay_idle;
    let refused = facts.consent.and_then(|consent| match consent.state {
        ConsentState::Requested | ConsentState::Granted | ConsentState::Renewed => None,
        _ => consent.ended_at,
    });
    is_recent && refused.is_none_or(|since| is_answer_to_no(facts) || wrote > since)
}

/// What confirms a refusal is an answer to it.
fn is_answer_to_no(facts: &Facts<'_>) -> bool {
    facts.kind == Kind::Automatic
}

fn country_allowed(facts: &Facts<'_>) -> bool {
    let is_text = *facts.channel == Channel::sms() && facts.kind != Kind::Desk;
    let home = facts.home.filter(|_| is_text);
    match home {
        Some(home) => facts.settings.countries.takes(home.country),
        // A number from nowhere: only where nothing is said about countries to be allowed.
        None => !is_text || facts.settings.countries.allow.is_empty(),
    }
}

/// When it is no longer quiet anywhere the customer may be; an answer to what they have just written goes at any hour.
fn quiet_until(facts: &Facts<'_>, now: Timestamp) -> Option<Timestamp> {
    let replies = facts.last_inbound_at.is_some_and(|wrote| now < wrote + facts.settings.limits.reply_window);
    // A code was asked for this minute by the account, or typed back.
    if !facts.is_phone || replies || matches!(facts.kind, Kind::Code | Kind::Proven) {
        return None;
    }
    let zones =
        facts.home.map_or(&[][..], |home| home.zones).iter().filter_map(|name| Zone::named(name).ok());
    let zones: Vec<Zone> = zones.chain(facts.settings.profile_zone.clone()).collect();
    let quiet = |at| zones.iter().filter_map(|zone| facts.settings.quiet_hours.until(zone, at)).max();
    // Zones far apart may leave no hour at all: then the end of the first wait is said, and asked again.
    let mut end = quiet(now)?;
    for _ in 0..4 {
        match quiet(end) {
            Some(later) => end = later,
            None => break,
        }
    }
    Some(end)
}
