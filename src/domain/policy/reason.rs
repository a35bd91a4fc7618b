//! Why something may not be sent: stable codes, each with a sentence a person can act on.

use serde::{Deserialize, Serialize};

use crate::domain::conversation::Hold;
use crate::domain::failure::{Failure, FailureCode};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal $end:ident $failure:ident $sentence:literal;)+) => {
        /// Why something may not be sent, or not yet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = PolicyRule)]
        pub enum Reason {$(
            $(#[$doc])*
            $name,
        )+}

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $code,)+}
            }

            /// What it means and what to do.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {$(Self::$name => $sentence,)+}
            }

            /// Whether waiting does not help.
            #[must_use]
            pub const fn is_final(self) -> bool {
                match self {$(Self::$name => reasons!(@$end),)+}
            }

            const fn failure_code(self) -> FailureCode {
                match self {$(Self::$name => FailureCode::$failure,)+}
            }
        }
    };
    (@never) => { true };
    (@until) => { false };
}

reasons! {
    /// The customer opted out on this channel.
    OptedOut = "opted_out" never OptedOut
        "The customer has opted out on this channel. Only their own START lifts it.";
    /// Something the customer wrote may be an opt-out.
    OptOutReview = "opt_out_review" until PolicyRefused
        "The customer wrote something that may be an opt-out. Look at the open task and resolve it; until then nothing is sent.";
    /// Something speaks against the handoff.
    HandoffSuspended = "handoff_suspended" never PolicyRefused
        "The handoff is suspended. Have it proven again, or end the link; until then nothing is sent.";
    /// The link was ended.
    Unlinked = "unlinked" never PolicyRefused
        "The link was ended. The customer must write first.";
    /// The consent was taken back.
    ConsentWithdrawn = "consent_withdrawn" never PolicyRefused
        "The customer took the consent back. Only their START brings it back.";
    /// The customer has never written here.
    CustomerWritesFirst = "customer_writes_first" never PolicyRefused
        "The customer has never written on this channel. They write first, or a handoff invites them.";
    /// Nothing permits this purpose.
    NoConsent = "no_consent" never PolicyRefused
        "The customer has not agreed to this, or has taken it back. Ask for it through a handoff.";
    /// The customer has been silent too long.
    RelayOver = "relay_over" never PolicyRefused
        "The customer has not written here for so long that the conversation is over. They write first.";
    /// The platform's window is over.
    WindowClosed = "window_closed" never WindowClosed
        "The platform lets answers through only for a time after the customer's last message, and that is over. They write first.";
    /// Only a template may be sent now.
    TemplateNeeded = "template_needed" never WindowClosed
        "More than 24 hours have passed since the customer last wrote; WhatsApp takes approved templates alone. They write first.";
    /// The platform says that the customer cannot be reached there.
    Unreachable = "unreachable" never Unreachable
        "The platform refused the last message: the customer takes none from us here, or is gone. They write first, or another channel reaches them.";
    /// The platform takes no private answer to a post.
    NoPrivateReply = "no_private_reply" never PolicyRefused
        "This platform takes no private answer to a post. Invite the customer in public.";
    /// The customer's posts are gone.
    NothingToAnswer = "nothing_to_answer" never PolicyRefused
        "The customer has deleted every post of this complaint; there is nothing to answer.";
    /// The post was answered in private already.
    RepliedInPrivate = "replied_in_private" never PolicyRefused
        "The platform takes one private answer to a post, and this one had it. The customer's next post, or their answer, opens another way.";
    /// The post is too old to be answered in private.
    PrivateReplyOver = "private_reply_over" never WindowClosed
        "The platform takes a private answer within seven days of the post. Invite the customer in public.";
    /// The number's country is not served.
    CountryNotAllowed = "country_not_allowed" never PolicyRefused
        "Automatic texts do not go to this country. Change `countries` of the workspace, or use another channel.";
    /// It is night there.
    QuietHours = "quiet_hours" until PolicyRefused
        "It is not between the workspace's hours in every zone the number may be in. Wait until then; an answer to what the customer has just written goes at any hour.";
    /// Too soon after the last automatic answer.
    ReplyCap = "reply_cap" until PolicyRefused
        "This number, of which nothing is proven, was answered automatically as often as it may be. Wait, or let a person answer.";
    /// Too many codes to that number.
    CodeCap = "code_cap" until PolicyRefused
        "This number was sent as many codes as it may get in a day.";
    /// Too many texts to alike numbers.
    PrefixCap = "prefix_cap" until PolicyRefused
        "Numbers that differ in their last four digits alone got as many automatic texts as they may in an hour. It may be a flood of made-up numbers.";
    /// The country's budget is spent.
    CountryBudget = "country_budget" until PolicyRefused
        "Numbers of this country got as many automatic texts as they may in a day. Raise `limits.country_texts_per_day` if that is right.";
}

impl From<Hold> for Reason {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::Suspended => Self::HandoffSuspended,
            Hold::Unlinked => Self::Unlinked,
            Hold::Withdrawn => Self::ConsentWithdrawn,
        }
    }
}

impl Reason {
    /// What a message ends with that is not sent for this reason.
    #[must_use]
    pub fn failure(self) -> Failure {
        Failure::new(self.failure_code(), self.sentence())
    }
}
