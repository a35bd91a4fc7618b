//! The invariants of a handoff over whatever may happen in whatever order; each is missed when its guard is taken out.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::guard::missing;
use super::proof::{Presented, Proof, ProofKind, ProofState, gives_away};
use super::*;
use crate::domain::consent::{ConsentState, Purpose};
use crate::domain::conversation::Hold;
use crate::domain::policy::{Facts, Kind, Standing, Suppression, Verdict, may_go, may_send};
use crate::domain::workspace::{Limits, WorkspaceSettings};

const START: Timestamp = Timestamp::from_millis(1_000_000);

fn identity(n: u8) -> IdentityId {
    IdentityId::new(Timestamp::from_millis(0), &[n; 10])
}

fn talk(n: u8) -> ConversationId {
    ConversationId::new(Timestamp::from_millis(0), &[n; 10])
}

fn handoff(path: Path) -> Handoff {
    let zero = Timestamp::from_millis(0);
    Handoff {
        id: HandoffId::new(zero, &[1; 10]),
        workspace_id: WorkspaceId::new(zero, &[1; 10]),
        complaint_id: ComplaintId::new(zero, &[1; 10]),
        parent_id: None,
        path,
        channel: Channel::sms(),
        connection_id: ConnectionId::new(zero, &[1; 10]),
        identity_id: identity(9),
        dm_conversation_id: None,
        target_id: None,
        conversation_id: None,
        link_id: None,
        state: HandoffState::Invited,
        case_ref: "7F3K".into(),
        language: "en".into(),
        notice_sha256: None,
        confirm_message_id: None,
        delivery_id: None,
        body_id: None,
        agent: None,
        expires_at: Some(START + Limits::default().invite_ttl),
        event_seq: 0,
        version: 1,
        created_at: START,
        ended_at: None,
    }
}

/// What happens next, by whom; what cannot happen at that moment is passed over.
#[derive(Clone, Debug)]
enum Act {
    AccountWrites,
    Token(u8),
    TokenAgain(u8),
    Case(u8),
    Phrase(u8),
    Number(u8),
    Code(u8),
    Agree(Side),
    Decline(Side),
    Confirmed,
    ConfirmFailed,
    Stop(Side),
    Unlink,
    Wait(u32),
    Cancel,
    Close,
    ProveAgain,
    /// The desk answers in public, with a secret that was shown in its words: which, and how it writes it.
    Public(usize, u8),
    /// The desk writes in the private conversation.
    Queue,
    /// What was queued goes to the wire.
    Wire,
}

fn act() -> impl Strategy<Value = Act> {
    let side = prop_oneof![Just(Side::Account), Just(Side::Target)];
    prop_oneof![
        3 => Just(Act::AccountWrites),
        3 => (1..4_u8).prop_map(Act::Token),
        1 => (1..4_u8).prop_map(Act::TokenAgain),
        3 => (1..4_u8).prop_map(Act::Case),
        3 => (1..4_u8).prop_map(Act::Phrase),
        2 => (1..4_u8).prop_map(Act::Number),
        2 => (1..4_u8).prop_map(Act::Code),
        4 => side.clone().prop_map(Act::Agree),
        1 => side.clone().prop_map(Act::Decline),
        4 => Just(Act::Confirmed),
        1 => Just(Act::ConfirmFailed),
        1 => side.prop_map(Act::Stop),
        1 => Just(Act::Unlink),
        1 => (1..100_000_u32).prop_map(Act::Wait),
        1 => Just(Act::Cancel),
        1 => Just(Act::Close),
        1 => Just(Act::ProveAgain),
        2 => (0..4_usize, 0..3_u8).prop_map(|(which, how)| Act::Public(which, how)),
        2 => Just(Act::Queue),
        2 => Just(Act::Wire),
    ]
}

fn path() -> impl Strategy<Value = Path> {
    prop_oneof![Just(Path::P1), Just(Path::P2), Just(Path::P3), Just(Path::P5)]
}

/// One story, with what is remembered of it.
struct Story {
    handoff: Handoff,
    now: Timestamp,
    wrote: HashSet<IdentityId>,
    named: HashSet<IdentityId>,
    stopped: bool,
    held: bool,
    /// Every secret that was shown, the last one last, and whether it may still come back.
    shown: Vec<(ProofKind, String, bool)>,
    /// When the customer last wrote where the handoff leads.
    heard: Option<Timestamp>,
    consent: Option<Standing>,
    queued: bool,
    settings: WorkspaceSettings,
}

impl Story {
    fn of(path: Path) -> Self {
        Self {
            handoff: handoff(path),
            now: START,
            wrote: HashSet::new(),
            named: HashSet::new(),
            stopped: false,
            held: false,
            shown: Vec::new(),
            heard: None,
            consent: None,
            queued: false,
            settings: WorkspaceSettings::default(),
        }
    }

    fn input(&mut self, act: &Act) -> Option<Input> {
        Some(match act {
            Act::AccountWrites => Input::AccountSpoke { conversation_id: talk(1) },
            Act::Token(n) => {
                self.wrote.insert(identity(*n));
                Input::TokenTexted { by: identity(*n) }
            }
            Act::TokenAgain(n) => {
                self.wrote.insert(identity(*n));
                Input::TokenReused
            }
            Act::Case(n) => {
                self.wrote.insert(identity(*n));
                Input::CaseNamed { by: identity(*n) }
            }
            Act::Phrase(n) if self.wrote.contains(&identity(*n)) => {
                Input::PhrasePosted { target: identity(*n) }
            }
            Act::Number(n) => {
                self.named.insert(identity(*n));
                Input::NumberGiven { target: identity(*n) }
            }
            Act::Code(n) if self.named.contains(&identity(*n)) => Input::CodeTyped { target: identity(*n) },
            Act::Phrase(_) | Act::Code(_) => return None,
            Act::Agree(side) => Input::Agreed(*side),
            Act::Decline(side) => Input::Declined(*side),
            Act::Confirmed => Input::Confirmed,
            Act::ConfirmFailed => Input::ConfirmFailed,
            Act::Stop(side) => Input::Stopped(*side),
            Act::Unlink => Input::Unlinked,
            Act::Wait(seconds) => {
                self.now = self.now + Duration::from_secs(u64::from(*seconds));
                Input::TimedOut { last_inbound_at: None }
            }
            Act::Cancel => Input::Cancelled,
            Act::Close => Input::Closed,
            Act::ProveAgain => Input::ProveAgain,
            Act::Public(..) | Act::Queue | Act::Wire => return None,
        })
    }

    /// What a message of the desk depends on, as it is now.
    fn facts<'a>(&'a self, channel: &'a Channel) -> Facts<'a> {
        Facts {
            settings: &self.settings,
            channel,
            purpose: Purpose::HandoffRelay,
            kind: Kind::Desk,
            suppression: self.stopped.then_some(Suppression::OptedOut),
            hold: self.held.then_some(Hold::Suspended),
            is_unreachable: false,
            consent: self.consent,
            last_inbound_at: self.heard,
            may_tag: false,
            home: None,
            is_phone: false,
            spending: &[],
        }
    }

    /// Whether the customer may be written to, as a person would put it: nothing holds it, and they agreed, or wrote and
    /// did not say no since.
    fn has_leave(&self) -> bool {
        let agreed = self.consent.is_some_and(|consent| consent.state.is_valid());
        let refused = self.consent.and_then(|consent| consent.ended_at).filter(|_| !agreed);
        let wrote = self.heard.is_some_and(|heard| refused.is_none_or(|refused| heard > refused));
        !self.stopped && !self.held && (agreed || wrote)
    }

    /// The desk writes in private, or what it wrote goes out.
    fn relays(&mut self, act: &Act) -> Result<(), String> {
        let channel = self.handoff.channel.clone();
        match act {
            Act::Queue => {
                self.queued = self.queued || may_send(&self.facts(&channel), self.now) == Verdict::Allowed;
            }
            Act::Wire if self.queued => {
                self.queued = false;
                if may_go(&self.facts(&channel), self.now) == Verdict::Allowed && !self.has_leave() {
                    return Err("what was queued went out though nothing permits it any more".into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A public answer is refused exactly when it shows a secret that may still come back.
    fn answers(&self, which: usize, how: u8) -> Result<(), String> {
        let Some((kind, secret, is_live)) = self.shown.iter().rev().nth(which) else { return Ok(()) };
        let text = match how {
            0 => secret.clone(),
            1 => format!("Please send us {} now.", secret.to_lowercase()),
            _ if *kind == ProofKind::Token => format!("({}-{})", &secret[..4], &secret[4..]),
            _ => format!("“{secret}”!"),
        };
        let live = |kind, found: &str| {
            self.shown.iter().any(|(other, secret, is_live)| *is_live && *other == kind && secret == found)
        };
        match (gives_away(&text, live), is_live) {
            (false, true) => Err(format!("{text:?} may stand in public")),
            (true, false) => Err(format!("{text:?} is worth nothing and may not stand in public")),
            _ => Ok(()),
        }
    }

    /// Notes when the customer writes where the handoff leads.
    fn hears(&mut self, act: &Act) {
        let speaks = match act {
            Act::Token(_) | Act::TokenAgain(_) | Act::Case(_) => true,
            Act::Agree(side) | Act::Decline(side) | Act::Stop(side) => *side == Side::Target,
            Act::AccountWrites => self.handoff.path == Path::P1,
            _ => false,
        };
        if speaks {
            self.heard = Some(self.now);
        }
    }

    /// What a turn did to secrets and consents.
    fn remembers(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Say(ask) => self.asks(ask),
                Effect::VoidProofs => self.shown.iter_mut().for_each(|(_, _, is_live)| *is_live = false),
                Effect::Grant => self.consents_are(ConsentState::Granted, None),
                Effect::EndConsents(state) if self.consent.is_some_and(|one| one.ended_at.is_none()) => {
                    self.consents_are(*state, Some(self.now));
                }
                _ => {}
            }
        }
    }

    fn asks(&mut self, ask: &Ask) {
        let kind = match ask {
            Ask::Token => Some(ProofKind::Token),
            Ask::Phrase(_) => Some(ProofKind::Phrase),
            Ask::Code(_) => Some(ProofKind::Code),
            _ => None,
        };
        if let Some(kind) = kind {
            let number = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(self.shown.len() as u64 + 1);
            self.shown.push((kind, kind.make(number.to_be_bytes()), true));
        }
        let asks_consent = matches!(ask, Ask::Here | Ask::Token | Ask::Phrase(_) | Ask::Agree);
        if asks_consent && self.consent.is_none_or(|one| one.ended_at.is_some()) {
            self.consents_are(ConsentState::Requested, None);
        }
    }

    fn consents_are(&mut self, state: ConsentState, ended_at: Option<Timestamp>) {
        self.consent = Some(Standing { state, valid_until: None, ended_at });
    }

    /// Whom an effect writes to on the private channel.
    fn written_to(&self, effect: &Effect) -> Option<IdentityId> {
        match effect {
            Effect::Say(Ask::Phrase(who) | Ask::Code(who)) => Some(who.clone()),
            Effect::Say(Ask::Agree | Ask::Confirm | Ask::Declined(Side::Target)) => {
                self.handoff.target_id.clone().or_else(|| Some(identity(0)))
            }
            _ => None,
        }
    }

    fn happens(&mut self, act: &Act) -> Result<(), String> {
        if let Act::Public(which, how) = act {
            return self.answers(*which, *how);
        }
        self.relays(act)?;
        self.hears(act);
        let Some(input) = self.input(act) else { return Ok(()) };
        let before = self.handoff.clone();
        let turn = before.clone().on(&input, &Limits::default(), self.now);
        let steps: Vec<HandoffState> = turn.steps.iter().map(|step| step.state).collect();
        if before.state.is_over() && (!turn.steps.is_empty() || !turn.effects.is_empty()) {
            return Err(format!("{:?} led on from {:?}", act, before.state));
        }
        if turn.handoff.state != *steps.last().unwrap_or(&before.state) {
            return Err("the state is not that of the last step".into());
        }
        self.handoff = turn.handoff;
        check_record(&before, &steps, &turn.effects)?;
        self.remembers(&turn.effects);
        self.check_effects(&turn.effects)?;
        self.check_ends(act, &before, &turn.effects)
    }

    fn check_effects(&mut self, effects: &[Effect]) -> Result<(), String> {
        for effect in effects {
            if let Some(who) = self.written_to(effect).filter(|_| self.handoff.path != Path::P1) {
                let known = self.wrote.contains(&who) || self.named.contains(&who);
                if !known {
                    return Err(format!("{effect:?} goes to somebody who never wrote"));
                }
            }
            match effect {
                Effect::Hold => self.held = true,
                Effect::Release => self.held = false,
                Effect::Say(_) if self.stopped => return Err(format!("{effect:?} after an opt-out")),
                _ => {}
            }
        }
        Ok(())
    }

    fn check_ends(&mut self, act: &Act, before: &Handoff, effects: &[Effect]) -> Result<(), String> {
        let was_on =
            matches!(before.state, HandoffState::Bound | HandoffState::Active | HandoffState::Suspended);
        match act {
            Act::Stop(Side::Target) if !before.state.is_over() => {
                if !self.handoff.state.is_over() {
                    return Err(format!("STOP left it {:?}", self.handoff.state));
                }
                if was_on && !self.held {
                    return Err("STOP did not hold the conversation".into());
                }
                if effects.iter().any(|effect| matches!(effect, Effect::Say(_))) {
                    return Err("an opt-out was told to somebody".into());
                }
                self.stopped = true;
            }
            Act::Unlink if !before.state.is_over() && !self.held => {
                return Err("the end of the link did not hold the conversation".into());
            }
            _ => {}
        }
        if self.handoff.state == HandoffState::Suspended && !self.held {
            return Err("what is suspended is not held".into());
        }
        if self.handoff.state == HandoffState::Active && self.held {
            return Err("what is active is held".into());
        }
        Ok(())
    }
}

/// What becomes of the consents stands in the same turn, and before anything is said outside.
fn check_record(before: &Handoff, steps: &[HandoffState], effects: &[Effect]) -> Result<(), String> {
    let at = |wanted: fn(&Effect) -> bool| effects.iter().position(wanted);
    let said = at(|effect| matches!(effect, Effect::Say(_)));
    let recorded = at(|effect| matches!(effect, Effect::Grant | Effect::EndConsents(_)));
    if let (Some(said), Some(recorded)) = (said, recorded)
        && said < recorded
    {
        return Err("something was said before the consent was recorded".into());
    }
    let confirms = effects.contains(&Effect::Say(Ask::Confirm));
    if confirms && !effects.contains(&Effect::Grant) {
        return Err("a consent was confirmed that was not recorded".into());
    }
    let ends = !before.state.is_over() && steps.iter().any(|state| state.is_over());
    if ends && !effects.iter().any(|effect| matches!(effect, Effect::EndConsents(_))) {
        return Err("an end was not recorded".into());
    }
    Ok(())
}

fn run(path: Path, acts: &[Act]) -> Result<(), String> {
    let mut story = Story::of(path);
    acts.iter().try_for_each(|act| story.happens(act))
}

/// Whether every story keeps the invariants; the shortest that does not, where one does not.
fn every_story_keeps_them() -> Result<(), String> {
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let stories = (path(), proptest::collection::vec(act(), 0..30));
    runner
        .run(&stories, |(path, acts)| run(path, &acts).map_err(TestCaseError::fail))
        .map_err(|error| error.to_string())
}

#[test]
fn whatever_happens_in_whatever_order_the_invariants_hold() {
    every_story_keeps_them().unwrap();
}

#[test]
fn each_guard_is_missed_when_it_is_taken_out() {
    for guard in [
        "no_secret_stands_in_public",
        "the_wire_asks_again",
        "a_consent_is_recorded_with_its_step",
        "stop_beats_every_state",
        "unlink_stops_the_relay",
        "holds_what_is_suspended",
        "only_who_wrote_is_asked",
        "a_withdrawal_is_not_told_elsewhere",
        "an_end_is_final",
    ] {
        let broken = missing::without(guard, every_story_keeps_them);
        assert!(broken.is_err(), "nobody missed {guard}");
    }
}

fn proof() -> Proof {
    Proof {
        hash: [0; 32],
        workspace_id: WorkspaceId::new(START, &[1; 10]),
        handoff_id: HandoffId::new(START, &[1; 10]),
        kind: ProofKind::Token,
        holder_id: identity(9),
        target_id: None,
        state: ProofState::Live,
        used_by: None,
        tries: 0,
        expires_at: START + Duration::from_secs(1800),
        created_at: START,
    }
}

/// Whoever brings it back in whatever order, it proves at most once, and never too late.
fn a_secret_proves_at_most_once() -> Result<(), String> {
    let config = Config { cases: 500, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let bringing = proptest::collection::vec((1..4_u8, 0..4_000_u64), 1..12);
    runner
        .run(&bringing, |bringing| {
            let mut proof = proof();
            let mut proved = 0;
            for (who, seconds) in bringing {
                let now = START + Duration::from_secs(seconds);
                if proof.present(&identity(who), now) == Presented::Proves {
                    proved += 1;
                    prop_assert!(now < proof.expires_at, "too late");
                }
            }
            prop_assert!(proved <= 1, "it proved {} times", proved);
            Ok(())
        })
        .map_err(|error| error.to_string())
}

#[test]
fn a_secret_proves_once_and_its_guard_is_missed() {
    a_secret_proves_at_most_once().unwrap();
    assert!(missing::without("a_secret_proves_once", a_secret_proves_at_most_once).is_err());
}

fn reached(path: Path, acts: &[Act]) -> HandoffState {
    let mut story = Story::of(path);
    acts.iter().try_for_each(|act| story.happens(act)).unwrap();
    story.handoff.state
}

#[test]
fn every_way_leads_to_an_active_conversation() {
    use Act::{AccountWrites, Agree, Case, Code, Confirmed, Number, Phrase, Token};
    let target = Agree(Side::Target);
    let ways = [
        (Path::P1, vec![AccountWrites, Agree(Side::Account), Confirmed]),
        (Path::P2, vec![AccountWrites, Token(1), Confirmed]),
        (Path::P3, vec![Case(2), Case(1), Phrase(1), target.clone(), Confirmed]),
        (Path::P2, vec![AccountWrites, Number(1), Code(1), target.clone(), Confirmed]),
        (Path::P5, vec![Case(1), target, Confirmed]),
    ];
    for (path, acts) in ways {
        assert_eq!(reached(path, &acts), HandoffState::Active, "{path:?} {acts:?}");
    }
}

#[test]
fn each_state_runs_out_as_it_should() {
    use Act::{AccountWrites, Agree, Case, Confirmed, Token, Wait};
    let (minute, day) = (60, 86_400);
    let table = [
        (Path::P2, vec![Wait(7 * day + 1)], HandoffState::Expired),
        (Path::P2, vec![AccountWrites, Wait(29 * minute)], HandoffState::TokenSent),
        (Path::P2, vec![AccountWrites, Wait(30 * minute)], HandoffState::AccountProven),
        (Path::P2, vec![AccountWrites, Wait(30 * minute), AccountWrites], HandoffState::TokenSent),
        (Path::P3, vec![Case(1), Wait(10 * minute)], HandoffState::Claimed),
        (Path::P3, vec![Case(1), Wait(10 * minute), Wait(day)], HandoffState::Expired),
        (Path::P5, vec![Case(1), Wait(day)], HandoffState::Refused),
        (Path::P2, vec![AccountWrites, Token(1), Wait(day)], HandoffState::Suspended),
        (Path::P1, vec![AccountWrites, Agree(Side::Account), Confirmed, Wait(30 * day)], HandoffState::Ended),
    ];
    for (path, acts, state) in table {
        assert_eq!(reached(path, &acts), state, "{path:?} {acts:?}");
    }
}

#[test]
fn what_ends_a_handoff_ends_its_consents_as_it_did() {
    let ends = [
        (Input::Stopped(Side::Target), ConsentState::Withdrawn),
        (Input::Unlinked, ConsentState::Invalidated),
        (Input::Closed, ConsentState::Terminated),
        (Input::Cancelled, ConsentState::Terminated),
    ];
    for (input, consents) in ends {
        let active =
            Handoff { state: HandoffState::Active, target_id: Some(identity(1)), ..handoff(Path::P2) };
        let turn = active.on(&input, &Limits::default(), START);
        assert!(turn.effects.contains(&Effect::EndConsents(consents)), "{input:?}");
        assert!(turn.effects.contains(&Effect::VoidProofs), "{input:?}");
    }
}
