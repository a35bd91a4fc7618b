//! Which texts there are, who gets them when, and what each may speak of.

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[doc = $about:literal] $name:ident = $word:literal [$($needs:literal),*] [$($says:ident),*];)+) => {
        /// A text by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum TextName {$(
            #[doc = $about]
            #[serde(rename = $word)]
            $name,
        )+}

        impl utoipa::PartialSchema for TextName {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some("A text by its name."))
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for TextName {
            fn name() -> std::borrow::Cow<'static, str> {
                "TextName".into()
            }
        }

        impl TextName {
            /// Every text there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in JSON and SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $word,)+}
            }

            /// Who gets it when.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self {$(Self::$name => $about.trim_ascii_start(),)+}
            }

            /// The variables it cannot do without.
            #[must_use]
            pub const fn needs(self) -> &'static [&'static str] {
                match self {$(Self::$name => &[$($needs),*],)+}
            }

            /// The words it must name, in its own language or in English.
            #[must_use]
            pub const fn says(self) -> &'static [Says] {
                match self {$(Self::$name => &[$(Says::$says),*],)+}
            }
        }
    };
}

names! {
    /// In public: acknowledges, asks for a private message, says that answering here is fine too.
    InviteDm = "invite.dm" [] [];
    /// In public: acknowledges, gives our number and the case reference, says that answering here is fine too.
    InviteNumber = "invite.number" ["number", "case"] [];
    /// In private, in answer to the public post: the first word, with the question whether to go on here.
    PrivateReply = "private_reply" ["brand"] [Agree, Stop];
    /// In private, in answer to the public post, where the case goes on elsewhere: only asks for a word.
    PrivateHello = "private_hello" ["brand"] [];
    /// In public, after it was settled in private.
    Closing = "closing" [] [];
    /// To the account in private: will you go on here?
    Here = "ask.here" ["brand"] [Agree, Decline, Stop];
    /// To the account in private: the notice, and the token to text to our number.
    Token = "ask.token" ["brand", "token", "number"] [Join, Stop];
    /// To a phone that named a case: the notice, and the phrase to post in the public thread.
    Phrase = "ask.phrase" ["brand", "phrase", "last2"] [Stop];
    /// To a number the account gave: the code to type back there.
    Code = "ask.code" ["brand", "code"] [Stop];
    /// To the private channel: will you go on here?
    Agree = "ask.agree" ["brand"] [Agree, Decline, Stop];
    /// To the private channel: it is on. Names brand, rates, HELP and STOP (CTIA, Messaging Principles).
    Confirm = "confirm" ["brand"] [Help, Stop];
    /// To the account in private: which number joined, and how to object.
    Joined = "joined" ["last2"] [Decline];
    /// To a side that said no.
    Declined = "declined" ["brand"] [];
    /// The one answer to an opt-out.
    Stopped = "stopped" ["brand"] [Start];
    /// The one answer to an opt-out among other words.
    StopUnclear = "stopped.unclear" ["brand"] [Start];
    /// The answer to HELP.
    Help = "help" ["brand"] [Stop];
    /// The answer to START where the consent lives on.
    Started = "started" ["brand"] [];
    /// The answer to START, or to JOIN alone, where nothing is there to come back to.
    HowToJoin = "how_to_join" ["brand"] [];
    /// The answer to any secret that proves nothing: always the same.
    NotValid = "not_valid" ["brand"] [];
    /// The answer to RECEIPT.
    Receipt = "receipt" ["brand", "link"] [];
}

/// What a text tells its reader to write back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A word that agrees.
    Agree,
    /// A word that declines.
    Decline,
    /// A word that opts out.
    Stop,
    /// A word that opts in again.
    Start,
    /// A word that asks for help.
    Help,
    /// JOIN before the token.
    Join,
}

impl Says {
    /// The English word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "AGREE",
            Self::Decline => "NO",
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
            Self::Join => "JOIN {token}",
        }
    }
}

/// Variables every text knows: what the workspace is called and where its notices stand.
pub const COMMON: [&str; 4] = ["brand", "privacy", "terms", "support"];

/// Variables that stand for a secret.
pub(super) const SECRETS: [&str; 4] = ["token", "phrase", "code", "link"];

/// Variables that differ from customer to customer: their values are no part of a notice.
pub(super) const OF_ONE: [&str; 6] = ["token", "phrase", "code", "link", "last2", "case"];

impl TextName {
    /// The text of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.as_str() == word)
    }

    /// Whether everybody can read it.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::InviteDm | Self::InviteNumber | Self::Closing)
    }

    /// Whether it may go out as a text message, which costs by the segment.
    #[must_use]
    pub const fn is_texted(self) -> bool {
        use TextName::{Here, Joined, PrivateHello, PrivateReply, Token};
        !(self.is_public() || matches!(self, PrivateReply | PrivateHello | Here | Token | Joined))
    }

    /// The variables it may use: those it needs, and those that every text knows.
    #[must_use]
    pub fn knows(self) -> Vec<&'static str> {
        let more = COMMON.into_iter().filter(|name| !self.needs().contains(name));
        self.needs().iter().copied().chain(more).collect()
    }
}
