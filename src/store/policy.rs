//! What the store knows that bears on sends, read for many at once.

use std::collections::HashMap;

use serde_json::Value as Json;
use sqlx::FromRow;

use super::engine::{Bulk, Sql};
use super::error::StoreError;
use super::value::args;
use super::workspace::SettingsRow;
use super::{Store, json};
use crate::domain::channel::Channel;
use crate::domain::consent::{ConsentState, Purpose};
use crate::domain::conversation::Hold;
use crate::domain::id::{ComplaintId, ConversationId, IdentityId, WorkspaceId};
use crate::domain::identity::Namespace;
use crate::domain::phone::{self, Home};
use crate::domain::policy::cap::Spending;
use crate::domain::policy::{Facts, Kind, Standing, Suppression};
use crate::domain::texts::TextName;
use crate::domain::time::Timestamp;
use crate::domain::workspace::WorkspaceSettings;
use crate::providers::Account;

/// Suppressions of this source wait for a person.
pub const REVIEW: &str = "review";

/// The consent that counts among those of an identity on a channel: one that is given, else the newest.
macro_rules! standing {
    ($identity:literal, $channel:literal, $purpose:literal) => {
        concat!(
            "(SELECT q.id FROM consent q WHERE q.identity_id = ",
            $identity,
            " AND q.channel = ",
            $channel,
            " AND q.purpose = ",
            $purpose,
            " ORDER BY CASE WHEN q.state IN ('granted', 'renewed') THEN 0 ELSE 1 END, q.id DESC LIMIT 1)"
        )
    };
}

/// Of deliveries in a lease. An empty suppression key is that of a message which is sent all the same: the answer to an
/// opt-out.
pub(super) const OF_DELIVERIES: Bulk = Bulk::new(
    "SELECT d.id, d.attempt, d.workspace_id, d.destination, d.slot, d.valid_until, d.tries, d.channel,
        CAST(CASE WHEN LENGTH(d.suppression_key) = 0 THEN 1 ELSE 0 END AS BIGINT) AS answers_opt_out,
        (SELECT s.source FROM suppression s WHERE s.workspace_id = d.workspace_id AND s.channel = d.channel
            AND s.address_key = d.suppression_key AND s.lifted_at IS NULL) AS suppression,
        m.automatic, c.hold, c.unreachable_since, c.last_inbound_at, k.state AS consent_state, k.valid_until AS consent_until,
        k.ended_at AS consent_ended_at, w.name, w.settings
    FROM (VALUES ",
    3,
    concat!(
        ") AS v
    JOIN delivery d ON d.id = v.column1 AND d.attempt = v.column2 AND d.leased_by = v.column3 AND d.state = 'leased'
    JOIN workspace w ON w.id = d.workspace_id
    LEFT JOIN message m ON m.id = d.message_id
    LEFT JOIN conversation c ON c.id = m.conversation_id
    LEFT JOIN consent k ON k.id = ",
        standing!("d.identity_id", "d.channel", "'handoff.relay'")
    ),
);

/// The consents to the relay that count, by identity and channel.
pub(in crate::store) const STANDINGS: Bulk = Bulk::new(
    "SELECT c.identity_id, c.channel, k.state, k.valid_until, k.ended_at
    FROM (VALUES ",
    1,
    concat!(
        ") AS v
    JOIN conversation c ON c.id = v.column1
    JOIN consent k ON k.id = ",
        standing!("c.identity_id", "c.channel", "'handoff.relay'")
    ),
);

/// Of a place: an identity on a channel, in one conversation or in that where it wrote last.
const OF_PLACE: &str = concat!(
    "SELECT i.id AS identity_id, i.namespace,
        (SELECT s.source FROM suppression s WHERE s.workspace_id = i.workspace_id AND s.channel = $3
            AND s.address_key = i.suppression_key AND s.lifted_at IS NULL) AS suppression,
        c.hold, c.unreachable_since, c.last_inbound_at, k.state AS consent_state, k.valid_until AS consent_until,
        k.ended_at AS consent_ended_at, w.id AS workspace_id, w.name, w.settings, n.settings AS connection
    FROM identity i
    JOIN workspace w ON w.id = i.workspace_id
    LEFT JOIN conversation c ON c.id = (SELECT x.id FROM conversation x
        WHERE x.identity_id = i.id AND x.channel = $3 AND ($5 = '' OR x.id = $5)
        ORDER BY x.last_inbound_at DESC NULLS LAST LIMIT 1)
    LEFT JOIN connection n ON n.id = c.connection_id
    LEFT JOIN consent k ON k.id = ",
    standing!("i.id", "$3", "$4"),
    " WHERE i.id = $1 AND i.workspace_id = $2"
);

/// Of a complaint: where it stands, and what bears on a private answer to its last post.
const OF_COMPLAINT: &str = "SELECT c.identity_id, c.channel, n.provider, n.account, n.deleted_at,
        (SELECT p.at FROM post p WHERE p.complaint_id = c.id AND p.author = 'customer' AND p.deleted_at IS NULL
            ORDER BY p.id DESC LIMIT 1) AS last_post_at,
        (SELECT MAX(h.created_at) FROM handoff h WHERE h.complaint_id = c.id AND h.body_id IS NOT NULL) AS replied_at
    FROM complaint c JOIN connection n ON n.id = c.connection_id
    WHERE c.id = $1 AND c.workspace_id = $2";

const PLACE_OF: &str =
    "SELECT c.identity_id, c.channel FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2";

pub(super) const STATEMENTS: &[Sql] = &[Sql::same(OF_PLACE), Sql::same(PLACE_OF), Sql::same(OF_COMPLAINT)];

pub(super) const LOOKUPS: &[Bulk] = &[OF_DELIVERIES, STANDINGS];

/// Facts with what they refer to.
#[derive(Clone, Debug)]
pub struct KnownFacts {
    /// How the workspace wants things done.
    pub settings: WorkspaceSettings,
    /// The medium.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// What is to be sent.
    pub kind: Kind,
    /// Why the address is not sent to.
    pub suppression: Option<Suppression>,
    /// Why the conversation is held.
    pub hold: Option<Hold>,
    /// Whether the platform says that the customer cannot be reached there.
    pub is_unreachable: bool,
    /// The consent that counts.
    pub consent: Option<Standing>,
    /// When the customer last wrote.
    pub last_inbound_at: Option<Timestamp>,
    /// Whether a person's message may carry the platform's tag.
    pub may_tag: bool,
    /// The number, where the address is one.
    pub number: Option<String>,
    /// What was sent without a person.
    pub spending: Vec<Spending>,
}

impl KnownFacts {
    /// As the rules take them.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            settings: &self.settings,
            channel: &self.channel,
            purpose: self.purpose,
            kind: self.kind,
            suppression: self.suppression,
            hold: self.hold,
            is_unreachable: self.is_unreachable,
            consent: self.consent,
            last_inbound_at: self.last_inbound_at,
            may_tag: self.may_tag,
            home: self.home(),
            is_phone: self.number.is_some(),
            spending: &self.spending,
        }
    }

    /// Where the number is at home.
    #[must_use]
    pub fn home(&self) -> Option<Home> {
        self.number.as_deref().and_then(phone::home)
    }
}

/// Why a suppression of that source is one.
#[must_use]
pub fn suppression(source: &str) -> Suppression {
    if source == REVIEW { Suppression::UnderReview } else { Suppression::OptedOut }
}

/// A consent as the rules see it.
pub(super) fn standing(
    state: Option<&str>,
    valid_until: Option<i64>,
    ended_at: Option<i64>,
) -> Result<Option<Standing>, ()> {
    let Some(state) = state else { return Ok(None) };
    Ok(Some(Standing {
        state: ConsentState::parse(state).ok_or(())?,
        valid_until: valid_until.map(Timestamp::from_millis),
        ended_at: ended_at.map(Timestamp::from_millis),
    }))
}

/// Whether our account may tag what people write: the app must have been granted that by the platform.
#[must_use]
pub fn may_tag(settings: &Json) -> bool {
    settings.get("message_tag").is_some_and(|tag| tag == "HUMAN_AGENT")
}

/// Where one consent to the relay stands.
#[derive(Debug, FromRow)]
pub(in crate::store) struct StandingRow {
    identity_id: String,
    channel: String,
    state: String,
    valid_until: Option<i64>,
    ended_at: Option<i64>,
}

impl StandingRow {
    pub(in crate::store) fn read(self) -> Result<((IdentityId, String), Standing), StoreError> {
        let bad = |column| StoreError::inconsistent("consent", column, &self.identity_id);
        let id = IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?;
        let standing = standing(Some(&self.state), self.valid_until, self.ended_at);
        let standing = standing.ok().flatten().ok_or_else(|| bad("state"))?;
        Ok(((id, self.channel), standing))
    }
}

/// Of one delivery.
#[derive(Debug, FromRow)]
pub(super) struct DeliveryFactsRow {
    pub(super) id: String,
    pub(super) attempt: i64,
    pub(super) workspace_id: String,
    pub(super) destination: String,
    pub(super) slot: i64,
    pub(super) valid_until: Option<i64>,
    pub(super) tries: i64,
    channel: Option<String>,
    answers_opt_out: Option<i64>,
    suppression: Option<String>,
    automatic: Option<String>,
    hold: Option<String>,
    unreachable_since: Option<i64>,
    last_inbound_at: Option<i64>,
    consent_state: Option<String>,
    consent_until: Option<i64>,
    consent_ended_at: Option<i64>,
    name: String,
    settings: String,
}

/// Settings of workspaces as they were read, so that a batch reads each once.
pub(super) type Settings = HashMap<String, WorkspaceSettings>;

impl DeliveryFactsRow {
    /// The facts of a private message; `None` for what has no rules of this kind: a public reply, an invitation.
    pub(super) fn read(
        &self,
        known: &mut Settings,
        (number, may_tag): (Option<String>, bool),
    ) -> Result<Option<KnownFacts>, StoreError> {
        let Some(channel) = &self.channel else { return Ok(None) };
        let bad = |column| StoreError::inconsistent("delivery", column, &self.id);
        if !known.contains_key(&self.workspace_id) {
            let row = SettingsRow::of(&self.workspace_id, &self.name, &self.settings);
            known.insert(self.workspace_id.clone(), row.read()?.1);
        }
        let hold = self.hold.as_deref().map(|word| Hold::parse(word).ok_or_else(|| bad("hold")));
        Ok(Some(KnownFacts {
            settings: known[&self.workspace_id].clone(),
            channel: Channel::parse(channel).map_err(|_| bad("channel"))?,
            purpose: Purpose::HandoffRelay,
            kind: Kind::of(
                self.automatic.as_deref().and_then(TextName::parse),
                self.answers_opt_out == Some(1),
            ),
            suppression: self.suppression.as_deref().map(suppression),
            hold: hold.transpose()?,
            is_unreachable: self.unreachable_since.is_some(),
            consent: standing(self.consent_state.as_deref(), self.consent_until, self.consent_ended_at)
                .map_err(|()| bad("consent"))?,
            last_inbound_at: self.last_inbound_at.map(Timestamp::from_millis),
            may_tag,
            number,
            spending: Vec::new(),
        }))
    }
}

#[derive(Debug, FromRow)]
struct PlaceRow {
    identity_id: String,
    namespace: String,
    suppression: Option<String>,
    hold: Option<String>,
    unreachable_since: Option<i64>,
    last_inbound_at: Option<i64>,
    consent_state: Option<String>,
    consent_until: Option<i64>,
    consent_ended_at: Option<i64>,
    workspace_id: String,
    name: String,
    settings: String,
    connection: Option<String>,
}

/// Whom something would be sent to, and what for.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The customer's side.
    pub identity: &'a IdentityId,
    /// The medium.
    pub channel: &'a Channel,
    /// What for.
    pub purpose: Purpose,
    /// Who would write.
    pub kind: Kind,
    /// In which conversation; by default where the customer wrote last.
    pub conversation: Option<&'a ConversationId>,
}

/// Where a complaint stands, for a private answer to it.
#[derive(Clone, Debug)]
pub struct ComplaintPlace {
    /// Whose it is.
    pub identity_id: IdentityId,
    /// The public medium.
    pub channel: Channel,
    /// The provider of our account there.
    pub provider: String,
    /// Our account there, unless its connection was deleted.
    pub account: Option<Account>,
    /// When the customer's last post that still stands was written.
    pub last_post_at: Option<Timestamp>,
    /// When one was last answered in private.
    pub replied_at: Option<Timestamp>,
}

#[derive(Debug, FromRow)]
struct ComplaintPlaceRow {
    identity_id: String,
    channel: String,
    provider: String,
    account: String,
    deleted_at: Option<i64>,
    last_post_at: Option<i64>,
    replied_at: Option<i64>,
}

impl ComplaintPlaceRow {
    fn read(self, id: &ComplaintId) -> Result<ComplaintPlace, StoreError> {
        let bad = |column| StoreError::inconsistent("complaint", column, id.as_str());
        let account = json::read(&self.account, "connection", "account", id.as_str())?;
        Ok(ComplaintPlace {
            identity_id: IdentityId::parse(&self.identity_id).map_err(|_| bad("identity_id"))?,
            channel: Channel::parse(&self.channel).map_err(|_| bad("channel"))?,
            account: self.deleted_at.is_none().then_some(account),
            provider: self.provider,
            last_post_at: self.last_post_at.map(Timestamp::from_millis),
            replied_at: self.replied_at.map(Timestamp::from_millis),
        })
    }
}

impl Store {
    /// Where a complaint stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complaint_place(
        &self,
        workspace: &WorkspaceId,
        id: &ComplaintId,
    ) -> Result<Option<ComplaintPlace>, StoreError> {
        let row: Option<ComplaintPlaceRow> = self.db.find(OF_COMPLAINT, args![id, workspace]).await?;
        row.map(|row| row.read(id)).transpose()
    }

    /// Where a conversation takes place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn place_of(
        &self,
        workspace: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<(IdentityId, Channel)>, StoreError> {
        let row: Option<(String, String)> = self.db.find(PLACE_OF, args![id, workspace]).await?;
        let bad = |column| StoreError::inconsistent("conversation", column, id.as_str());
        row.map(|(identity, channel)| {
            let identity = IdentityId::parse(&identity).map_err(|_| bad("identity_id"))?;
            Ok((identity, Channel::parse(&channel).map_err(|_| bad("channel"))?))
        })
        .transpose()
    }

    /// All that bears on a send to a place at `now`; `None` when there is no such identity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy_facts(
        &self,
        workspace: &WorkspaceId,
        place: &Place<'_>,
        now: Timestamp,
    ) -> Result<Option<KnownFacts>, StoreError> {
        let talk = place.conversation.map_or("", ConversationId::as_str);
        let purpose = place.purpose.as_str();
        let args = args![place.identity, workspace, place.channel, purpose, talk];
        let Some(row) = self.db.find::<PlaceRow>(OF_PLACE, args).await? else { return Ok(None) };
        let number = match row.namespace == Namespace::phone().as_str() {
            true => self.external_id(place.identity).await?,
            false => None,
        };
        let mut known = row.read(place, number)?;
        self.read_spending(&mut known, workspace, now).await?;
        Ok(Some(known))
    }
}

impl PlaceRow {
    fn read(self, place: &Place<'_>, number: Option<String>) -> Result<KnownFacts, StoreError> {
        let bad = |column| StoreError::inconsistent("identity", column, &self.identity_id);
        let hold = self.hold.as_deref().map(|word| Hold::parse(word).ok_or_else(|| bad("hold")));
        let connection: Option<Json> =
            json::read_some(self.connection.as_deref(), "connection", "settings", &self.identity_id)?;
        let settings = SettingsRow::of(&self.workspace_id, &self.name, &self.settings).read()?.1;
        Ok(KnownFacts {
            settings,
            channel: place.channel.clone(),
            purpose: place.purpose,
            kind: place.kind,
            suppression: self.suppression.as_deref().map(suppression),
            hold: hold.transpose()?,
            is_unreachable: self.unreachable_since.is_some(),
            consent: standing(self.consent_state.as_deref(), self.consent_until, self.consent_ended_at)
                .map_err(|()| bad("consent"))?,
            last_inbound_at: self.last_inbound_at.map(Timestamp::from_millis),
            may_tag: connection.as_ref().is_some_and(may_tag),
            number,
            spending: Vec::new(),
        })
    }
}
