//! Each rule as a table.

use std::time::Duration;

use proptest::prelude::*;

use super::cap::{Cap, Spending, Spent};
use super::*;
use crate::domain::phone::home;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Noon in New York.
fn noon() -> Timestamp {
    Timestamp::parse("2026-11-24T17:00:00Z").unwrap()
}

struct Case {
    settings: WorkspaceSettings,
    channel: Channel,
    spending: Vec<Spending>,
}

impl Case {
    fn on(channel: &'static str) -> Self {
        Self {
            settings: WorkspaceSettings::default(),
            channel: Channel::named(channel),
            spending: Vec::new(),
        }
    }

    /// The customer wrote a minute ago, from New York where it is a phone.
    fn facts(&self) -> Facts<'_> {
        let is_phone = ["sms", "whatsapp"].contains(&self.channel.as_str());
        Facts {
            settings: &self.settings,
            channel: &self.channel,
            purpose: Purpose::HandoffRelay,
            kind: Kind::Desk,
            suppression: None,
            hold: None,
            is_unreachable: false,
            consent: None,
            last_inbound_at: Some(noon() - Duration::from_secs(60)),
            may_tag: false,
            home: home("+12025550143").filter(|_| is_phone),
            is_phone,
            spending: &self.spending,
        }
    }
}

fn standing(state: ConsentState, ended_at: Option<Timestamp>) -> Option<Standing> {
    Some(Standing { state, valid_until: None, ended_at })
}

#[test]
fn an_answer_to_what_the_customer_wrote_is_allowed_on_every_channel() {
    for channel in ["sms", "whatsapp", "messenger", "instagram_dm", "x_dm", "telegram", "custom_dm"] {
        assert_eq!(may_send(&Case::on(channel).facts(), noon()), Verdict::Allowed, "{channel}");
    }
}

#[test]
fn nobody_is_written_to_first() {
    for channel in ["sms", "whatsapp", "messenger", "x_dm", "telegram", "custom_dm"] {
        let case = Case::on(channel);
        for kind in [Kind::Desk, Kind::Automatic] {
            let facts = Facts { last_inbound_at: None, kind, ..case.facts() };
            assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::CustomerWritesFirst), "{channel}");
        }
    }
    let sms = Case::on("sms");
    let agreed = standing(ConsentState::Granted, None);
    let facts = Facts { last_inbound_at: None, consent: agreed, ..sms.facts() };
    assert_eq!(may_send(&facts, noon()), Verdict::Allowed);
    let dm = Case::on("x_dm");
    let facts = Facts { last_inbound_at: None, consent: agreed, ..dm.facts() };
    assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::CustomerWritesFirst));
}

#[test]
fn an_opt_out_stops_everything_but_its_own_answer() {
    let case = Case::on("sms");
    for kind in [Kind::Desk, Kind::Automatic, Kind::Code] {
        let facts = Facts {
            kind,
            suppression: Some(Suppression::OptedOut),
            consent: standing(ConsentState::Granted, None),
            ..case.facts()
        };
        assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::OptedOut), "{kind:?}");
        let facts = Facts { suppression: Some(Suppression::UnderReview), ..facts };
        assert_eq!(may_send(&facts, noon()), Verdict::NotUntil(None, Reason::OptOutReview), "{kind:?}");
    }
    let facts = Facts { kind: Kind::OptOutAnswer, suppression: Some(Suppression::OptedOut), ..case.facts() };
    assert_eq!(may_send(&facts, noon()), Verdict::Allowed);
}

#[test]
fn a_consent_that_ended_holds_until_the_customer_writes_again() {
    let case = Case::on("sms");
    use ConsentState::{Expired, Invalidated, Refused, Terminated, Withdrawn};
    for state in [Refused, Withdrawn, Expired, Terminated, Invalidated] {
        let before = Facts { consent: standing(state, Some(noon())), ..case.facts() };
        assert_eq!(may_send(&before, noon()), Verdict::Never(Reason::NoConsent), "{state:?}");
        let after = Facts { consent: standing(state, Some(noon() - HOUR)), ..case.facts() };
        assert_eq!(may_send(&after, noon()), Verdict::Allowed, "{state:?}");
    }
    let over = Facts {
        consent: Some(Standing { state: ConsentState::Granted, valid_until: Some(noon()), ended_at: None }),
        last_inbound_at: Some(noon() - DAY * 31),
        ..case.facts()
    };
    assert_eq!(may_send(&over, noon()), Verdict::Never(Reason::NoConsent));
    let held = Facts { hold: Some(Hold::Suspended), ..case.facts() };
    assert_eq!(may_send(&held, noon()), Verdict::Never(Reason::HandoffSuspended));
}

#[test]
fn other_purposes_need_a_consent_of_their_own() {
    let case = Case::on("sms");
    for purpose in [Purpose::CaseUpdates, Purpose::Marketing, Purpose::TranscriptReplay] {
        let facts = Facts { purpose, ..case.facts() };
        assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::NoConsent), "{purpose:?}");
        let facts = Facts { consent: standing(ConsentState::Granted, None), ..facts };
        assert_eq!(may_send(&facts, noon()), Verdict::Allowed, "{purpose:?}");
    }
}

#[test]
fn a_long_silence_ends_the_conversation() {
    let case = Case::on("sms");
    let silent = |days| Facts { last_inbound_at: Some(noon() - DAY * days), ..case.facts() };
    assert_eq!(may_send(&silent(29), noon()), Verdict::Allowed);
    assert_eq!(may_send(&silent(30), noon()), Verdict::Never(Reason::RelayOver));
}

#[test]
fn platforms_close_their_windows() {
    let after = |channel, hours, may_tag, kind| {
        let case = Case::on(channel);
        let wrote = noon() - HOUR * hours;
        may_send(&Facts { last_inbound_at: Some(wrote), may_tag, kind, ..case.facts() }, noon())
    };
    let closed = Verdict::Never(Reason::WindowClosed);
    for channel in ["messenger", "instagram_dm"] {
        assert_eq!(after(channel, 23, false, Kind::Desk), Verdict::Allowed);
        assert_eq!(after(channel, 24, false, Kind::Desk), closed);
        assert_eq!(after(channel, 24, true, Kind::Desk), Verdict::Allowed);
        assert_eq!(after(channel, 24, true, Kind::Automatic), closed, "the tag is for people alone");
        assert_eq!(after(channel, 7 * 24 - 1, true, Kind::Desk), Verdict::Allowed);
        assert_eq!(after(channel, 7 * 24, true, Kind::Desk), closed);
    }
    assert_eq!(after("whatsapp", 23, false, Kind::Desk), Verdict::Allowed);
    assert_eq!(after("whatsapp", 24, true, Kind::Desk), Verdict::Never(Reason::TemplateNeeded));
    assert_eq!(after("x_dm", 24 * 20, false, Kind::Desk), Verdict::Allowed);
}

#[test]
fn nights_are_quiet_in_every_zone_the_number_may_be_in() {
    let night = |number, wrote_before: Duration, at: &str, zone: Option<&str>| {
        let mut case = Case::on("sms");
        case.settings.profile_zone = zone.map(|name| Zone::named(name).unwrap());
        let now = Timestamp::parse(at).unwrap();
        let facts = Facts { home: home(number), last_inbound_at: Some(now - wrote_before), ..case.facts() };
        may_send(&facts, now)
    };
    let until = |text| Verdict::NotUntil(Some(Timestamp::parse(text).unwrap()), Reason::QuietHours);
    let (new_york, florida) = ("+12025550143", "+18505550143");
    assert_eq!(night(new_york, HOUR * 2, "2026-11-25T03:00:00Z", None), until("2026-11-25T14:00:00Z"));
    assert_eq!(night(new_york, HOUR / 2, "2026-11-25T03:00:00Z", None), Verdict::Allowed, "a reply");
    assert_eq!(night(florida, HOUR * 2, "2026-11-24T14:30:00Z", None), until("2026-11-24T15:00:00Z"));
    assert_eq!(night(florida, HOUR * 2, "2026-11-24T15:00:00Z", None), Verdict::Allowed);
    let west = Some("America/Los_Angeles");
    assert_eq!(night(new_york, HOUR * 2, "2026-11-24T15:00:00Z", west), until("2026-11-24T17:00:00Z"));
    assert_eq!(night("+999123456789", HOUR * 2, "2026-11-25T03:00:00Z", None), Verdict::Allowed);
    let dm = Case::on("messenger");
    let now = Timestamp::parse("2026-11-25T03:00:00Z").unwrap();
    assert_eq!(
        may_send(&Facts { last_inbound_at: Some(now - HOUR * 2), ..dm.facts() }, now),
        Verdict::Allowed
    );
}

#[test]
fn automatic_texts_go_only_to_countries_that_are_served() {
    let to = |number, kind, allow: &[&str]| {
        let mut case = Case::on("sms");
        case.settings.countries.allow = allow.iter().map(ToString::to_string).collect();
        may_send(&Facts { home: home(number), kind, ..case.facts() }, noon())
    };
    let refused = Verdict::Never(Reason::CountryNotAllowed);
    assert_eq!(to("+919876543210", Kind::Automatic, &[]), refused);
    assert_eq!(to("+919876543210", Kind::Code, &[]), refused);
    assert_eq!(to("+919876543210", Kind::Desk, &[]), Verdict::Allowed, "a person answers anybody who wrote");
    assert_eq!(to("+12025550143", Kind::Automatic, &["GB"]), refused);
    assert_eq!(to("+447700900123", Kind::Automatic, &["GB"]), Verdict::Allowed);
    assert_eq!(to("+999123456789", Kind::Automatic, &["GB"]), refused);
}

#[test]
fn a_spent_cap_says_when_the_next_may_go() {
    for (cap, reason) in [
        (Cap::Replies, Reason::ReplyCap),
        (Cap::Codes, Reason::CodeCap),
        (Cap::Prefix, Reason::PrefixCap),
        (Cap::Country, Reason::CountryBudget),
    ] {
        let mut case = Case::on("sms");
        let mut spent = Spent::default();
        (0..1000).for_each(|_| spent.spend(noon()));
        case.spending = vec![Spending { cap, spent }];
        let verdict = may_send(&Facts { kind: Kind::Automatic, ..case.facts() }, noon());
        assert!(
            matches!(verdict, Verdict::NotUntil(Some(at), why) if at > noon() && why == reason),
            "{verdict:?}"
        );
    }
}

#[test]
fn all_reasons_are_told_the_final_ones_count_first() {
    let case = Case::on("sms");
    let at = Timestamp::parse("2026-11-25T03:00:00Z").unwrap();
    let facts = Facts {
        suppression: Some(Suppression::OptedOut),
        hold: Some(Hold::Withdrawn),
        consent: standing(ConsentState::Withdrawn, Some(at)),
        last_inbound_at: Some(at - HOUR * 2),
        ..case.facts()
    };
    let reasons: Vec<Reason> = judge(&facts, at).iter().map(|ruling| ruling.reason).collect();
    assert_eq!(reasons, [Reason::OptedOut, Reason::ConsentWithdrawn, Reason::NoConsent, Reason::QuietHours]);
    assert_eq!(may_send(&facts, at), Verdict::Never(Reason::OptedOut));
}

#[test]
fn every_code_is_the_name_and_every_sentence_ends() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        assert!(reason.sentence().ends_with('.'), "{reason:?}");
    }
}

proptest! {
    /// STOP beats whatever else is true.
    #[test]
    fn nothing_outweighs_an_opt_out(agreed in any::<bool>(), ago in 0_u64..2_000_000, kind in 0..3_usize, tag in any::<bool>()) {
        let case = Case::on("sms");
        let facts = Facts {
            suppression: Some(Suppression::OptedOut),
            consent: standing(ConsentState::Granted, None).filter(|_| agreed),
            last_inbound_at: Some(noon() - Duration::from_secs(ago)),
            kind: [Kind::Desk, Kind::Automatic, Kind::Code][kind],
            may_tag: tag,
            ..case.facts()
        };
        prop_assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::OptedOut));
    }

    /// What is put off is allowed then, as far as quiet hours are concerned.
    #[test]
    fn quiet_hours_end_when_they_are_said_to(hour in 0_u64..10_000, area in prop::sample::select(vec!["202", "850", "808", "907", "403"])) {
        let case = Case::on("sms");
        let number = format!("+1{area}5550143");
        let now = noon() + HOUR * u32::try_from(hour).unwrap_or(0);
        let facts = Facts { home: home(&number), last_inbound_at: Some(now - HOUR * 2), ..case.facts() };
        if let Verdict::NotUntil(Some(at), Reason::QuietHours) = may_send(&facts, now) {
            prop_assert!(at > now && at < now + DAY);
            prop_assert_eq!(may_send(&Facts { last_inbound_at: Some(at - HOUR * 2), ..facts }, at), Verdict::Allowed);
        }
    }
}

#[test]
fn whom_the_platform_cannot_reach_is_sent_nothing_but_the_answer_to_an_opt_out() {
    for channel in ["messenger", "x_dm", "whatsapp"] {
        let case = Case::on(channel);
        for kind in [Kind::Desk, Kind::Automatic, Kind::Proven] {
            let facts = Facts { is_unreachable: true, kind, ..case.facts() };
            assert_eq!(may_send(&facts, noon()), Verdict::Never(Reason::Unreachable), "{channel} {kind:?}");
        }
        let facts = Facts { is_unreachable: true, kind: Kind::OptOutAnswer, ..case.facts() };
        assert_eq!(may_send(&facts, noon()), Verdict::Allowed, "{channel}");
    }
}
