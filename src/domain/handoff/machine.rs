//! The state machine: what happened takes a handoff on, and says what must follow. It sends and writes nothing itself.

use std::time::Duration;

use super::{Handoff, HandoffState, Path, guard};
use crate::domain::consent::ConsentState;
use crate::domain::id::{ConversationId, IdentityId, LinkId};
use crate::domain::time::Timestamp;
use crate::domain::workspace::Limits;

/// Which of the two sides of a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The account that complained, in its platform's private messages.
    Account,
    /// The private channel the handoff leads to.
    Target,
}

/// What happened to a handoff. Who did it was established before: nothing here is taken on anybody's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The complaining account wrote in private.
    AccountSpoke {
        /// Where.
        conversation_id: ConversationId,
    },
    /// The account brought back the token from a phone.
    TokenTexted {
        /// The phone.
        by: IdentityId,
    },
    /// A token that was used came from another phone.
    TokenReused,
    /// Somebody named the case on the private channel.
    CaseNamed {
        /// Who.
        by: IdentityId,
    },
    /// The account posted the phrase that this phone was given.
    PhrasePosted {
        /// The phone.
        target: IdentityId,
    },
    /// The account gave a number in private, where a code may go.
    NumberGiven {
        /// The phone.
        target: IdentityId,
    },
    /// The account typed the code that this phone was given.
    CodeTyped {
        /// The phone.
        target: IdentityId,
    },
    /// The customer agreed, on that side.
    Agreed(Side),
    /// The customer said no, on that side.
    Declined(Side),
    /// The provider took the confirming text.
    Confirmed,
    /// The confirming text will not arrive.
    ConfirmFailed,
    /// The customer opted out, on that side.
    Stopped(Side),
    /// The link between the two sides was ended.
    Unlinked,
    /// The present state ran out.
    TimedOut {
        /// When the customer last wrote in the private conversation.
        last_inbound_at: Option<Timestamp>,
    },
    /// The desk called it off.
    Cancelled,
    /// The desk closed the case.
    Closed,
    /// The desk wants it proven anew.
    ProveAgain,
    /// The invitation will not arrive.
    Undeliverable,
}

/// What must follow, in the same commit. Texts go out by what is written here and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something is said to a side.
    Say(Ask),
    /// The two sides are one person, so far as that was proven.
    Link(IdentityId),
    /// What was asked for is granted by the target.
    Grant,
    /// All consents of this handoff that are not over end so.
    EndConsents(ConsentState),
    /// Nothing more is sent in the private conversation.
    Hold,
    /// The private conversation may be used again.
    Release,
    /// Secrets that were shown are worth nothing any more.
    VoidProofs,
    /// The complaint goes on in the private conversation.
    Attach,
    /// A person must look at it.
    Alarm,
}

/// What is said, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To the account: will you go on here? Asks for the consent to that.
    Here,
    /// To the account: the notice and a token to text. Asks for both consents.
    Token,
    /// To a phone that named the case: the notice and a phrase to post. Asks for both consents.
    Phrase(IdentityId),
    /// To a phone the account named: a code.
    Code(IdentityId),
    /// To the target: the question, where proof alone is no consent.
    Agree,
    /// To the target: it is done. Its acceptance makes the handoff active.
    Confirm,
    /// To the account: who joined, and how to object.
    Joined,
    /// To that side: nothing further will be sent, answering in public stays possible.
    Declined(Side),
}

/// One transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it leads.
    pub state: HandoffState,
    /// Why, as a word.
    pub cause: &'static str,
}

/// A handoff after something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The handoff.
    pub handoff: Handoff,
    /// The transitions, in order; none when nothing came of it.
    pub steps: Vec<Step>,
    /// What must follow.
    pub effects: Vec<Effect>,
}

impl Handoff {
    /// Takes a handoff on.
    #[must_use]
    pub fn on(self, input: &Input, limits: &Limits, now: Timestamp) -> Turn {
        let turn = Turn { handoff: self, steps: Vec::new(), effects: Vec::new() };
        if turn.handoff.state.is_over() && guard::an_end_is_final() {
            return turn;
        }
        let at = At { limits, now };
        match input {
            Input::AccountSpoke { conversation_id } => turn.account_spoke(conversation_id, at),
            Input::TokenTexted { by } => turn.token_texted(by, at),
            Input::TokenReused => turn.suspended("token_reused"),
            Input::CaseNamed { by } => turn.case_named(by, at),
            Input::PhrasePosted { target } => {
                turn.proven(HandoffState::PhraseSent, target, "phrase_posted", at)
            }
            Input::NumberGiven { target } => turn.number_given(target, at),
            Input::CodeTyped { target } => turn.proven(HandoffState::CodeSent, target, "code_typed", at),
            Input::Agreed(side) => turn.agreed(*side, at),
            Input::Declined(side) => turn.declined(*side),
            Input::Confirmed => turn.confirmed(at),
            Input::ConfirmFailed => turn.suspended("confirm_failed"),
            Input::Stopped(side) => turn.stopped(*side),
            Input::Unlinked => turn.unlinked(),
            Input::TimedOut { last_inbound_at } => turn.timed_out(*last_inbound_at, at),
            Input::Cancelled => turn.over(HandoffState::Cancelled, "cancelled", ConsentState::Terminated),
            Input::Closed => turn.closed(),
            Input::ProveAgain => turn.prove_again(at),
            Input::Undeliverable => match turn.state() {
                HandoffState::Invited => {
                    turn.over(HandoffState::Cancelled, "undeliverable", ConsentState::Terminated)
                }
                _ => turn,
            },
        }
    }

    /// Remembers what ties the two sides.
    pub fn linked(&mut self, link: LinkId) {
        self.link_id = Some(link);
    }
}

#[derive(Clone, Copy)]
struct At<'a> {
    limits: &'a Limits,
    now: Timestamp,
}

impl At<'_> {
    fn after(self, time: Duration) -> Option<Timestamp> {
        Some(self.now + time)
    }
}

impl Turn {
    fn state(&self) -> HandoffState {
        self.handoff.state
    }

    fn to(mut self, state: HandoffState, cause: &'static str, expires_at: Option<Timestamp>) -> Self {
        self.handoff.state = state;
        self.handoff.expires_at = expires_at;
        self.steps.push(Step { state, cause });
        self
    }

    fn then(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// What becomes of a consent: it goes into the ledger in the commit of the step.
    fn record(self, consent: Effect) -> Self {
        if guard::a_consent_is_recorded_with_its_step() { self.then(consent) } else { self }
    }

    fn say(self, ask: Ask) -> Self {
        self.then(Effect::Say(ask))
    }

    fn over(self, state: HandoffState, cause: &'static str, consents: ConsentState) -> Self {
        self.to(state, cause, None).record(Effect::EndConsents(consents)).then(Effect::VoidProofs)
    }

    /// The end of the invitation, whatever was tried in between.
    fn invited_until(&self, at: At<'_>) -> Option<Timestamp> {
        Some(self.handoff.created_at + at.limits.invite_ttl)
    }

    fn account_spoke(mut self, conversation_id: &ConversationId, at: At<'_>) -> Self {
        self.handoff.dm_conversation_id = Some(conversation_id.clone());
        let until = self.invited_until(at);
        match (self.state(), self.handoff.path) {
            (HandoffState::Invited, Path::P1) => {
                self.handoff.conversation_id = Some(conversation_id.clone());
                self.to(HandoffState::AccountProven, "account_wrote", until).say(Ask::Here)
            }
            (HandoffState::Invited, Path::P2 | Path::P4) => {
                let turn = self.to(HandoffState::AccountProven, "account_wrote", until).send_token(at);
                if guard::only_who_wrote_is_asked() { turn } else { turn.say(Ask::Agree) }
            }
            (HandoffState::AccountProven, Path::P2 | Path::P4) => self.send_token(at),
            _ => self,
        }
    }

    fn send_token(self, at: At<'_>) -> Self {
        let until = at.after(at.limits.token_ttl);
        self.to(HandoffState::TokenSent, "token_sent", until).then(Effect::VoidProofs).say(Ask::Token)
    }

    /// One message is proof, act and evidence.
    fn token_texted(mut self, by: &IdentityId, at: At<'_>) -> Self {
        let is_again = self.state() == HandoffState::Suspended;
        if self.state() != HandoffState::TokenSent && !is_again {
            return self;
        }
        self.handoff.target_id = Some(by.clone());
        let turn = self.to(HandoffState::Bound, "token_texted", at.after(at.limits.consent_ttl));
        let turn = if is_again { turn.then(Effect::Release) } else { turn };
        turn.then(Effect::Link(by.clone()))
            .record(Effect::Grant)
            .then(Effect::Attach)
            .say(Ask::Confirm)
            .say(Ask::Joined)
    }

    fn case_named(self, by: &IdentityId, at: At<'_>) -> Self {
        let is_open =
            matches!(self.state(), HandoffState::Invited | HandoffState::Claimed | HandoffState::PhraseSent);
        match self.handoff.path {
            Path::P3 if is_open => self
                .to(HandoffState::Claimed, "case_named", at.after(at.limits.claim_ttl))
                .to(HandoffState::PhraseSent, "phrase_sent", at.after(at.limits.phrase_ttl))
                .say(Ask::Phrase(by.clone())),
            Path::P5 if is_open => self.claimed_unproven(by, at),
            _ => self,
        }
    }

    /// Where nothing can be proven, whoever names the case is asked; no link comes of it.
    fn claimed_unproven(mut self, by: &IdentityId, at: At<'_>) -> Self {
        self.handoff.target_id = Some(by.clone());
        self.to(HandoffState::Claimed, "case_named", at.after(at.limits.claim_ttl))
            .to(HandoffState::ConsentPending, "asked", at.after(at.limits.consent_ttl))
            .say(Ask::Agree)
    }

    fn number_given(mut self, target: &IdentityId, at: At<'_>) -> Self {
        let is_open = matches!(self.state(), HandoffState::AccountProven | HandoffState::TokenSent);
        if !is_open || self.handoff.path == Path::P1 {
            return self;
        }
        self.handoff.path = Path::P4;
        self.to(HandoffState::CodeSent, "number_given", at.after(at.limits.code_ttl))
            .then(Effect::VoidProofs)
            .say(Ask::Code(target.clone()))
    }

    /// Both sides are one person; the act is still missing.
    fn proven(mut self, from: HandoffState, target: &IdentityId, cause: &'static str, at: At<'_>) -> Self {
        if self.state() != from {
            return self;
        }
        self.handoff.target_id = Some(target.clone());
        let until = at.after(at.limits.consent_ttl);
        self.to(HandoffState::Bound, cause, until)
            .then(Effect::VoidProofs)
            .then(Effect::Link(target.clone()))
            .to(HandoffState::ConsentPending, "asked", until)
            .say(Ask::Agree)
    }

    fn agreed(mut self, side: Side, at: At<'_>) -> Self {
        let until = at.after(at.limits.consent_ttl);
        match (self.state(), side, self.handoff.path) {
            // The question went along with the invitation.
            (HandoffState::Invited, Side::Account, Path::P1) => {
                self.handoff.conversation_id.clone_from(&self.handoff.dm_conversation_id);
                self.to(HandoffState::AccountProven, "account_wrote", until).agreed(side, at)
            }
            (HandoffState::AccountProven, Side::Account, Path::P1) => self
                .to(HandoffState::Bound, "agreed", until)
                .record(Effect::Grant)
                .then(Effect::Attach)
                .say(Ask::Confirm),
            (HandoffState::ConsentPending, Side::Target, _) => {
                let turn = self
                    .to(HandoffState::Bound, "agreed", until)
                    .record(Effect::Grant)
                    .then(Effect::Attach)
                    .say(Ask::Confirm);
                if turn.handoff.dm_conversation_id.is_some() { turn.say(Ask::Joined) } else { turn }
            }
            _ => self,
        }
    }

    /// Before the relay is on a no is a refusal; after it, the account's no says that somebody else joined.
    fn declined(self, side: Side) -> Self {
        let is_on = matches!(self.state(), HandoffState::Bound | HandoffState::Active);
        match (self.state(), side) {
            (HandoffState::Suspended, _) => self,
            (_, Side::Account) if is_on && self.handoff.path != Path::P1 => self.suspended("disputed"),
            _ if is_on => self,
            (HandoffState::ConsentPending, Side::Target) => self.refused(side, "declined"),
            (_, Side::Account) => self.refused(side, "declined"),
            _ => self,
        }
    }

    fn refused(self, side: Side, cause: &'static str) -> Self {
        self.over(HandoffState::Refused, cause, ConsentState::Refused).say(Ask::Declined(side))
    }

    fn confirmed(self, at: At<'_>) -> Self {
        match self.state() {
            HandoffState::Bound => self.to(HandoffState::Active, "confirmed", at.after(at.limits.relay_idle)),
            _ => self,
        }
    }

    fn suspended(self, cause: &'static str) -> Self {
        let is_on =
            matches!(self.state(), HandoffState::Bound | HandoffState::ConsentPending | HandoffState::Active);
        if !is_on || self.handoff.target_id.is_none() && self.handoff.path != Path::P1 {
            return self;
        }
        let turn = self.to(HandoffState::Suspended, cause, None).then(Effect::VoidProofs).then(Effect::Alarm);
        if guard::holds_what_is_suspended() { turn.then(Effect::Hold) } else { turn }
    }

    /// An opt-out beats every state. What was never given is refused, what was given is withdrawn.
    fn stopped(self, side: Side) -> Self {
        let is_targets = side == Side::Target || self.handoff.path == Path::P1;
        let was_given =
            matches!(self.state(), HandoffState::Bound | HandoffState::Active | HandoffState::Suspended);
        if !guard::stop_beats_every_state() && was_given {
            return self;
        }
        match (was_given, is_targets) {
            (true, true) => {
                let turn =
                    self.over(HandoffState::Withdrawn, "stop", ConsentState::Withdrawn).then(Effect::Hold);
                if guard::a_withdrawal_is_not_told_elsewhere() { turn } else { turn.say(Ask::Joined) }
            }
            // The account's own private messages are another channel: it disputes nothing by leaving it.
            (true, false) => self,
            (false, _) => self.over(HandoffState::Refused, "stop", ConsentState::Refused),
        }
    }

    fn unlinked(self) -> Self {
        let turn = self.over(HandoffState::Unlinked, "unlinked", ConsentState::Invalidated);
        if guard::unlink_stops_the_relay() { turn.then(Effect::Hold) } else { turn }
    }

    fn timed_out(self, last_inbound_at: Option<Timestamp>, at: At<'_>) -> Self {
        if self.handoff.expires_at.is_none_or(|until| at.now < until) {
            return self;
        }
        let invited_until = self.invited_until(at);
        let is_invited = invited_until.is_some_and(|until| at.now < until);
        match self.state() {
            HandoffState::TokenSent | HandoffState::CodeSent if is_invited => {
                self.to(HandoffState::AccountProven, "timed_out", invited_until).then(Effect::VoidProofs)
            }
            HandoffState::PhraseSent => {
                self.to(HandoffState::Claimed, "timed_out", at.after(at.limits.claim_ttl))
            }
            HandoffState::Active => self.idle(last_inbound_at, at),
            HandoffState::Bound => self.suspended("confirm_overdue"),
            HandoffState::Suspended => self,
            HandoffState::ConsentPending => {
                self.over(HandoffState::Refused, "timed_out", ConsentState::Expired)
            }
            _ => self.over(HandoffState::Expired, "timed_out", ConsentState::Expired),
        }
    }

    fn idle(mut self, last_inbound_at: Option<Timestamp>, at: At<'_>) -> Self {
        let until = last_inbound_at.map(|last| last + at.limits.relay_idle);
        match until {
            Some(until) if at.now < until => {
                self.handoff.expires_at = Some(until);
                self
            }
            _ => self.over(HandoffState::Ended, "idle", ConsentState::Terminated),
        }
    }

    fn closed(self) -> Self {
        match self.state() {
            HandoffState::Active | HandoffState::Bound => {
                self.over(HandoffState::Ended, "closed", ConsentState::Terminated)
            }
            _ => self,
        }
    }

    fn prove_again(self, at: At<'_>) -> Self {
        match (self.state(), self.handoff.path) {
            (HandoffState::Suspended, Path::P2 | Path::P4) => self.then(Effect::VoidProofs).say(Ask::Token),
            (HandoffState::AccountProven | HandoffState::TokenSent, Path::P2 | Path::P4) => {
                self.send_token(at)
            }
            _ => self,
        }
    }
}
